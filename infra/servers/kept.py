"""What a server keeps from one start to the next, each in a small file: its port, its password."""

import random
import secrets
import socket
from pathlib import Path
from typing import Final

LOOPBACK: Final = "127.0.0.1"
_PORTS: Final = range(20_000, 30_000)
"""Below those that systems give to outgoing connections, so that it is still free at the next start."""


def kept_port(file: Path) -> int:
    """Return the port that stands in the file; where there is none, choose a free one and write it there."""
    if not file.exists():
        file.write_text(f"{free_port()}\n", encoding="ascii")
    return int(file.read_text(encoding="ascii"))


def kept_password(file: Path) -> str:
    """Return the password that stands in the file, for its owner alone; where there is none, make one up."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(), encoding="ascii")
    return file.read_text(encoding="ascii")


def free_port() -> int:
    """Return a port of the loopback address on which nothing listens."""
    while is_taken(port := random.choice(_PORTS)):  # noqa: S311 - no secret
        continue
    return port


def is_taken(port: int) -> bool:
    """Return whether something listens on this port of the loopback address."""
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0
