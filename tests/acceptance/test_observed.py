"""A long-running part while it is watched, and the commands that have to do without what watching takes."""

import json
import signal
import sys
from typing import Final

from infra.servers.kept import free_port
from tests.acceptance.cli import ITEM, SAMPLE, SECONDS, Cli
from tests.health import get, metrics, wait_until_ready

# What infra/requirements/run.txt does not bring.
DISTRIBUTED: Final = ("alembic", "faust", "kafka", "prometheus_client", "psycopg", "structlog", "uvloop")
_WITHOUT: Final = """
import sys
from services.cli import main

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in sys.argv[1].split(","):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
main(sys.argv[2:])
"""


def test_a_follower_serves_its_health_and_logs_json(cli: Cli) -> None:
    assert cli("publish", SAMPLE).status == 0
    port = free_port()
    follower = cli.start("follow", JEJAK_HEALTH_PORT=str(port))
    wait_until_ready(port)
    assert get(port, "/healthz") == (200, "ok\n")
    assert metrics(port)['jejak_projection_lag_positions{projection="audit_trail"}'] == 0
    second = cli("follow", JEJAK_HEALTH_PORT=str(port))
    assert second.status == 3
    assert f"127.0.0.1:{port}" in second.err
    follower.send_signal(signal.SIGTERM)
    out, err = follower.communicate(timeout=SECONDS)
    assert (follower.returncode, out) == (0, b"")
    logged = [json.loads(line) for line in err.splitlines()]
    assert {line["part"] for line in logged} == {"follow"}
    assert {"host": "127.0.0.1", "port": port}.items() <= logged[0].items()
    assert "39" in logged[-1]["message"]


def test_the_embedded_mode_needs_no_package_of_the_distributed_one(cli: Cli) -> None:
    for command in (
        ["publish", SAMPLE],
        ["trail", ITEM],
        ["figures"],
        ["status"],
        ["config"],
        ["follow", "--once"],
    ):
        process = cli.popen([sys.executable, "-c", _WITHOUT, ",".join(DISTRIBUTED), *command], stderr=-1)
        out, err = process.communicate(timeout=SECONDS)
        assert process.returncode == 0, (command, out, err)


def test_being_watched_without_those_packages_is_status_3_and_names_them(cli: Cli) -> None:
    process = cli.popen(
        [sys.executable, "-c", _WITHOUT, ",".join(DISTRIBUTED), "follow"],
        stderr=-1,
        environment={"JEJAK_HEALTH_PORT": "0"},
    )
    _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 3
    assert b"prometheus_client" in err
    assert b"infra/requirements/distributed.txt" in err
