"""The vocabulary holds every code of the contract, each with a label in both languages."""

import pickle

import msgspec
import pytest

from events import vocabulary
from events.catalogue import CATALOGUE
from events.vocabulary import Channel, Code, FindingCode, Kind, KipClass, Level, Topic, Verdict

CONTRACT = {
    "Level": "provincial_office regency_office district_office kim community",
    "Channel": "face_to_face whatsapp_group social_media website community_radio print outdoor_media notice_board"
    " folk_performance loudspeaker",
    "Topic": "health farming disaster social_aid education small_business tourism civil_registration"
    " hoax_clarification other",
    "NeedHorizon": "short_term long_term",
    "KipClass": "berkala serta_merta setiap_saat dikecualikan",
    "Verdict": "unchecked verified unproven hoax",
    "AspirationKind": "aspiration complaint request question suggestion rumour",
    "FindingCode": "no_receipt unknown_source missing_cause cause_later shared_after_hoax after_retraction "
    "unscreened recorded_late decree_expired serta_merta_overdue correction_overdue"
    " aspiration_overdue possible_duplicate",
}
CODES = [code for vocabulary_ in Code.__subclasses__() for code in vocabulary_]


@pytest.mark.parametrize("name", CONTRACT)
def test_every_code_of_the_contract_is_there_and_no_other(name: str) -> None:
    assert [code.value for code in getattr(vocabulary, name)] == CONTRACT[name].split()


def test_every_kind_of_event_has_its_label() -> None:
    assert [kind.value for kind in Kind] == list(CATALOGUE.kinds.values())


@pytest.mark.parametrize("code", CODES, ids=repr)
def test_every_code_has_a_label_in_both_languages(code: Code) -> None:
    for label in (code.indonesian, code.english):
        assert label
        assert label == " ".join(label.split())


@pytest.mark.parametrize("codes", [Channel, Topic, Verdict, KipClass, Level, FindingCode])
def test_no_two_codes_of_a_list_read_the_same(codes: type[Code]) -> None:
    assert len({code.indonesian for code in codes}) == len(codes)
    assert len({code.english for code in codes}) == len(codes)


def test_a_label_is_in_the_language_asked_for() -> None:
    assert Channel.LOUDSPEAKER.label("id") == "pengeras suara"
    assert Channel.LOUDSPEAKER.label("en") == "loudspeaker"


def test_a_code_is_its_own_text() -> None:
    text: str = Channel.PRINT
    assert text == "print"
    assert f"{Channel.PRINT}" == "print"
    assert {Channel.PRINT: 1}["print"] == 1  # type: ignore[index]  # what a row of a table gives
    assert msgspec.json.encode(Channel.PRINT) == b'"print"'
    assert msgspec.json.decode(b'"print"', type=Channel) is Channel.PRINT
    assert pickle.loads(pickle.dumps(Channel.PRINT)) is Channel.PRINT  # noqa: S301


def test_offices_are_the_levels_above_a_kim() -> None:
    assert {level for level in Level if level.value.endswith("_office")} == vocabulary.OFFICES
