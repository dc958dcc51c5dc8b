"""`jejak population import`: tables as spreadsheets save them; what is wrong is named, the rest is recorded."""

from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.acceptance.cli import Cli, Result

OFFICE: Final = "diskominfo-lampung"
HEADER: Final = "region,people,date,source"
GOOD: Final = "18.09.01.2007,4200,2020-12-31,BPS"
FLAGS: Final = ("--date", "2020-12-31", "--source", "BPS")
END: Final = 39
"""Where the log of the sample ends."""


def imported(cli: Cli, table: str | bytes, *flags: object) -> Result:
    content = table if isinstance(table, bytes) else table.encode()
    return cli("population", "import", cli.write("penduduk.csv", content), "--holder", OFFICE, *flags)


def summary(accepted: int, repeated: int, refused: int) -> dict[str, int]:
    return {"accepted": accepted, "repeated": repeated, "refused": refused, "position": END + accepted}


def test_a_table_is_recorded_and_the_same_again_repeated(sample: Cli) -> None:
    table = f"{HEADER}\n{GOOD}\n18.09.01,50000,2020-12-31,BPS\n"
    found = imported(sample, table, "--format", "json")
    assert (found.status, found.err, found.json()) == (0, "", summary(2, 0, 0))
    again = imported(sample, table, "--format", "json")
    assert (again.status, again.json()) == (0, {**summary(0, 2, 0), "position": END + 2})
    (step,) = sample("trail", "18.09.01.2007", "--format", "jsonl").rows()
    assert (step["source"], step["holder"]) == (f"urn:jejak:org:{OFFICE}", OFFICE)
    assert step["occurred_at"] == "2020-12-30T17:00:00Z"
    assert step["data"] == {"region": "18.09.01.2007", "people": 4200, "date": "2020-12-31", "source": "BPS"}
    assert "4,200 people" in sample("trail", "18.09.01.2007", "--lang", "en").out


@pytest.mark.parametrize(
    ("table", "flags"),
    [
        (f"{HEADER}\n{GOOD}", ()),
        (f"\ufeff{HEADER}\r\n{GOOD}\r\n".replace(",", ";"), ()),
        (f"\n\n{HEADER}\n\n{GOOD}\n,,,\n  \n", ()),
        (f"sep=;\r\n{HEADER}\r\n{GOOD}\r\n".replace(",", ";"), ()),
        (f"{HEADER}\n{GOOD}\n".replace(",", "\t"), ()),
        ('"region";"people";"date";"source"\n"18.09.01.2007";"4200";"2020-12-31";"BPS"\n', ()),
        (f"{HEADER},note\n{GOOD}\n", ()),
        (f"{HEADER}\n{GOOD},,,\n", ()),
        ("region,people,date,source\n1809012007,4200,2020-12-31,BPS\n", ()),
        ("Kode Desa;Nama Desa;Jumlah Penduduk;Tanggal;Sumber\n18.09.01.2007;Bagelen;4200;2020-12-31;BPS\n", ()),
        ("kode_desa,penduduk,tahun\n18.09.01.2007,4200,2020\n", FLAGS),
        (
            "kode_provinsi,bps_kode_desa,kemendagri_kode_desa,jumlah_jiwa_total\n18,1809,18.09.01.2007,4200\n",
            (*FLAGS, "--columns", "region=kemendagri_kode_desa,people=Jumlah_Jiwa_Total"),
        ),
        (" People ; SOURCE;Date;name;region\n 4200;BPS ; 2020-12-31;Desa, Bagelen;18.09.01.2007\n", ()),
        ('region,people\n"18.09.01.2007","04200"\n', FLAGS),
        ("date,region,people\n2020-12-31,18.09.01.2007,4200\n", FLAGS[2:]),
        ("source,region,people\nBPS,18.09.01.2007,4200\n", FLAGS[:2]),
    ],
)
def test_however_it_is_saved_the_same_row_is_the_same_event(
    sample: Cli, table: str, flags: tuple[object, ...]
) -> None:
    assert imported(sample, f"{HEADER}\n{GOOD}\n").status == 0
    found = imported(sample, table, *flags, "--format", "json")
    assert (found.status, found.err) == (0, "")
    assert found.json() == {"accepted": 0, "repeated": 1, "refused": 0, "position": END + 1}


def test_a_table_comes_through_a_pipe(sample: Cli) -> None:
    command = ("population", "import", "-", "--holder", OFFICE, "--format", "json")
    found = sample(*command, stdin=f"{HEADER}\n{GOOD}\n".encode())
    assert (found.status, found.json()) == (0, summary(1, 0, 0))


def test_a_population_is_set_back_and_what_is_replaced_is_said(sample: Cli) -> None:
    table = f"{HEADER}\n{GOOD}\n"
    for people, said in ((4200, ""), (42000, "4,200 → 42,000"), (4200, "42,000 → 4,200")):
        found = imported(sample, table.replace("4200", str(people)), "--lang", "en")
        assert (found.status, found.err) == (0, said and f"18.09.01.2007: {said} for 2020-12-31\n")
    again = imported(sample, table, "--format", "json")
    assert (again.err, again.json()) == ("", {**summary(0, 1, 0), "position": END + 3})
    figures = sample("figures", "--region", "18.09.01.2007", "--format", "json").json()["figures"]
    assert {one["denominator"] for one in figures if one["name"] == "reach.share.lower"} == {4200}


def test_titles_above_and_sums_below_a_table_are_left_out_and_said_so(sample: Cli) -> None:
    title, below = "Jumlah Penduduk Menurut Desa, 2020,,,\n,,,\n", "Jumlah,4200,,\nSumber: BPS,,,\n"
    found = imported(sample, f"{title}{HEADER}\n{GOOD}\n{below}", "--format", "json")
    assert (found.status, found.json()) == (0, summary(1, 0, 0))
    first, second, third = found.err.splitlines()
    assert "above the table: Jumlah Penduduk" in first
    assert ("penduduk.csv:5: " in second, "Jumlah 4200" in second, "Sumber: BPS" in third) == (True, True, True)


def test_a_row_of_another_year_than_the_date_is_refused(sample: Cli) -> None:
    table = "kode_desa,penduduk,tahun\n18.09.01.2007,4200,2020\n18.09.01.2008,4100,2019\n"
    found = imported(sample, table, *FLAGS, "--format", "json")
    assert (found.status, found.json()) == (1, summary(1, 0, 1))
    assert "penduduk.csv:3: tahun: " in found.err


class Case(NamedTuple):
    """A row that is refused: the column at fault, and words of the reason."""

    row: bytes
    field: str | None
    words: tuple[str, ...]


CASES: Final = (
    Case(b"18.09.01.2008,4.200,2020-12-31,BPS", "people", ('"4.200"', "write 4200")),
    Case(b'18.09.01.2008,"4,200",2020-12-31,BPS', "people", ('"4,200"', "write 4200")),
    Case("18.09.01.2008,1\u00a0004\u00a0200,2020-12-31,BPS".encode(), "people", ("write 1004200",)),
    Case(b"18.09.01.2008,4,200,2020-12-31,BPS", None, ("5 cells", "4", "quotes")),
    Case(b"18.09.01.2008,4200", "date", ("empty",)),
    Case(b"18.09.01.2008,,2020-12-31,BPS", "people", ("digits",)),
    Case(b"18.09.01.2008,4200.0,2020-12-31,BPS", "people", ('"4200.0"', "digits")),
    Case(b"18.09.01.2008,4.2E+03,2020-12-31,BPS", "people", ('"4.2E+03"', "shortened")),
    Case(b"18.09.01.2008,-,2020-12-31,BPS", "people", ('"-"', "digits")),
    Case(b"18.09.01.2008,4200 jiwa,2020-12-31,BPS", "people", ("4200 jiwa", "digits")),
    Case(b"18.1,5,2020-12-31,BPS", "region", ('"18.1"', "nearest: 18.10 ")),
    Case(b"11.1,5,2020-12-31,BPS", "region", ('"11.1"', "nearest: 11.10 ")),
    Case(b"1809019999,5,2020-12-31,BPS", "region", ("1809019999", "nearest: 18.09.01.")),
    Case(b"18.09.01.2008,5,31-12-2020,BPS", "date", ("31-12-2020", "write 2020-12-31")),
    Case(b"18.09.01.2008,5,12/31/2020,BPS", "date", ("12/31/2020", "write 2020-12-31")),
    Case(b"18.09.01.2008,5,44196,BPS", "date", ("44196", "write 2020-12-31")),
    Case(b"18.09.01.2008,5,01/02/2020,BPS", "date", ("01/02/2020", "write year, month and day")),
    Case(b"18.09.01.2008,5,2020,BPS", "date", ("2020", "write year, month and day")),
    Case(b"Jumlah Desa,5,2020-12-31,BPS,x", None, ("5 cells",)),
    Case(b"18.09.01.2008,-3,2020-12-31,BPS", "people", ('"-3"',)),
    Case("18.09.01.2008,٤٢,2020-12-31,BPS".encode(), "people", ("digits",)),
    Case(b"18.09.01.2008," + b"9" * 5000 + b",2020-12-31,BPS", "people", ("digits",)),
    Case(b"18.09.01.2008,9999999999,2019-12-31,BPS", "people", ("1000000000",)),
    Case(b"18.09.01.2077,5,2020-12-31,BPS", "region", ("18.09.01.2077", "nearest")),
    Case(b"18.9,5,2020-12-31,BPS", "region", ('"18.9"', "such as")),
    Case(b"Desa Bagelen,5,2020-12-31,BPS", "region", ("Desa Bagelen", "such as")),
    Case(b",5,2020-12-31,BPS", "region", ("such as",)),
    Case(b"11.01,5,2020-12-31,BPS", "region", ("11.01", "18", OFFICE)),
    Case(b"18.09.01.2008,5,31/12/2020,BPS", "date", ("31/12/2020", "2020-12-31")),
    Case(b"18.09.01.2008,5,2021-02-30,BPS", "date", ("2021-02-30", "calendar")),
    Case(b"18.09.01.2008,5,20201231,BPS", "date", ("20201231",)),
    Case(b"18.09.01.2008,5,2020-W53-4,BPS", "date", ("2020-W53-4",)),
    Case(b"18.09.01.2008,5,9999-12-31,BPS", "date", ("future",)),
    Case(b"18.09.01.2008,5,0001-01-01,BPS", "date", ("1900",)),
    Case(b"18.09.01.2008,5,2020-12-31,", "source", ("empty",)),
    Case(b"18.09.01.2008,5,2019-12-30,a\x00b", "source", ("NUL",)),
    Case(b'18.09.01.2008,5,2020-12-31,"BPS', None, ("CSV",)),
    Case(b'18.09.01.2008,5,2020-12-31,"B"PS', None, ("CSV",)),
    Case(b"18.09.01.2008,5,2020-12-31,caf\xe9", None, ("UTF-8",)),
    Case(b"x" * (1024 * 1024 + 1), None, ("longer",)),
)


def test_each_bad_row_is_named_with_its_column_and_the_good_ones_are_recorded(sample: Cli) -> None:
    rows = [HEADER.encode(), *(case.row for case in CASES), GOOD.encode(), b""]
    found = imported(sample, b"\n".join(rows), "--format", "jsonl")
    assert found.status == 1
    answers = sorted(found.rows(), key=lambda answer: answer["line"])
    assert [answer["line"] for answer in answers] == list(range(2, len(CASES) + 3))
    for case, answer in zip(CASES, answers, strict=False):
        assert (answer["outcome"], answer["field"]) == ("refused", case.field), answer
        assert all(word in answer["reason"] for word in case.words), answer
    assert answers[-1]["outcome"] == "accepted"
    assert f"penduduk.csv:2: people: {answers[0]['reason']}\n" in found.err
    assert f"{len(CASES) - 20} more" in found.err
    assert f"{len(CASES)} refused: mend them in" in found.err
    assert not sample.rejected.exists()


@pytest.mark.parametrize(
    ("table", "flags", "words"),
    [
        ("", (), ("is empty", "region, people, date, source")),
        ("\n \n", (), ("is empty",)),
        ("people,date,source\n", (), ("no column region",)),
        ("region;jumlah\n18;5\n", FLAGS, ("no column people",)),
        ("region,people,source\n", (), ("no column date", "--date")),
        ("region,people,date\n", (), ("no column source", "--source")),
        (f"{HEADER}\n{GOOD}\n", ("--source", "BPS"), ("has a column source", "--source")),
        (f"{HEADER},People\n{GOOD},1\n", (), ("2 columns people",)),
        ("region,people,source\n", ("--date", "31-12-2020"), ("--date", "31-12-2020")),
        (HEADER.encode("utf-16"), (), ("UTF-16", "CSV UTF-8")),
        (HEADER.encode("utf-16-le"), (), ("UTF-16", "CSV UTF-8")),
        (f"{HEADER},caf\xe9\n".encode("cp1252"), (), ("UTF-8",)),
        (b"PK\x03\x04and so on", (), ("spreadsheet", "CSV UTF-8")),
        ("kode_desa,penduduk,tahun\n18.09.01.2007,4200,2020\n", FLAGS[2:], ("a year", "--date 2020-12-31")),
        (
            "kode_desa,kode_kecamatan,penduduk\n",
            FLAGS,
            ("several", "kode_desa, kode_kecamatan", "--columns region="),
        ),
        ("kode_bps,penduduk\n", FLAGS, ("no column region", "--columns", "kode_bps, penduduk")),
        ("a,penduduk\n", (*FLAGS, "--columns", "region=b"), ("no column b", "there are: a, penduduk")),
        (f"kode_bps,penduduk\n{GOOD}", (*FLAGS, "--columns", "region=kode_bps"), ("kode_bps", "Kemendagri's")),
        (HEADER, ("--date", ""), ("--date is given without a value",)),
        (HEADER, ("--columns", "wilayah=a"), ("NAME=HEADING", "wilayah=a")),
        ('region,"people\n', (), ("CSV",)),
    ],
)
def test_what_is_no_such_table_is_a_usage_error(
    sample: Cli, table: str | bytes, flags: tuple[object, ...], words: tuple[str, ...]
) -> None:
    found = imported(sample, table, *flags)
    assert (found.status, found.out) == (2, "")
    assert found.err.count("\n") == 1
    assert all(word in found.err for word in words), found.err
    assert sample("status", "--format", "json").json()["position"] == END


def test_a_file_and_an_office_are_needed(cli: Cli) -> None:
    missing = cli("population", "import", "nowhere.csv", "--holder", OFFICE)
    assert (missing.status, missing.err) == (2, "jejak: there is no file nowhere.csv\n")
    cli.write("penduduk.csv", f"{HEADER}\n{GOOD}\n".encode())
    assert cli("population", "import", "penduduk.csv").status == 2
    unknown = cli("population", "import", "penduduk.csv", "--holder", OFFICE)
    assert (unknown.status, "holder: the organisation" in unknown.err) == (1, True)


def test_the_flags_of_every_command_may_stand_before_it(sample: Cli) -> None:
    path = sample.write("penduduk.csv", f"{HEADER}\n{GOOD}\n".encode())
    found = sample("--lang", "id", "--home", Path("home"), "population", "import", path, "--holder", OFFICE)
    assert (found.status, "tercatat" in found.out) == (0, True)
