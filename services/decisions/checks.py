"""Checks that the decisions of several aggregates share; each raises RefusedError."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from events.fields import Origin, check_day, ends, is_region_code, starts
from events.refusal import Message, RefusedError, RegionCodeError, UnknownNameError
from events.vocabulary import Level
from infra.regions import UnknownRegionError
from services.world import World

NOT_REGISTERED: Final = Message(
    "the organisation {value} is not registered: record its organisation.registered first"
)
NOT_PUBLISHED: Final = Message("the item {value} is not published: record its item.published first")
_NEAREST_SHOWN: Final = 3
_LIKE_A_CODE: Final = re.compile(r"[0-9]{2}[0-9.]*").fullmatch


def region(world: World, code: str | None, field: str) -> None:
    """Refuse a region that does not exist; name the nearest ones."""
    if code is None or code in world.regions:
        return
    try:
        world.regions.get(code)
    except UnknownRegionError as error:
        near = ", ".join(f"{one.code} {one.name}" for one in error.nearest[:_NEAREST_SHOWN])
        if near:
            raise RefusedError(
                "there is no region {value}; nearest: {nearest}", field=field, value=code, nearest=near
            ) from error
        raise RefusedError("there is no region {value}", field=field, value=code) from error


def organisation(world: World, name: str | None, field: str, levels: frozenset[Level] | None = None) -> None:
    """Refuse an organisation that is not registered, or whose level is not among `levels`."""
    if name is None:
        return
    level = world.organisation(name).level
    if level is None:
        raise UnknownNameError(NOT_REGISTERED, field=field, family="organisation", name=name)
    if levels is not None and level not in levels:
        raise RefusedError(
            "{value} is of level {level}; here only: {allowed}",
            field=field,
            value=name,
            level=level,
            allowed=", ".join(sorted(levels)),
        )


def organisations(world: World, names: Iterable[str], field: str, levels: frozenset[Level] | None = None) -> None:
    """Refuse a list with an organisation that is not registered, or of another level."""
    for index, name in enumerate(names):
        if world.organisation(name).level is None or levels is not None:
            organisation(world, name, f"{field}[{index}]", levels)


def intended(world: World, names: Iterable[str] | None) -> None:
    """Refuse an `intended` with an unknown region or an unknown organisation."""
    for index, name in enumerate(names or ()):
        field = f"data.intended[{index}]"
        if is_region_code(name):
            region(world, name, field)
        elif _LIKE_A_CODE(name) and world.organisation(name).level is None:
            raise RegionCodeError(name, field=field)
        else:
            organisation(world, name, field)


def days(first: str | None, last: str | None, first_field: str, last_field: str) -> None:
    """Refuse days that no calendar has or that are out of bounds, and a validity that ends before it begins."""
    for day, field in ((first, first_field), (last, last_field)):
        if day is not None:
            check_day(day, field)
    if first is not None and last is not None and ends(last) <= starts(first):
        raise RefusedError("{last} is before {first}", field=last_field, last=last, first=first)


def people(headcount: int | None, participants: Sequence[str], origins: Sequence[Origin]) -> None:
    """Refuse a headcount below its participants, and origins that add up to more than it (domain.md)."""
    if not participants and not origins:
        return
    named = len(set(participants))
    if headcount is not None and headcount < named:
        raise RefusedError(
            "{value} people, but {named} participants are named",
            field="data.headcount",
            value=headcount,
            named=named,
        )
    total = named if headcount is None else headcount
    placed = sum(origin.headcount for origin in origins)
    if placed > total:
        raise RefusedError(
            "{placed} people come from the origins, more than the {total} of the headcount",
            field="data.origins",
            placed=placed,
            total=total,
        )


def places(world: World, origins: Sequence[Origin], region_code: str | None, field: str) -> None:
    """Refuse unknown regions among the origins and in `field`."""
    region(world, region_code, field)
    for index, origin in enumerate(origins):
        region(world, origin.region, f"data.origins[{index}].region")
