"""What is said of a refused message names the mistake, and nobody."""

import json
from typing import Any

import pytest

from events.envelope import Reader
from events.refusal import PersonalDataError, RefusedError
from services.inbox.message import InboxMessage, headers_of, token_of
from services.inbox.rejection import MOST_EVENT_BYTES, MOST_KEY_BYTES, rejection, rejections
from tests.unit.events.samples import DISCUSSED, PSEUDONYM, event, line, with_data


def rejected(value: bytes, *, vouched_for: bool = True) -> dict[str, Any]:
    """Return what is said of a message, which the reader refuses."""
    with pytest.raises(RefusedError) as refusal:
        Reader().read(value)
    message = InboxMessage(2, 7, b"info-1", value, None)
    found: dict[str, Any] = json.loads(rejection(message, refusal.value, vouched_for=vouched_for))
    return found


def test_it_says_why_in_which_field_and_where_the_message_lies() -> None:
    wrong = with_data(channel="whatsap_group")
    said = rejected(line(wrong))
    assert said.pop("reason").endswith("did you mean whatsapp_group?")
    assert said == {"field": "data.channel", "partition": 2, "offset": 7, "event": wrong}


@pytest.mark.parametrize(
    "wrong",
    [
        with_data(DISCUSSED, participants=["Siti Aminah"]),
        with_data(DISCUSSED, participants=[PSEUDONYM, "0812 3456 7890"]),
        with_data(DISCUSSED, participants="Siti Aminah"),
        with_data(DISCUSSED, participants={"name": "Siti Aminah"}),
        event(DISCUSSED, participants=["Siti Aminah"]),
        event(DISCUSSED, person={"name": "Siti Aminah"}),
        with_data(DISCUSSED, person={"name": "Siti Aminah"}),
        with_data(DISCUSSED, participants=["Siti Aminah"], headcount=-1),
    ],
)
def test_whoever_is_named_is_left_out(wrong: dict[str, Any]) -> None:
    said = json.dumps(rejected(line(wrong)))
    for personal in ("Siti Aminah", "0812 3456 7890"):
        assert personal not in said


def test_what_is_refused_as_personal_is_so_by_the_reader() -> None:
    with pytest.raises(PersonalDataError):
        Reader().read(line(with_data(DISCUSSED, participants=["Siti Aminah"])))


def test_pseudonyms_name_nobody_and_stay() -> None:
    said = rejected(line(with_data(DISCUSSED, participants=[PSEUDONYM], headcount=-1)))
    assert said["event"]["data"]["participants"] == [PSEUDONYM]


def test_an_event_that_nobody_vouches_for_is_not_repeated() -> None:
    assert rejected(line(with_data(headcount=-1)), vouched_for=False)["event"] is None


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"Siti Aminah",
        b'{"id": "Siti Aminah',
        b'"Siti Aminah"',
        b"\xff\xfe",
        b'{"a":"\\ud800"}',
        b"[" * 100_000,
        b'{"a":' * 700 + b"1" + b"}" * 700,
        b'{"a":' * 70 + b"1" + b"}" * 70,
        b'{"numbers":[' + b"1E15," * 100_000 + b"1]}",
        line(event(filler="x" * MOST_EVENT_BYTES, specversion="2.0")),
    ],
)
def test_what_is_no_event_is_not_repeated(value: bytes) -> None:
    assert rejected(value)["event"] is None


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        ([("authorization", b"Bearer abc")], "abc"),
        ({"authorization": b"bearer  abc "}, "abc"),
        ([("Authorization", b"Bearer abc")], "abc"),
        ([("authorization", None)], None),
        ([("authorization", b"Bearer abc"), ("authorization", b"Bearer abc")], None),
        ([("authorization", b"Bearer abc"), ("AUTHORIZATION", None)], None),
        ([("authorization", b"Basic abc")], None),
        ([("authorization", b"\xff\xfe")], None),
        ([("content-type", b"application/json")], None),
        ([], None),
        (None, None),
    ],
)
def test_a_token_comes_as_a_bearer(headers: Any, token: str | None) -> None:  # noqa: ANN401 - any headers
    assert token_of(headers_of(headers)) == token


def test_it_fits_into_a_message_whatever_came() -> None:
    key = b"\xff" * 900_000
    message = InboxMessage(
        0, 1, key, line(event(filler="x" * (MOST_EVENT_BYTES - 1_000), specversion="2.0")), None
    )
    refusal = RefusedError("{value} is wrong\ud800", field="x" * 900_000, value="y" * 900_000)
    said = list(rejections(message, refusal, vouched_for=True))
    assert [one and len(one) for one, _ in said] == [MOST_KEY_BYTES, MOST_KEY_BYTES, None]
    assert [json.loads(value)["event"] is None for _, value in said] == [False, True, True]
    sizes = [len(value) for _, value in said]
    assert sizes[0] < 900_000
    assert sizes[1] == sizes[2] < 10_000
    assert json.loads(said[2][1])["reason"].startswith("yyy")
