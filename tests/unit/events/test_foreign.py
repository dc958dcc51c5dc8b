"""What foreign publishers write in another way is the same event; what others could not read back is refused."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.envelope import CloudEvent, Reader
from events.refusal import RefusedError
from tests.faults.rounds import rounds
from tests.unit.events.samples import DATA, DISCUSSED, PSEUDONYM, SHARED, event, line, with_data, without

READER = Reader()
CONFIGURATION = "id.jejak.configuration.set.v1"


def read(value: object) -> CloudEvent:
    return READER.read(line(value))


def refusal(text: bytes) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        READER.read(text)
    return caught.value


# --- times ---


@pytest.mark.parametrize("beyond", ["9", "9999999", "5", "0000000000", "4" + "9" * 30])
@pytest.mark.parametrize("second", ["59.999999", "00.000000", "07.123456", "59.100000"])
@pytest.mark.parametrize("offset", ["Z", "+07:00"])
def test_fractions_are_cut_to_microseconds(second: str, beyond: str, offset: str) -> None:
    cut = read(event(time=f"2021-10-31T23:59:{second}{offset}")).time
    assert cut.microsecond == int(second[3:])
    value = event(time=f"2021-10-31T23:59:{second}{beyond}{offset}")
    text = line(value)
    for escaped in (b".", b"\\u002e", b"\\u002E"):
        assert READER.read(text.replace(b"." + second[3:].encode(), escaped + second[3:].encode())).time == cut
    assert READER.from_json(value).time == cut


@pytest.mark.parametrize("time", ["9999-12-31T23:59:59.9999999Z", "2021-12-31T23:59:59.99999999999+07:00"])
def test_the_last_fraction_of_a_year_stays_in_it(time: str) -> None:
    assert read(event(time=time)).time.year == int(time[:4])


@pytest.mark.parametrize("offset", ["-12:00", "-00:00", "+05:45", "+14:00"])
def test_offsets_that_exist_are_read(offset: str) -> None:
    assert read(event(time=f"2021-11-23T14:05:00{offset}")).time.isoformat().startswith("2021-11-23T14:05:00")


@pytest.mark.parametrize("extensions", [{}, {"traceparent": "00-1"}], ids=["fast", "slow"])
@pytest.mark.parametrize(
    ("time", "word"),
    [
        ("2021-11-23T14:05:00+14:01", "offset"),
        ("2021-11-23T14:05:00-12:01", "offset"),
        ("2021-11-23T14:05:00+23:59", "offset"),
        ("1899-12-31T23:59:59Z", "before 1900"),
        ("0001-01-01T00:00:00+14:00", "before 1900"),
        ("9999-12-31T23:59:59-05:00", "no calendar"),
    ],
)
def test_a_time_out_of_bounds_is_refused(time: str, word: str, extensions: dict[str, str]) -> None:
    found = refusal(line(event(time=time, **extensions)))
    assert found.field == "time"
    assert word in str(found)


# --- pseudonyms ---


def test_a_pseudonym_is_the_same_in_either_case_and_its_key_id_is_not() -> None:
    one, same, other = ("p1.kA." + "AB" * 13, "p1.kA." + "ab" * 13, "p1.ka." + "ab" * 13)
    assert read(with_data(DISCUSSED, participants=[one])) == read(with_data(DISCUSSED, participants=[same]))
    assert read(with_data(DISCUSSED, participants=[one])) != read(with_data(DISCUSSED, participants=[other]))
    data = read(with_data(SHARED, participants=[other, "p1." + "z" * 26 + "." + "7" * 26, same])).data
    assert data.participants == ("p1.ka." + "AB" * 13, "p1." + "z" * 26 + "." + "7" * 26, one)


# --- data in base64 ---


def in_base64(value: dict[str, Any]) -> dict[str, Any]:
    encoded = base64.b64encode(json.dumps(value["data"]).encode()).decode()
    return {**without("data", value), "data_base64": encoded}


@pytest.mark.parametrize("topic", DATA)
@pytest.mark.parametrize("media_type", [None, "application/json", "Application/vnd.x+JSON; charset=utf-8"])
def test_data_in_base64_is_the_same_event(topic: str, media_type: str | None) -> None:
    plain = read(event(topic, datacontenttype=media_type))
    value = in_base64(event(topic, datacontenttype=media_type))
    assert read(value) == READER.from_json({**value, "data": None}) == plain


@pytest.mark.parametrize(
    ("changes", "field", "word"),
    [
        ({"data": {}}, "data_base64", "not both"),
        ({"data_base64": "not base64!"}, "data_base64", "RFC 4648"),
        ({"data_base64": "eyJh"}, "data_base64", "ends too early"),
        ({"data_base64": "Iv8i"}, "data_base64", "UTF-8"),
        ({"data_base64": ""}, "data_base64", "empty"),
        ({"data_base64": 5}, "data_base64", "RFC 4648"),
        ({"data_base64": base64.b64encode(b"[" * 40 + b"]" * 40).decode()}, "data_base64", "nested"),
        ({"data_base64": base64.b64encode(b'{"a": 1, "a": 2}').decode()}, "data_base64", "a stands twice"),
        ({"data_base64": base64.b64encode(b'{"channel": "x"}').decode()}, "data.channel", "not one of"),
        ({"datacontenttype": "image/png"}, "datacontenttype", "media type of JSON"),
        ({"datacontenttype": "image/png", "data_base64": "iVBORw0KGgo="}, "datacontenttype", "media type of JSON"),
    ],
)
def test_base64_that_is_no_data_is_refused_with_why(changes: dict[str, Any], field: str, word: str) -> None:
    found = refusal(line({**in_base64(event(SHARED)), **changes}))
    assert found.field == field
    assert word in str(found)


def test_what_base64_hides_is_looked_at_like_any_data() -> None:
    for data, word in (({"outcome": "a\x00"}, "NUL"), ({"participants": ["Siti"]}, "pseudonym")):
        found = refusal(line(in_base64(with_data(DISCUSSED, **data))))
        assert (found.field or "").startswith("data.")
        assert word in str(found)


# --- media types ---


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json",
        "APPLICATION/Json",
        "application/JSON;charset=UTF-8",
        "application/json\t ; \tcharset=utf-8",
        'application/json; profile="a \\"b\\"; c"; x=1',
        "application/json;",
        "application/json ; ; charset=utf-8;",
        "text/json",
        "application/cloudevents+json",
        "application/problem+JSON; charset=utf-8",
        "application/vnd.a.b-c+xml+json",
    ],
)
def test_every_media_type_of_json_is_one(media_type: str) -> None:
    assert read(event(datacontenttype=media_type)).data == read(event()).data


@pytest.mark.parametrize(
    "media_type",
    [
        "",
        "json",
        " application/json",
        "application /json",
        "application/ json",
        "application/x-json",
        "application/jsonp",
        "application/json+xml",
        "application/+json",
        "text/plain",
        "application/json charset=utf-8",
        "application/json; charset",
        "application/json; charset = utf-8",
        'application/json; charset="utf-8',
        "application/json, text/json",
        "application/json\n",
        "application/json" + ";  " * 20_000 + "x",
        "a/" + "b+" * 20_000,
    ],
)
def test_any_other_media_type_is_refused(media_type: str) -> None:
    found = refusal(line(event(datacontenttype=media_type)))
    assert found.field == "datacontenttype"
    assert len(str(found)) < 150


# --- attributes that Jejak does not know ---


@pytest.mark.parametrize("value", ["", "x", "é", True, False, 0, 5, -(2**31), 2**31 - 1])
def test_an_attribute_of_a_type_that_cloudevents_has_is_kept(value: object) -> None:
    assert read(event(myattribute=value)).extensions == {"myattribute": value}


def test_a_whole_fraction_is_an_integer_and_null_is_as_if_absent() -> None:
    found = read(event(one=42.0, two=None))
    assert json.dumps(found.extensions) == '{"one": 42}'
    assert read(event(two=None)) == read(event())


@pytest.mark.parametrize("value", [{}, {"a": 1}, [], ["x"], 1.5, 1e300, 2**31, -(2**31) - 1, 2**63, 10**30])
def test_an_attribute_of_another_type_is_refused(value: object) -> None:
    found = refusal(line(event(myattribute=value)))
    assert found.field == "myattribute"
    assert "is no value for an attribute" in str(found)


def test_an_attribute_with_a_control_character_is_refused() -> None:
    for character in ("\n", "\x1b", "\x7f", "\x85"):
        found = refusal(line(event(myattribute=f"a{character}b")))
        assert (found.field, str(found)) == ("myattribute", "myattribute has a control character in it")


# --- a name twice ---

BLANKS = st.sampled_from(["", "", " ", "\t ", "\r\n"])


@st.composite
def written(draw: st.DrawFn, value: object, twice: tuple[object, ...] | None) -> str:
    """Write JSON in any of its ways; the object at the path `twice` gets one of its names a second time."""
    blank = draw(BLANKS)
    if isinstance(value, list):
        inner = [draw(written(each, _below(twice, index))) for index, each in enumerate(value)]
        return f"[{blank}{f',{blank}'.join(inner)}{blank}]"
    if not isinstance(value, dict):
        return json.dumps(value, ensure_ascii=draw(st.booleans()))
    pairs = [(name, draw(written(each, _below(twice, name)))) for name, each in value.items()]
    if twice == ():
        name, content = draw(st.sampled_from(pairs))
        content = draw(st.sampled_from([content, "null", "1", '""', "[]", '"\\u0022\\u0022"']))
        pairs.insert(draw(st.integers(0, len(pairs))), (name, content))
    members = []
    for name, content in pairs:
        spelt = json.dumps(name)
        if draw(st.integers(0, 9)) == 0:
            spelt = f'"\\u{ord(name[0]):04x}{spelt[2:]}'
        members.append(f"{spelt}{draw(BLANKS)}:{draw(BLANKS)}{content}")
    return f"{{{blank}{f'{blank},{draw(BLANKS)}'.join(members)}{blank}}}"


def _below(path: tuple[object, ...] | None, key: object) -> tuple[object, ...] | None:
    return path[1:] if path and path[0] == key else None


def objects(value: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    """Return the paths of all objects that have members."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    below = [found for key, each in inner for found in objects(each, (*path, key))]
    return [path, *below] if isinstance(value, dict) and value else below


EVENTS = st.sampled_from(
    [
        *(event(topic) for topic in DATA),
        event(time="2021-11-23T14:05:00.5+07:00"),
        event(causationid='a "quoted" b\\'),
        event(traceparent="00-1"),
        with_data(DISCUSSED, outcome='"', participants=[PSEUDONYM]),
        with_data(CONFIGURATION, value=100_000.5),
        with_data(CONFIGURATION, value=1e15),
    ]
)


@settings(deadline=None, max_examples=rounds(100))
@given(EVENTS, st.data())
def test_a_name_that_stands_twice_is_refused_at_any_depth_and_in_any_spelling(
    value: dict[str, Any], draw: st.DataObject
) -> None:
    once = draw.draw(written(value, None))
    assert READER.read(once.encode()).type == value["type"]
    path = draw.draw(st.sampled_from(objects(value)))
    found = refusal(draw.draw(written(value, path)).encode())
    assert "stands twice in one object" in str(found)
    assert found.field is not None
    assert found.field.count(".") + found.field.count("[") == len(path)


@pytest.mark.parametrize("value", ["1e15", "100000.0", "1e5"])
def test_a_number_that_is_shorter_than_it_is_written_leaves_no_room_either(value: str) -> None:
    text = line(with_data(CONFIGURATION, value=0)).replace(b'"value": 0', f'"value":{value}'.encode())
    compact = text.replace(b'": ', b'":').replace(b', "', b',"')
    assert READER.read(compact).data.value == float(value)
    assert refusal(compact.replace(b'"id":', b'"id":"x","id":')).field == "id"


def test_a_short_fraction_leaves_no_room_either() -> None:
    text = line(event(SHARED, time="2021-11-23T14:05:00.5+07:00", data={"channel": "print", "to": ["a"]}))
    compact = text.replace(b'": ', b'":').replace(b', "', b',"')
    assert refusal(compact.replace(b'"to":', b'"to":0,"to":')).field == "data.to"
