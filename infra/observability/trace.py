"""Which event, of which trace, something is about: fields for the logs, the same for every part."""

import re
from typing import Final

from events.recorded import State

_TRACEPARENT: Final = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?"
)


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


def fields_of(state: State) -> dict[str, str]:
    """Return the fields that tell in a log which event a line is about, and of which trace it is."""
    fields = {"event_source": state.source, "event_id": state.id}
    trace = trace_id((state.extensions or {}).get("traceparent"))
    return fields if trace is None else {**fields, "trace_id": trace}
