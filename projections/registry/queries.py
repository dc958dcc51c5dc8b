"""Reads the registry as it was: where an organisation lay, which KIM a region held, and which had a decree."""

import sys
from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, Final, NamedTuple

from sqlalchemy import Column, Select, Table, func, select

from events.fields import microseconds
from events.vocabulary import Level
from infra.views import Connection, read_rows
from projections.as_of import AsOf
from projections.findings.decrees import Decree, Decrees, Revocation
from projections.findings.facts import Mark
from projections.registry.tables import CHANGE, DECREE
from projections.seen import seen

_END: Final = sys.maxsize
"""A position that no log reaches."""
_NO_DECREES: Final = Decrees()


class _Stay(NamedTuple):
    """A KIM lies in a region from above the position `since` up to `until`."""

    region: str
    since: int
    until: int
    kim: str


class _Kim:
    """The KIM in one region through time: most stay, so that those of a position are one slice."""

    def __init__(self, stays: Sequence[_Stay]) -> None:
        by_since = sorted((stay.since, stay.kim) for stay in stays if stay.until == _END)
        self._since = [since for since, _kim in by_since]
        self._stayed = [kim for _since, kim in by_since]
        self._left = sorted((stay.until, stay.since, stay.kim) for stay in stays if stay.until != _END)
        self._last: tuple[int, frozenset[str]] = 0, frozenset()

    def at(self, position: int) -> frozenset[str]:
        """Return those registered here, or moved here, below `position`, and not moved away below it."""
        left = self._left[bisect_left(self._left, (position,)) :] if self._left else ()
        number = bisect_left(self._since, position)
        if self._last[0] != number:  # registrations are far between: mostly it is that of the position before
            self._last = number, frozenset(self._stayed[:number])
        found = self._last[1]
        return found.union(kim for _until, since, kim in left if since < position) if left else found


class _Moves(NamedTuple):
    """At which position each organisation came to lie in which region, and which of them are KIM."""

    of: dict[str, list[tuple[int, str]]]
    kim: list[str]


class Registry:
    """The registry as it was, loaded for one query: each part, and each province, when it is first asked for."""

    def __init__(self, connection: Connection, as_of: AsOf = AsOf()) -> None:
        self._connection = connection
        self._as_of = as_of
        self._moves: dict[str | None, _Moves] = {}
        self._settled: dict[str, dict[str, int]] = {}
        self._stays: dict[str, list[_Stay]] = {}
        self._kim: dict[str, _Kim] = {}
        self._decrees: dict[str | None, dict[str, Decrees]] = {}

    def region(self, organisation: str, position: int) -> str | None:
        """Return the organisation's region just before `position` in the log; None where it was not registered."""
        moves = self._moves_in(None).of.get(organisation, [])
        before = bisect_left(moves, (position,))
        return moves[before - 1][1] if before else None

    def lay_in(self, organisation: str, region: str | None, position: int) -> bool:
        """Tell whether the organisation lay in or below `region` just before `position`; in None all lie."""
        if region is None:
            return True
        moves = self._moves_in(_province(region)).of.get(organisation)
        if moves is None:
            return False
        before = bisect_left(moves, (position,))
        return before > 0 and f"{moves[before - 1][1]}.".startswith(f"{region}.")

    def settled_in(self, region: str | None) -> Mapping[str, int]:
        """Return since which position each organisation lies in a region that never moved; of None, nothing."""
        if region is None:
            return {}
        if region not in self._settled:
            inside = f"{region}."
            self._settled[region] = {
                organisation: moves[0][0]
                for organisation, moves in self._moves_in(_province(region)).of.items()
                if len(moves) == 1 and f"{moves[0][1]}.".startswith(inside)
            }
        return self._settled[region]

    def ever_in(self, region: str) -> list[str]:
        """Return every organisation that lay in or below a region at some time."""
        here = (CHANGE.c.region == region) | (
            (CHANGE.c.region > f"{region}.") & (CHANGE.c.region < _after(region))
        )
        statement = select(CHANGE.c.organisation).where(here, *seen(CHANGE, self._as_of)).distinct()
        return [organisation for (organisation,) in read_rows(self._connection, statement)]

    def kim_in(self, region: str, position: int) -> frozenset[str]:
        """Return every KIM that lies in or below `region` and was registered at a lower position than `position`.

        Those that moved count where they were then.
        """
        return self._kim_of(region).at(position)

    def kim_with_decree(self, region: str | None, moment: datetime) -> list[str]:
        """Return the KIM in a region (None: everywhere) that have a decree valid at `moment`.

        They count where they lie by the newest that is seen. From the closing of a KIM on, its decrees count no
        more.
        """
        at = microseconds(moment)
        here = (at, _END)  # what is revoked at this very moment is not valid at it
        closed, decrees = self._closed, self._decrees_in(_province(region))
        kim: Collection[str] = self._moves_in(None).kim if region is None else self._kim_of(region).at(_END)
        return [one for one in kim if one in decrees and closed.get(one, _END) > at and decrees[one].valid(here)]

    def _kim_of(self, region: str) -> _Kim:
        if region not in self._kim:
            stays = self._stays_in(region.partition(".")[0])
            self._kim[region] = _Kim(stays[bisect_left(stays, (region,)) : bisect_left(stays, (_after(region),))])
        return self._kim[region]

    def _stays_in(self, province: str) -> list[_Stay]:
        """Return every stay, by region, of the KIM that ever lay in a province."""
        if province not in self._stays:
            moves = self._moves_in(province)
            stays = []
            for kim in moves.kim:
                until = _END
                for since, region in reversed(moves.of[kim]):
                    stays.append(_Stay(region, since, until, kim))
                    until = since
            self._stays[province] = sorted(stays)
        return self._stays[province]

    def _moves_in(self, province: str | None) -> _Moves:
        """Return the moves of the organisations that ever lay in a province."""
        if province not in self._moves:
            columns = (CHANGE.c.position, CHANGE.c.organisation, CHANGE.c.level, CHANGE.c.region)
            statement = self._select(CHANGE, columns, province).where(CHANGE.c.region.is_not(None))
            found = _Moves({}, [])
            for position, organisation, level, region in read_rows(self._connection, statement):
                if level is not None:
                    found.of[organisation] = [(position, region)]
                    if level == Level.KIM:
                        found.kim.append(organisation)
                elif organisation in found.of:  # its registration is seen
                    found.of[organisation].append((position, region))
            self._moves[province] = found
        return self._moves[province]

    def _decrees_in(self, province: str | None) -> dict[str, Decrees]:
        """Return the decrees of the KIM that ever lay in a province."""
        if province not in self._decrees:
            columns = (
                DECREE.c.organisation,
                DECREE.c.number,
                DECREE.c.valid_from,
                DECREE.c.valid_until,
                DECREE.c.occurred_at,
                DECREE.c.position,
            )
            found: dict[str, Decrees] = {}
            for kim, number, start, end, at, position in read_rows(
                self._connection, self._select(DECREE, columns, province)
            ):
                decrees, mark = found.get(kim, _NO_DECREES), Mark(at, position)
                if start is None:
                    found[kim] = decrees.with_revocation(Revocation(number, mark))
                else:
                    found[kim] = decrees.with_decree(Decree(number, start, end, mark))
            self._decrees[province] = found
        return self._decrees[province]

    @cached_property
    def _closed(self) -> dict[str, int]:
        """When each organisation that was closed was, in microseconds."""
        first = func.min(CHANGE.c.occurred_at)
        statement = select(CHANGE.c.organisation, first).where(CHANGE.c.closed, *seen(CHANGE, self._as_of))
        return dict(read_rows(self._connection, statement.group_by(CHANGE.c.organisation)))

    def _select(self, table: Table, columns: Sequence[Column[Any]], province: str | None) -> Select[Any]:
        """Return the statement that reads, by position, the rows of what ever lay in a province."""
        statement = select(*columns).where(*seen(table, self._as_of)).order_by(table.c.position)
        if province is None:
            return statement
        here = (CHANGE.c.region >= province, CHANGE.c.region < _after(province))
        return statement.where(table.c.organisation.in_(select(CHANGE.c.organisation).where(*here)))


def _province(region: str | None) -> str | None:
    return None if region is None else region.partition(".")[0]


def _after(region: str) -> str:
    """Return what comes after a region's code and all codes below it: "/" is the character after "."."""
    return f"{region}/"
