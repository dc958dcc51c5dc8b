"""Times are exact, days are days in Jakarta, and the shapes of ids and codes let nothing else in."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from events import fields
from events.fields import EPOCH, JAKARTA, check_day, ends, is_region_code, microseconds, moment, starts
from events.refusal import RefusedError
from tests.unit.events.samples import OTHER_PSEUDONYM, PSEUDONYM, SHA256

OFFSETS = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(timezones=OFFSETS)
LAST = datetime.max.replace(tzinfo=UTC)
FIRST = datetime.min.replace(tzinfo=UTC)


def in_integers(when: datetime) -> int:
    """Microseconds since 1970, with nothing but integers: the oracle."""
    offset = when.utcoffset()
    assert offset is not None
    days = when.toordinal() - 719_163  # 1970-01-01
    seconds = ((days * 24 + when.hour) * 60 + when.minute) * 60 + when.second
    seconds -= offset.days * 86_400 + offset.seconds
    return seconds * 1_000_000 + when.microsecond


@given(MOMENTS)
@example(FIRST)
@example(LAST)
@example(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC))
def test_microseconds_are_exact(when: datetime) -> None:
    assert microseconds(when) == in_integers(when)


@given(st.integers(in_integers(FIRST), in_integers(LAST)))
def test_a_moment_and_its_microseconds_are_the_same(number: int) -> None:
    assert microseconds(moment(number)) == number
    assert moment(number).utcoffset() == timedelta(0)


@given(st.datetimes(timezones=st.just(UTC)), OFFSETS)
def test_another_offset_of_an_instant_has_the_same_microseconds(when: datetime, offset: timezone) -> None:
    try:
        elsewhere = when.astimezone(offset)
    except OverflowError:  # the first or the last day of the calendar
        return
    assert microseconds(elsewhere) == microseconds(when)
    assert moment(microseconds(elsewhere)) == when


def test_the_epoch_is_zero() -> None:
    assert microseconds(EPOCH) == 0
    assert moment(0) == datetime(1970, 1, 1, tzinfo=UTC)


def test_a_day_is_a_day_in_jakarta() -> None:
    assert starts("2021-11-23") == datetime(2021, 11, 22, 17, tzinfo=UTC)
    assert ends("2021-11-23") == datetime(2021, 11, 23, 17, tzinfo=UTC)
    assert ends("2021-11-23") == starts("2021-11-24")


@pytest.mark.parametrize(
    "text", ["2021-11-23T14:05:00+07:00", "2021-11-23T07:05:00Z", "2021-11-23T16:05:00.000000+09:00"]
)
def test_a_time_begins_and_ends_at_itself(text: str) -> None:
    assert starts(text) == ends(text) == datetime(2021, 11, 23, 7, 5, tzinfo=UTC)


@given(st.dates())
@example(date.max)
def test_every_day_of_the_calendar_begins_before_it_ends(day: date) -> None:
    assert starts(str(day)) < ends(str(day))


def test_the_last_day_of_the_calendar_means_for_ever() -> None:
    assert ends("9999-12-31") == datetime.max.replace(tzinfo=JAKARTA)
    assert ends("9999-12-31") > ends("9999-12-30")


@pytest.mark.parametrize("ask", [starts, ends])
@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01",
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59.9999999-23:59",
    ],
)
def test_a_day_at_an_end_of_the_calendar_has_a_moment_that_every_clock_shows(
    ask: Callable[[str], datetime], text: str
) -> None:
    found = moment(microseconds(ask(text)))
    assert found.astimezone(JAKARTA).year == int(text[:4])


@pytest.mark.parametrize(
    "text",
    [
        "2021-11-23T24:00:00Z",
        "2021-11-23T10",
        "20211123",
        "2021-W47-2",
        "2021-11-23 10:00:00Z",
        "2021-11-23T10:00",
    ],
)
def test_what_is_written_in_another_way_is_no_day(text: str) -> None:
    with pytest.raises(RefusedError) as caught:
        check_day(text, "data.due")
    assert caught.value.field == "data.due"
    assert str(caught.value) == f'"{text}" is not a day such as 2021-11-23, nor a time with an offset'


@pytest.mark.parametrize(
    "text", ["2021-02-30", "2021-13-01", "2021-11-23T14:05:00", "2021-11-23Tnoon", "0000-01-01"]
)
@pytest.mark.parametrize("ask", [starts, ends])
def test_what_no_calendar_has_is_no_day(text: str, ask: object) -> None:
    assert callable(ask)
    with pytest.raises(ValueError, match=r"."):
        ask(text)


SHAPES = {
    fields.NAME_PATTERN: (
        ["a", "kim-bagelen", "A.b_c-9", "x" * 64],
        ["", "x" * 65, "a b", "a/b", "é", "a\n", "\na", "a\x00"],
    ),
    fields.REGION_PATTERN: (
        ["18", "18.09", "18.09.01", "18.09.01.2007"],
        ["", "1", "189", "18.9", "18.09.", "18.09.01.207", "18.09.01.2007.1", "1809012007", "18\n", "١٨"],
    ),
    fields.PSEUDONYM_PATTERN: (
        [PSEUDONYM, OTHER_PSEUDONYM, "p1.k." + "a" * 26],
        [
            "Siti",
            "081234567890",
            PSEUDONYM.upper(),
            PSEUDONYM.replace("p1", "p2"),
            PSEUDONYM.replace("key-1", ""),
            PSEUDONYM[:-1],
            *(PSEUDONYM[:-1] + end for end in ("a", "1", "ZA", "Z\n")),
        ],
    ),
    fields.SHA256_PATTERN: (
        [SHA256, SHA256.upper()],
        ["", SHA256[:-1], SHA256 + "0", SHA256[:-1] + "g", SHA256[:-1] + "A", SHA256 + "\n"],
    ),
    fields.DAY_PATTERN: (
        ["2021-11-23", "2021-11-23T14:05:00+07:00", "2021-11-23t14:05:00z"],
        ["", "23-11-2021", "2021-11-23 ", "2021-11-2", "2021/11/23", "2021-11-23T", "2021-11-23\n"],
    ),
    fields.JSON_TYPE_PATTERN: (
        ["application/json", "application/cloudevents+json", "application/json; charset=utf-8"],
        ["", "text/plain", "application/xml", "application/jsonx", "application/json\n"],
    ),
}


@pytest.mark.parametrize("pattern", SHAPES)
def test_a_shape_lets_in_what_it_should_and_nothing_else(pattern: str) -> None:
    good, bad = SHAPES[pattern]
    assert [text for text in good if not re.search(pattern, text)] == []
    assert [text for text in bad if re.search(pattern, text)] == []


def test_a_region_code_is_known_by_its_shape() -> None:
    good, bad = SHAPES[fields.REGION_PATTERN]
    assert all(map(is_region_code, good))
    assert not any(map(is_region_code, bad))
