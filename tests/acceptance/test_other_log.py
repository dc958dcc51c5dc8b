"""Where workers fold, too, a log that was restored under its views is named by whoever reads them or goes on."""

from pathlib import Path

import psycopg
import pytest

from tests.acceptance.cli import ITEM, SAMPLE, Cli
from tests.acceptance.test_exits import check


@pytest.fixture
def restored(tmp_path: Path, database: str) -> Cli:
    """Views of the whole sample over a log that ends in the middle of it; the Kafka that is named is away."""
    cli = Cli(tmp_path)
    cli.variables = {"JEJAK_MODE": "distributed", "JEJAK_POSTGRES": database, "JEJAK_KAFKA_PARTITIONS": "1"}
    for words in (("migrate",), ("publish", SAMPLE), ("follow", "--once")):
        assert cli(*words).status == 0
    with psycopg.connect(database) as connection:
        connection.execute("DELETE FROM jejak.log WHERE position > 20")
    cli.variables["JEJAK_KAFKA"] = "127.0.0.1:1"
    return cli


@pytest.mark.parametrize(
    "words", [("status",), ("figures",), ("trail", ITEM), ("worker",), ("follow", "--once")], ids=" ".join
)
def test_views_of_another_log_are_named_beside_workers(restored: Cli, words: tuple[str, ...]) -> None:
    check(restored(*words), 3, "position 39", "do not belong to this log")
