"""Batches are bounded in lines and in bytes."""

from pathlib import Path

from services.cli.lines import MOST_LINE_BYTES, batches


def test_a_batch_of_long_lines_ends_sooner(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    path.write_bytes((b"x" * 900_000 + b"\n") * 40)
    found = list(batches(path, 1_000, lambda *_: None))
    assert [line for batch in found for line, _content in batch] == list(range(1, 41))
    sizes = [sum(len(content) for _line, content in batch) for batch in found]
    assert len(sizes) == 3
    assert max(sizes) < 17 * 1024 * 1024


def test_lines_keep_their_numbers_whatever_lies_between_them(tmp_path: Path) -> None:
    path = tmp_path / "odd.jsonl"
    long = b"x" * (MOST_LINE_BYTES + 1)
    path.write_bytes(b"\xef\xbb\xbffirst\n\n \t\r\n" + long + b"\nfifth\r\n" + long)
    too_long: list[tuple[int, int]] = []
    found = list(batches(path, 1, lambda number, pieces: too_long.append((number, sum(map(len, pieces))))))
    assert found == [[(1, b"first\n")], [(5, b"fifth\r\n")]]
    assert too_long == [(4, MOST_LINE_BYTES + 2), (6, MOST_LINE_BYTES + 1)]


def test_a_file_of_a_byte_order_mark_has_no_line(tmp_path: Path) -> None:
    path = tmp_path / "empty.jsonl"
    path.write_bytes(b"\xef\xbb\xbf")
    assert list(batches(path, 1, lambda *_: None)) == []
