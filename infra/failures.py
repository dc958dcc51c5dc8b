"""Why the operating system or a database refused something, in the language spoken."""

import errno
from typing import Final

from events.refusal import Message
from infra.language import translate

_REASONS: Final = {
    errno.ENOENT: Message("there is no such file or folder"),
    errno.EACCES: Message("you have no right to"),
    errno.EPERM: Message("you have no right to"),
    errno.EROFS: Message("nothing can be written there"),
    errno.ENOSPC: Message("the disk is full"),
    errno.EDQUOT: Message("the disk is full"),
    errno.EIO: Message("the disk failed"),
    errno.EEXIST: Message("it exists already"),
    errno.ENOTDIR: Message("a part of its name is a file, not a folder"),
    errno.EISDIR: Message("it is a folder, not a file"),
    errno.ENAMETOOLONG: Message("its name is too long"),
    errno.EILSEQ: Message("its name has characters that this disk does not take"),
    errno.ELOOP: Message("it is a link that leads back to itself"),
    errno.EMFILE: Message("too many files are open"),
    errno.ENFILE: Message("too many files are open"),
    errno.ENOMEM: Message("there is not enough memory"),
    errno.EBUSY: Message("another program uses it"),
    errno.EADDRINUSE: Message("another program uses this address"),
    errno.EADDRNOTAVAIL: Message("this machine has no such address"),
    errno.ECONNREFUSED: Message("nobody answers there"),
    errno.ECONNRESET: Message("the other side ended the connection"),
    errno.ETIMEDOUT: Message("no answer came in time"),
    errno.EHOSTUNREACH: Message("no way leads there"),
    errno.ENETUNREACH: Message("no way leads there"),
    errno.EPIPE: Message("nobody reads it any more"),
}
_DATABASE: Final = {
    "database is locked": Message("another program is writing in it"),
    "unable to open database file": Message("its file cannot be opened"),
    "attempt to write a readonly database": Message("its file cannot be written"),
    "database disk image is malformed": Message("its file is damaged"),
    "file is not a database": Message("its file is not a database"),
}


def why(error: BaseException) -> str:
    """Return why something failed, in one line: in our words where we have some, and with the file."""
    if not isinstance(error, OSError):
        known = next((reason for says, reason in _DATABASE.items() if says in str(error)), None)
        return " ".join(str(error).split()) if known is None else translate(known)
    reason = _REASONS.get(error.errno or 0)
    if reason is None:
        return " ".join(str(error).split())
    if error.filename is None:
        return translate(reason)
    name = error.filename.decode(errors="replace") if isinstance(error.filename, bytes) else str(error.filename)
    return f"{name}: {translate(reason)}"
