"""The shapes that fields of several event types share."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Annotated, Final

from msgspec import Meta, Struct

# Python's `$` also matches before a last line feed, JSON Schema's does not: `(?!\n)` makes them agree.
NAME_PATTERN: Final = r"^[A-Za-z0-9._-]{1,64}$(?!\n)"
REGION_PATTERN: Final = r"^[0-9]{2}(\.[0-9]{2}(\.[0-9]{2}(\.[0-9]{4})?)?)?$(?!\n)"
PSEUDONYM_PATTERN: Final = r"^p1\.[A-Za-z0-9_-]{1,32}\.([A-Z2-7]{26}|[a-z2-7]{26})$(?!\n)"
SHA256_PATTERN: Final = r"^([0-9a-f]{64}|[0-9A-F]{64})$(?!\n)"
JSON_TYPE_PATTERN: Final = r"^application/([A-Za-z0-9.+-]+\+)?json( *;.*)?$(?!\n)"
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


def starts(day: str) -> datetime:
    """Return the first moment of a `Day`.

    Raises:
        ValueError: there is no such day or time, or a time has no offset.

    """
    if len(day) == len("2021-11-23"):
        return datetime.combine(date.fromisoformat(day), time.min, JAKARTA)
    moment = datetime.fromisoformat(day)
    if moment.tzinfo is None:
        raise ValueError("a time needs an offset, such as +07:00")
    return moment


def ends(day: str) -> datetime:
    """Return the first moment after a `Day`: the next midnight in Jakarta, or the time itself.

    No calendar goes beyond 9999-12-31, often written for "for ever": that day ends with its last moment.

    Raises:
        ValueError: as `starts`.

    """
    first = starts(day)
    if len(day) != len("2021-11-23"):
        return first
    return first + timedelta(days=1) if first.date() < date.max else datetime.max.replace(tzinfo=JAKARTA)


EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(moment: datetime) -> int:
    """Return `moment` as whole microseconds since 1970-01-01T00:00:00Z, exactly."""
    since = moment - EPOCH
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
