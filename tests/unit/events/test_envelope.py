"""A publisher's line becomes an event, or a refusal that says what is wrong; there is no third way."""

import json
import string
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events import item
from events.catalogue import CATALOGUE
from events.envelope import CloudEvent, Reader
from events.recorded import State, decode_state, encode_state
from events.refusal import PersonalDataError, RefusedError
from events.vocabulary import Channel
from tests.unit.events import older
from tests.unit.events.samples import DATA, DISCUSSED, PSEUDONYM, event, line, with_data, without

READER = Reader()
CONFIGURATION = "id.jejak.configuration.set.v1"


def read(value: object) -> CloudEvent:
    return READER.read(line(value))


def refusal(text: bytes, reader: Reader = READER) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        reader.read(text)
    return caught.value


def test_the_example_of_the_contract_is_read() -> None:
    read_ = READER.read(
        b'{"specversion": "1.0", "id": "0193", "source": "urn:jejak:org:kim-bagelen",'
        b' "type": "id.jejak.item.shared.v1", "subject": "info-2021-0117", "time": "2021-11-23T14:05:00+07:00",'
        b' "holder": "kim-bagelen", "causationid": "0192",'
        b' "data": {"channel": "whatsapp_group", "headcount": 42, "to": ["masyarakat-bagelen"]}}\n'
    )
    assert read_.data == item.Shared(channel=Channel.WHATSAPP_GROUP, headcount=42, to=("masyarakat-bagelen",))
    assert (read_.source, read_.id, read_.causationid) == ("urn:jejak:org:kim-bagelen", "0193", "0192")
    assert read_.time == datetime(2021, 11, 23, 7, 5, tzinfo=UTC)
    assert read_.extensions is None


@pytest.mark.parametrize("topic", DATA)
def test_an_event_of_every_type_is_read(topic: str) -> None:
    read_ = read(event(topic))
    assert read_.type == topic
    assert type(read_.data) is CATALOGUE.types[topic]
    assert json.loads(msgspec.json.encode(read_)) == event(topic)
    assert READER.from_json(event(topic)) == read_


# --- the same event, written in another way ---


@pytest.mark.parametrize("number", ["42.0", "42.00", "4.2e1", "420e-1"])
def test_a_whole_number_may_be_written_as_a_fraction(number: str) -> None:
    text = line(with_data(DISCUSSED, headcount=0, origins=[{"region": "18", "headcount": 0}]))
    plain = READER.read(text.replace(b'"headcount": 0', b'"headcount": 42'))
    assert READER.read(text.replace(b'"headcount": 0', b'"headcount": ' + number.encode())) == plain


@pytest.mark.parametrize("extensions", [{}, {"traceparent": "00-1"}])
def test_a_setting_of_42_0_equals_one_of_42(extensions: dict[str, str]) -> None:
    one = read({**with_data(CONFIGURATION, value=42.0), **extensions})
    assert one.data == read(with_data(CONFIGURATION, value=42)).data


@pytest.mark.parametrize(
    "time", ["2021-11-23T07:05:00Z", "2021-11-23T16:05:00+09:00", "2021-11-23T14:05:00.000+07:00"]
)
def test_another_offset_of_the_same_instant_is_the_same_instant(time: str) -> None:
    assert read(event(time=time)) == read(event())


def test_order_and_spaces_make_no_difference() -> None:
    reordered = dict(reversed(event().items()))
    assert READER.read(json.dumps(reordered, indent=1).encode()) == read(event())


def test_an_attribute_that_is_null_is_absent() -> None:
    assert read(event(causationid=None)) == read(without("causationid", event()))


# --- attributes that Jejak does not know ---


def test_unknown_attributes_are_kept_and_change_nothing_else() -> None:
    extensions = {"traceparent": "00-1", "sampledrate": 5, "dataschema": "urn:x", "sampled": True}
    read_ = read(event(**extensions))
    assert read_.extensions == extensions
    assert msgspec.structs.replace(read_, extensions=None) == read(event())


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("causationId", "causationid"),
        ("causation_id", "causationid"),
        ("CausationSource", "causationsource"),
        ("data_content_type", "datacontenttype"),
    ],
)
def test_a_misspelt_attribute_is_refused_with_the_one_that_was_meant(name: str, meant: str) -> None:
    found = refusal(line(event(**{name: "x"})))
    assert found.field == name
    assert str(found) == f"there is no attribute {name}; did you mean {meant}?"


@pytest.mark.parametrize("name", ["", "*", "x_y", "ÿ", "A" * 1000, "a\n"])
def test_a_name_that_no_attribute_may_have_is_refused(name: str) -> None:
    found = refusal(line(event(**{name: {}})))
    assert found.field == name
    assert str(found).startswith("an attribute's name has only a-z and 0-9, not ")
    assert len(str(found)) < 150


@pytest.mark.parametrize("name", ["specversion", "id", "source", "type", "subject", "time", "holder", "data"])
def test_a_missing_attribute_is_named(name: str) -> None:
    for text in (line(without(name, event())), line({**event(), name: None})):
        found = refusal(text)
        assert (found.field, str(found)) == (name, f"{name} is missing")


def test_a_missing_attribute_is_looked_for_among_the_unknown_ones() -> None:
    found = refusal(line(without("subject", event(subjet="info-1"))))
    assert str(found) == "subject is missing; is subjet meant to be it?"


@pytest.mark.parametrize("name", ["participants", "person"])
def test_people_beside_the_data_are_not_kept_as_an_unknown_attribute(name: str) -> None:
    found = refusal(line(event(**{name: ["Siti 081234567890"]})))
    assert isinstance(found, PersonalDataError)
    assert (found.field, str(found)) == (name, f"{name} belongs inside data, not beside it")


# --- lines that are no JSON object ---


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "the line is empty"),
        (b" \r\n", "the line is empty"),
        (line(event())[:-1], "the JSON ends too early: a bracket or a quote is not closed"),
        (b'{"a": "x', "the JSON ends too early: a bracket or a quote is not closed"),
        (b'{"a": "\\u12', "the JSON ends too early: a bracket or a quote is not closed"),
        (b'{"a": "\\ud83d\\u', "the JSON ends too early: a bracket or a quote is not closed"),
        (b'{"a": "\\ud83d\\ude00', "the JSON ends too early: a bracket or a quote is not closed"),
        (b'{"a": "\\\\ud800', "the JSON ends too early: a bracket or a quote is not closed"),
        (b"{} {}", "this is not JSON: JSON is malformed: trailing characters"),
        (b"tanggal;nama;jumlah", "this is not JSON: JSON is malformed: invalid character"),
        (b'{"a": "\x01"}', "this is not JSON: JSON is malformed: invalid character"),
        (b'{"a": NaN}', "this is not JSON: JSON is malformed: invalid character"),
        (b'{"a": "\xe9"}', "this is not UTF-8: save the file as UTF-8 and send it again"),
        (b'{"a": 1e400}', "a number in it is out of range"),
        (b"[]", "an event is a JSON object, not a list"),
        (b"42", "an event is a JSON object, not 42"),
        (b"null", "an event is a JSON object, not null"),
    ],
)
def test_a_line_that_is_no_json_object_is_refused_with_why(text: bytes, reason: str) -> None:
    found = refusal(text)
    assert found.field is None
    assert str(found).startswith(reason)


@pytest.mark.parametrize("after", ['"', "x", "\\n", "\\u0041", "\\ud800\\udc00", "abcdefghijkl"])
@pytest.mark.parametrize("half", ["\\ud800", "\\uDBFF", "\\udc00"])
def test_half_a_character_is_named(half: str, after: str) -> None:
    for text in (f'{{"a": "{half}{after}"}}', f'{{"{half}{after}": 1}}'):
        found = refusal(text.encode())
        assert str(found) == f"{half} is half a character: its other half (a surrogate) is missing"


def test_a_whole_character_in_two_halves_is_read() -> None:
    text = line(with_data(DISCUSSED, outcome="@"))
    read_ = READER.read(text.replace(b"@", b"\\ud83d\\ude00 \\\\ud800"))
    assert isinstance(read_.data, item.Discussed)
    assert read_.data.outcome == "\N{GRINNING FACE} \\ud800"


@pytest.mark.parametrize("depth", [40, 300, 600, 995, 1_200, 100_000])
@pytest.mark.parametrize("place", [event(traceparent="@", other="é"), with_data(headcount="@"), "@"])
def test_what_is_nested_too_deeply_is_refused_wherever_it_stands(place: object, depth: int) -> None:
    text = json.dumps(place, ensure_ascii=False).replace('"@"', "[" * depth + "]" * depth)
    assert str(refusal(text.encode())) == "this is nested too deeply for an event"


def test_a_parsed_value_that_no_json_text_can_hold_is_refused() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    for value, reason in (
        ("\udcff", "\\udcff is half a character: its other half (a surrogate) is missing"),
        (deep, "this is nested too deeply for an event"),
    ):
        with pytest.raises(RefusedError) as caught:
            READER.from_json(event(traceparent=value))
        assert str(caught.value) == reason


# --- values that nobody should have to look at ---


@pytest.mark.parametrize("name", ["source", "id", "causationsource", "causationid"])
@pytest.mark.parametrize("character", ["\x00", "\n", "\x1b", "\x7f", "\x85"])
@pytest.mark.parametrize("ascii_", [True, False])
def test_a_name_with_a_control_character_is_refused(name: str, character: str, *, ascii_: bool) -> None:
    text = json.dumps(event(**{name: f"a{character}b"}), ensure_ascii=ascii_).encode()
    found = refusal(text)
    assert (found.field, str(found)) == (name, f"{name} has a control character in it")


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (with_data(DISCUSSED, outcome="a\x00"), "data.outcome"),
        (with_data("id.jejak.coaching.held.v1", materials=["x", "\x00"]), "data.materials[1]"),
        (event(traceparent="\x00"), "traceparent"),
    ],
)
def test_a_nul_is_refused_wherever_it_stands(value: object, field: str) -> None:
    found = refusal(line(value))
    assert (found.field, str(found)) == (field, f"{field} has a NUL character in it")


def test_words_for_people_may_have_line_breaks() -> None:
    read_ = read(with_data(DISCUSSED, outcome="satu\ndua\tselesai"))
    assert isinstance(read_.data, item.Discussed)
    assert read_.data.outcome == "satu\ndua\tselesai"


def test_a_time_before_the_telephone_is_questioned() -> None:
    found = refusal(line(event(time="0021-11-23T14:05:00+07:00")))
    assert (found.field, str(found)) == (
        "time",
        "0021-11-23T14:05:00+07:00 is before 1900: is that the right time?",
    )


# --- older versions ---

OLDER = Reader(older.CATALOGUE)


def test_an_event_of_an_older_version_becomes_one_of_the_version_in_force() -> None:
    read_ = OLDER.read(line(event(older.TOPIC, data={"people": 42.0, "outcome": "setuju"}, traceparent="00-1")))
    assert read_.type == DISCUSSED, "data of this shape under the older type would be upcast a second time"
    assert read_.data == item.Discussed(headcount=42, outcome="setuju")
    assert read_.extensions == {"traceparent": "00-1"}


def test_older_versions_are_climbed_one_by_one() -> None:
    read_ = OLDER.read(line(event(older.OLDEST, data={"people": ["a", "b"]})))
    assert read_.data == item.Discussed(headcount=2)


@pytest.mark.parametrize("topic", [older.TOPIC, older.OLDEST])
@pytest.mark.parametrize("data", [{}, {"headcount": 42}])
def test_data_that_is_not_of_the_older_version_is_refused(topic: str, data: object) -> None:
    found = refusal(line(event(topic, data=data)), OLDER)
    assert found.field == "data"
    assert str(found) == f"the data is not that of {topic}, an older version of {DISCUSSED}"


def test_a_mistake_in_an_older_version_is_explained_in_terms_of_the_version_in_force() -> None:
    found = refusal(line(event(older.TOPIC, data={"people": -1})), OLDER)
    assert (found.field, str(found)) == ("data.headcount", "-1 is less than 0")
    assert str(refusal(line(event(older.TOPIC, data=[])), OLDER)) == "a list is not an object"


def test_an_older_version_that_is_read_no_longer_is_an_unknown_type() -> None:
    assert "did you mean" in str(refusal(line(event(older.TOPIC, data={"people": 42}))))


# --- nothing else ever escapes ---

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)
TOPICS = st.sampled_from([*DATA, older.TOPIC, older.OLDEST])
# Pieces that once broke something: msgspec's own words, halves of characters, numbers beyond every range.
NASTY = st.sampled_from(
    [
        "` - at `$.foo",
        "x` - at `$.data[9]",
        "\x00",
        "\ud800",
        "*",
        "",
        "a\nb",
        10**400,
        1e300,
        -0.0,
        2**64,
        "{value}",
    ]
)
VALUES = JSON | NASTY


# The first refusal loads what finds the nearest word, which may take longer than hypothesis allows one example.
unhurried = settings(deadline=None)


def check(text: bytes) -> None:
    """Read `text`: an event, which the log can hold, or a refusal, which can be told to a person."""
    try:
        found = OLDER.read(text)
    except RefusedError as error:
        refused: RefusedError | None = error
    else:
        refused = None
    if refused is not None:
        assert str(refused)
        return
    recorded = State(
        source=found.source,
        id=found.id,
        subject=found.subject,
        holder=found.holder,
        occurred_at=found.time,
        recorded_at=found.time,
        data=found.data,
        causationid=found.causationid,
        causationsource=found.causationsource,
        extensions=found.extensions,
    )
    held = decode_state(encode_state(recorded))
    assert older.CATALOGUE.decode(found.type, held.data) == found.data
    assert held.extensions == found.extensions


@unhurried
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_an_event_or_refused(text: bytes) -> None:
    check(text)


@unhurried
@given(JSON)
def test_any_json_is_an_event_or_refused(value: object) -> None:
    check(line(value))


@unhurried
@given(TOPICS, st.data())
def test_a_valid_event_with_anything_anywhere_is_an_event_or_refused(topic: str, draw: st.DataObject) -> None:
    value: Any = json.loads(line(event(topic, data=DATA.get(topic, {"people": 42}))))
    for _ in range(draw.draw(st.integers(1, 3))):
        change(value, draw)
    check(line(value))


def change(value: Any, draw: st.DataObject) -> None:  # noqa: ANN401 - any JSON
    """Change, add or take away something, at some depth of `value`."""
    place = value
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        inner = [key for key in keys if isinstance(place[key], dict | list)]
        if not inner or draw.draw(st.booleans()):
            break
        place = place[draw.draw(st.sampled_from(inner))]
    if isinstance(place, list):
        place.append(draw.draw(VALUES))
        return
    names = st.sampled_from([*place, "traceparent"]) | st.text(max_size=10) | NASTY.map(str)
    name = draw.draw(names)
    if name in place and draw.draw(st.booleans()):
        del place[name]
    else:
        place[name] = draw.draw(VALUES)


@unhurried
@given(TOPICS, st.data())
def test_a_valid_event_with_other_bytes_is_an_event_or_refused(topic: str, draw: st.DataObject) -> None:
    text = bytearray(line(event(topic, data=DATA.get(topic, {"people": 42}))))
    for _ in range(draw.draw(st.integers(1, 3))):
        at = draw.draw(st.integers(0, len(text)))
        upto = draw.draw(st.integers(at, min(at + 5, len(text))))
        text[at:upto] = draw.draw(st.binary(max_size=5) | st.text(string.printable, max_size=5).map(str.encode))
    check(bytes(text))


@unhurried
@given(
    st.sampled_from([(topic, name) for topic in DATA for name in DATA[topic]]),
    st.sampled_from(["18.09", PSEUDONYM, "kim-bagelen", "2021-11-23"]),
    VALUES,
)
def test_any_value_for_any_field_is_an_event_or_refused(field: tuple[str, str], good: str, value: object) -> None:
    topic, name = field
    for content in (value, [value], [good, value], [{"region": good, "headcount": value}]):
        check(line(with_data(topic, **{name: content})))
