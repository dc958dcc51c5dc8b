"""The shapes that fields of several event types share."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Annotated, Final

from msgspec import Meta, Struct

from events.refusal import RefusedError, excerpt

# Python's `$` also matches before a last line feed, JSON Schema's does not: `(?!\n)` makes them agree.
NAME_PATTERN: Final = r"^[A-Za-z0-9._-]{1,64}$(?!\n)"
REGION_PATTERN: Final = r"^[0-9]{2}(\.[0-9]{2}(\.[0-9]{2}(\.[0-9]{4})?)?)?$(?!\n)"
PSEUDONYM_PATTERN: Final = r"^p1\.[A-Za-z0-9_-]{1,32}\.([A-Z2-7]{26}|[a-z2-7]{26})$(?!\n)"
SHA256_PATTERN: Final = r"^([0-9a-f]{64}|[0-9A-F]{64})$(?!\n)"
# RFC 9110, section 8.3.1, with names as RFC 6838, section 4.2, has them; blanks are told apart in one way only.
_WORD: Final = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_PARAMETER: Final = rf'{_WORD}=({_WORD}|"([\t !#-\[\]-~]|\\[\t -~])*")'
JSON_TYPE_PATTERN: Final = (
    r"^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*/([A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*\+)?[Jj][Ss][Oo][Nn]"
    rf"([ \t]*;([ \t]*({_PARAMETER}|$))?)*$(?!\n)"
)
DAY_PATTERN: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt].+)?$(?!\n)"

Name = Annotated[str, Meta(pattern=NAME_PATTERN)]
"""The id of an item, organisation, aspiration or coaching: 1-64 of `A-Z a-z 0-9 . _ -`."""

Text = Annotated[str, Meta(min_length=1)]
"""Words for people: anything but nothing."""

Count = Annotated[int, Meta(ge=0, le=1_000_000_000)]
"""A number of people or views; none is larger than the world by much."""

RegionCode = Annotated[str, Meta(pattern=REGION_PATTERN)]
"""A Kemendagri code: `18`, `18.09`, `18.09.01` or `18.09.01.2007`."""

Sha256 = Annotated[str, Meta(pattern=SHA256_PATTERN)]
"""A SHA-256 digest in hexadecimal."""

Pseudonym = Annotated[str, Meta(pattern=PSEUDONYM_PATTERN)]
"""`p1.<key id>.<26 of base32>` (RFC 4648, section 6): a person, without saying who."""

_BASE32: Final = 26  # letters of a pseudonym's end
HAS_SMALL_BASE32: Final = re.compile(r"\.[a-z2-7]{26}(?: |\Z)").search
"""Tells whether one of several pseudonyms, with a space between them, is not canonical."""


def canonical(pseudonym: str) -> str:
    """Return a pseudonym with its base32 in capitals: either case means the same (RFC 4648, section 6).

    The key id stays as it is.
    """
    return pseudonym[:-_BASE32] + pseudonym[-_BASE32:].upper()


Day = Annotated[str, Meta(pattern=DAY_PATTERN)]
"""A day (`2021-11-23`, in Asia/Jakarta) or an RFC 3339 time with an offset."""

JAKARTA: Final = timezone(timedelta(hours=7), "WIB")
"""Asia/Jakarta: +07:00 all year, without daylight saving (since 1964)."""

PERSONAL_FIELDS: Final = frozenset({"participants", "person"})
"""The fields that hold people, and by mistake may hold their names: what is in them is never shown."""

_IS_REGION: Final = re.compile(REGION_PATTERN).match


def is_region_code(text: str) -> bool:
    """Tell whether `text` has the shape of a region code (not whether that region exists)."""
    return _IS_REGION(text) is not None


EARLIEST_YEAR: Final = 1900
OFFSETS: Final = frozenset(timezone(timedelta(minutes=minutes)) for minutes in range(-12 * 60, 14 * 60 + 1))
"""The offsets that clocks somewhere have: from -12:00 to +14:00."""

_IS_DAY: Final = re.compile(
    r"\d{4}-\d\d-\d\d(?P<time>[Tt]([01]\d|2[0-3]):\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:[0-5]\d))?", re.ASCII
).fullmatch
# What is beyond these, no clock in Jakarta shows.
_FIRST: Final = datetime(1, 1, 1, 7, tzinfo=JAKARTA)
_LAST: Final = datetime.max.replace(tzinfo=JAKARTA)
_LAST_OF_ALL: Final = datetime.max.replace(tzinfo=UTC)


def starts(day: str) -> datetime:
    """Return the first moment of a `Day`; fractions of a second are cut to microseconds.

    What the calendar of Jakarta does not hold is its first or last moment, so that any `Day` in a log can be
    counted.

    Raises:
        ValueError: there is no such day or time, or a time has no offset.

    """
    if len(day) == len("2021-11-23"):
        moment = datetime.combine(date.fromisoformat(day), time.min, JAKARTA)
    else:
        moment = datetime.fromisoformat(day.upper())
    if moment.tzinfo is None:
        raise ValueError("a time needs an offset, such as +07:00")
    return min(max(moment, _FIRST), _LAST)


def ends(day: str) -> datetime:
    """Return the first moment after a `Day`: the next midnight in Jakarta, or the time itself.

    No calendar goes beyond 9999-12-31, often written for "for ever": that day ends with its last moment.

    Raises:
        ValueError: as `starts`.

    """
    first = starts(day)
    if len(day) != len("2021-11-23"):
        return first
    return first + timedelta(days=1) if first.date() < date.max else _LAST


def check_day(day: str, field: str | None) -> None:
    """Refuse a `Day` that is none of RFC 3339, that no calendar has, or that is out of bounds.

    Raises:
        RefusedError: what is wrong with it.

    """
    found = _IS_DAY(day)
    try:
        if found is None:
            raise ValueError  # noqa: TRY301 - told below, as what no calendar has
        moment = starts(day) if found["time"] is None else datetime.fromisoformat(day.upper())
    except ValueError as error:
        raise RefusedError(
            "{value} is not a day such as 2021-11-23, nor a time with an offset", field=field, value=excerpt(day)
        ) from error
    check_moment(moment, excerpt(day), field)


def check_moment(moment: datetime, written: str, field: str | None) -> None:
    """Refuse a moment before 1900, with an offset that no place has, or beyond what UTC can hold.

    `written` is how its sender wrote it.

    Raises:
        RefusedError: which bound it breaks.

    """
    if moment.year < EARLIEST_YEAR:
        raise RefusedError(
            "{value} is before {year}: is that the right time?", field=field, value=written, year=EARLIEST_YEAR
        )
    if timezone(moment.utcoffset() or timedelta()) not in OFFSETS:
        raise RefusedError(
            "{value} has an offset that no clock has: offsets go from -12:00 to +14:00",
            field=field,
            value=written,
        )
    if microseconds(moment) > microseconds(_LAST_OF_ALL):
        raise RefusedError(
            "{value} is later than 9999-12-31T23:59:59Z, and no calendar goes on", field=field, value=written
        )


EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


_epochs: Final[dict[tzinfo | None, datetime]] = {}  # EPOCH by the offsets in use


def microseconds(moment: datetime) -> int:
    """Return `moment` as whole microseconds since 1970-01-01T00:00:00Z, exactly."""
    zone = moment.tzinfo
    epoch = _epochs.get(zone, EPOCH)
    if epoch.tzinfo is not zone:  # of two times with one zone, Python does not ask for the offsets
        epoch = EPOCH.astimezone(zone) if type(zone) is timezone else EPOCH
        _epochs[zone] = epoch
    since = moment - epoch
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def moment(microseconds: int) -> datetime:
    """Return the UTC time that lies `microseconds` after 1970-01-01T00:00:00Z.

    Where the calendar has no such day, as for the first moment of 0001-01-01 in Jakarta: its nearest end.
    """
    try:
        return EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC) if microseconds < 0 else datetime.max.replace(tzinfo=UTC)


def in_zone(moment: datetime, zone: timezone) -> datetime:
    """Return a time as a zone tells it; as it is where the calendar of the zone has no such day."""
    try:
        return moment.astimezone(zone)
    except OverflowError:
        return moment


class Data(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """What an event of one type says; the base of every such struct."""


class Origin(Data, frozen=True):
    """How many people of a gathering came from one region."""

    region: RegionCode
    headcount: Count
