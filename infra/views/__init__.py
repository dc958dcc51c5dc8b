"""The store of the views: SQLAlchemy Core tables, apart from the log. All of it can be computed anew from there.

Here is what the rest of Jejak knows of it; `sqlite` keeps it in a file, `postgresql` in a schema of a database.
"""

from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection

from infra.views.among import among
from infra.views.rows import insert_rows, read_rows

__all__ = ["Connection", "Views", "ViewsError", "among", "insert_rows", "read_rows"]


class ViewsError(Exception):
    """The views cannot be used now: the sentence says why and what to do."""


class Views(Protocol):
    """The database of the views, as whoever folds and whoever reads sees it."""

    def writing(self) -> AbstractContextManager[Connection]:
        """Give a connection in a transaction of its own; commit at the end, or roll back when the block raises.

        Others may write at the same time: who must not, locks a row first (SELECT … FOR UPDATE).
        """

    def altering(self) -> AbstractContextManager[Connection]:
        """Give a connection as `writing` does, to make and drop tables: nobody else alters at the same time."""

    def reading(self) -> AbstractContextManager[Connection]:
        """Give a connection that sees one state of the views throughout."""

    def close(self) -> None:
        """Let go of every connection."""
