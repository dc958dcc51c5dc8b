"""A batch of events as it was read, before anything is looked up in the log."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from events.envelope import CloudEvent, Reader
from events.fields import microseconds
from events.identity import event_id, stream_of
from events.refusal import RefusedError
from services.publishing.answers import Answer, refused_with
from services.publishing.rights import NOT_YET_TAKEN
from services.world import Principal


class Proposal(Struct, frozen=True, gc=False):
    """An event that was read, with its place in the batch and the ids that it goes by."""

    index: int
    event: CloudEvent
    kind: str
    at: int
    """When it happened, in microseconds."""
    event_id: bytes
    cause_id: bytes | None
    stream: bytes | None
    """The stream that the event goes into; None for `step.voided`, which goes where its step is."""
    principal: Principal
    """Who sent it."""


class Batch(Struct):
    """The events of a batch that could be read, and an answer to each that could not."""

    proposals: list[Proposal]
    answers: list[Answer | None]


# `step.voided` gets one only when its step is known; what is not taken needs none.
WITHOUT_A_STREAM: Final = NOT_YET_TAKEN | {"step.voided"}


def read_batch(lines: Sequence[bytes], principals: Sequence[Principal], reader: Reader) -> Batch:
    """Read the lines of a batch, each sent by the principal at its place."""
    batch = Batch([], [None] * len(lines))
    read, kinds = reader.read, reader.catalogue.kinds
    for index, (line, principal) in enumerate(zip(lines, principals, strict=True)):
        try:
            event = read(line)
        except RefusedError as refusal:
            batch.answers[index] = refused_with(refusal)
            continue
        source, kind = event.source, kinds[event.type]
        own_id = event_id(source, event.id)
        cause_id = None
        if event.causationid is not None:
            cause_id = event_id(event.causationsource or source, event.causationid)
        stream = None if kind in WITHOUT_A_STREAM else stream_of(kind, event.subject, event.holder)
        at = microseconds(event.time)
        batch.proposals.append(Proposal(index, event, kind, at, own_id, cause_id, stream, principal))
    return batch
