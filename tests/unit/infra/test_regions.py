"""The table of regions, against known counts and against a plain reading of its own lines."""

import io
import pickle
import runpy
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

import infra.regions
from infra.regions import Region, RegionLevel, Regions, UnknownRegionError

PROVINCE, REGENCY, DISTRICT, VILLAGE = RegionLevel
BAGELEN = "18.09.01.2007"
DATA = Path(infra.regions.__file__).parent / "data"


@pytest.fixture(scope="module")
def regions() -> Regions:
    return Regions()


@pytest.fixture(scope="module")
def names() -> dict[str, str]:
    """Every code and name, read without the code under test."""
    found: dict[str, str] = {}
    with ZipFile(DATA / "regions.zip") as table:
        for member in table.namelist():
            for line in table.read(member).decode().splitlines():
                code, name, *_ = line.split("\t")
                assert code not in found
                found[code] = name
    return found


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    return runpy.run_path(str(DATA / "make_regions.py"))


def codes(found: tuple[Region, ...]) -> list[str]:
    return [region.code for region in found]


def test_the_version_names_source_and_release(regions: Regions) -> None:
    assert regions.version == "idn-area-data 4.0.1"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (None, (38, 514, 7_285, 83_762)),
        ("18", (1, 15, 229, 2_651)),
        ("18.09", (0, 1, 11, 148)),
        ("18.09.01", (0, 0, 1, 19)),
        (BAGELEN, (0, 0, 0, 1)),
    ],
)
def test_counts(regions: Regions, code: str | None, expected: tuple[int, ...]) -> None:
    assert tuple(regions.count(code, level) for level in RegionLevel) == expected


@pytest.mark.parametrize(
    ("code", "name", "level"),
    [
        ("18", "Lampung", PROVINCE),
        ("18.09", "Kabupaten Pesawaran", REGENCY),
        ("18.09.01", "Gedong Tataan", DISTRICT),
        (BAGELEN, "Bagelen", VILLAGE),
    ],
)
def test_names_and_levels(regions: Regions, code: str, name: str, level: RegionLevel) -> None:
    assert regions.get(code) == Region(code, name)
    assert regions.get(code).level is level
    assert code in regions


def test_ancestors_and_parent(regions: Regions) -> None:
    assert codes(regions.ancestors(BAGELEN)) == ["18", "18.09", "18.09.01"]
    assert [region.name for region in regions.ancestors("18.09.01")] == ["Lampung", "Kabupaten Pesawaran"]
    assert regions.ancestors("18") == ()
    assert regions.parent(BAGELEN) == Region("18.09.01", "Gedong Tataan")
    assert regions.parent("18") is None


def test_children(regions: Regions) -> None:
    assert Region("18", "Lampung") in regions.children(None)
    assert Region("18.09", "Kabupaten Pesawaran") in regions.children("18")
    assert Region(BAGELEN, "Bagelen") in regions.children("18.09.01")
    assert regions.children(BAGELEN) == ()


def test_every_region_has_its_ancestors(regions: Regions, names: dict[str, str]) -> None:
    for code in names:
        parts = code.split(".")
        expected = [".".join(parts[:n]) for n in range(1, len(parts))]
        assert codes(regions.ancestors(code)) == expected


def test_counts_and_children_of_every_region_agree_with_the_lines(regions: Regions, names: dict[str, str]) -> None:
    children: defaultdict[str | None, list[str]] = defaultdict(list)
    counts: Counter[tuple[str | None, int]] = Counter()
    for code in names:
        parts = code.split(".")
        outer = [".".join(parts[:n]) or None for n in range(len(parts))]
        children[outer[-1]].append(code)
        counts.update((each, len(parts)) for each in (*outer, code))

    for region in (None, *names):
        assert [(r.code, r.name) for r in regions.children(region)] == [
            (child, names[child]) for child in sorted(children[region])
        ]
        for depth, level in enumerate(RegionLevel, start=1):
            assert regions.count(region, level) == counts[region, depth]


@pytest.mark.parametrize(
    ("outer", "inner", "expected"),
    [
        ("18", BAGELEN, True),
        ("18.09.01", BAGELEN, True),
        (BAGELEN, BAGELEN, True),
        (BAGELEN, "18.09.01", False),
        ("18.09.02", BAGELEN, False),
        ("18.0", "18.09", False),
        ("1", "18", False),
        ("00", "00.01", True),
    ],
)
def test_contains(regions: Regions, outer: str, inner: str, expected: bool) -> None:  # noqa: FBT001
    assert regions.contains(outer, inner) is expected


UNKNOWN = ["", " ", "1", "99", "18.", "18.9", "1809", "18.09.99", "18.09.01.2099", "18.09.01.20", "Bagelen"]


@pytest.mark.parametrize("code", UNKNOWN)
def test_an_unknown_code_is_refused_by_every_question(regions: Regions, code: str) -> None:
    assert code not in regions
    for ask in (regions.get, regions.ancestors, regions.parent, regions.children):
        with pytest.raises(UnknownRegionError) as caught:
            ask(code)
        assert caught.value.code == code
        assert caught.value.nearest == regions.nearest(code)
    with pytest.raises(UnknownRegionError):
        regions.count(code, VILLAGE)


def test_what_is_no_text_is_no_region(regions: Regions) -> None:
    assert 18 not in regions
    assert None not in regions


@pytest.mark.parametrize(
    "typed",
    [
        "1809012007",
        "18.9.1.2007",
        "18-09-01-2007",
        " 18.09.01.2007 ",
        "18.0901.2007",
        "18.09.01.2007 Bagelen",
    ],
)
def test_a_code_with_other_punctuation_finds_the_one_region(regions: Regions, typed: str) -> None:
    assert regions.nearest(typed) == (Region(BAGELEN, "Bagelen"),)


@pytest.mark.parametrize(
    "typed",
    ["18.09.01.207", "18.09.01.20007", "18.09.01.0207", "18.09.91.2007", "18.90.01.2007", "98.09.01.2007"],
)
def test_a_wrong_digit_still_finds_the_village(regions: Regions, typed: str) -> None:
    assert BAGELEN in codes(regions.nearest(typed))


def test_an_unknown_village_finds_others_of_its_district(regions: Regions) -> None:
    nearest = regions.nearest("18.09.01.2099")
    assert len(nearest) == 3
    assert all(regions.contains("18.09.01", region.code) for region in nearest)


@pytest.mark.parametrize("limit", [1, 2, 5])
@pytest.mark.parametrize("typed", ["18.09.01.2099", "99", "Sukamaju", "Sukmaaju"])
def test_nearest_keeps_to_its_limit(regions: Regions, typed: str, limit: int) -> None:
    assert len(set(regions.nearest(typed, limit))) == limit


@pytest.mark.parametrize("typed", ["Bagelen", "bagelen", "Desa  BAGELEN"])
def test_three_villages_are_called_bagelen(regions: Regions, names: dict[str, str], typed: str) -> None:
    called = [code for code, name in names.items() if name == "Bagelen" and Region(code, name).level is VILLAGE]
    assert called == ["12.76.03.1001", BAGELEN, "33.06.04.2005"]
    assert codes(regions.nearest(typed)) == called


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("Lampung", "18"),
        ("Provinsi Lampung", "18"),
        ("Pesawaran", "18.09"),
        ("Kab. Pesawaran", "18.09"),
        ("Kecamatan Gedong Tataan", "18.09.01"),
        ("Gedong Tatan", "18.09.01"),
        ("Sawahluto", "13.73"),
    ],
)
def test_a_name_finds_its_region_whatever_its_level(regions: Regions, typed: str, code: str) -> None:
    found = codes(regions.nearest(typed))
    assert found.count(code) == 1


@pytest.mark.parametrize("typed", ["", "...", "qqqqxxqq", "Bagelen " * 1000, "1" * 1000])
def test_nonsense_finds_nothing(regions: Regions, typed: str) -> None:
    assert regions.nearest(typed) == ()


def test_the_message_says_what_was_wrong_and_what_may_be_meant(regions: Regions) -> None:
    with pytest.raises(UnknownRegionError) as caught:
        regions.get("1809012007")
    assert str(caught.value) == (
        "'1809012007' is not written as a region code, such as 18.09.01.2007; nearest: 18.09.01.2007 Bagelen"
    )
    with pytest.raises(UnknownRegionError, match=r"^no region has the code '18\.09\.01\.2099'; nearest: 18"):
        regions.get("18.09.01.2099")
    assert len(str(UnknownRegionError("x" * 100_000))) < 200


def test_the_error_survives_a_pickle(regions: Regions) -> None:
    error = UnknownRegionError("1809", regions.nearest("1809"))
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert (copy.code, copy.nearest, str(copy)) == (error.code, error.nearest, str(error))


def test_only_the_provinces_asked_for_are_read(tmp_path: Path) -> None:
    path = tmp_path / "regions.zip"
    with ZipFile(DATA / "regions.zip") as whole, ZipFile(path, "w") as part:
        part.comment = whole.comment
        for member in ("provinces.tsv", "18.tsv"):
            part.writestr(member, whole.read(member))
    regions = Regions(path)
    assert regions.count(None, VILLAGE) == 83_762
    assert regions.count("12", VILLAGE) == 6_110
    assert len(regions.children(None)) == 38
    assert regions.get("12").name == "Sumatera Utara"
    assert regions.get(BAGELEN).name == "Bagelen"
    assert "18.09.01.2099" not in regions
    assert codes(regions.nearest("1809012007")) == [BAGELEN]


def test_threads_may_share_one(names: dict[str, str]) -> None:
    regions = Regions()
    villages = [code for code in names if code.endswith(".2001")]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(regions.get, villages))
    assert found == [Region(code, names[code]) for code in villages]


def test_the_script_makes_the_file_that_is_shipped(script: dict[str, Any], names: dict[str, str]) -> None:
    script["check"](names)
    made = script["pack"](names)
    assert made == script["pack"](dict(reversed(names.items())))

    # By content: another zlib may compress it to other bytes.
    assert members(io.BytesIO(made)) == members(DATA / "regions.zip")


def members(file: Path | io.BytesIO) -> list[tuple[str, tuple[int, ...], int]]:
    with ZipFile(file) as table:
        return [(member.filename, member.date_time, member.CRC) for member in table.infolist()]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"18.09": "Kabupaten Pesawaran"}, "without their parent: .'18.09'"),
        ({"18": "Lampung", "18.09": ""}, "oddly spaced"),
        ({"18": "Lampung\tBarat"}, "oddly spaced"),
    ],
)
def test_the_script_refuses_a_table_with_holes(script: dict[str, Any], wrong: dict[str, str], reason: str) -> None:
    with pytest.raises(script["TableError"], match=reason):
        script["check"](wrong)
