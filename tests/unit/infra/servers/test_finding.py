"""Where servers are found: on this machine first, in a fixed order, and nothing that is too old."""

import os
from pathlib import Path

import pytest

from infra.servers import java, postgresql
from infra.servers.kafka_jars import check, fetched_jars, find_jars
from infra.servers.kept import free_port, is_taken, kept_port
from infra.servers.server import ServerError


def program(path: Path, script: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def empty_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder that alone is on PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.delenv("KAFKA_HOME", raising=False)
    return tmp_path


def test_postgresql_on_the_path_comes_before_others(empty_path: Path) -> None:
    for name in ("initdb", "postgres"):
        program(empty_path / name)
    assert postgresql.find_binaries() == empty_path


def test_a_postgres_without_initdb_is_not_taken(empty_path: Path) -> None:
    program(empty_path / "postgres")
    assert postgresql.find_binaries() != empty_path


def test_java_home_comes_before_the_path(empty_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(empty_path / "java", "echo 'openjdk version \"17.0.1\"' >&2")
    assert java.find_java() == empty_path / "java"
    home = empty_path / "home"
    program(home / "bin" / "java", "echo 'openjdk version \"21\" 2023-09-19' >&2")
    monkeypatch.setenv("JAVA_HOME", str(home))
    assert java.find_java() == home / "bin" / "java"


@pytest.mark.parametrize("script", ["echo 'java version \"1.8.0_201\"' >&2", "exit 1", "echo nothing"])
def test_a_java_that_is_too_old_or_broken_gives_way_to_the_wheel(empty_path: Path, script: str) -> None:
    program(empty_path / "java", script)
    assert [java.find_java()] == java.of_wheel()


def test_no_java_at_all_is_told(empty_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not any(empty_path.iterdir())
    monkeypatch.setattr(java, "of_wheel", list)
    with pytest.raises(ServerError, match=r"no Java of version 17.*servers\.txt"):
        java.find_java()


def test_a_kafka_on_this_machine_comes_before_ours(empty_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(empty_path / "kafka" / "bin" / "kafka-server-start.sh")
    monkeypatch.setenv("PATH", str(empty_path / "kafka" / "bin"), prepend=os.pathsep)
    assert find_jars() == empty_path / "kafka" / "libs"
    monkeypatch.setenv("KAFKA_HOME", str(empty_path / "other"))
    assert find_jars() == empty_path / "other" / "libs"


def test_jars_that_are_there_are_not_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.servers.kafka_jars._fetch", None)
    (tmp_path / "kafka-4.3.1").mkdir()
    assert fetched_jars(tmp_path) == tmp_path / "kafka-4.3.1"


def test_another_jar_than_we_know_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    foreign = tmp_path / "foreign" / "kafka-clients-4.3.1.jar"
    foreign.parent.mkdir()
    foreign.write_bytes(b"PK")
    with pytest.raises(ServerError, match=r"kafka-clients-4\.3\.1\.jar"):
        check(foreign.parent)
    monkeypatch.setattr("infra.servers.kafka_jars._fetch", lambda: [foreign])
    with pytest.raises(ServerError):
        fetched_jars(tmp_path)
    assert not (tmp_path / "kafka-4.3.1").exists()


def test_a_port_is_kept(tmp_path: Path) -> None:
    port = kept_port(tmp_path / "port")
    assert not is_taken(port)
    assert kept_port(tmp_path / "port") == port
    assert free_port() in range(20_000, 30_000)
