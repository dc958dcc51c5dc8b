"""What the log holds can be read for ever: the state of a row, and the data in it."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import item
from events.catalogue import CATALOGUE
from events.recorded import RecordedEvent, State, StoredState, decode_state, encode_state, read_row
from events.vocabulary import Channel, Level
from tests.unit.events import older
from tests.unit.events.samples import DATA, SHARED

OCCURRED = datetime(2021, 11, 23, 14, 5, 0, 1, tzinfo=timezone(timedelta(hours=7)))
RECORDED = datetime(2021, 11, 24, 1, 2, 3, 999_999, tzinfo=UTC)


def state(data: msgspec.Raw | Any, **more: Any) -> State:  # noqa: ANN401 - any field of a state
    """A state with only what every state has, and `more`."""
    return State(
        source="urn:jejak:org:kim-bagelen",
        id="42",
        subject="info-1",
        holder="kim-bagelen",
        occurred_at=OCCURRED,
        recorded_at=RECORDED,
        data=data,
        **more,
    )


def fields_of(one: State) -> dict[str, Any]:
    return {name: getattr(one, name) for name in State.__struct_fields__ if name != "data"}


@pytest.mark.parametrize("topic", DATA)
def test_what_goes_into_the_log_comes_out_the_same(topic: str) -> None:
    data = msgspec.convert(DATA[topic], CATALOGUE.types[topic])
    written = state(
        data,
        region="18.09.01.2007",
        level=Level.KIM,
        causationid="41",
        causationsource="urn:jejak:org:diskominfo-pesawaran",
        causeposition=7,
        voids=3,
        extensions={"traceparent": "00-é", "sampledrate": 5},
    )
    read = decode_state(encode_state(written))
    assert fields_of(read) == fields_of(written)
    assert RecordedEvent(1, topic, CATALOGUE.kinds[topic], read, 0, 0).data() == data


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
TIMES = st.datetimes(
    min_value=datetime(1900, 1, 2),  # noqa: DTZ001 - hypothesis adds the time zone
    timezones=st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
OPTIONAL = {
    "region": st.none() | st.just("18.09.01.2007"),
    "level": st.none() | st.sampled_from(Level),
    "causationid": st.none() | TEXTS,
    "causationsource": st.none() | TEXTS,
    "causeposition": st.none() | st.integers(1, 2**53),
    "voids": st.none() | st.integers(1, 2**53),
    "extensions": st.none()
    | st.dictionaries(
        st.text("abc019", min_size=1), TEXTS | st.integers(-(2**31), 2**31) | st.booleans(), min_size=1
    ),
}
STATES = st.builds(
    State,
    source=TEXTS,
    id=TEXTS,
    subject=TEXTS,
    holder=TEXTS,
    occurred_at=TIMES,
    recorded_at=TIMES,
    data=st.just(item.Retracted(reason="acara batal")),
    **OPTIONAL,
)


@given(STATES)
def test_any_state_comes_out_as_it_went_in(written: State) -> None:
    encoded = encode_state(written)
    read = decode_state(encoded)
    assert fields_of(read) == fields_of(written)
    assert encode_state(read) == encoded
    assert decode_state(encoded.decode()) == read


def test_a_state_is_one_json_object_that_holds_only_what_there_is() -> None:
    text = encode_state(state(item.Retracted(reason="batal — hujan"))).decode()
    assert "batal — hujan" in text, "a database shows the text as it is"
    assert json.loads(text) == {
        "source": "urn:jejak:org:kim-bagelen",
        "id": "42",
        "subject": "info-1",
        "holder": "kim-bagelen",
        "occurred_at": "2021-11-23T14:05:00.000001+07:00",
        "recorded_at": "2021-11-24T01:02:03.999999Z",
        "data": {"reason": "batal — hujan"},
    }


def test_data_stays_as_it_was_written_until_it_is_asked_for() -> None:
    raw = b'{ "reason" : "batal" }'
    read = decode_state(encode_state(state(msgspec.Raw(raw))))
    assert bytes(read.data) == raw
    assert isinstance(read, StoredState)


def test_what_a_newer_jejak_adds_to_a_state_is_no_obstacle() -> None:
    text = encode_state(state(item.Retracted(reason="batal"))).decode()
    assert decode_state(text.replace('"id":', '"later": [1], "id":')) == decode_state(text)


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"source": 1}', '{"source": "x"', "\x00"])
def test_what_is_no_state_is_not_read(text: str) -> None:
    with pytest.raises(msgspec.MsgspecError):
        decode_state(text)


def test_rows_become_events_with_their_kind() -> None:
    text = encode_state(state(item.Shared(channel=Channel.PRINT))).decode()
    rows = [(1, SHARED, text), (2, "id.jejak.item.eaten.v1", text)]
    first, second = (read_row(*row) for row in rows)
    assert (first.position, first.topic, first.kind) == (1, SHARED, "item.shared")
    assert first.data() == item.Shared(channel=Channel.PRINT)
    # A type that this Jejak does not know yet: read, so that a projection can park it.
    assert (second.position, second.kind) == (2, "id.jejak.item.eaten.v1")
    with pytest.raises(KeyError):
        second.data()


def test_a_row_of_an_older_version_reads_in_the_shape_in_force() -> None:
    text = encode_state(state(msgspec.Raw(b'{"people": 42}'))).decode()
    event = read_row(1, older.TOPIC, text, older.CATALOGUE)
    assert event.kind == "item.discussed"
    assert event.data(older.CATALOGUE) == item.Discussed(headcount=42)
