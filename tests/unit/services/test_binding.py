"""An event comes in either content mode of CloudEvents over Kafka, and what fits neither is refused."""

import json
from typing import Any, Final

import pytest

from events.envelope import Reader
from events.refusal import RefusedError
from services.inbox.binding import event_in
from services.inbox.message import headers_of
from tests.unit.events.samples import event, line

EVENT: Final = event()
DATA: Final = json.dumps(EVENT["data"]).encode()
ATTRIBUTES: Final = [(f"ce_{name}", str(value).encode()) for name, value in EVENT.items() if name != "data"]


def read(headers: Any, value: bytes) -> dict[str, Any]:  # noqa: ANN401 - any headers
    found: dict[str, Any] = json.loads(event_in(headers_of(headers), value))
    return found


@pytest.mark.parametrize(
    "headers",
    [
        [],
        None,
        [("authorization", b"Bearer abc")],
        [("content-type", b"application/json")],
        [("content-type", b"application/cloudevents+json; charset=UTF-8")],
        [("Content-Type", b"Application/CloudEvents+JSON")],
        [("content-type", b"application/cloudevents+json"), *ATTRIBUTES, ("ce_id", b"another")],
        [("content-type", None)],
    ],
)
def test_a_whole_event_is_the_value_as_it_stands(headers: Any) -> None:  # noqa: ANN401 - any headers
    assert event_in(headers_of(headers), line(EVENT)) == line(EVENT)


def test_in_binary_mode_headers_are_its_attributes_and_the_value_is_its_data() -> None:
    headers = [("content-type", b"application/json"), *ATTRIBUTES, ("ce_traceparent", b"00-1"), ("other", b"\xff")]
    assert read(headers, DATA) == {**EVENT, "datacontenttype": "application/json", "traceparent": "00-1"}
    assert read([(name.upper(), value) for name, value in ATTRIBUTES], DATA) == EVENT
    Reader().read(event_in(headers_of(headers), DATA))


def test_texts_are_utf_8_and_not_percent_encoded() -> None:
    found = read([*ATTRIBUTES, ("ce_village", "Négeri Kàton".encode()), ("ce_percent", b"%C3%A9")], DATA)
    assert (found["village"], found["percent"]) == ("Négeri Kàton", "%C3%A9")


def test_an_attribute_without_a_value_and_an_absent_value_are_not_there() -> None:
    assert read([*ATTRIBUTES, ("ce_causationid", None)], DATA) == EVENT
    assert "data" not in read(ATTRIBUTES, b"")


@pytest.mark.parametrize(
    ("headers", "value", "sentence", "field"),
    [
        ([("content-type", b"application/cloudevents-batch+json")], b"[]", "one event", "content-type"),
        ([("content-type", b"application/cloudevents+avro")], b"\x00", "comes in JSON", "content-type"),
        ([*ATTRIBUTES, ("ce_id", b"2")], DATA, "comes twice", "ce_id"),
        ([*ATTRIBUTES, ("ce_x", b"\xff")], DATA, "not UTF-8", "ce_x"),
        ([*ATTRIBUTES, ("ce_data", b"{}")], DATA, "no attribute", "ce_data"),
        ([*ATTRIBUTES, ("content-type", b"text/plain")], DATA, "data of an event is JSON", "content-type"),
        (ATTRIBUTES, b'{},"holder":"other"', "is not JSON", "data"),
        (ATTRIBUTES, b"\xff\xfe", "is not JSON", "data"),
        (ATTRIBUTES, b"[" * 100_000, "is not JSON", "data"),
    ],
)
def test_what_fits_no_mode_is_refused_with_a_sentence(
    headers: Any,  # noqa: ANN401 - any headers
    value: bytes,
    sentence: str,
    field: str,
) -> None:
    with pytest.raises(RefusedError, match=sentence) as refusal:
        event_in(headers_of(headers), value)
    assert refusal.value.field == field
