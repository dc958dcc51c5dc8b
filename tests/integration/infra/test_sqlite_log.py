"""The log on SQLite passes eventsourcing's own tests of an application recorder."""

import sqlite3
import tempfile
from pathlib import Path

import pytest
from eventsourcing.persistence import InfrastructureFactory

from infra.log import LogError
from infra.log.sqlite import LogRecorder, open_log
from tests.integration.infra.recorder import LogRecorderTestCase


class TestLogRecorder(LogRecorderTestCase):
    def open_log(self) -> LogRecorder:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        return open_log(Path(directory.name) / "log.sqlite")


def test_it_is_a_persistence_module_of_eventsourcing(tmp_path: Path) -> None:
    factory = InfrastructureFactory.construct(
        {"PERSISTENCE_MODULE": "infra.log.sqlite", "SQLITE_DBNAME": str(tmp_path / "log.sqlite")}
    )
    recorder = factory.application_recorder()
    assert isinstance(recorder, LogRecorder)
    assert recorder.max_notification_id() is None
    factory.close()


def test_the_log_is_durable_and_has_the_measured_settings(tmp_path: Path) -> None:
    log = open_log(tmp_path / "log.sqlite")
    with log._connection(for_writing=True) as connection:
        found = {
            name: connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "cache_size", "wal_autocheckpoint")
        }
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "cache_size": -64000,
        "wal_autocheckpoint": 16000,
    }
    log.close()


def test_a_file_of_a_newer_jejak_or_of_another_program_is_left_alone(tmp_path: Path) -> None:
    newer, other, text = tmp_path / "newer.sqlite", tmp_path / "other.sqlite", tmp_path / "text.sqlite"
    open_log(newer).close()
    with sqlite3.connect(newer) as connection:
        connection.execute("PRAGMA user_version=99")
    connection.close()
    with sqlite3.connect(other) as connection:
        connection.execute("PRAGMA application_id=7")
    connection.close()
    text.write_text("not a database, but long enough that nobody takes it for an empty one\n" * 20)
    for path, why in ((newer, "use a newer one"), (other, "another program"), (text, "not a database")):
        before = path.read_bytes()
        with pytest.raises(LogError, match=why):
            open_log(path)
        assert path.read_bytes() == before
