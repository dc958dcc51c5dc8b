"""Adds to a refusal what may have been meant: the nearest regions, or the nearest known organisations or items."""

from collections.abc import Callable, Iterable
from typing import Final

from msgspec.structs import replace

from events.refusal import RefusedError, RegionCodeError, UnknownNameError, nearest
from infra.regions import Regions
from services.publishing.answers import Answer

MOST_LOOKED_UP: Final = 20
"""Names that are looked up for one batch: each takes up to some hundredths of a second."""

_MOST_REMEMBERED: Final = 10_000
_SHOWN: Final = 3
Names = Callable[[str, str], Iterable[str]]
"""Gives the ids of a family (`organisation` or `item`) among which a name may be meant."""


def no_names(_family: str, _name: str) -> Iterable[str]:
    """Know nothing but what publishing remembers."""
    return ()


class Hints:
    """What is near to names by which nothing is known; each is looked up once."""

    def __init__(self, regions: Regions, names: Names) -> None:
        self._regions = regions
        self._names = names
        self._found: dict[tuple[str, str], str] = {}

    def added(self, answers: list[Answer]) -> list[Answer]:
        """Return the answers to a batch; those that refuse a name say which is near, as far as one is."""
        refused = [(at, answer.refusal) for at, answer in enumerate(answers) if answer.refusal is not None]
        if not refused:
            return answers
        told, left = list(answers), MOST_LOOKED_UP
        for at, refusal in refused:
            match refusal:
                case RegionCodeError(written=name):
                    family = "region"
                case UnknownNameError(family=family, name=name):
                    pass
                case _:
                    continue
            if (family, name) not in self._found:
                if not left:
                    continue
                left -= 1
                if len(self._found) >= _MOST_REMEMBERED:
                    self._found.clear()
                self._found[family, name] = self._near(family, name)
            if near := self._found[family, name]:
                told[at] = replace(answers[at], refusal=_with(refusal, family, name, near))
        return told

    def _near(self, family: str, name: str) -> str:
        if family == "region":
            return ", ".join(f"{one.code} {one.name}" for one in self._regions.nearest(name, _SHOWN))
        names = {each.casefold(): each for each in self._names(family, name)}  # capitals tell nobody apart
        return ", ".join(names[each] for each in nearest(name.casefold(), names, _SHOWN))


def _with(refusal: RefusedError, family: str, name: str, near: str) -> RefusedError:
    field = refusal.field
    if family == "region":
        return RefusedError("{wrong}; nearest: {regions}", field=field, wrong=refusal, regions=near)
    if family == "item":
        return RefusedError(
            "the item {value} is not published; did you mean {nearest}? If not, record its item.published first",
            field=field,
            value=name,
            nearest=near,
        )
    return RefusedError(
        "the organisation {value} is not registered; did you mean {nearest}? If not, record its"
        " organisation.registered first",
        field=field,
        value=name,
        nearest=near,
    )
