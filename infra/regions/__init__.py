"""The regions of Indonesia, by their Kemendagri codes: names, levels, who lies in whom.

The table is in `data/`, under a licence of its own.
"""

import re
import reprlib
from bisect import bisect_left
from enum import StrEnum
from functools import cached_property, lru_cache
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple
from zipfile import ZipFile

from infra.language import translate as _

__all__ = ["Region", "RegionLevel", "Regions", "UnknownRegionError"]

_TABLE = Path(__file__).parent / "data" / "regions.zip"
_CODE = re.compile(r"\d\d(\.\d\d(\.\d\d(\.\d{4})?)?)?", re.ASCII)
_LONGEST_HINT = 80
"""What is longer than this is neither a code nor a name, and slow to compare."""
_LEAST_SCORE = 75
"""Of 100: below it two names are not alike."""
_CUT_SHORT = re.compile(r"\s*(\d\d)[.,]([1-9])\s*", re.ASCII).fullmatch
_LEVEL_WORD = re.compile(r"^(prov(insi)?|kab(upaten)?|kota|kec(amatan)?|kel(urahan)?|desa) ")


class RegionLevel(StrEnum):
    """The four levels, the widest first."""

    PROVINCE = "province"
    REGENCY = "regency"
    DISTRICT = "district"
    VILLAGE = "village"


_LEVELS = tuple(RegionLevel)


class Region(NamedTuple):
    """A place with a code; the name alone may belong to many."""

    code: str
    name: str

    @property
    def level(self) -> RegionLevel:
        """How wide the region is; its code says so."""
        return _LEVELS[self.code.count(".")]


class UnknownRegionError(LookupError):
    """A code that the table does not have, with the regions that may be meant, the likeliest first."""

    def __init__(self, code: str, nearest: tuple[Region, ...] = ()) -> None:
        super().__init__(code, nearest)
        self.code = code
        self.nearest = nearest

    def __str__(self) -> str:
        """Say what was wrong, and what may have been meant."""
        given = reprlib.repr(self.code)
        if _CODE.fullmatch(self.code):
            wrong = _("no region has the code {code}").format(code=given)
        else:
            wrong = _("{code} is not written as a region code, such as 18.09.01.2007").format(code=given)
        if not self.nearest:
            return wrong
        near = ", ".join(f"{region.code} {region.name}" for region in self.nearest)
        return _("{wrong}; nearest: {regions}").format(wrong=wrong, regions=near)


class _Province(NamedTuple):
    name: str
    counts: dict[RegionLevel, int]


class _Member(NamedTuple):
    """What lies in a province: codes in order, so that whatever a region contains is one slice."""

    codes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def span(self, code: str) -> tuple[str, ...]:
        """Return the code, where it is there, and all codes below it."""
        # "/" is the character after ".".
        return self.codes[bisect_left(self.codes, code) : bisect_left(self.codes, f"{code}/")]


class Regions:
    """The table of regions; each province is read when first needed.

    Threads may share one: a province that two of them read at once is read twice, to the same end.
    OSError or BadZipFile where the file is missing or damaged.
    """

    version: str
    """The name and version of the table, as figures quote it."""

    def __init__(self, path: Path = _TABLE) -> None:
        self._path = path
        self._members: dict[str, _Member] = {}
        with ZipFile(path) as table:
            self.version = table.comment.decode("ascii")
            rows = [line.split("\t") for line in _lines(table, "provinces.tsv")]
        # Publishing asks for the same regions again and again.
        self._name = lru_cache(maxsize=100_000)(self._look_up)
        self._provinces = {
            code: _Province(name, dict(zip(_LEVELS, (1, *map(int, counts)), strict=True)))
            for code, name, *counts in rows
        }

    def __contains__(self, code: object) -> bool:
        """Whether the table has that code."""
        return isinstance(code, str) and self._name(code) is not None

    def get(self, code: str) -> Region:
        """Return the region of a code; UnknownRegionError where there is none."""
        name = self._name(code)
        if name is None:
            raise UnknownRegionError(code, self.nearest(code))
        return Region(code, name)

    def ancestors(self, code: str) -> tuple[Region, ...]:
        """Return the regions around it, the province first; UnknownRegionError as in `get`."""
        *above, _ = accumulate(self.get(code).code.split("."), _join)
        return tuple(map(self.get, above))

    def parent(self, code: str) -> Region | None:
        """Return the region just above, None for a province; UnknownRegionError as in `get`."""
        above = self.get(code).code.rpartition(".")[0]
        return self.get(above) if above else None

    def children(self, code: str | None) -> tuple[Region, ...]:
        """Return the regions just below, by code; of None, which is the nation, the provinces.

        A village has none. UnknownRegionError as in `get`.
        """
        if code is not None:
            self.get(code)
        return tuple(map(self.get, self._child_codes(code)))

    def within(self, code: str) -> tuple[str, ...]:
        """Return the codes of a region and of everything below it, in order; UnknownRegionError as in `get`."""
        self.get(code)
        below = self._member(code).span(code)
        return (code, *below) if code in self._provinces else below

    def count(self, code: str | None, level: RegionLevel) -> int:
        """Return how many regions of a level it contains, itself included; None is the nation.

        For the nation or a province nothing more is read. UnknownRegionError as in `get`.
        """
        if code is None:
            return sum(province.counts[level] for province in self._provinces.values())
        if code in self._provinces:
            return self._provinces[code].counts[level]
        self.get(code)
        dots = _LEVELS.index(level)
        return sum(c.count(".") == dots for c in self._member(code).span(code))

    @staticmethod
    def contains(outer: str, inner: str) -> bool:
        """Whether a region contains another one, or is it.

        The codes decide, known or not, for a log may hold codes that a newer table has no more.
        """
        return f"{inner}.".startswith(f"{outer}.")

    def nearest(self, code: str, limit: int = 3) -> tuple[Region, ...]:
        """Return the regions that may be meant, the likeliest first, at most `limit` of them.

        A code is mended in its punctuation, or its digits are compared level by level, so that the
        others of its district come first. A name is looked for in the whole nation, villages first,
        for which all of the table is read once. What cannot be either finds nothing.
        """
        if len(code) > _LONGEST_HINT:
            return ()
        if sum(map(str.isalpha, code)) > sum(map(str.isdigit, code)):
            found = self._alike_by_name(code, limit)
        else:
            found = self._alike_by_digits(code, limit)
        # A regency stands under two names, so that it may be found twice.
        return tuple(map(self.get, list(dict.fromkeys(found))[:limit]))

    # rapidfuzz is imported late: only a mistake needs it, and most runs make none.

    def _alike_by_digits(self, code: str, limit: int) -> list[str]:
        from rapidfuzz import process  # noqa: PLC0415
        from rapidfuzz.distance import OSA  # noqa: PLC0415

        # A spreadsheet takes 18.10 for a number, and leaves its last zero out.
        if (cut := _CUT_SHORT(code)) and (whole := f"{cut[1]}.{cut[2]}0") in self:
            return [whole, *self._alike_by_digits(f"{cut[1]}.0{cut[2]}", limit)]
        found: list[str] = []
        for prefix in accumulate(_parts(code), _join):
            pool = [c for outer in found or (None,) for c in self._child_codes(outer)]
            if prefix in pool:
                found = [prefix]
            else:
                # More than one is followed down, since a lower part may tell which was meant.
                near = process.extract(prefix, pool, scorer=OSA.distance, limit=max(limit, 3))
                found = [c for c, _, _ in near]
        return found

    def _alike_by_name(self, name: str, limit: int) -> list[str]:
        from rapidfuzz import fuzz, process  # noqa: PLC0415

        name = _plain(name)
        bare = _LEVEL_WORD.sub("", name, count=1)
        same = self._codes_by_name.get(name) or self._codes_by_name.get(bare)
        if same:
            return sorted(same, key=len, reverse=True)
        alike = process.extract(
            bare,
            list(self._codes_by_name),
            scorer=fuzz.ratio,
            score_cutoff=_LEAST_SCORE,
            limit=limit,
        )
        return [code for key, _, _ in alike for code in sorted(self._codes_by_name[key], key=len, reverse=True)]

    @cached_property
    def _codes_by_name(self) -> dict[str, list[str]]:
        """Every code by its plain name; a regency's also without the word for its kind."""
        found: dict[str, list[str]] = {}
        for province in self._provinces:
            codes, names = self._member(province)
            for code, name in zip((province, *codes), (self._provinces[province].name, *names), strict=True):
                plain = _plain(name)
                found.setdefault(plain, []).append(code)
                if Region(code, name).level is RegionLevel.REGENCY:
                    found.setdefault(_LEVEL_WORD.sub("", plain, count=1), []).append(code)
        return found

    def _look_up(self, code: str) -> str | None:
        if code in self._provinces:
            return self._provinces[code].name
        codes, names = self._member(code)
        at = bisect_left(codes, code)
        return names[at] if codes[at : at + 1] == (code,) else None

    def _child_codes(self, code: str | None) -> list[str]:
        if code is None:
            return list(self._provinces)
        return [c for c in self._member(code).span(code) if c.rpartition(".")[0] == code]

    def _member(self, code: str) -> _Member:
        province = code[:2]
        if province not in self._members:
            if province not in self._provinces:
                return _Member()
            with ZipFile(self._path) as table:
                rows = (line.split("\t") for line in _lines(table, f"{province}.tsv"))
                self._members[province] = _Member(*zip(*rows, strict=True))
        return self._members[province]


def _lines(table: ZipFile, member: str) -> list[str]:
    return table.read(member).decode("utf-8").splitlines()


def _join(outer: str, part: str) -> str:
    return f"{outer}.{part}"


def _parts(text: str) -> list[str]:
    """Return the parts of a code by its separators or, where these make no sense, by its digits."""
    parts = re.findall(r"[0-9]+", re.sub(r"[.,]0$", "", text))
    if len(parts) > len(_LEVELS) or any(len(part) > len("18") for part in parts[:3]):
        digits = "".join(parts)
        parts = [digits[:2], digits[2:4], digits[4:6], digits[6:]]
    return [part.zfill(2) for part in parts if part]


def _plain(name: str) -> str:
    return " ".join(re.findall(r"\w+", name.casefold()))
