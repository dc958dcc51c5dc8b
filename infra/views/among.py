"""The condition that a column has one of some values: one parameter of the statement, however many they are.

A parameter for each value would be limited in number (32,766 in SQLite, 65,535 in PostgreSQL), and binding and
parsing thousands of them takes most of the statement's time.
"""

from collections.abc import Iterable
from typing import Any, Self

import msgspec
from sqlalchemy import ColumnElement, LargeBinary, Text, TypeDecorator, literal
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import Boolean, TypeEngine


def among(column: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """Return the condition that a column of integers, texts or bytes has one of these values."""
    return _Among(column, literal(list(values), _List(column.type)))


class _List(TypeDecorator[list[Any]]):
    """Values of one type: an array in PostgreSQL, JSON (bytes in base64) in SQLite."""

    impl = Text
    cache_ok = True

    def __init__(self, of: TypeEngine[Any]) -> None:
        super().__init__()
        self.of = of

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(self.of) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: list[Any] | None, dialect: Dialect) -> Any:  # noqa: ANN401 - the driver's
        if dialect.name == "postgresql":
            return value
        return msgspec.json.encode(value).decode()


class _Among(FunctionElement[bool]):
    name = "among"
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: OperatorType | None = None) -> Self:  # noqa: ARG002 - the base class's
        return self  # else it would be compared with 1 where there is no boolean, and no index be used


@compiles(_Among, "postgresql")
def _any(element: _Among, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's
    column, values = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} = ANY ({values})"


@compiles(_Among)
def _each(element: _Among, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - likewise
    column, values = (compiler.process(each, **options) for each in element.clauses)
    value = "from_base64(value)" if isinstance(element.clauses.clauses[0].type, LargeBinary) else "value"
    return f"{column} IN (SELECT {value} FROM json_each({values}))"
