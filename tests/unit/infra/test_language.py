"""The language of what a person reads, and the catalogue of its Indonesian sentences."""

import locale
import string
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from babel.messages import Catalog

from events.envelope import Reader
from events.refusal import Message, RefusedError
from infra import language as spoken
from infra import messages
from infra.language import language, language_of_locale, number, percentage, translate, use_language
from infra.log import LogError
from infra.log.sqlite import open_log
from infra.settings import SettingsError, load_settings

LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    use_language("en")
    yield
    use_language("en")


def placeholders(sentence: str) -> Counter[str]:
    parts = [(name, spec, how) for _, name, spec, how in string.Formatter().parse(sentence) if name is not None]
    return Counter("{}:{}!{}".format(*part) for part in parts)


def entries() -> list[Any]:
    return [message for message in messages.read() if message.id]


# -- the catalogue --------------------------------------------------------------------------------------


def test_every_sentence_of_the_code_is_translated_and_no_other_one_is_kept() -> None:
    catalogue = messages.read()
    assert {message.id for message in entries()} == set(messages.sentences()), "run `make messages`"
    assert [message.id for message in entries() if not message.string] == []
    assert [message.id for message in entries() if message.fuzzy] == []
    assert list(catalogue.obsolete) == []


def test_a_translation_has_the_placeholders_of_its_sentence() -> None:
    for message in entries():
        assert placeholders(message.string) == placeholders(message.id), message.id


def test_a_translation_ends_as_its_sentence_does() -> None:
    for message in entries():
        for end in (".", ":", "?"):
            assert message.string.endswith(end) == message.id.endswith(end), message.id


def test_both_files_are_as_make_messages_writes_them() -> None:
    catalogue = messages.updated(messages.read(), messages.sentences())
    assert messages.PO.read_bytes() == messages.written(catalogue)
    assert messages.MO.read_bytes() == messages.compiled(catalogue)


def test_a_sentence_is_a_literal_where_it_is_marked() -> None:
    others = {(one.file, one.source) for one in messages.marked() if one.sentence is None}
    # It holds what was marked with `Message` where it is written.
    assert others == {("events/diagnosis.py", "template")}


def test_a_changed_sentence_keeps_its_old_translation_as_a_proposal_that_is_not_spoken() -> None:
    old = messages.IndonesianCatalog()
    old.add("the log ends here", "log berakhir di sini")
    old.add("gone", "hilang")
    new = messages.updated(old, ["the log ends there", "something else altogether"])
    assert [(message.id, message.string or "") for message in new if message.id] == [
        ("something else altogether", ""),
        ("the log ends there", "log berakhir di sini"),
    ]
    assert new["the log ends there"].fuzzy
    assert b"log berakhir" not in messages.compiled(new)
    assert b"gone" not in messages.written(new)


def test_the_files_say_nothing_of_when_and_where_they_were_made() -> None:
    header = messages.PO.read_text(encoding="utf-8").partition("\n\n")[0]
    assert "Date" not in header
    assert "@" not in header
    assert "#: " not in messages.PO.read_text(encoding="utf-8")


def test_sentences_are_found_wherever_they_stand(tmp_path: Path) -> None:
    (tmp_path / "events").mkdir()
    (tmp_path / "events" / "module.py").write_text(
        'A = f"""{_("inside " "an f-string")} {x}"""\nB = RefusedError("refused", field="x")\n'
        'C = Message("marked")\nD = other("not marked")\nE = _(name)\n'
    )
    assert messages.sentences(tmp_path) == ["inside an f-string", "refused", "marked"]
    assert [one.source for one in messages.marked(tmp_path) if one.sentence is None] == ["name"]


def test_a_catalogue_that_is_not_there_yet_is_empty(tmp_path: Path) -> None:
    assert isinstance(messages.read(tmp_path / "none.po"), Catalog)
    assert [message for message in messages.read(tmp_path / "none.po") if message.id] == []


# -- translate ------------------------------------------------------------------------------------------


def test_translate_speaks_either_language() -> None:
    assert translate("refused") == "refused"
    use_language("id")
    assert language() == "id"
    assert translate("refused") == "ditolak"
    assert translate("") == ""
    assert translate("no sentence of ours") == "no sentence of ours"


def test_numbers_are_written_as_the_language_spoken_writes_them() -> None:
    assert (number(83_762), number(1_234.5, 1), percentage(0.125, 1)) == ("83,762", "1,234.5", "12.5%")
    use_language("id")
    assert (number(83_762), number(1_234.5, 1), percentage(0.125, 1)) == ("83.762", "1.234,5", "12,5%")


def test_without_its_catalogue_it_speaks_english(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(spoken, "LOCALE_FOLDER", tmp_path)
    use_language("id")
    assert translate("refused") == "refused"


def test_the_words_inside_of_a_refusal_are_translated_with_it() -> None:
    use_language("id")
    refusal = RefusedError("{value} is not {expected}", value='"x"', expected=(Message("a number"), "odd"))
    assert refusal.reason(translate) == '"x" bukan bilangan / odd'
    assert str(refusal) == '"x" is not a number / odd'
    outer = RefusedError("{value} does not fit: {detail}", value=1, detail=refusal)
    assert outer.reason(translate) == '1 tidak cocok: "x" bukan bilangan / odd'


@pytest.mark.parametrize(
    ("line", "indonesian"),
    [
        (b"[]", "sebuah peristiwa adalah objek JSON, bukan daftar"),
        (b"[" * 100 + b"]" * 100, "susunannya terlalu bertingkat untuk sebuah peristiwa"),
        (b"", "barisnya kosong"),
    ],
)
def test_what_is_wrong_with_a_line_is_said_in_indonesian(line: bytes, indonesian: str) -> None:
    with pytest.raises(RefusedError) as refused:
        Reader().read(line)
    use_language("id")
    assert refused.value.reason(translate) == indonesian


def test_what_is_wrong_with_a_field_is_said_in_indonesian() -> None:
    event = {
        "specversion": "1.0",
        "id": "1",
        "source": "urn:x",
        "type": "id.jejak.item.discussed.v1",
        "subject": "info-1",
        "time": "2021-11-23T14:05:00+07:00",
        "holder": "kim-bagelen",
        "data": {"headcount": "dua belas"},
    }
    with pytest.raises(RefusedError) as refused:
        Reader().read(msgspec.json.encode(event))
    use_language("id")
    assert refused.value.reason(translate) == '"dua belas" bukan bilangan bulat'


def test_failures_of_the_environment_are_told_in_indonesian(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_language("id")
    text = tmp_path / "log.sqlite"
    text.write_text("not a database, but long enough that nobody takes it for an empty one\n" * 20)
    with pytest.raises(LogError, match="bukan basis data"):
        open_log(text)
    monkeypatch.setenv("JEJAK_BATCH", "0")
    with pytest.raises(SettingsError, match=r"ada pengaturan .* yang salah: batch: .* \(diberikan: '0'\)"):
        load_settings(home=tmp_path)


# -- the locale -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("id_ID.UTF-8", "id"),
        ("id", "id"),
        ("in_ID", "id"),
        ("ID_id@latin", "id"),
        ("en_US.UTF-8", "en"),
        ("ido_XX", "en"),
        ("C", "en"),
        ("jv_ID.UTF-8", "en"),
    ],
)
@pytest.mark.parametrize("variable", LOCALE_VARIABLES)
def test_the_locale_decides_where_no_language_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, expected: str
) -> None:
    for each in LOCALE_VARIABLES:
        monkeypatch.delenv(each, raising=False)
    monkeypatch.setenv(variable, value)
    assert language_of_locale() == expected
    use_language(None)
    assert language() == expected
    assert translate("refused") == {"id": "ditolak", "en": "refused"}[expected]


def test_the_stronger_variable_of_the_locale_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    monkeypatch.setenv("LANG", "id_ID.UTF-8")
    assert language_of_locale() == "en"
    monkeypatch.setenv("LC_ALL", "")
    monkeypatch.delenv("LC_MESSAGES", raising=False)
    assert language_of_locale() == "id"


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("Indonesian_Indonesia.1252", "id"),
        ("id_ID.UTF-8", "id"),
        ("English_United States.1252", "en"),
        ("UTF-8", "en"),
    ],
)
def test_where_no_variable_names_a_locale_the_system_is_asked(
    monkeypatch: pytest.MonkeyPatch, found: str, expected: str
) -> None:
    for each in LOCALE_VARIABLES:
        monkeypatch.delenv(each, raising=False)
    monkeypatch.setattr(locale, "setlocale", lambda *_: found)
    assert language_of_locale() == expected
