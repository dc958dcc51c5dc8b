"""A refusal names the field, the value and what is allowed, and never shows who a person is."""

import json
import typing
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.aspiration import Person
from events.catalogue import CATALOGUE
from events.envelope import Reader
from events.fields import PERSONAL_FIELDS, PSEUDONYM_PATTERN
from events.refusal import PersonalDataError, RefusedError
from tests.unit.events.samples import DATA, DISCUSSED, PSEUDONYM, SHA256, SHARED, event, line, with_data, without

CONFIGURATION = "id.jejak.configuration.set.v1"
ERASED = "id.jejak.person.erased.v1"
FORWARDED = "id.jejak.item.forwarded.v1"
ACTED_ON = "id.jejak.item.acted_on.v1"
PUBLISHED = "id.jejak.item.published.v1"
RAISED = "id.jejak.aspiration.raised.v1"
REGISTERED = "id.jejak.organisation.registered.v1"
SCREENED = "id.jejak.item.screened.v1"


def refused(value: object) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        Reader().read(line(value))
    return caught.value


CHANNELS = (
    "face_to_face, whatsapp_group, social_media, website, community_radio, print, outdoor_media, notice_board,"
    " folk_performance, loudspeaker"
)
LEVELS = "provincial_office, regency_office, district_office, kim, community"
ID = "is not an id: 1 to 64 of A-Z a-z 0-9 . _ -"
REGION = "is not a region code, such as 18, 18.09, 18.09.01 or 18.09.01.2007"
DIGEST = "is not a SHA-256 in hexadecimal: 64 of 0-9 a-f"
DAY = "is not a day such as 2021-11-23, nor a time with an offset"
TIME = "is not a time of RFC 3339 with an offset, such as 2021-11-23T14:05:00+07:00"
JSON_TYPE = "is not a media type of JSON, such as application/json"
SCALAR = "is not true or false / a whole number / a number / a text"
SHARED_FIELDS = "channel, headcount, exposures, region, to, participants"

BAD = [
    # a code
    (
        with_data(channel="whatsap"),
        "channel",
        f'"whatsap" is not one of: {CHANNELS}; did you mean whatsapp_group?',
    ),
    (with_data(channel="Print"), "channel", f'"Print" is not one of: {CHANNELS}; did you mean print?'),
    (with_data(channel="fax"), "channel", f'"fax" is not one of: {CHANNELS}'),
    (with_data(channel=5), "channel", f"5 is not one of: {CHANNELS}"),
    (with_data(channel=None), "channel", f"null is not one of: {CHANNELS}"),
    (with_data(channel=["print"]), "channel", f"a list is not one of: {CHANNELS}"),
    (
        with_data(SCREENED, verdict="hoaks"),
        "verdict",
        '"hoaks" is not one of: unchecked, verified, unproven, hoax; did you mean hoax?',
    ),
    (with_data(REGISTERED, level="desa"), "level", f'"desa" is not one of: {LEVELS}'),
    # a number
    (with_data(headcount=-1), "headcount", "-1 is less than 0"),
    (with_data(headcount=-0.5), "headcount", "-0.5 is not a whole number"),
    (with_data(headcount=1_000_000_001), "headcount", "1000000001 is more than 1000000000"),
    (with_data(headcount=10**30), "headcount", f"{10**30} is more than 1000000000"),
    (with_data(headcount=42.5), "headcount", "42.5 is not a whole number"),
    (with_data(headcount="42"), "headcount", '"42" is not a whole number'),
    (with_data(headcount=True), "headcount", "true is not a whole number"),
    (with_data(headcount={}), "headcount", "an object is not a whole number"),
    (with_data("id.jejak.coaching.held.v1", headcount=-1), "headcount", "-1 is less than 0"),
    # a name, a region, a digest, a day
    (with_data(to=["kim bagelen"]), "to[0]", f'"kim bagelen" {ID}'),
    (with_data(FORWARDED, to=["kim-bagelen", "x" * 65]), "to[1]", f'"{"x" * 58}… {ID}'),
    (with_data(region="1809"), "region", f'"1809" {REGION}'),
    (with_data(region=18), "region", "18 is not a text"),
    (
        with_data(DISCUSSED, origins=[{"region": "18", "headcount": 1}, {"region": "Bagelen", "headcount": 1}]),
        "origins[1].region",
        f'"Bagelen" {REGION}',
    ),
    (with_data(PUBLISHED, sha256="x"), "sha256", f'"x" {DIGEST}'),
    (
        with_data(ACTED_ON, evidence=[{"sha256": SHA256 + "0", "media_type": "x"}]),
        "evidence[0].sha256",
        f'"{SHA256[:58]}… {DIGEST}',
    ),
    (with_data(PUBLISHED, valid_from="besok"), "valid_from", f'"besok" {DAY}'),
    (with_data(PUBLISHED, valid_to="2021-11-23\n"), "valid_to", f'"2021-11-23\\n" {DAY}'),
    # a text, a list, an object
    (with_data(PUBLISHED, title=""), "title", "data.title is empty: leave it out or fill it in"),
    (with_data(PUBLISHED, title=["a"]), "title", "a list is not a text"),
    (with_data(FORWARDED, to=[]), "to", "data.to is empty: leave it out or fill it in"),
    (with_data(FORWARDED, to="kim-bagelen"), "to", '"kim-bagelen" is not a list'),
    (with_data(to=None), "to", "null is not a list"),
    (with_data(DISCUSSED, origins=["18"]), "origins[0]", '"18" is not an object'),
    (with_data(CONFIGURATION, value=[]), "value", f"a list {SCALAR}"),
    (with_data(CONFIGURATION, value=None), "value", f"null {SCALAR}"),
    # a field too many, a field too few
    (with_data(chanel="print"), "chanel", "there is no field data.chanel; did you mean channel?"),
    (with_data(weather="hot"), "weather", f"there is no field data.weather; the fields are: {SHARED_FIELDS}"),
    (event(data=without("channel", DATA[SHARED])), "channel", "data.channel is missing"),
    (
        event(data={"channle": "print"}),
        "channle",
        "there is no field data.channle; did you mean channel?",
    ),
    (
        with_data(DISCUSSED, origins=[{"region": "18"}]),
        "origins[0].headcount",
        "data.origins[0].headcount is missing",
    ),
    (
        with_data(DISCUSSED, origins=[{"region": "18", "headcount": 1, "hedcount": 1}]),
        "origins[0].hedcount",
        "there is no field data.origins[0].hedcount; did you mean headcount?",
    ),
]


@pytest.mark.parametrize(("value", "field", "reason"), BAD)
def test_a_mistake_in_the_data_is_explained(value: object, field: str, reason: str) -> None:
    found = refused(value)
    assert (found.field, str(found)) == (f"data.{field}", reason)


@pytest.mark.parametrize(
    ("value", "field", "reason"),
    [
        (event(specversion="0.3"), "specversion", '"0.3" is not one of: 1.0'),
        (event(specversion=1.0), "specversion", "1.0 is not a text"),
        (event(id=""), "id", "id is empty: leave it out or fill it in"),
        (event(id=5), "id", "5 is not a text"),
        (event(source=["x"]), "source", "a list is not a text"),
        (event(subject="a b"), "subject", f'"a b" {ID}'),
        (event(subject=""), "subject", f'"" {ID}'),
        (event(holder="KIM Bagelen\n"), "holder", f'"KIM Bagelen\\n" {ID}'),
        (event(time="2021-11-23T14:05:00"), "time", f'"2021-11-23T14:05:00" {TIME}'),
        (event(time="23/11/2021"), "time", f'"23/11/2021" {TIME}'),
        (event(time="2021-02-30T14:05:00Z"), "time", f'"2021-02-30T14:05:00Z" {TIME}'),
        (event(time=1637651100), "time", f"1637651100 {TIME}"),
        (event(datacontenttype="text/plain"), "datacontenttype", f'"text/plain" {JSON_TYPE}'),
        (event(causationid=""), "causationid", "causationid is empty: leave it out or fill it in"),
        (event(data=[1]), "data", "a list is not an object"),
        (event(data="x"), "data", '"x" is not an object'),
    ],
)
def test_a_mistake_in_the_envelope_is_explained(value: object, field: str, reason: str) -> None:
    found = refused(value)
    assert (found.field, str(found)) == (field, reason)


def test_a_missing_field_is_looked_for_among_those_that_have_no_place() -> None:
    # msgspec complains of the unknown field first wherever there is one, so this needs a direct call.
    from events.diagnosis import diagnose  # noqa: PLC0415
    from events.envelope import cloud_event_of  # noqa: PLC0415
    from events.item import Shared  # noqa: PLC0415

    error = msgspec.ValidationError("Object missing required field `channel` - at `$.data`")
    found = diagnose(error, {"data": {"channle": "print"}}, cloud_event_of(Shared.TOPIC, Shared))
    assert found.field == "data.channel"
    assert str(found) == "data.channel is missing; is channle meant to be it?"


@pytest.mark.parametrize(
    "name",
    ["", "a\nb", "a`b", "x` - at `$.foo", "x` - at `$.data.channel", "x` - at `$.data[7]", "a.b", "{value}"],
)
def test_an_unknown_field_may_have_any_name(name: str) -> None:
    found = refused(with_data(**{name: 1}))
    quoted = json.dumps(name)
    assert found.field == f"data[{quoted}]"
    assert str(found) == f"there is no field data[{quoted}]; the fields are: {SHARED_FIELDS}"


@pytest.mark.parametrize("word", ["x' - at `$.foo", "` - at `$.data.to[9]", "'; got", "\n", "{value} {nearest}"])
def test_a_code_may_be_misspelt_in_any_way(word: str) -> None:
    found = refused(with_data(channel=word))
    assert (found.field, str(found)) == ("data.channel", f"{json.dumps(word)} is not one of: {CHANNELS}")


@pytest.mark.parametrize(
    "value", [with_data(**{"q" * 5_000: 1}), with_data(region="9" * 5_000), event(id=10**400)]
)
def test_a_huge_value_or_name_leaves_the_reason_readable(value: object) -> None:
    assert len(str(refused(value))) < 250


# --- people ---

SITI = "Siti 081234567890"
PSEUDONYM_WANTED = (
    "a participant is named by a pseudonym, p1.<key id>.<26 of base32>, never by a name, phone or NIK"
)
PEOPLE = [
    (with_data(participants=[SITI]), "data.participants[0]", PSEUDONYM_WANTED),
    (with_data(participants=[PSEUDONYM, SITI]), "data.participants[1]", PSEUDONYM_WANTED),
    (with_data(DISCUSSED, participants=[f"p1.key.{SITI}"]), "data.participants[0]", PSEUDONYM_WANTED),
    (with_data(ERASED, person=SITI), "data.person", PSEUDONYM_WANTED),
    (with_data(participants=SITI), "data.participants", "data.participants is not a list"),
    (with_data(participants={"name": SITI}), "data.participants", "data.participants is not a list"),
    (with_data(participants=[{"name": SITI}]), "data.participants[0]", "data.participants[0] is not a text"),
    (with_data(participants=[6281234567890]), "data.participants[0]", "data.participants[0] is not a text"),
    (with_data(ERASED, person=6281234567890), "data.person", "data.person is not a text"),
    (with_data(RAISED, person=SITI), "data.person", "data.person is not an object"),
    (with_data(RAISED, person={"name": SITI, "contact": 6281234567890}), "data.person.contact", None),
    (with_data(RAISED, person={"name": [SITI], "contact": "x"}), "data.person.name", None),
]


@pytest.mark.parametrize(("value", "field", "reason"), PEOPLE)
def test_a_person_in_plain_text_is_refused_and_not_shown(value: object, field: str, reason: str | None) -> None:
    found = refused(value)
    assert isinstance(found, PersonalDataError), "so that nobody keeps the value"
    assert (found.field, str(found)) == (field, reason or f"{field} is not a text")
    assert_hidden(found)


def test_a_mistake_in_the_fields_of_a_person_is_explained_without_the_person() -> None:
    for person, reason in (
        ({"name": SITI}, "data.person.contact is missing"),
        ({"name": SITI, "contact": SITI, "phone": SITI}, "there is no field data.person.phone"),
        ({"name": SITI, "contact": ""}, "data.person.contact is empty"),
    ):
        found = refused(with_data(RAISED, person=person))
        assert str(found).startswith(reason)
        assert_hidden(found)


@pytest.mark.parametrize(
    "value",
    [
        [with_data(participants=[SITI])],
        event(data=[{"participants": [SITI]}]),
        with_data(headcount={"participants": [SITI]}),
        with_data(channel=[{"participants": [SITI]}]),
        with_data(DISCUSSED, origins={"participants": [SITI]}),
        with_data(participant=[SITI]),
        event(SCREENED, data={**DATA[SCREENED], "participants": [SITI]}),
        event(participants=[SITI]),
    ],
)
def test_people_in_the_wrong_place_are_not_shown_either(value: object) -> None:
    assert_hidden(refused(value))


def assert_hidden(found: RefusedError) -> None:
    told = f"{found} {found.field} {found.parameters} {found!r}"
    assert "Siti" not in told
    assert "081234" not in told
    assert "6281234" not in told


AROUND = st.recursive(
    st.sampled_from([SITI, f"{SITI}\n", f"p1.{SITI}.{SITI}", 6281234567890, 6281234567890.5]),
    lambda inner: (
        st.lists(inner | st.just(PSEUDONYM), min_size=1, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "contact", "phone", "region"]), inner, min_size=1)
    ),
    max_leaves=4,
)


PLACES = st.sampled_from(
    [(SHARED, "participants"), (DISCUSSED, "participants"), (ERASED, "person"), (RAISED, "person")]
)


@settings(deadline=None)  # the first refusal loads what finds the nearest word
@given(PLACES, AROUND)
def test_no_reason_shows_what_stands_in_the_place_of_people(place: tuple[str, str], value: object) -> None:
    topic, name = place
    try:
        Reader().read(line(with_data(topic, **{name: value})))
    except RefusedError as error:
        assert_hidden(error)


def personal(annotation: Any) -> bool:  # noqa: ANN401 - any annotation
    """Tell whether a field of this type may hold people."""
    if annotation is Person:
        return True
    if any(getattr(one, "pattern", None) == PSEUDONYM_PATTERN for one in getattr(annotation, "__metadata__", ())):
        return True
    return any(personal(one) for one in typing.get_args(annotation))


def test_every_field_that_may_hold_people_is_known_by_its_name() -> None:
    fields = [field for data in CATALOGUE.types.values() for field in msgspec.structs.fields(data)]
    assert {field.encode_name for field in fields if personal(field.type)} == PERSONAL_FIELDS
    # … and by no name that other types use for something else.
    assert {personal(field.type) for field in fields if field.encode_name in PERSONAL_FIELDS} == {True}
