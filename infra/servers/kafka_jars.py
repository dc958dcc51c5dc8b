"""Kafka's program: of this machine, or its jars from Maven Central, fetched once and kept."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from hashlib import file_digest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from filelock import FileLock
from platformdirs import user_cache_path

from infra.failures import why
from infra.language import translate as _
from infra.servers.server import ServerError

VERSION: Final = "4.3.1"
_JACKSON: Final = "2.21.2"
_LOG4J: Final = "2.25.1"
_COORDINATES: Final = (  # more than Kafka's own, and in this order: else the resolver takes other versions
    f"org.apache.kafka:kafka_2.13:{VERSION}",
    f"org.apache.kafka:kafka-clients:{VERSION}",
    f"org.apache.kafka:kafka-tools:{VERSION}",
    f"com.fasterxml.jackson.core:jackson-databind:{_JACKSON}",
    f"com.fasterxml.jackson.dataformat:jackson-dataformat-csv:{_JACKSON}",
    f"com.fasterxml.jackson.dataformat:jackson-dataformat-yaml:{_JACKSON}",
    f"com.fasterxml.jackson.datatype:jackson-datatype-jdk8:{_JACKSON}",
    "com.github.luben:zstd-jni:1.5.6-10",
    "org.lz4:lz4-java:1.8.0",
    "org.xerial.snappy:snappy-java:1.1.10.7",
    f"org.apache.logging.log4j:log4j-slf4j-impl:{_LOG4J}",
    f"org.apache.logging.log4j:log4j-core:{_LOG4J}",
)
_AT_ONCE: Final = 8
_SHA256: Final = Path(__file__).with_name("kafka_jars.sha256")


def find_jars() -> Path:
    """Return the folder of Kafka's jars: of KAFKA_HOME, of the Kafka on PATH, or our own, fetched if need be.

    Raises:
        ServerError: they are nowhere, and cannot be fetched.

    """
    home = os.environ.get("KAFKA_HOME")
    if home:
        return Path(home) / "libs"
    on_path = shutil.which("kafka-server-start.sh")
    if on_path:
        return Path(on_path).resolve().parents[1] / "libs"
    return fetched_jars(user_cache_path("jejak"))


def fetched_jars(cache: Path) -> Path:
    """Return the folder in the cache that holds Kafka's jars, and nothing but what we know by its SHA-256.

    Raises:
        ServerError: they cannot be fetched, or one of them is another than we know.

    """
    jars = cache / f"kafka-{VERSION}"
    cache.mkdir(parents=True, exist_ok=True)
    with FileLock(cache / "kafka.lock"):
        if not jars.exists():
            with TemporaryDirectory(prefix="kafka-", dir=cache) as unfinished:
                checked = Path(unfinished) / "jars"
                checked.mkdir()
                for jar in _fetch():
                    shutil.copy(jar, checked)
                check(checked)
                checked.rename(jars)
    return jars


def check(folder: Path) -> None:
    """Compare a folder of jars with those that we know.

    Raises:
        ServerError: one is missing, too many, or another than we know.

    """
    found = set()
    for jar in folder.iterdir():
        with jar.open("rb") as content:
            found.add(f"{file_digest(content, 'sha256').hexdigest()}  {jar.name}")
    wrong = found ^ set(_SHA256.read_text(encoding="ascii").splitlines())
    if wrong:
        raise ServerError(
            _("what was fetched is not the Kafka that we know, and is not run: {jars}").format(
                jars=", ".join(sorted({each.split()[1] for each in wrong}))
            )
        )


def _fetch() -> list[Path]:
    import jgo  # noqa: PLC0415 - a wheel of infra/requirements/servers.txt, needed once

    try:
        artifacts = jgo.resolve("+".join(_COORDINATES))
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(lambda artifact: artifact.resolve(), artifacts))
    except (OSError, RuntimeError, ValueError) as error:
        raise ServerError(
            _(
                "Kafka {version} cannot be fetched from Maven Central: {error}. Try again, or name a Kafka's"
                " folder in KAFKA_HOME, or brokers in JEJAK_KAFKA"
            ).format(version=VERSION, error=why(error))
        ) from error
