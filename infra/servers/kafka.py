"""A Kafka broker of one's own, from a Kafka on this machine or from Maven Central."""

import base64
import shutil
import signal
import subprocess
import uuid
from pathlib import Path
from string import Template
from typing import ClassVar, Final

from infra.language import translate as _
from infra.servers.java import find_java
from infra.servers.kafka_jars import find_jars
from infra.servers.kept import is_taken, kept_port
from infra.servers.server import Command, Server, ServerError

_PROPERTIES: Final = Path(__file__).with_name("kafka.properties")
_LOG_PROPERTIES: Final = Path(__file__).with_name("kafka_log.properties")


class Kafka(Server):
    """A Kafka broker in a folder, its own controller (KRaft). Whoever is on this machine gets in."""

    name: ClassVar = "Kafka"
    stop_signal: ClassVar = signal.SIGTERM

    def __init__(self, directory: Path, *, java: Path | None = None) -> None:
        super().__init__(directory)
        self._java = java

    @property
    def bootstrap(self) -> str:
        """Its address, as clients ask for it first."""
        return self.address

    def prepare(self) -> Command:
        """Make the folder ready, unless it is, and return the command that runs the broker in the foreground.

        Raises:
            ServerError: there is no Java or no Kafka to be had, or it cannot be set up.

        """
        java = (
            *(str(self._java or find_java()), "-Xmx512m", "-cp", f"{find_jars()}/*"),
            f"-Dlog4j2.configurationFile={_LOG_PROPERTIES}",
        )
        self.directory.mkdir(parents=True, exist_ok=True)
        data = self.directory / "data"
        if not data.exists():
            self._format(java, data)
        return Command((*java, "kafka.Kafka", str(self._configure(data))))

    def is_ready(self, pid: int) -> bool:  # noqa: ARG002 - who has the port, has it alone
        """Return whether it answers, and counts itself among the brokers that take records."""
        from kafka import KafkaAdminClient  # noqa: PLC0415 - loads slowly
        from kafka.errors import KafkaError  # noqa: PLC0415 - likewise

        if not is_taken(self.port):
            return False
        try:
            admin = KafkaAdminClient(bootstrap_servers=self.bootstrap, bootstrap_timeout_ms=1_000)
        except KafkaError:
            return False
        try:
            return bool(admin.describe_cluster()["brokers"])
        except KafkaError:
            return False
        finally:
            admin.close()

    def _configure(self, data: Path) -> Path:
        """Write its properties with this data folder."""
        properties = self.directory / "server.properties"
        controller = kept_port(self.directory / "controller-port")
        filled = Template(_PROPERTIES.read_text(encoding="utf-8")).substitute(
            data=data, port=self.port, controller=controller
        )
        properties.write_text(filled, encoding="utf-8")
        return properties

    def _format(self, java: tuple[str, ...], data: Path) -> None:
        """Make the data folder; it takes its name when it is whole."""
        unfinished = data.with_suffix(".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        tool = (*java, "-XX:TieredStopAtLevel=1", "kafka.tools.StorageTool", "format", "--standalone")
        options = (f"--cluster-id={cluster}", "--config", str(self._configure(unfinished)))
        formatting = Command((*tool, *options)).start(subprocess.PIPE)
        output, _error = formatting.communicate()
        if formatting.returncode != 0:
            raise ServerError(
                _("Kafka cannot be set up in {folder}: {reason}").format(
                    folder=self.directory, reason=output.decode(errors="replace").strip()
                )
            )
        unfinished.rename(data)
