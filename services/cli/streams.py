"""Makes stdout and stderr outlast their readers: what is at work goes on, and ends with its own exit status."""

import codecs
import os
import sys
from io import BufferedWriter, FileIO, TextIOWrapper
from typing import TYPE_CHECKING, Final, Literal, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


_PLAIN: Final = {
    **dict(zip("│├└─━█░·→←✗✓“”", '||`--#.-><x+""', strict=True)),
    "…": "...",
    "≥": ">=",
    "\N{NO-BREAK SPACE}": " ",
}
"""What is drawn where the encoding of a terminal lacks our lines, bars and marks."""
_ERRORS: Final = "jejak.plain"


def _plainly(error: UnicodeError) -> tuple[str, int]:
    """Return what stands for characters that an encoding lacks: ours in ASCII, those of others escaped."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(_PLAIN.get(each) or each.encode("unicode_escape").decode() for each in lacking), error.end


codecs.register_error(_ERRORS, _plainly)


class _Lasting(FileIO):
    """A descriptor that is turned to nowhere once it takes no more; whether that is a failure depends."""

    def __init__(self, descriptor: int, forgiven: type[OSError]) -> None:
        super().__init__(descriptor, "wb", closefd=False)
        self._forgiven = forgiven

    def write(self, data: "ReadableBuffer", /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.fileno())  # for what is still to come, at exit too
            if isinstance(error, self._forgiven):
                return super().write(data)
            raise


def prepare() -> None:
    """Make the streams of this process ready: lasting, there even where they were closed, and UTF-8 on Windows.

    A character that their encoding lacks is escaped, so that nothing shown ends a command. Of stdout only a lost
    reader is forgiven: data that a full disk does not take is a failure.
    """
    sys.stdin = sys.stdin or _nowhere("r")
    sys.stdout = _lasting(sys.stdout, BrokenPipeError)
    sys.stderr = _lasting(sys.stderr, OSError)


def _nowhere(mode: Literal["r", "w"]) -> TextIO:
    return open(os.devnull, mode, encoding="utf-8")  # noqa: PTH123 - open as long as the process


def _lasting(stream: TextIO | None, forgiven: type[OSError]) -> TextIO:
    if stream is None:
        return _nowhere("w")
    if not isinstance(stream, TextIOWrapper):
        return stream
    # On Windows they are not UTF-8 by default, and trails are drawn with lines that other encodings lack.
    encoding = "utf-8" if sys.platform == "win32" else stream.encoding
    if stream.isatty():
        stream.reconfigure(encoding=encoding, errors=_ERRORS)
        return stream
    return TextIOWrapper(
        BufferedWriter(_Lasting(stream.fileno(), forgiven)),
        encoding=encoding,
        errors=_ERRORS,
        line_buffering=stream.line_buffering or stream.write_through,  # the latter under PYTHONUNBUFFERED
    )
