"""Tables and region codes of any bytes: each is taken or told in a sentence, and no number is made up."""

from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.operation import PopulationRecorded
from events.refusal import RefusedError
from infra.regions import Regions
from services.cli.exits import UsageError
from services.cli.population_table import PopulationTable
from tests.faults.rounds import rounds, tell

REGIONS: Final = Regions()

_CELLS: Final = (
    st.sampled_from(["18", "1809", "18.09.01.2007", "18.1", "1809012007", "Jumlah", "Sumber: BPS"])
    | st.sampled_from(["4200", "4.200", "4,2E+03", "-", "", "31/12/2020", "2020-12-31", "44196", "BPS"])
    | st.sampled_from(['"', '"a;b"', "region", "people", "kode", "penduduk", "\x00", "é"])
    | st.text(max_size=8)
)
_ROW: Final = st.builds(
    lambda cells, separator, encoding: separator.join(cells).encode(encoding, "replace"),
    st.lists(_CELLS, max_size=6),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["utf-8", "utf-8", "cp1252", "utf-16"]),
)
_LIKELY: Final = st.builds(
    lambda region, people, separator: separator.join([region, people]).encode(),
    st.sampled_from(["18", "1809", "1809012007", "18.09.01.2007", "18.1"]),
    st.integers(0, 10**10).map(str) | _CELLS,
    st.sampled_from([",", ";", "\t"]),
)
_HEADERS: Final = st.sampled_from(
    [b"region,people", b"\xef\xbb\xbfkode_desa;penduduk;nama", b"region\tpeople", b'"people","region"']
)
_ANYTHING: Final = _LIKELY | _ROW | st.binary(max_size=30)
_LINES: Final = st.builds(
    lambda header, rows: [header, *rows], _HEADERS, st.lists(_LIKELY, min_size=2)
) | st.builds(
    lambda above, header, rows: [*above, header, *rows],
    st.lists(_ROW | st.just(b"sep=;"), max_size=1),
    _HEADERS | _ANYTHING,
    st.lists(_ANYTHING, max_size=8),
)


def read(lines: list[bytes]) -> list[PopulationRecorded | str]:
    """Read a table as the command does; return counts, and sentences of what is refused."""
    found: list[PopulationRecorded | str] = []
    table = PopulationTable(Path("tabel.csv"), {"date": "2020-12-31", "source": "BPS"}, {}, REGIONS)
    try:
        for line in lines:
            if not table.csv.has_header():
                table.csv.look_for_header(line)
                if table.csv.has_header():
                    table.settle()
                continue
            try:
                count = table.count(line)
            except RefusedError as refusal:
                found.append(str(refusal))
            else:
                found += [] if count is None else [count]
    except UsageError as error:
        found.append(str(error))
    return found


@pytest.mark.soak
def test_a_table_of_any_bytes_is_counted_or_refused() -> None:
    taken, told = [], []

    @settings(max_examples=rounds(300), deadline=None, database=None)
    @given(lines=_LINES)
    def check(lines: list[bytes]) -> None:
        for each in read(lines):
            if isinstance(each, str):
                told.append(each)
                assert each
            else:
                taken.append(each)
                assert each.region in REGIONS or "." in each.region
                assert str(each.people).encode() in b"".join(lines).replace(b"\x00", b"")

    check()
    assert taken
    tell(f"{len(taken)} rows were counted, {len(told)} refused")


@pytest.mark.soak
def test_any_text_has_nearest_regions_or_none() -> None:
    @settings(max_examples=rounds(60), deadline=None, database=None)
    @given(text=st.text(max_size=90) | st.text("0123456789.,- ", max_size=20) | st.text("18.09,E+", max_size=8))
    def check(text: str) -> None:
        assert all(one.code in REGIONS for one in REGIONS.nearest(text))

    check()
