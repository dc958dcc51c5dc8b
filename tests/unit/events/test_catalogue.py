"""The catalogue holds every type of the contract, and reads older versions of them."""

import msgspec
import pytest

from events import item
from events.catalogue import CATALOGUE, EVENT_TYPES, kind_of
from events.refusal import RefusedError
from tests.unit.events import older
from tests.unit.events.samples import DATA

CONTRACT = [
    "organisation.registered",
    "organisation.changed",
    "organisation.closed",
    "organisation.decree_granted",
    "organisation.decree_revoked",
    "organisation.key_registered",
    "item.published",
    "item.revised",
    "item.corrected",
    "item.retracted",
    "item.forwarded",
    "item.received",
    "item.screened",
    "item.discussed",
    "item.shared",
    "item.acted_on",
    "step.voided",
    "aspiration.raised",
    "aspiration.forwarded",
    "aspiration.answered",
    "aspiration.closed",
    "coaching.held",
    "configuration.set",
    "population.recorded",
    "person.erased",
]

DISCUSSED = "id.jejak.item.discussed.v1"


def test_it_holds_every_type_of_the_contract_at_its_version_and_no_other() -> None:
    assert list(CATALOGUE.types) == [f"id.jejak.{kind}.v1" for kind in CONTRACT]
    assert len(EVENT_TYPES) == len(CATALOGUE.types), "two types share a topic"


def test_a_kind_is_the_middle_of_a_topic() -> None:
    assert kind_of("id.jejak.item.shared.v1") == "item.shared"
    assert kind_of("id.jejak.organisation.decree_granted.v12") == "organisation.decree_granted"
    assert list(CATALOGUE.kinds.values()) == CONTRACT


@pytest.mark.parametrize("topic", DATA)
def test_data_of_every_type_decodes_to_its_struct_and_loses_nothing(topic: str) -> None:
    decoded = CATALOGUE.decode(topic, msgspec.json.encode(DATA[topic]))
    assert type(decoded) is CATALOGUE.types[topic]
    assert msgspec.json.decode(msgspec.json.encode(decoded)) == DATA[topic]


def test_every_sample_fills_in_every_field() -> None:
    assert DATA.keys() == CATALOGUE.types.keys()
    for topic, data in DATA.items():
        assert data.keys() == {field.encode_name for field in msgspec.structs.fields(CATALOGUE.types[topic])}


def test_recorded_data_of_an_older_version_decodes_to_the_type_in_force() -> None:
    decoded = older.CATALOGUE.decode(older.TOPIC, b'{"people": 42, "outcome": "setuju"}')
    assert decoded == item.Discussed(headcount=42, outcome="setuju")
    raw = msgspec.Raw(b'{"people": 42}')
    assert older.CATALOGUE.decode(older.TOPIC, raw) == item.Discussed(headcount=42)


def test_versions_are_climbed_one_by_one() -> None:
    assert older.CATALOGUE.newest(older.OLDEST) == DISCUSSED
    assert older.CATALOGUE.upcast(older.OLDEST, {"people": ["a", "b"]}) == {"headcount": 2}
    assert older.CATALOGUE.decode(older.OLDEST, b'{"people": ["a", "b"]}') == item.Discussed(headcount=2)


def test_the_type_in_force_needs_no_climbing() -> None:
    assert older.CATALOGUE.newest(DISCUSSED) == DISCUSSED
    assert older.CATALOGUE.upcast(DISCUSSED, {"headcount": 2}) == {"headcount": 2}


def test_an_older_version_is_of_the_same_kind_and_is_no_type_in_force() -> None:
    assert older.CATALOGUE.kinds[older.TOPIC] == "item.discussed"
    assert older.TOPIC not in older.CATALOGUE.types
    assert older.TOPIC not in CATALOGUE.kinds


def test_an_unknown_topic_does_not_decode() -> None:
    with pytest.raises(KeyError, match=r"id\.jejak\.item\.eaten\.v1"):
        CATALOGUE.decode("id.jejak.item.eaten.v1", b"{}")


@pytest.mark.parametrize(
    ("topic", "data"),
    [
        (DISCUSSED, b'{"people": 42}'),
        (DISCUSSED, b'{"headcount": -1}'),
        (older.TOPIC, b'{"people": -1}'),
        (older.TOPIC, b'{"people": 1, "headcount": 2, "outcme": ""}'),
    ],
)
def test_data_of_another_shape_does_not_decode(topic: str, data: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        older.CATALOGUE.decode(topic, data)


def test_a_known_topic_is_returned_whatever_its_version() -> None:
    assert older.CATALOGUE.known(DISCUSSED) == DISCUSSED
    assert older.CATALOGUE.known(older.TOPIC) == older.TOPIC


@pytest.mark.parametrize(
    ("topic", "meant"),
    [
        ("id.jejak.item.share.v1", "id.jejak.item.shared.v1"),
        ("id.jejak.item.shared", "id.jejak.item.shared.v1"),
        ("id.jejak.aspiration.answred.v1", "id.jejak.aspiration.answered.v1"),
    ],
)
def test_a_misspelt_topic_is_refused_with_the_one_that_was_meant(topic: str, meant: str) -> None:
    with pytest.raises(RefusedError) as caught:
        CATALOGUE.known(topic)
    assert caught.value.field == "type"
    assert str(caught.value) == f'there is no event type "{topic}"; did you mean {meant}?'


@pytest.mark.parametrize("topic", ["", "x", 5, None, ["x"], True])
def test_another_topic_is_refused_with_all_that_there_are(topic: object) -> None:
    with pytest.raises(RefusedError) as caught:
        CATALOGUE.known(topic)
    assert str(caught.value).endswith("; the types are: " + ", ".join(CATALOGUE.types))
