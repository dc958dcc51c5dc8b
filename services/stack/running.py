"""What one process keeps running of a stack: the servers, then the parts."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from infra.language import language
from infra.language import translate as _
from infra.servers.kafka import Kafka
from infra.servers.kept import kept_password
from infra.servers.postgresql import PostgreSQL, create_database
from infra.servers.server import Command, Server
from infra.settings import SERVERS, Settings
from services.stack.log import Say
from services.stack.parts import BEFORE, Words
from services.stack.processes import Process, Processes
from services.stack.supervisor import EndedError, Program, Supervisor, put_down

STACK: Final = "stack"
"""The name of the process that keeps the others running."""
_MODE: Final = "distributed"
"""The mode of a home whose stack runs, for every command that is not told otherwise."""
_JEJAK: Final = "jejak"
"""The name of the database, and of the user that everything but the migration acts as."""


class Running:
    """Starts everything in order, keeps it running, writes down who runs, and ends it in the opposite order."""

    def __init__(self, settings: Settings, processes: Processes, say: Say) -> None:
        self._settings = settings
        self._servers_file = settings.home / SERVERS
        self._folder = self._servers_file.parent
        self._processes = processes
        self._say = say
        self._supervisors: list[Supervisor] = []
        self._found: dict[str, Process] = {}
        self._writing = threading.Lock()
        self._note(Program(STACK, Command(())), os.getpid())

    def start(self, parts: Sequence[Words]) -> None:
        """Start the servers that the settings do not name, run what comes before the parts, and start these.

        Raises:
            ServerError, EndedError: something cannot be started.

        """
        mode = {"JEJAK_MODE": _MODE}
        servers, admin = {"mode": _MODE}, {}
        if self._settings.postgres is None:
            postgresql = PostgreSQL(self._folder / "postgresql")
            self._serve(postgresql)
            admin["JEJAK_POSTGRES_ADMIN"] = create_database(postgresql.url, _JEJAK)
            password = kept_password(self._folder / "password")
            servers["postgres"] = f"postgresql://{_JEJAK}:{password}@{postgresql.address}/{_JEJAK}"
        if "kafka" not in self._settings.model_fields_set:
            kafka = Kafka(self._folder / "kafka")
            self._serve(kafka)
            servers["kafka"] = kafka.bootstrap
        self._servers_file.touch(mode=0o600)
        self._servers_file.write_text(json.dumps(servers), encoding="utf-8")
        for words in BEFORE:
            self._run(words[0], self._jejak(words, mode | admin))
        for number, words in enumerate(parts):
            address, port = self._health(number)
            self._keep(Program(words[0], self._jejak(words, mode | port), address))

    def stop(self) -> None:
        """End everything, what was started last first."""
        for supervisor in reversed(self._supervisors):
            supervisor.stop()

    def _health(self, number: int) -> tuple[str, dict[str, str]]:
        """Return where a part serves its health, and what tells it so: each has a port of its own."""
        first = self._settings.health_port
        if not first:  # none, or any that is free
            return "", {}
        port = first + number
        return f"{self._settings.health_host}:{port}", {"JEJAK_HEALTH_PORT": str(port)}

    def _serve(self, server: Server) -> None:
        command = server.prepare()
        self._keep(Program(server.name, command, server.address, server.stop_signal, server.is_ready))

    def _keep(self, program: Program) -> None:
        supervisor = Supervisor(program, self._say, lambda pid: self._note(program, pid))
        self._supervisors.append(supervisor)
        supervisor.start()

    def _run(self, name: str, command: Command) -> None:
        if put_down(command.start(subprocess.PIPE), name, self._say) != 0:
            raise EndedError(_("jejak {name} failed: the log says why").format(name=name))

    def _jejak(self, words: tuple[str, ...], environment: dict[str, str]) -> Command:
        program = Path(sys.executable).with_name("jejak")
        home = self._settings.home
        return Command((str(program), *words, "--home", str(home), "--lang", language()), environment=environment)

    def _note(self, program: Program, pid: int) -> None:
        """Write down that this is now the process of a program."""
        with self._writing:
            self._found[program.name] = Process.of(pid, program.name, program.stop_signal, program.address)
            self._processes.write(list(self._found.values()))
