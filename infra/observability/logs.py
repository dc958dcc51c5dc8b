"""The logs of a long-running part: JSON Lines on stderr, or lines for a person where stderr is a terminal.

Jejak and its libraries log through the standard library; structlog writes what they say. Fields are given as
`extra={...}`, and those of `structlog.contextvars.bound_contextvars` stand on every line of a block.
"""

import logging
import sys
from io import StringIO
from typing import Final, TextIO

import structlog

from infra.readable import lines, one_line

OURS: Final = ("infra", "projections", "services")
"""The loggers of Jejak; libraries say enough at level INFO."""


def set_up_logs(part: str, level: str = "info", stream: TextIO | None = None) -> None:
    """Send what is logged to `stream` (stderr), each line with the name of the part.

    Jejak logs from `level` on, libraries from INFO.
    """
    stream = stream or sys.stderr
    for_a_person = stream.isatty()

    def name_the_part(
        _logger: object, _method: str, fields: structlog.typing.EventDict
    ) -> structlog.typing.EventDict:
        fields["part"] = part  # not by a context variable: a new thread would not have it
        return fields

    common: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        name_the_part,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    ]
    if for_a_person:
        rendering: list[structlog.typing.Processor] = [
            _readable,
            structlog.dev.ConsoleRenderer(timestamp_key="time", exception_formatter=_print_traceback),
        ]
    else:
        rendering = [
            structlog.processors.dict_tracebacks,
            structlog.processors.EventRenamer("message"),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=common,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in OURS:
        logging.getLogger(name).setLevel(level.upper())


def _readable(_logger: object, _method: str, fields: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Let no word of a log act on a terminal; what is no text, structlog shows as Python does."""
    return {one_line(name): one_line(value) if isinstance(value, str) else value for name, value in fields.items()}


def _print_traceback(stream: TextIO, exception: structlog.typing.ExcInfo) -> None:
    """Print a traceback likewise: its lines are its own, its words may be anybody's."""
    found = StringIO()
    structlog.dev.plain_traceback(found, exception)
    stream.write(lines(found.getvalue()))
