"""Folds `population.recorded` into the populations."""

from collections.abc import Sequence

from sqlalchemy import MetaData

from events.fields import microseconds, starts
from events.operation import PopulationRecorded
from events.recorded import RecordedEvent
from infra.views import Connection, insert_rows
from projections.population.tables import COUNT, METADATA


class PopulationFold:
    """The projection of the populations."""

    name = "population"
    version = 1
    partitioned = True
    metadata: MetaData = METADATA

    def fold(self, events: Sequence[RecordedEvent], connection: Connection) -> None:
        """Write a row for each count."""
        rows = []
        for event in events:
            if event.kind != "population.recorded":
                continue
            count = event.data()
            if isinstance(count, PopulationRecorded):
                at = microseconds(starts(count.date))
                rows.append((event.position, count.region, count.people, at, event.occurred_at, event.recorded_at))
        insert_rows(connection, COUNT, rows)
