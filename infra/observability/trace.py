"""Which event, of which trace, something is about: the same in the views and in the logs of every part."""

import logging
import re
from collections.abc import Iterable
from typing import Final

from events.recorded import State

_TRACEPARENT: Final = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?"
)

_log: Final = logging.getLogger(__name__)


def trace_id(traceparent: object) -> str | None:
    """Return the trace id of a W3C `traceparent`, None where it is none.

    Source: W3C Trace Context, section 3.2. Only a version above 00 may go on after the flags.
    """
    if not isinstance(traceparent, str):
        return None
    match = _TRACEPARENT.fullmatch(traceparent)
    if match is None or (match[2] and traceparent.startswith("00")):
        return None
    return match[1]


def trace_of(state: State) -> str | None:
    """Return the trace id of an event, None where its publisher sent none."""
    return None if state.extensions is None else trace_id(state.extensions.get("traceparent"))


def fields_of(state: State) -> dict[str, str]:
    """Return the fields that tell in a log which event a line is about, and of which trace it is."""
    fields = {"event_source": state.source, "event_id": state.id}
    trace = trace_of(state)
    return fields if trace is None else {**fields, "trace_id": trace}


def log_traced(what: str, done: Iterable[tuple[int, State]]) -> None:
    """Say what was done with events, by position, as far as they have a trace; at level DEBUG, else not at all.

    Give a generator: where that level is off, nothing of it is read.
    """
    if not _log.isEnabledFor(logging.DEBUG):
        return
    for position, state in done:
        if trace_of(state) is not None:
            _log.debug(what, extra={"position": position, **fields_of(state)})
