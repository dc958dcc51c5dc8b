"""Everybody finds the same UUID for the same event or stream, and nobody another one for it."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.catalogue import CATALOGUE
from events.identity import (
    OF_THE_ITEM,
    aspiration_stream,
    coaching_stream,
    event_id,
    handling_stream,
    item_stream,
    organisation_stream,
    population_stream,
    stream_of,
)

# What could make two pairs read alike: digits and the separator that the encoding itself uses.
TRICKY = st.text("0123:é", min_size=1, max_size=6) | st.text(min_size=1, max_size=6)
PAIRS = st.tuples(TRICKY, TRICKY)
NAMES = st.text("abcABC019._-", min_size=1, max_size=64)


def test_the_ids_in_every_log_out_there_stay_what_they_are() -> None:
    assert event_id("urn:jejak:org:kim-bagelen", "42").hex() == "6c66267d09915b78a7f55ee74ee22d05"
    assert item_stream("info-2021-0117").hex() == "d221a5ee79b25cd1b956c00eda2c2d9a"
    assert organisation_stream("kim-bagelen").hex() == "33d2e14f15b158b9907815b5f1dd759b"
    assert aspiration_stream("a-1").hex() == "47f9829f229458d8bdc739588586f6c0"
    assert coaching_stream("c-1").hex() == "2c631edca8bc5e3aa31464910cef4f2f"
    assert handling_stream("info-2021-0117", "kim-bagelen").hex() == "d221a5ee79b28cd1b3d2e14f15b158b9"


@given(PAIRS, PAIRS)
def test_distinct_events_have_distinct_ids(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert (event_id(*one) == event_id(*other)) is (one == other)


@given(TRICKY, st.data())
def test_where_source_ends_and_id_begins_makes_a_difference(text: str, data: st.DataObject) -> None:
    cuts = st.integers(0, len(text))
    one, other = data.draw(cuts), data.draw(cuts)
    ids = event_id(text[:one], text[one:]), event_id(text[:other], text[other:])
    assert (ids[0] == ids[1]) is (one == other)


@given(TRICKY, TRICKY)
def test_an_event_id_is_what_the_standard_library_makes_of_it(source: str, id_: str) -> None:
    namespace = uuid.UUID("2b0d4a52-6c1f-5c0e-9d55-0b1d7a3c8e01")
    assert event_id(source, id_) == uuid.uuid5(namespace, f"{len(source)}:{source}{id_}").bytes


@given(NAMES, NAMES)
def test_version_and_variant_are_those_of_rfc_9562(name: str, holder: str) -> None:
    streams = organisation_stream(name), item_stream(name), aspiration_stream(name), coaching_stream(name)
    for made in (event_id(name, holder), *streams):
        assert (uuid.UUID(bytes=made).version, uuid.UUID(bytes=made).variant) == (5, uuid.RFC_4122)
    handling = uuid.UUID(bytes=handling_stream(name, holder))
    assert (handling.version, handling.variant) == (8, uuid.RFC_4122)


@given(NAMES)
def test_one_name_has_another_stream_in_each_family(name: str) -> None:
    made = {
        organisation_stream(name),
        item_stream(name),
        aspiration_stream(name),
        coaching_stream(name),
        handling_stream(name, name),
        event_id(name, name),
    }
    assert len(made) == 6


@given(NAMES, NAMES, NAMES)
def test_the_handlings_of_one_item_lie_together(item: str, holder: str, other: str) -> None:
    one, two = handling_stream(item, holder), handling_stream(item, other)
    assert one[:8] == two[:8]
    assert (one == two) is (holder == other)


@given(NAMES, NAMES, NAMES)
def test_one_holder_handles_each_item_in_another_stream(item: str, other: str, holder: str) -> None:
    one, two = handling_stream(item, holder), handling_stream(other, holder)
    assert (one == two) is (item == other)


@pytest.mark.parametrize("kind", sorted(OF_THE_ITEM))
def test_what_the_issuer_does_lies_in_the_stream_of_the_item(kind: str) -> None:
    assert stream_of(kind, "info-1", "kim-bagelen") == item_stream("info-1")


HANDLED = [kind for kind in CATALOGUE.kinds.values() if kind.startswith("item.") and kind not in OF_THE_ITEM]


@pytest.mark.parametrize("kind", HANDLED)
def test_what_a_holder_does_lies_in_the_stream_of_its_handling(kind: str) -> None:
    assert stream_of(kind, "info-1", "kim-bagelen") == handling_stream("info-1", "kim-bagelen")


@pytest.mark.parametrize(
    ("family", "stream"),
    [
        ("organisation", organisation_stream),
        ("aspiration", aspiration_stream),
        ("coaching", coaching_stream),
        ("population", population_stream),
    ],
)
def test_other_families_have_one_stream_a_subject(family: str, stream: object) -> None:
    assert callable(stream)
    for kind in CATALOGUE.kinds.values():
        if kind.startswith(f"{family}."):
            assert stream_of(kind, "it", "kim-bagelen") == stream("it")


@pytest.mark.parametrize("kind", ["step.voided", "configuration.set", "person.erased", ""])
def test_other_kinds_have_no_stream_of_their_own(kind: str) -> None:
    with pytest.raises(ValueError, match="has no stream of its own"):
        stream_of(kind, "it", "kim-bagelen")
