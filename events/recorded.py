"""An event as the log holds it: one JSON object a row, with what publishing knew when it took the event."""

from datetime import datetime
from typing import Annotated, Any, Final

import msgspec

from events.catalogue import CATALOGUE, Catalogue
from events.fields import Data, microseconds
from events.vocabulary import Level

UNREADABLE: Final = (
    msgspec.MsgspecError,
    RecursionError,
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)
"""What reading a row of the log may raise whose columns, topic, state or data fit no type."""

Time = Annotated[datetime, msgspec.Meta(tz=True)]


class State(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The state of a row of the log.

    `region` and `level` are the holder's as the log has them just before this position. `causeposition` is
    where the cause lies, when it was in the log already. `voids` is the position that a `step.voided` takes
    out. `extensions` are CloudEvents attributes that Jejak does not know and keeps.
    """

    source: str
    id: str
    subject: str
    holder: str
    occurred_at: Time
    recorded_at: Time
    data: msgspec.Raw | Data
    region: str | None = None
    level: Level | None = None
    causationid: str | None = None
    causationsource: str | None = None
    causeposition: int | None = None
    voids: int | None = None
    extensions: dict[str, Any] | None = None


class StoredState(State, frozen=True):
    """A state read from the log, its data still as JSON."""

    data: msgspec.Raw


class RecordedEvent(msgspec.Struct, frozen=True, gc=False):
    """One event of the log, as readers get it; its times also in microseconds, as every view keeps them."""

    position: int
    topic: str
    kind: str
    state: StoredState
    occurred_at: int
    recorded_at: int

    @property
    def subject(self) -> str:
        """The item, organisation, aspiration, coaching session or region that it is about."""
        return self.state.subject

    def data(self, catalogue: Catalogue = CATALOGUE) -> Data:
        """Return what the event says, in the shape of its type in force."""
        return catalogue.decode(self.topic, self.state.data)


_DECODE_STATE = msgspec.json.Decoder(StoredState).decode
encode_state = msgspec.json.Encoder().encode


def decode_state(state: bytes | str) -> StoredState:
    """Return the state of a row.

    Raises:
        msgspec.MsgspecError: the text is not a state.

    """
    try:
        return _DECODE_STATE(state)
    except RecursionError:
        raise msgspec.DecodeError("JSON is nested too deeply") from None


def read_row(position: int, topic: str, state: str, catalogue: Catalogue = CATALOGUE) -> RecordedEvent:
    """Return the event of one row of the log; a topic that the catalogue does not know is its own kind.

    Raises:
        msgspec.MsgspecError: the text is not a state.

    """
    found = decode_state(state)
    times = microseconds(found.occurred_at), microseconds(found.recorded_at)
    return RecordedEvent(position, topic, catalogue.kinds.get(topic, topic), found, *times)
