"""`jejak up` and `jejak down`: the stack on this machine starts, is kept running, and ends whole."""

import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it comes without types
import psycopg
import pytest
from platformdirs import user_cache_path

from infra.servers.postgresql import PostgreSQL
from infra.settings import load_settings
from services.stack.parts import PARTS
from services.stack.processes import Process, Processes
from services.stack.stack import Stack
from tests.acceptance.cli import ROOT, SAMPLE, Cli
from tests.health import wait_until_ready
from tests.waiting import wait_until

NAMES = ["stack", "PostgreSQL", "Kafka", *(words[0] for words in PARTS)]


@pytest.fixture
def stack(servers: Path) -> Iterator[Cli]:
    """The command line with a home that does not exist yet; whatever is started in it ends with the test."""
    cli = Cli(servers / f"up-{secrets.token_hex(4)}")
    cli.seconds = 200
    cli.variables["XDG_CACHE_HOME"] = str(user_cache_path())  # Kafka is fetched once
    yield cli
    Stack(cli.home).stop()


@pytest.fixture
def named(stack: Cli, database: str, broker: str) -> Cli:
    """The same, with servers that are named."""
    stack.variables |= {"JEJAK_POSTGRES": database, "JEJAK_KAFKA": broker}
    return stack


def processes(cli: Cli) -> dict[str, Process]:
    return {process.name: process for process in Processes(cli.home / "stack" / "processes.json").read()}


def has_another_process(cli: Cli, before: Process) -> bool:
    return processes(cli)[before.name].pid != before.pid


def log(cli: Cli) -> str:
    return (cli.home / "stack" / "log").read_text()


def lives(process: Process) -> bool:
    try:
        return bool(psutil.Process(process.pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def superuser(cli: Cli) -> "psycopg.Connection[tuple[int]]":
    return psycopg.connect(PostgreSQL(cli.home / "stack" / "postgresql").url)


def are_up_to_date(cli: Cli, position: int) -> bool:
    found = cli("status", "--format", "json").json()
    return found["position"] == position and all(each["lag"] == 0 for each in found["projections"])


def kept_number(cli: Cli) -> int:
    with superuser(cli) as connection:
        found = connection.execute("SELECT number FROM kept").fetchone()
    assert found is not None
    return found[0]


def test_the_stack_starts_keeps_what_it_runs_and_ends(stack: Cli) -> None:
    started = stack("up")
    assert (started.status, started.out) == (0, ""), started.err
    first = processes(stack)
    assert list(first) == NAMES
    assert all(map(lives, first.values()))
    for name in NAMES[1:3]:
        assert first[name].address in started.err
    found = load_settings(home=stack.home)
    assert (found.mode, found.kafka) == ("distributed", first["Kafka"].address)
    assert found.postgres is not None
    assert first["PostgreSQL"].address in found.postgres.get_secret_value()
    assert found.postgres.get_secret_value() not in started.err

    again = stack("up")
    assert again.status == 0
    assert "running already" in again.err
    assert processes(stack) == first

    with superuser(stack) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS number")
    for name in ("follow", "PostgreSQL"):
        os.kill(first[name].pid, signal.SIGKILL)
        wait_until(partial(has_another_process, stack, first[name]))
    wait_until(lambda: "ready to accept" in log(stack).rpartition("it ended (status -9)")[2])
    assert kept_number(stack) == 42

    ended = stack("down")
    assert ended.status == 0
    assert re.findall(r"ended: (\w+)", ended.err) == NAMES[:0:-1]
    assert not any(lives(first[name]) for name in NAMES[1:])
    wait_until(lambda: not lives(first["stack"]))
    assert load_settings(home=stack.home).postgres is None
    assert load_settings(home=stack.home).mode == "embedded"
    assert stack("down").status == 0


def test_a_stack_whose_keeper_was_killed_is_started_anew(stack: Cli) -> None:
    assert stack("up").status == 0
    first = processes(stack)
    with superuser(stack) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS number")
    os.kill(first["stack"].pid, signal.SIGKILL)
    wait_until(lambda: not lives(first["stack"]))

    assert stack("up").status == 0
    assert not any(map(lives, first.values()))
    second = processes(stack)
    assert all(map(lives, second.values()))
    assert kept_number(stack) == 42

    os.kill(second["stack"].pid, signal.SIGKILL)
    wait_until(lambda: not lives(second["stack"]))
    ended = stack("down")
    assert re.findall(r"ended: (\w+)", ended.err) == NAMES[:0:-1]
    assert not any(map(lives, second.values()))


def test_a_file_of_processes_that_are_long_gone_disturbs_nothing(named: Cli) -> None:
    folder = named.home / "stack"
    folder.mkdir(parents=True)
    ours = Process.of(os.getpid(), "follow", signal.SIGKILL)
    Processes(folder / "processes.json").write(
        [
            Process("stack", "", 1, 0.0, signal.SIGTERM),
            Process("follow", "", ours.pid, ours.created - 60, signal.SIGKILL),
        ]
    )
    (folder / "servers.json").write_text(json.dumps({"kafka": "localhost:1"}))
    assert named("up").status == 0
    assert list(processes(named)) == ["stack", *(words[0] for words in PARTS)]


def test_servers_that_are_named_are_used_and_left_running(named: Cli, database: str) -> None:
    assert named("up").status == 0
    assert list(processes(named)) == ["stack", *(words[0] for words in PARTS)]
    assert json.loads((named.home / "stack" / "servers.json").read_text()) == {"mode": "distributed"}
    assert named("down").status == 0
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def first_of_free_ports(count: int) -> int:
    """Return the first of so many free ports in a row, below those that the system gives away by itself."""
    for first in range(20_000 + os.getpid() % 1_000 * 8, 32_000, count):
        with suppress(OSError), ExitStack() as listening:
            for port in range(first, first + count):
                listening.enter_context(socket.create_server(("127.0.0.1", port)))
            return first
    raise RuntimeError


def test_each_part_serves_its_health_at_a_port_of_its_own(named: Cli) -> None:
    first = first_of_free_ports(len(PARTS))
    named.variables["JEJAK_HEALTH_PORT"] = str(first)
    started = named("up")
    assert started.status == 0, started.err
    for number, (part, *_) in enumerate(PARTS):
        assert processes(named)[part].address == f"127.0.0.1:{first + number}"
        assert re.search(rf"{part} +127.0.0.1:{first + number}", started.err)
        wait_until_ready(first + number)
    assert named("down").status == 0


def test_in_the_foreground_it_ends_with_ctrl_c(named: Cli) -> None:
    process = named.start("up", "--foreground")
    assert process.stderr is not None
    while b"jejak down" not in (line := process.stderr.readline()):
        assert line
    follow = processes(named)["follow"]
    assert lives(follow)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert not lives(follow)


def test_what_it_says_is_in_one_log_with_its_name(named: Cli) -> None:
    assert named("up", "--lang", "id").status == 0
    wait_until(lambda: re.search(r"^\S+ \S+ follow +\| .*posisi", log(named), re.MULTILINE) is not None)
    assert named("down").status == 0
    assert re.search(r"^\S+ \S+ stack +\| ", log(named), re.MULTILINE)


def test_a_server_that_cannot_start_is_told_and_nothing_is_left(stack: Cli, postgresql: str) -> None:
    folder = stack.home / "stack" / "postgresql"
    folder.mkdir(parents=True)
    with psycopg.connect(postgresql) as connection:
        (folder / "port").write_text(str(connection.info.port))
    found = stack("up")
    assert found.status == 3
    assert "PostgreSQL" in found.err
    assert str(stack.home / "stack" / "log") in found.err
    assert "could not bind" in log(stack)
    assert processes(stack) == {}


@pytest.mark.soak
@pytest.mark.skipif("JEJAK_SOAK" not in os.environ, reason="it makes an environment anew: make soak")
def test_what_the_stack_needs_is_installed_into_an_environment_that_has_none_of_it(stack: Cli) -> None:
    environment = stack.folder / "venv"
    folder = ROOT / "infra" / "requirements"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    python = environment / "bin" / "python"
    uv = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", str(python)]
    subprocess.run([*uv, "--require-hashes", "-r", folder / "uv.txt", "-r", folder / "run.txt"], check=True)
    subprocess.run([*uv, "--no-deps", "--no-build-isolation", "--editable", ROOT], check=True)
    up = [str(python.with_name("jejak")), "up"]
    started = subprocess.run(up, env=stack.environment({}), capture_output=True, text=True, check=False)
    assert started.returncode == 0, started.stderr
    assert "installing what the stack needs" in started.stderr
    assert list(processes(stack)) == NAMES


def test_down_where_nothing_runs(stack: Cli) -> None:
    assert stack("down").status == 0
    assert not stack.home.exists()


def test_the_number_of_partitions_is_changed_while_the_servers_run_alone(stack: Cli) -> None:
    assert stack("up").status == 0
    assert stack("publish", SAMPLE).status == 0
    assert not (stack.home / "log.sqlite").exists()
    wait_until(lambda: are_up_to_date(stack, 39))
    refused = stack("partitions", 2)
    assert refused.status == 3
    assert "relay" in refused.err
    assert stack("down").status == 0

    assert stack("up", "--servers").status == 0
    assert list(processes(stack)) == NAMES[:3]
    changed = stack("partitions", 2)
    assert changed.status == 0, changed.err
    (stack.home / "jejak.toml").write_text("kafka_partitions = 2\n")
    assert stack("down").status == 0

    assert stack("up").status == 0
    more = SAMPLE.read_bytes().replace(b'"id": "', b'"id": "again-').splitlines(keepends=True)
    assert stack("publish", "-", stdin=b"".join(more[18:22])).status == 0
    wait_until(lambda: are_up_to_date(stack, 43))
