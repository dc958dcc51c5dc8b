"""The eventsourcing application: it owns mapper, recorder and repository, and is how the library sees the log."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast
from uuid import UUID

from eventsourcing.application import AggregateNotFoundError, Application
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import Mapper, StoredEvent
from msgspec import Struct

from events.catalogue import CATALOGUE
from events.identity import organisation_stream
from events.recorded import StoredState, decode_state, encode_state
from infra.log import Log
from projections.findings.facts import step_of
from services.aggregates import organisation
from services.aggregates.organisation import Organisation


class LoggedEvent(Struct, frozen=True):
    """One event of a stream, as the library's repository gives it."""

    originator_id: UUID
    originator_version: int
    topic: str
    state: StoredState


class LogMapper(Mapper[UUID]):
    """Maps rows of the log to events and back; a topic is a literal, never the path of a class."""

    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> StoredEvent:
        """Return the row of an event."""
        event = cast("LoggedEvent", domain_event)
        return StoredEvent(event.originator_id, event.originator_version, event.topic, encode_state(event.state))

    def to_domain_event(self, stored_event: StoredEvent) -> DomainEventProtocol[UUID]:
        """Return the event of a row."""
        identity = cast("UUID", stored_event.originator_id)
        state = decode_state(stored_event.state)
        return LoggedEvent(identity, stored_event.originator_version, stored_event.topic, state)


class PublishingApplication(Application[UUID]):
    """The log as an eventsourcing application. `Publisher` writes through its recorder, in batches."""

    name = "jejak"

    def __init__(self, persistence: Mapping[str, str]) -> None:
        mapper = f"{LogMapper.__module__}:{LogMapper.__qualname__}"
        super().__init__({**persistence, "MAPPER_TOPIC": mapper})

    @property
    def log(self) -> Log:  # type: ignore[override]  # the library's own `log` is long deprecated
        """The recorder, which is the log."""
        return cast("Log", self.recorder)

    def organisation(self, name: str) -> Organisation:
        """Return an organisation as the log has it now; without a level when it is not registered."""
        try:
            found = self.repository.get(UUID(bytes=organisation_stream(name)), projector_func=_project(name))
        except AggregateNotFoundError:
            return Organisation(name)
        return cast("Organisation", found)


def _project(name: str) -> Callable[[Any, Iterable[Any]], Any]:
    """Return the function with which the repository folds an organisation's events."""

    def project(state: Organisation | None, events: Iterable[LoggedEvent]) -> Organisation | None:
        for event in events:
            data = CATALOGUE.decode(event.topic, event.state.data)
            step = step_of(0, CATALOGUE.kinds[event.topic], event.state, data)
            state = organisation.evolve(state or Organisation(name), step, data)
        return state

    return project
