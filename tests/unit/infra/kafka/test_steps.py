"""A row goes to Kafka as a CloudEvent, and comes back byte by byte, whatever its event says."""

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final

import jsonschema  # type: ignore[import-untyped]  # it comes without types
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.catalogue import CATALOGUE
from events.recorded import State, encode_state, read_row
from events.vocabulary import Level
from infra.kafka.steps import ATTRIBUTES, UnreadableStepError, decode_step, encode_step, subject_of
from tests.unit.events.samples import DATA, SHARED

PAGE: Final = Path(__file__).parents[4] / "docs" / "kafka.md"
TEXTS: Final = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
TIMES: Final = st.datetimes(
    min_value=datetime(1900, 1, 2),  # noqa: DTZ001 - hypothesis adds the time zone
    timezones=st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
POSITIONS: Final = st.integers(1, 2**62)
# Names that a publisher may have given to attributes of its own: any, and those that are ours here.
NAMES: Final = st.from_regex(r"(publisher){0,3}[a-z0-9]{1,9}", fullmatch=True) | st.builds(
    str.__add__,
    st.sampled_from(["", "publisher", "publisherpublisher"]),
    st.sampled_from(
        ["sequence", "previoussequence", "recordedtime", "holderregion", "holderlevel", "voidsposition"]
    ),
)
VALUES: Final = st.recursive(
    TEXTS | st.integers(-(2**53), 2**53) | st.booleans() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)


@st.composite
def rows(draw: st.DrawFn) -> tuple[int, str, str]:
    """A row of the log with an event of any type and any envelope."""
    topic = draw(st.sampled_from(sorted(DATA)))
    state = State(
        source=draw(TEXTS),
        id=draw(TEXTS),
        subject=draw(TEXTS),
        holder=draw(TEXTS),
        occurred_at=draw(TIMES),
        recorded_at=draw(TIMES),
        data=msgspec.convert(DATA[topic], CATALOGUE.types[topic]),
        region=draw(st.none() | st.just("18.09.01.2007")),
        level=draw(st.none() | st.sampled_from(Level)),
        causationid=draw(st.none() | TEXTS),
        causationsource=draw(st.none() | TEXTS),
        causeposition=draw(st.none() | POSITIONS),
        voids=draw(st.none() | POSITIONS),
        extensions=draw(st.none() | st.dictionaries(NAMES, VALUES, min_size=1, max_size=4)),
    )
    return draw(POSITIONS), topic, encode_state(state).decode()


@given(rows(), st.just(0) | POSITIONS)
def test_a_row_comes_back_byte_by_byte(row: tuple[int, str, str], previous: int) -> None:
    previous %= row[0]  # it lies below
    value = encode_step(row, previous)
    assert decode_step(value) == (row, previous)
    assert subject_of(row) == json.loads(value)["subject"]
    for name in json.loads(value):
        assert re.fullmatch(r"[a-z0-9]+", name), "as CloudEvents 1.0 has its attributes' names"


@given(rows(), st.just(0) | POSITIONS)
def test_it_is_a_cloudevent_as_the_page_describes_it(row: tuple[int, str, str], previous: int) -> None:
    (schema,) = re.findall(
        r"```json\n(\{\n  \"\$schema\".*?\n\})\n```", PAGE.read_text(encoding="utf-8"), re.DOTALL
    )
    event = json.loads(encode_step(row, previous))
    jsonschema.Draft202012Validator(json.loads(schema)).validate(event)
    assert set(ATTRIBUTES) == set(json.loads(schema)["properties"])


def test_what_it_says_stands_in_it_plainly() -> None:
    state = State(
        source="urn:jejak:org:kim-bagelen",
        id="42",
        subject="info-1",
        holder="kim-bagelen",
        occurred_at=datetime(2021, 11, 23, 14, 5, tzinfo=timezone(timedelta(hours=7))),
        recorded_at=datetime(2021, 11, 24, 1, 2, 3, tzinfo=UTC),
        data=msgspec.convert({"channel": "loudspeaker"}, CATALOGUE.types[SHARED]),
        region="18.09.01.2007",
        level=Level.KIM,
        causationid="41",
        causeposition=7,
        extensions={"traceparent": "00-1", "sequence": 5},
    )
    row = (12, SHARED, encode_state(state).decode())
    assert json.loads(encode_step(row, 9)) == {
        "specversion": "1.0",
        "type": SHARED,
        "sequence": "12",
        "previoussequence": "9",
        "source": "urn:jejak:org:kim-bagelen",
        "id": "42",
        "subject": "info-1",
        "holder": "kim-bagelen",
        "time": "2021-11-23T14:05:00+07:00",
        "recordedtime": "2021-11-24T01:02:03Z",
        "data": {"channel": "loudspeaker"},
        "holderregion": "18.09.01.2007",
        "holderlevel": "kim",
        "causationid": "41",
        "causeposition": "7",
        "traceparent": "00-1",
        "publishersequence": 5,
    }


@given(rows())
def test_the_first_of_a_partition_names_none_before_it(row: tuple[int, str, str]) -> None:
    assert "previoussequence" not in json.loads(encode_step(row, 0))


WHOLE: Final = (
    '{"source":"s","id":"1","subject":"info-1","holder":"h","occurred_at":"t","recorded_at":"t","data":{}'
)


@pytest.mark.parametrize("state", ["", "[]", '{"subject":"info-1"}', WHOLE, WHOLE + ',"unheard_of":1}'])
def test_a_state_that_cannot_go_to_kafka_whole_is_named_by_its_position(state: str) -> None:
    with pytest.raises(UnreadableStepError, match="position 12 of the log"):
        encode_step((12, SHARED, state), 0)


@pytest.mark.parametrize(
    "value",
    [
        *(b"", b"[]", b"{}", b'{"specversion":"1.0"}', b'{"specversion":1,"sequence":1}', b"\xff\xfe" * 500_000),
        b"[" * 50_000 + b"]" * 50_000,
        b'{"data":' + b"[" * 50_000,
    ],
)
def test_what_is_no_step_is_refused(value: bytes) -> None:
    with pytest.raises(UnreadableStepError, match=r"jejak\.steps\.v1") as refusal:
        decode_step(value)
    assert len(str(refusal.value)) < 500


STEP: Final = {
    "specversion": "1.0",
    "type": SHARED,
    "sequence": "7",
    "source": "s",
    "id": "1",
    "subject": "info-1",
    "holder": "h",
    "time": "t",
    "recordedtime": "t",
    "data": {},
}


def test_positions_may_have_zeros_before_them() -> None:
    step = {**STEP, "sequence": "7".zfill(19), "previoussequence": "3".zfill(19), "causeposition": "2".zfill(19)}
    (position, _, state), previous = decode_step(json.dumps(step).encode())
    assert (position, previous, json.loads(state)["causeposition"]) == (7, 3, 2)


@pytest.mark.parametrize("name", ["sequence", "previoussequence", "causeposition", "voidsposition"])
@pytest.mark.parametrize(
    "value", ["0", "-5", "+5", " 5", "5_0", "\u0665", "", "abc", "1.0", str(2**63), "9" * 5_000, "0" * 19 + "1", 5]
)
def test_a_position_is_a_plain_number_of_a_log(name: str, value: object) -> None:
    with pytest.raises(UnreadableStepError):
        decode_step(json.dumps({**STEP, name: value}).encode())


@pytest.mark.parametrize("previous", ["7", "8"])
def test_what_comes_before_a_step_lies_below_it(previous: str) -> None:
    with pytest.raises(UnreadableStepError, match="not below sequence 7"):
        decode_step(json.dumps({**STEP, "previoussequence": previous}).encode())


@given(rows())
def test_a_fold_gets_from_it_what_it_gets_from_the_log(row: tuple[int, str, str]) -> None:
    there: Any = read_row(*row)
    again: Any = read_row(*decode_step(encode_step(row, 0))[0])
    assert again == there
