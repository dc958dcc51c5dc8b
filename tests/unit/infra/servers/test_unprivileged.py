"""Who runs what refuses root gets no further than to the files, and nobody else gets there with him."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from infra.servers import unprivileged
from infra.servers.server import ServerError
from infra.servers.unprivileged import let_through, unprivileged_user


@pytest.fixture
def closed() -> Iterator[Path]:
    """A folder in a folder, both for their owner alone."""
    with TemporaryDirectory() as folder:
        inner = Path(folder) / "inner"
        inner.mkdir(mode=0o700)
        yield inner


def test_who_is_not_root_runs_it_himself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert unprivileged_user() is None


def test_root_has_another_user_run_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert unprivileged_user() in ("postgres", "nobody")


def test_the_group_may_pass_and_nothing_else(closed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unprivileged, "_ROOT", closed.stat().st_gid)
    let_through(closed)
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in (closed, closed.parent)] == [0o710, 0o710]


def test_a_folder_of_another_group_is_not_opened(closed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unprivileged, "_ROOT", closed.stat().st_gid + 1)
    with pytest.raises(ServerError, match="no other user may enter"):
        let_through(closed)
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
