"""Backup and restoring, by the very commands of docs/operations.md, and what becomes of views of another log."""

import json
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import psycopg
import pytest

from infra.servers.postgresql import PostgreSQL, create_database, find_binaries
from services.simulation.flow import flow
from tests.acceptance.cli import PROGRAM, SAMPLE, SECONDS, Cli
from tests.scenario import REGIONS
from tests.unit.test_documentation import FENCE, page, section

GUIDE: Final = page("docs/operations.md")
TABLES_OF_VIEWS: Final = next(
    block for _, block in FENCE.findall(page("docs/architecture.md")) if "gexec" in block
)


def commands(heading: str) -> list[str]:
    """Return the shell commands of a section of the guide, one block each."""
    return [block for language, block in FENCE.findall(section(GUIDE, heading)) if language == "sh"]


def with_programs() -> dict[str, str]:
    """Return a variable by which the programs that the guide names are found."""
    return {"PATH": os.pathsep.join([str(PROGRAM.parent), str(find_binaries()), os.environ["PATH"]])}


def run(cli: Cli, script: str, folder: Path | None = None, stdin: str = "", **variables: str) -> None:
    """Run a block of the guide in a shell, as an operator would."""
    done = subprocess.run(
        ["sh", "-e", "-c", script],
        cwd=folder or cli.folder,
        env=cli.environment({**variables, **with_programs()}),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr


FLOW: Final = list(flow(REGIONS, region="18.09", villages=20, items=20, days=20, seed=3, until=date(2021, 12, 31)))
AN_ITEM: Final = next(
    event["subject"] for event in map(json.loads, FLOW) if event["type"] == "id.jejak.item.published.v1"
)


def answers(cli: Cli, *as_of: object) -> tuple[Any, Any]:
    """Return every figure and the trail of an item, as JSON."""
    found = [cli(*words, "--format", "json", *as_of) for words in (("figures",), ("trail", AN_ITEM))]
    assert [each.status for each in found] == [0, 0], found
    return found[0].json()["figures"], found[1].json()["steps"]


def publish(cli: Cli, lines: Sequence[bytes]) -> None:
    done = cli("publish", "-", stdin=b"".join(lines))
    assert done.status == 0, done.err


def head_of(log: Path) -> int:
    with closing(sqlite3.connect(log)) as connection:
        position: int | None = connection.execute("SELECT max(position) FROM log").fetchone()[0]
    return position or 0


def test_a_backup_of_a_home_taken_while_events_are_published_gives_the_same_answers(cli: Cli) -> None:
    log, backup = cli.home / "log.sqlite", cli.folder / "backup.sqlite"
    first, rest = FLOW[:100], iter(FLOW[100:])
    publish(cli, first)
    publisher = cli.start("publish", "-", stdin=subprocess.PIPE, JEJAK_BATCH="20")
    assert publisher.stdin is not None
    while head_of(log) <= len(first):
        publisher.stdin.write(next(rest))
        publisher.stdin.flush()
    (block,) = commands("### Backup of a home")
    taking = cli.popen(
        ["sh", "-e", "-c", f"cd {cli.home}\n{block}"], stdout=subprocess.DEVNULL, environment=with_programs()
    )
    while taking.poll() is None:
        publisher.stdin.write(next(rest))
        publisher.stdin.flush()
        time.sleep(0.001)
    assert taking.returncode == 0
    publisher.stdin.writelines(rest)
    publisher.communicate(timeout=SECONDS)
    assert publisher.returncode == 0
    (cli.home / "backup.sqlite").rename(backup)
    position = head_of(backup)
    assert len(first) < position < head_of(log) == len(FLOW)
    as_they_were, at_the_end = answers(cli, "--as-of-position", position), answers(cli)

    (restoring,) = commands("### Restoring a home")
    run(cli, restoring)
    assert head_of(log) == position
    assert not (cli.home / "log.sqlite-wal").exists()
    assert answers(cli) == as_they_were != at_the_end
    publish(cli, FLOW)
    assert answers(cli)[0] == at_the_end[0]  # its trail tells when it was recorded


def test_a_backup_of_a_database_gives_the_same_answers_on_another_server(
    cli: Cli, database: str, servers: Path
) -> None:
    cli.variables |= {"JEJAK_MODE": "distributed", "JEJAK_POSTGRES": database}
    assert cli("migrate").status == 0
    half = len(FLOW) // 2
    publish(cli, FLOW[:half])
    assert cli("token", "add").status == 0
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO jejak.relay VALUES (0, 7)")
        connection.execute("INSERT INTO jejak.inbox VALUES (0, 7)")
    as_they_were, tokens = answers(cli), cli("token", "list", "--format", "json").out
    *_, block = commands("### Backup of a database")
    run(cli, block, JEJAK_POSTGRES_ADMIN=database)
    publish(cli, FLOW[half:])
    at_the_end = answers(cli)

    with PostgreSQL(servers / "restored", durable=False) as server:
        admin = create_database(server.url, "jejak")
        application = urlsplit(admin)
        host = f"jejak:a-password@{application.hostname}:{application.port}"
        cli.variables["JEJAK_POSTGRES"] = application._replace(netloc=host).geturl()
        roles, restoring, *_kafka = commands("### Restoring a database")
        run(cli, roles, JEJAK_POSTGRES_ADMIN=admin)
        run(cli, restoring, JEJAK_POSTGRES_ADMIN=admin)
        with psycopg.connect(admin) as connection:
            assert connection.execute("SELECT max(position), count(*) FROM jejak.log").fetchone() == (half, half)
            for table in (b"relay", b"inbox"):
                assert connection.execute(b"SELECT count(*) FROM jejak." + table).fetchone() == (0,)
        assert answers(cli) == as_they_were != at_the_end
        assert cli("token", "list", "--format", "json").out == tokens
        publish(cli, FLOW)
        assert answers(cli)[0] == at_the_end[0]  # its trail tells when it was recorded
        refused = pytest.raises(psycopg.errors.InsufficientPrivilege)
        with refused, psycopg.connect(cli.variables["JEJAK_POSTGRES"]) as connection:
            connection.execute("DELETE FROM jejak.log")


def test_the_password_of_the_stack_stands_in_no_command(cli: Cli, postgresql: str) -> None:
    superuser = urlsplit(postgresql)
    folder = cli.folder / "postgresql"
    folder.mkdir()
    (folder / "password").write_text(superuser.password or "none")
    (folder / "port").write_text(str(superuser.port))
    naming, *_ = commands("### Backup of a database")
    asking = 'psql --dbname="${JEJAK_POSTGRES_ADMIN%/jejak}/postgres" --command="SELECT 1"'
    none = 'case "$JEJAK_POSTGRES_ADMIN" in *"$PGPASSWORD"*) exit 1;; esac'
    run(cli, f"{naming}\n{none}\n{asking}")


def restore_the_log_alone(cli: Cli, *, take: bool) -> None:
    """Take a backup of the log, or put it in the place of the log, and leave the views as they are."""
    backup = cli.folder / "backup"
    if cli.mode == "embedded":
        if take:
            run(cli, commands("### Backup of a home")[0], cli.home)
            (cli.home / "backup.sqlite").rename(backup)
        else:
            shutil.copy(backup, cli.home / "log.sqlite")
        return
    url = cli.variables["JEJAK_POSTGRES"]
    if take:
        run(
            cli,
            commands("### Backup of a database")[-1].replace("backup.dump", str(backup)),
            JEJAK_POSTGRES_ADMIN=url,
        )
    else:
        with psycopg.connect(url) as connection:
            connection.execute("TRUNCATE jejak.log")
        run(cli, f"pg_restore --dbname='{url}' --data-only --schema=jejak --table=log --exit-on-error {backup}")


@pytest.mark.usefixtures("mode")
def test_views_that_were_left_beside_an_older_log_are_named_and_made_anew(cli: Cli) -> None:
    events = SAMPLE.read_bytes().splitlines(keepends=True)
    publish(cli, events[:30])
    restore_the_log_alone(cli, take=True)
    publish(cli, events[30:])
    assert cli("follow", "--once").status == 0

    restore_the_log_alone(cli, take=False)
    told = next(block for _, block in FENCE.findall(section(GUIDE, "### Views of another log")))
    for command in (["figures"], ["status"], ["follow", "--once"]):
        found = cli(*command)
        assert (found.status, found.out) == (3, "")
        assert found.err.startswith(told.strip().removesuffix("…").strip())
    # Grown beyond it, with other events, it is no less another log.
    publish(cli, [event.replace(b'"id": "', b'"id": "again-') for event in events[12:25]])
    assert cli("figures").status == 3

    if cli.mode == "embedded":
        (cli.home / "views.sqlite").rename(cli.folder / "views.old")
    else:
        run(cli, f"psql --set=ON_ERROR_STOP=1 '{cli.variables['JEJAK_POSTGRES']}'", stdin=TABLES_OF_VIEWS)
    found = cli("status", "--format", "json")
    assert found.status == 0, found.err
    assert {each["lag"] for each in found.json()["projections"]} == {0}
