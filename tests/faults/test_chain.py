"""A chain of very many causes: no recursion, and no time that grows with its square."""

import time
from pathlib import Path

import pytest

from tests.acceptance.cli import Cli
from tests.bench.flows import FIRST_ITEM, chain
from tests.faults.rounds import SOAK, rounds, tell


@pytest.mark.soak
@pytest.mark.timeout(1_800)
def test_a_chain_of_causes_of_any_length(tmp_path: Path) -> None:
    length = rounds(10_000)
    cli = Cli(tmp_path)
    cli.seconds = 600
    file = cli.write("chain.jsonl", b"".join(chain(length)))
    took = {}

    def timed(name: str, *arguments: object) -> str:
        begin = time.monotonic()
        found = cli(*arguments)
        took[name] = time.monotonic() - begin
        assert found.status == 0, found.err
        assert "Traceback" not in found.err
        return found.out

    timed("publish", "publish", file)
    timed("follow", "follow", "--once")
    last = timed("trail", "trail", FIRST_ITEM, "--format", "jsonl").splitlines()[-1]
    assert f'"depth":{length},' in last
    # A table takes far longer to draw than to compute: without a soak, only the first part of the chain.
    drawn = length if SOAK else length // 5
    for layout in ("tree", "list"):
        table = timed(layout, "trail", FIRST_ITEM, "--layout", layout, "--as-of-position", drawn)
        assert table.count("\n") > drawn - 100
    told = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in took.items())
    tell(f"chain of {length:,} causes: {told}")
    assert took["publish"] + took["follow"] + took["trail"] < length / 1_000 + 20, told
