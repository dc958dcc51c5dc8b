"""PostgreSQL refuses to run as root: as whom it runs instead, and how that user reaches its files."""

import os
import pwd
import stat
from pathlib import Path
from typing import Final

from infra.language import translate as _
from infra.servers.server import ServerError

_USERS: Final = ("postgres", "nobody")
_ROOT: Final = 0


def unprivileged_user() -> str | None:
    """Return as whom to run what refuses root; None where we are not root.

    Raises:
        ServerError: this machine has no such user.

    """
    if os.geteuid() != _ROOT:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    for user in _USERS:
        if user in known:
            return user
    raise ServerError(
        _("PostgreSQL does not run as root, and there is none of the users {users} here: run this as another user")
        .format(users=", ".join(_USERS))
    )  # fmt: skip


def let_through(path: Path) -> None:
    """Let the group of root pass through the folders down to `path`, without listing them.

    The unprivileged user runs in that group. Nobody else gains a right by it, as they would if the folders were
    opened to all.

    Raises:
        ServerError: a folder on the way is of another group, and not open to all.

    """
    for folder in (path, *path.parents):
        status = folder.stat()
        search = stat.S_IXGRP if status.st_gid == _ROOT else stat.S_IXOTH
        if status.st_mode & search:
            continue
        if search == stat.S_IXOTH:
            raise ServerError(
                _(
                    "PostgreSQL does not run as root, and no other user may enter {folder}: run this as the user"
                    " whose folder it is, or name another home with --home"
                ).format(folder=folder)
            )
        folder.chmod(stat.S_IMODE(status.st_mode) | search)
