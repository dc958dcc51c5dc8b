"""The condition that a column has one of many values, as one parameter of the statement."""

from collections.abc import Iterable

import msgspec
from sqlalchemy import ARRAY, Column, ColumnElement, any_, func, literal, select

from infra.views import Connection


def among(
    connection: Connection, column: Column[int] | Column[str], values: Iterable[int | str | None]
) -> ColumnElement[bool]:
    """Return the condition that `column` has one of `values`, of which there may be any number.

    A parameter for each value would be bounded in number, and take longer than the look-up itself.
    """
    wanted = list(values)
    if connection.dialect.name == "sqlite":
        listed = func.json_each(msgspec.json.encode(wanted).decode()).table_valued("value")
        return column.in_(select(listed.c.value))
    return column == any_(literal(wanted, ARRAY(column.type)))
