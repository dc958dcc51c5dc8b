"""docker-compose.yml and its image: valid, closed to the outside, and of what exists.

The schema in `compose-spec/` is that of the Compose Specification; see NOTICE.
"""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import yaml  # type: ignore[import-untyped]  # it comes without types
from jsonschema import Draft201909Validator  # type: ignore[import-untyped]  # likewise

from infra.observability.health import HealthServer
from infra.settings import Settings
from services.cli.app import COMMANDS

ROOT: Final = Path(__file__).parent.parent.parent
TEXT: Final = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: Final[Mapping[str, Any]] = yaml.safe_load(TEXT)
SERVICES: Final[Mapping[str, Mapping[str, Any]]] = COMPOSE["services"]
OURS: Final = {name: service for name, service in SERVICES.items() if service["image"] == "jejak"}
PARTS: Final = {name: service for name, service in OURS.items() if "healthcheck" in service}
DOCKERFILE: Final = ROOT / "infra" / "docker" / "Dockerfile"


def instructions(word: str) -> list[list[str]]:
    """Return the words behind every instruction of one kind in the Dockerfile."""
    joined = DOCKERFILE.read_text(encoding="utf-8").replace("\\\n", " ")
    return [line.split()[1:] for line in joined.splitlines() if line.split()[:1] == [word]]


# -- docker-compose.yml ---------------------------------------------------------------------------------


def test_it_is_as_the_compose_specification_has_it() -> None:
    schema = json.loads((Path(__file__).parent / "compose-spec" / "compose-spec.json").read_bytes())
    Draft201909Validator.check_schema(schema)
    assert [error.message for error in Draft201909Validator(schema).iter_errors(COMPOSE)] == []


def test_every_part_is_there_and_runs_a_command_that_exists() -> None:
    assert {"postgres", "kafka", "migrate", "relay", "worker", "inbox", "follower"} < set(SERVICES)
    commands = {name: service["command"][0] for name, service in OURS.items() if "command" in service}
    assert set(OURS) - set(commands) == {"jejak"}, "that one is given a command when it is run"
    assert set(commands.values()) <= set(COMMANDS)


@pytest.mark.parametrize("name", OURS)
def test_a_variable_of_jejak_is_a_setting(name: str) -> None:
    settings = {f"JEJAK_{setting.upper()}" for setting in Settings.model_fields}
    given = set(OURS[name]["environment"])
    assert {"JEJAK_MODE", "JEJAK_POSTGRES", "JEJAK_KAFKA"} <= given <= settings


def test_a_part_starts_after_what_it_needs() -> None:
    for name, service in OURS.items():
        needs = service["depends_on"]
        if name == "migrate":
            assert needs == {
                "postgres": {"condition": "service_healthy"},
                "kafka": {"condition": "service_healthy"},
            }
        else:
            assert needs == {"migrate": {"condition": "service_completed_successfully"}}


def test_every_service_that_stays_has_a_health_check() -> None:
    assert {name for name, service in SERVICES.items() if "healthcheck" not in service} == {"migrate", "jejak"}


def test_what_is_kept_lies_in_named_volumes() -> None:
    mounted = [volume.partition(":")[0] for service in SERVICES.values() for volume in service["volumes"]]
    assert set(mounted) == set(COMPOSE["volumes"])


def test_passwords_have_to_be_given_and_are_documented() -> None:
    asked = re.findall(r"\$\{(\w+)([^}]*)\}", TEXT)
    assert {name for name, _ in asked} == {"JEJAK_POSTGRES_PASSWORD", "JEJAK_POSTGRES_ADMIN_PASSWORD"}
    documented = (ROOT / "docs" / "containers.md").read_text(encoding="utf-8")
    for name, otherwise in asked:
        assert otherwise.startswith(":?"), "it has a default, or may be empty"
        assert f"| `{name}` |" in documented
    assert not re.search(r"HOST_AUTH_METHOD|//\w+(:(?!\$\{JEJAK_)[^@\s]*)?@", TEXT), (
        "somebody comes in without one"
    )


def test_nothing_is_published_on_another_address_than_this_machine_s_own() -> None:
    for name, service in SERVICES.items():
        assert service.get("network_mode") is None, name
        assert all(str(port).startswith("127.0.0.1:") for port in service.get("ports", [])), name


@pytest.mark.parametrize("name", OURS)
def test_a_container_of_ours_may_do_next_to_nothing(name: str) -> None:
    service = OURS[name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.keys() & {"privileged", "cap_add", "user", "pid"}


@pytest.mark.parametrize("name", PARTS)
def test_the_health_check_tells_whether_a_part_is_ready(name: str) -> None:
    how, *check = PARTS[name]["healthcheck"]["test"]
    port = PARTS[name]["environment"]["JEJAK_HEALTH_PORT"]
    assert (how, check[0]) == ("CMD", "python")
    assert f"127.0.0.1:{port}/" in check[-1]
    reasons: list[str | None] = [None, "not yet"]
    with HealthServer("127.0.0.1", 0, lambda: reasons.pop(0), lambda: b"") as server:
        here = [each.replace(f":{port}/", f":{server.port}/") for each in check[1:]]
        found = [subprocess.run([sys.executable, *here], check=False, capture_output=True) for _ in range(2)]
    assert (found[0].returncode == 0, found[1].returncode == 0) == (True, False)


# -- the image ------------------------------------------------------------------------------------------


def test_the_image_is_where_docker_compose_looks_for_it() -> None:
    for service in OURS.values():
        build = service["build"]
        assert (ROOT / build["context"] / build["dockerfile"]).samefile(DOCKERFILE)


def test_what_goes_into_the_image_exists_and_is_not_ignored() -> None:
    taken = {source for words in instructions("COPY") if not words[0].startswith("--") for source in words[:-1]}
    assert {"events", "infra", "projections", "services"} < taken
    ignore = DOCKERFILE.with_name("Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    kept = {line.removeprefix("!") for line in ignore if line.startswith("!")}
    for source in taken:
        assert (ROOT / source).exists(), source
        assert source.partition("/")[0] in kept, source
    assert all((ROOT / name).exists() for name in kept)


def test_its_packages_are_the_locked_ones_by_their_hashes() -> None:
    (packages,) = (words for words in instructions("RUN") if "--requirement" in words or "-r" in words)
    assert "--require-hashes" in packages
    files = {packages[at + 1].rpartition("/")[2] for at, word in enumerate(packages) if word == "-r"}
    assert files == {"run.txt", "distributed.txt"}


def test_it_is_slim_and_nobody_in_it_is_root() -> None:
    bases = [words[0] for words in instructions("FROM")]
    assert all(base.endswith("-slim") for base in bases)
    (user,) = instructions("USER")
    assert user not in (["root"], ["0"])
    assert instructions("ENTRYPOINT") == [['["jejak"]']]
