"""Ids of organisations and items that the log knows, among which a mistyped one is looked for."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import SQLAlchemyError

from events.catalogue import CATALOGUE
from events.recorded import decode_state
from infra.log import Log

if TYPE_CHECKING:
    from infra.views import Views

_NEWEST: Final = 20_000
"""Events at the end of the log that are looked through: views may not have them yet."""

_BEGINS: Final = {"organisation.registered": "organisation", "item.published": "item"}


class KnownNames:
    """What the views know, if there are any, and what the log's newest events begin.

    The views are opened when a name is first asked for, which only a mistake does. They only serve a hint: where
    they cannot be read, there are none of theirs.
    """

    def __init__(self, log: Log, views: "Callable[[], Views | None]") -> None:
        self._log = log
        self._views = views
        self._read = 0
        self._begun: dict[str, list[str]] = {"organisation": [], "item": []}

    def like(self, family: str, name: str) -> set[str]:
        """Return ids of a family that may be meant by `name`."""
        self._look_through_the_newest()
        return {*self._begun[family], *self._in_views(family, name)}

    def _look_through_the_newest(self) -> None:
        head = self._log.head()
        after = max(self._read, head - _NEWEST)
        for position, topic, state in self._log.read(after, _NEWEST):
            self._read = position
            family = _BEGINS.get(CATALOGUE.kinds.get(topic, ""))
            if family is not None:
                self._begun[family].append(decode_state(state).subject)

    def _in_views(self, family: str, name: str) -> list[str]:
        from infra.postgresql import PostgresError  # noqa: PLC0415 - only a mistake needs them
        from infra.views import ViewsError  # noqa: PLC0415 - likewise
        from projections.audit_trail.queries import ids_like  # noqa: PLC0415 - likewise

        try:
            views = self._views()
            if views is None:
                return []
            with views.reading() as connection:
                return ids_like(connection, family, name)
        except (ViewsError, PostgresError, SQLAlchemyError):
            return []
