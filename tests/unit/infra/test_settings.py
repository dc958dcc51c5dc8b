"""Settings: the strongest source wins, each value knows where it comes from, and no secret is shown."""

from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.language import use_language
from infra.secret_url import without_secrets
from infra.settings import Origin, Settings, SettingsError, load_settings, origins, shown


@pytest.fixture(autouse=True)
def _nothing_of_whoever_runs_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"JEJAK_{name.upper()}", raising=False)
    use_language("en")


def test_a_value_comes_from_the_strongest_source_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "jejak.toml"
    file.write_text('lang = "en"\nbatch = 7\nclock_skew = "PT1M"\n')
    monkeypatch.setenv("JEJAK_BATCH", "8")
    monkeypatch.setenv("JEJAK_LANG", "en")
    monkeypatch.setenv("JEJAK_CLOCK_SKEW", "")
    values, found = shown(load_settings(home=tmp_path, lang="id")), origins(home=tmp_path, lang="id")
    assert (values["home"], found["home"]) == (str(tmp_path), Origin("flag", "--home"))
    assert (values["lang"], found["lang"]) == ("id", Origin("flag", "--lang"))
    assert (values["batch"], found["batch"]) == (8, Origin("environment", "JEJAK_BATCH"))
    assert (values["clock_skew"], found["clock_skew"]) == ("PT1M", Origin("file", str(file)))
    assert (values["mode"], found["mode"]) == ("embedded", Origin("default", None))


def test_every_setting_has_a_value_to_show_and_an_origin(tmp_path: Path) -> None:
    assert set(shown(load_settings(home=tmp_path))) == set(origins(home=tmp_path)) == set(Settings.model_fields)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://db.example/jejak", "postgresql://db.example/jejak"),
        ("postgresql://jejak@db.example:5432/jejak", "postgresql://jejak@db.example:5432/jejak"),
        ("postgres://jejak:rahasia@a:1,b:2/jejak", "postgres://jejak:***@a:1,b:2/jejak"),
        ("postgresql://jejak:ra@ha/sia?@db.example/jejak", "postgresql://jejak:***@db.example/jejak"),
        (
            "postgresql://db.example/jejak?user=jejak&password=rahasia&sslmode=require&sslpassword=rahasia",
            "postgresql://db.example/jejak?user=jejak&password=***&sslmode=require&sslpassword=***",
        ),
        ("postgresql:///jejak?host=/run/db&p%61ssword=rahasia", "postgresql:///jejak?host=/run/db&password=***"),
        ("host=db.example password=rahasia", "***"),
    ],
)
def test_a_url_is_shown_without_what_may_be_secret(url: str, expected: str) -> None:
    assert without_secrets(url) == expected


@given(st.text(min_size=4).map(lambda text: f"rahasia-{text}"), st.booleans())
def test_no_password_is_shown_wherever_it_stands(password: str, escaped: bool) -> None:  # noqa: FBT001 - of hypothesis
    written = quote(password, safe="") if escaped else password
    for url in (
        f"postgresql://jejak:{written}@db.example/jejak",
        f"postgresql://db.example/jejak?password={quote(password, safe='')}&user=jejak",
        f"host=db.example password={written}",
    ):
        assert "rahasia" not in without_secrets(url)


def test_settings_are_printed_without_the_secret(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path, postgres="postgresql://jejak:rahasia@db.example/jejak")
    assert "rahasia" not in f"{settings!r} {settings} {shown(settings)}"


@pytest.mark.parametrize(
    "line", ['postgres = ["postgresql://jejak:rahasia@db"]', 'postgress = "postgresql://jejak:rahasia@db"']
)
def test_a_wrong_line_is_named_and_its_secret_is_not(tmp_path: Path, line: str) -> None:
    (tmp_path / "jejak.toml").write_text(line)
    with pytest.raises(SettingsError, match=line.partition(" ")[0]) as failure:
        load_settings(home=tmp_path)
    assert "rahasia" not in str(failure.value)


def test_a_wrong_value_that_is_no_secret_is_repeated(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"mode: .*given: 'both'"):
        load_settings(home=tmp_path, mode="both")
