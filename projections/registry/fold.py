"""Folds the events of organisations into the registry: one row each, written once."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import MetaData

from events.organisation import Changed, Closed, DecreeGranted, DecreeRevoked, Registered
from events.recorded import RecordedEvent
from infra.views import Connection, insert_rows
from projections.findings.decrees import term
from projections.registry.tables import CHANGE, DECREE, METADATA


class RegistryFold:
    """The projection of the registry."""

    name = "registry"
    version = 2
    partitioned = True
    metadata: MetaData = METADATA

    def fold(self, events: Sequence[RecordedEvent], connection: Connection) -> None:
        """Write a row for each event of an organisation."""
        changes: list[tuple[Any, ...]] = []
        decrees: list[tuple[Any, ...]] = []
        for event in events:
            if not event.kind.startswith("organisation."):
                continue
            state = event.state
            begin = (event.position, state.subject)
            end = (event.occurred_at, event.recorded_at)
            match event.data():
                case Registered() as new:
                    founding = (new.level, new.name, new.region, new.parent, state.holder, False)
                    changes.append((*begin, *founding, *end))
                case Changed() as change:
                    changes.append((*begin, None, change.name, change.region, change.parent, None, False, *end))
                case Closed():
                    changes.append((*begin, None, None, None, None, None, True, *end))
                case DecreeGranted() as granted:
                    decrees.append((*begin, granted.number, *term(granted), *end))
                case DecreeRevoked() as revoked:
                    decrees.append((*begin, revoked.number, None, None, *end))
        insert_rows(connection, CHANGE, changes)
        insert_rows(connection, DECREE, decrees)
