"""Lines that look like those of a rejected file, and cannot be taken apart, go on as they are."""

import pytest

from services.cli.rejected_line import unwrap

_HEAD = b'{"line": 1, "reason": "x", "field": null, "event": '


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(b"[" * 5_000 + b"]" * 5_000, id="nested-deeply"),
        pytest.param(b'"\\ud800"', id="half-a-character"),
        pytest.param(b'"open', id="cut-off"),
    ],
)
def test_what_cannot_be_taken_apart_is_left_to_the_reader_to_refuse(event: bytes) -> None:
    line = _HEAD + event + b"}"
    assert unwrap(line) == line


def test_an_event_is_taken_out_of_its_record() -> None:
    assert unwrap(_HEAD + b'{"id": "a"}}') == b'{"id": "a"}'
    assert unwrap(_HEAD + b'"not JSON \\udcff"}') == b"not JSON \xff"
