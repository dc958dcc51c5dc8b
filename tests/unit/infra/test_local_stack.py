"""The stack on this machine names its servers, and whatever a person sets is stronger."""

import json
from pathlib import Path

import pytest

from infra.settings import SERVERS, Settings, load_settings


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose stack runs."""
    for name in ("JEJAK_HOME", "JEJAK_POSTGRES", "JEJAK_KAFKA"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / SERVERS
    file.parent.mkdir()
    file.write_text(json.dumps({"postgres": "postgresql://local/jejak", "kafka": "local:1"}))
    return tmp_path


def servers(settings: Settings) -> tuple[str | None, str | None]:
    return settings.postgres.get_secret_value() if settings.postgres else None, settings.kafka


def test_while_it_runs_its_servers_are_used(home: Path) -> None:
    assert servers(load_settings(home=home)) == ("postgresql://local/jejak", "local:1")


def test_where_it_does_not_run_the_defaults_hold(home: Path) -> None:
    (home / SERVERS).unlink()
    assert servers(load_settings(home=home)) == (None, None)


def test_the_file_and_the_environment_are_stronger(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "jejak.toml").write_text('kafka = "file:1"')
    assert servers(load_settings(home=home)) == ("postgresql://local/jejak", "file:1")
    monkeypatch.setenv("JEJAK_KAFKA", "environment:1")
    monkeypatch.setenv("JEJAK_HOME", str(home))
    assert servers(load_settings()) == ("postgresql://local/jejak", "environment:1")
