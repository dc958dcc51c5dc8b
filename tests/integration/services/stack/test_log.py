"""The log of the stack: the time and the part on every line, and no more of it than it may take."""

import re
from pathlib import Path

import pytest

from services.stack import log


def test_each_line_has_its_time_and_its_part(tmp_path: Path) -> None:
    with log.combined_log(tmp_path / "log") as say:
        say("Kafka", "100% of {it} is up")
    line = (tmp_path / "log").read_text()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} Kafka      \| 100% of \{it\} is up\n", line)


def test_no_word_of_a_part_acts_on_a_terminal_that_shows_the_log(tmp_path: Path) -> None:
    with log.combined_log(tmp_path / "log") as say:
        say("worker", "odd\x1b[2J\u202e\rforged")
    assert (tmp_path / "log").read_text().endswith(r"| odd\x1b[2J\u202e\rforged" + "\n")


def test_it_is_gone_on_with_and_does_not_grow_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_BYTES", 1_000)
    for _start in range(2):
        with log.combined_log(tmp_path / "log") as say:
            for number in range(100):
                say("follow", f"line {number}")
    files = {file.name for file in tmp_path.iterdir()}
    assert files == {"log", "log.1", "log.2", "log.3", "log.4"}
    assert all(file.stat().st_size <= 1_000 for file in tmp_path.iterdir())
    assert "line 99" in (tmp_path / "log").read_text()
