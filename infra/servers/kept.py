"""A port for a server that keeps it."""

import random
import socket
from pathlib import Path
from typing import Final

from infra.servers.server import LOOPBACK

_PORTS: Final = range(20_000, 30_000)
"""Below those that systems give to outgoing connections, so that it is still free at the next start."""


def kept_port(file: Path) -> int:
    """Return the port that stands in the file; where there is none, choose a free one and write it there."""
    if not file.exists():
        file.write_text(f"{free_port()}\n", encoding="ascii")
    return int(file.read_text(encoding="ascii"))


def free_port() -> int:
    """Return a port of the loopback address on which nothing listens."""
    while is_taken(port := random.choice(_PORTS)):  # noqa: S311 - no secret
        continue
    return port


def is_taken(port: int) -> bool:
    """Return whether something listens on this port of the loopback address."""
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0
