# ruff: noqa: INP001 - a script beside its data, no part of a package
"""Make regions.zip, the table of Indonesian regions, from the tarball of idn-area-data.

npm pack idn-area-data@4.0.1
python infra/regions/data/make_regions.py idn-area-data-4.0.1.tgz
"""

import csv
import io
import json
import re
import sys
import tarfile
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

VERSION = "4.0.1"
COUNTS = {"provinces": 38, "regencies": 514, "districts": 7_285, "villages": 83_762}
CODES = {
    "provinces": r"\d{2}",
    "regencies": r"\d{2}\.\d{2}",
    "districts": r"\d{2}(\.\d{2}){2}",
    "villages": r"\d{2}(\.\d{2}){2}\.\d{4}",
}
TARGET = Path(__file__).with_name("regions.zip")


class TableError(Exception):
    """The package does not hold the table that it should."""


def read(tarball: Path) -> dict[str, str]:
    """Return the name of every region by its code; TableError for another version or count."""
    names: dict[str, str] = {}
    with tarfile.open(tarball) as package:

        def text(path: str) -> str:
            file = package.extractfile(f"package/{path}")
            if file is None:
                raise TableError(f"{path} is not a file in {tarball}")
            return file.read().decode("utf-8")

        about = json.loads(text("package.json"))
        if (about["name"], about["version"]) != ("idn-area-data", VERSION):
            raise TableError(f"{tarball} is {about['name']} {about['version']}, not {VERSION}")
        for kind, expected in COUNTS.items():
            rows = list(csv.DictReader(io.StringIO(text(f"data/{kind}.csv"), newline="")))
            table = {row["code"]: row["name"] for row in rows}
            if not len(rows) == len(table) == expected:
                raise TableError(f"{len(rows)} {kind}, {len(table)} of them distinct, not {expected}")
            if odd := [code for code in table if not re.fullmatch(CODES[kind], code, re.ASCII)]:
                raise TableError(f"codes of {kind} that are not written as such: {odd}")
            names |= table
    return names


def check(names: Mapping[str, str]) -> None:
    """Raise TableError for a region without its parent, or a name that a line cannot hold."""
    parents = {code: code.rpartition(".")[0] for code in names}
    if orphans := [code for code, parent in parents.items() if parent and parent not in names]:
        raise TableError(f"regions without their parent: {orphans}")
    if odd := [code for code, name in names.items() if not name or name != " ".join(name.split())]:
        raise TableError(f"names that are empty or oddly spaced: {odd}")


def pack(names: Mapping[str, str]) -> bytes:
    """Return the zip file: the same table gives the same bytes."""
    provinces = sorted(code for code in names if "." not in code)
    members = {
        province: sorted(code for code in names if code.startswith(f"{province}.")) for province in provinces
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as table:
        table.comment = f"idn-area-data {VERSION}".encode()

        def add(name: str, rows: Iterable[tuple[str | int, ...]]) -> None:
            # The defaults of ZipInfo are the present time and the present system.
            member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            member.create_system, member.external_attr = 3, 0o644 << 16
            text = "".join("\t".join(map(str, row)) + "\n" for row in rows)
            table.writestr(member, text.encode("utf-8"), zipfile.ZIP_DEFLATED, 9)

        counts = {province: Counter(code.count(".") for code in codes) for province, codes in members.items()}
        add("provinces.tsv", ((p, names[p], *(counts[p][n] for n in (1, 2, 3))) for p in provinces))
        for province, codes in members.items():
            add(f"{province}.tsv", ((code, names[code]) for code in codes))
    return buffer.getvalue()


def main(tarball: str) -> None:
    """Write the table beside this script."""
    names = read(Path(tarball))
    check(names)
    TARGET.write_bytes(pack(names))


if __name__ == "__main__":
    try:
        (given,) = sys.argv[1:]
    except ValueError:
        sys.exit(__doc__)
    try:
        main(given)
    except (TableError, OSError, tarfile.TarError, KeyError) as error:
        sys.exit(f"{type(error).__name__}: {error}")
