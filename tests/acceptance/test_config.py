"""`jejak config`: every setting in force, and where it comes from."""

from infra.settings import Settings
from tests.acceptance.cli import Cli

POSTGRES = "postgresql://jejak:rahasia@db.example/jejak"


def test_it_shows_every_setting_and_makes_nothing(cli: Cli) -> None:
    found = cli("config", "--format", "json")
    assert (found.status, found.err) == (0, "")
    settings = {each["name"]: each for each in found.json()["settings"]}
    assert list(settings) == list(Settings.model_fields)
    assert settings["home"] == {
        "name": "home",
        "value": str(cli.home),
        "source": "environment",
        "where": "JEJAK_HOME",
    }
    assert settings["batch"] == {"name": "batch", "value": 5_000, "source": "default", "where": None}
    assert not cli.home.exists()


def test_every_format_tells_the_same_and_no_secret(cli: Cli) -> None:
    cli.home.mkdir()
    (cli.home / "jejak.toml").write_text(f'mode = "distributed"\npostgres = "{POSTGRES}"\n')
    document = cli("config", "--format", "json").json()
    assert cli("config", "--format", "jsonl").rows() == document["settings"]
    listed = cli("config", "--format", "csv").out
    assert f"mode,distributed,file,{cli.home / 'jejak.toml'}" in listed.splitlines()
    table = cli("config", "--lang", "id", COLUMNS="300").out
    assert "opsi --lang" in table
    for printed in (str(document), listed, table):
        assert "postgresql://jejak:***@db.example/jejak" in printed
        assert "rahasia" not in printed


def test_a_wrong_setting_is_named_with_status_2(cli: Cli) -> None:
    found = cli("config", JEJAK_BATCH="0")
    assert found.status == 2
    assert "batch" in found.err
