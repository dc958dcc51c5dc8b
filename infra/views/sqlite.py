"""The views in one SQLite file: one writer at a time, and any number of readers."""

from binascii import a2b_base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from infra.failures import why
from infra.language import translate as _
from infra.sqlite_file import LOCK_SECONDS, settle
from infra.views import Connection, Views, ViewsError


class SQLiteViews(Views):
    """The file of the views and its connections."""

    def __init__(self, path: Path) -> None:
        url = URL.create("sqlite+pysqlite", database=str(path))
        self._engine = create_engine(url, connect_args={"timeout": LOCK_SECONDS})
        event.listen(self._engine, "connect", _on_connect)
        event.listen(self._engine, "begin", _on_begin)

    @contextmanager
    def writing(self) -> Iterator[Connection]:  # noqa: D102 - see Views
        with self._engine.connect() as connection, connection.execution_options(writing=True).begin():
            yield connection

    altering = writing  # there is one writer at a time

    @contextmanager
    def reading(self) -> Iterator[Connection]:  # noqa: D102 - see Views
        with self._engine.connect() as connection, connection.begin():
            yield connection

    def close(self) -> None:  # noqa: D102 - see Views
        self._engine.dispose()


def _on_connect(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own connection
    connection.create_function("from_base64", 1, a2b_base64, deterministic=True)  # see infra.views.among
    connection.isolation_level = None  # SQLAlchemy's BEGIN is sent below, where it can be IMMEDIATE
    settle(connection)


def _on_begin(connection: Connection) -> None:
    # A writer that begins as a reader fails with SQLITE_BUSY_SNAPSHOT when it comes to write.
    immediate = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def open_views(path: Path) -> Views:
    """Open the views in the file `path`, and make the file where there is none.

    Raises:
        ViewsError: the file cannot be used.

    """
    views = SQLiteViews(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with views.writing():
            pass
    except (OSError, SQLAlchemyError) as error:
        views.close()
        raise ViewsError(
            _(
                "cannot open the views {path}: {error}. They hold nothing that the log does not: move the file"
                " away, and they are made anew"
            ).format(path=path, error=why(error.__cause__ or error))
        ) from error
    return views
