"""A part that is not watched: what went wrong is logged on stderr, in words that do not act."""

import logging
from types import SimpleNamespace
from typing import Any

import pytest

from services.cli.observed import observed


def test_what_is_logged_does_not_act_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    part: Any = SimpleNamespace(settings=SimpleNamespace(health_port=None), metrics=None)
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    evil = "odd\x1b[2J\u202e\nforged"
    with observed(part, "worker", lambda: None) as report:
        report(evil)
        logging.getLogger("services.test").error("a message of %s", evil, exc_info=ValueError(evil))
    err = capsys.readouterr().err
    assert "\x1b" not in err
    assert "\u202e" not in err
    assert err.count("odd\\x1b[2J\\u202e") == 3
    assert not err.partition("ValueError")[0].count("\nforged")
