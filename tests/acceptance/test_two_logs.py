"""A home whose stack runs is distributed unless the mode is named; one that holds two logs says which is used."""

import json

from infra.migrations import migrate
from tests.acceptance.cli import SAMPLE, Cli, Result

TWO_LOGS = "this home holds two logs"


def run_stack(cli: Cli, database: str) -> None:
    """Leave in the home what the stack does while it runs."""
    (cli.home / "stack" / "postgresql").mkdir(parents=True)
    servers = {"mode": "distributed", "postgres": database}
    (cli.home / "stack" / "servers.json").write_text(json.dumps(servers))
    migrate(database)


def stop_stack(cli: Cli) -> None:
    (cli.home / "stack" / "servers.json").unlink()


def position(cli: Cli, mode: str = "") -> int:
    found: int = cli("status", "--format", "json", JEJAK_MODE=mode).json()["position"]
    return found


def test_a_home_whose_stack_runs_is_distributed(cli: Cli, database: str) -> None:
    run_stack(cli, database)
    done = cli("publish", SAMPLE)
    assert done.status == 0
    assert TWO_LOGS not in done.err
    assert not (cli.home / "log.sqlite").exists()
    (mode,) = (one for one in cli("config", "--format", "json").json()["settings"] if one["name"] == "mode")
    assert (mode["value"], mode["source"]) == ("distributed", "stack")
    assert mode["where"] == str(cli.home / "stack" / "servers.json")
    assert position(cli) == 39
    assert cli("demo").status == 0
    assert (cli.home / "demo" / "log.sqlite").exists()


def test_a_mode_that_is_named_is_stronger_than_the_stack(cli: Cli, database: str) -> None:
    run_stack(cli, database)
    assert cli("publish", SAMPLE, JEJAK_MODE="embedded").status == 0
    assert (cli.home / "log.sqlite").exists()
    (cli.home / "jejak.toml").write_text('mode = "embedded"\n')
    assert position(cli) == 39
    assert position(cli, "distributed") == 0


def test_every_command_that_opens_the_log_says_which_of_two_it_is(cli: Cli, database: str) -> None:
    assert cli("publish", SAMPLE).status == 0
    run_stack(cli, database)
    commands: list[list[object]] = [["figures"], ["publish", SAMPLE], ["token", "list"], ["follow", "--once"]]
    for found in cli.together(*commands):
        sentence = the_sentence(found)
        assert "this is that of PostgreSQL" in sentence
        assert f"{cli.home / 'log.sqlite'}" in sentence
        assert "JEJAK_MODE=embedded" in sentence

    sentence = the_sentence(cli("status", JEJAK_MODE="embedded"))
    assert f"this is {cli.home / 'log.sqlite'}" in sentence
    assert "JEJAK_MODE=distributed" in sentence

    stop_stack(cli)
    sentence = the_sentence(cli("status"))
    assert f"this is {cli.home / 'log.sqlite'}" in sentence
    assert "jejak up" in sentence


def the_sentence(found: Result) -> str:
    (sentence,) = (line for line in found.err.splitlines() if TWO_LOGS in line)
    return sentence


def test_an_embedded_log_without_events_is_no_second_one(cli: Cli, database: str) -> None:
    assert cli("status").status == 0
    assert (cli.home / "log.sqlite").exists()
    run_stack(cli, database)
    assert TWO_LOGS not in cli("status").err
    (cli.home / "log.sqlite").write_bytes(b"damaged, and perhaps somebody's only one")
    assert TWO_LOGS in cli("status").err


def test_a_home_without_a_stack_says_nothing(cli: Cli) -> None:
    assert cli("publish", SAMPLE).status == 0
    assert TWO_LOGS not in cli("status").err
