"""The tables of reach: one row an event, and beside it only what an event has several of."""

from pathlib import Path
from typing import Final

from sqlalchemy import Boolean, Column, Index, MetaData, Table, true

from projections.reporting import show
from projections.tables import Position, Text

METADATA: Final = MetaData()
show(METADATA, Path(__file__).with_name("report.sql"))

STEP: Final = Table(
    "reach_step",
    METADATA,
    Column("position", Position, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("region", Text, doc="the holder's, as publishing stamped it"),
    Column("place", Text, doc="the least that has all people of the step, or a session's venue; null: its region"),
    Column("away", Boolean, nullable=False, doc="whether its holder lies outside of its place"),
    Column("channel", Text),
    Column("headcount", Position, doc="H of the step: its headcount, else its distinct pseudonyms, else null"),
    Column("people", Position, nullable=False, doc="|P| of the step: distinct pseudonyms"),
    Column("pseudonyms", Text, doc="P, with spaces between"),
    Column("exposures", Position),
    Column("verdict", Text),
    Column("at", Position, nullable=False, doc="occurred_at in microseconds since 1970-01-01T00:00:00Z"),
    Column("recorded_at", Position, nullable=False, doc="likewise"),
    Column("cause_position", Position, doc="null where there is no cause, or none in the log yet"),
    Column("voided_by", Position, doc="the position of the step.voided that takes it out"),
)
Index("reach_step_subject", STEP.c.subject, STEP.c.position)
# Figures read the steps of a region out of this index alone, kind by kind.
Index(
    "reach_step_region",
    STEP.c.region,
    STEP.c.kind,
    STEP.c.at,
    STEP.c.subject,
    STEP.c.holder,
    STEP.c.place,
    STEP.c.headcount,
    STEP.c.people,
    STEP.c.exposures,
    STEP.c.verdict,
    STEP.c.cause_position,
    STEP.c.voided_by,
)
# Whoever looks into a region has the steps of its holders already.
_AWAY = STEP.c.away == true()
Index("reach_step_away", STEP.c.place, STEP.c.at, sqlite_where=_AWAY, postgresql_where=_AWAY)

# Where the people of a discussion with origins are, and those of a coaching session; a village only where it is
# one of the origins.
PLACE: Final = Table(
    "reach_place",
    METADATA,
    Column("position", Position, primary_key=True, autoincrement=False),
    Column("region", Text, primary_key=True),
    Column("at", Position, nullable=False, doc="that of the step"),
    Column("headcount", Position, nullable=False, doc="people of the step at this place, above 0"),
    Column("away", Boolean, nullable=False, doc="whether its holder lies outside of this place"),
    sqlite_with_rowid=False,
)
_AWAY = PLACE.c.away == true()
Index("reach_place_away", PLACE.c.region, PLACE.c.at, sqlite_where=_AWAY, postgresql_where=_AWAY)

# Whom a publication, revision, forwarding or share names.
TARGET: Final = Table(
    "reach_target",
    METADATA,
    Column("position", Position, primary_key=True, autoincrement=False),
    Column("target", Text, primary_key=True, doc="a holder, or a region that means every KIM in it"),
    Column("at", Position, nullable=False, doc="that of the event"),
    sqlite_with_rowid=False,
)
Index("reach_target_target", TARGET.c.target, TARGET.c.at)

SESSION: Final = Table(
    "reach_session",
    METADATA,
    Column("position", Position, primary_key=True, autoincrement=False),
    Column("at", Position, nullable=False),
)
Index("reach_session_at", SESSION.c.at)

COACHED: Final = Table(
    "reach_coached",
    METADATA,
    Column("position", Position, primary_key=True, autoincrement=False),
    Column("kim", Text, primary_key=True),
    Column("at", Position, nullable=False, doc="that of the session"),
    sqlite_with_rowid=False,
)
Index("reach_coached_kim", COACHED.c.kim, COACHED.c.at)

ITEM: Final = Table(
    "reach_item",
    METADATA,
    Column("item", Text, primary_key=True),
    Column("position", Position, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False, doc="item.published, item.revised or item.corrected"),
    Column("issuer", Text, nullable=False),
    Column("at", Position, nullable=False),
    Column("topic", Text, doc="null where it is left as it was"),
    Column("intends", Boolean, nullable=False, doc="whether it says whom the item is intended for"),
    Column("replacement", Text, doc="of an item.corrected"),
    sqlite_with_rowid=False,
)

# Aspirations that are due.
ASPIRATION: Final = Table(
    "reach_aspiration",
    METADATA,
    Column("aspiration", Text, primary_key=True),
    Column("position", Position, nullable=False),
    Column("region", Text),
    Column("at", Position, nullable=False),
    Column("due_from", Position, nullable=False, doc="the first moment of `due`"),
    Column("due_until", Position, nullable=False, doc="the moment after its last"),
)
Index("reach_aspiration_region", ASPIRATION.c.region, ASPIRATION.c.due_from)
