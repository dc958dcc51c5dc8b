"""Batches are bounded in lines and in bytes."""

from pathlib import Path

from services.cli.lines import batches


def test_a_batch_of_long_lines_ends_sooner(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    path.write_bytes((b"x" * 900_000 + b"\n") * 40)
    found = list(batches(path, 1_000, lambda *_: None))
    assert [line for batch in found for line, _content in batch] == list(range(1, 41))
    sizes = [sum(len(content) for _line, content in batch) for batch in found]
    assert len(sizes) == 3
    assert max(sizes) < 17 * 1024 * 1024
