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
    Column("place", Text, doc="the region of a share or an act where it is not the holder's; a session's venue"),
    Column("channel", Text),
    Column("at", Position, nullable=False, doc="occurred_at in microseconds since 1970-01-01T00:00:00Z"),
    Column("recorded_at", Position, nullable=False, doc="likewise"),
    Column("headcount", Position, doc="H of the step: its headcount, else its distinct pseudonyms, else null"),
    Column("people", Position, nullable=False, doc="|P| of the step: distinct pseudonyms"),
    Column("exposures", Position),
    Column("verdict", Text),
    Column("cause_position", Position, doc="null where there is no cause, or none in the log yet"),
    Column("voided_by", Position, doc="the position of the step.voided that takes it out"),
)
Index("reach_step_subject", STEP.c.subject, STEP.c.position)
Index("reach_step_region", STEP.c.region, STEP.c.at)
Index(
    "reach_step_place",
    STEP.c.place,
    STEP.c.at,
    sqlite_where=STEP.c.place.is_not(None),
    postgresql_where=STEP.c.place.is_not(None),
)

# Where the people of a step with origins are; a village only where it is one of the origins.
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
# Whoever looks into a region has the steps of its holders already.
Index(
    "reach_place_away",
    PLACE.c.region,
    PLACE.c.at,
    sqlite_where=PLACE.c.away == true(),
    postgresql_where=PLACE.c.away == true(),
)

PERSON: Final = Table(
    "reach_person",
    METADATA,
    Column("position", Position, primary_key=True, autoincrement=False),
    Column("pseudonym", Text, primary_key=True),
    sqlite_with_rowid=False,
)

# Whom a publication, revision, forwarding, share or coaching session names.
TARGET: Final = Table(
    "reach_target",
    METADATA,
    Column("position", Position, primary_key=True, autoincrement=False),
    Column("target", Text, primary_key=True, doc="a holder, or a region that means every KIM in it"),
    Column("at", Position, nullable=False, doc="that of the event"),
    sqlite_with_rowid=False,
)
Index("reach_target_target", TARGET.c.target, TARGET.c.at)

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
