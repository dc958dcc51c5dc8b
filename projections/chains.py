"""Chains of causes, in the tables of a view."""

from collections.abc import Iterable

from sqlalchemy import Select, Table, select

from infra.views import among


def up_the_chains(table: Table, start: Iterable[int]) -> Select[int]:
    """Return the statement that reads these positions and all up their chains of causes, each once.

    `table` has the columns position and cause_position. A chain may lead to a position that the table lacks.
    """
    up = select(table.c.position, table.c.cause_position).where(among(table.c.position, start))
    chain = up.cte("chain", recursive=True)
    above = table.alias("above")
    # One look into the index for each step: a join would have PostgreSQL read the table whole at each turn.
    next_ = select(above.c.cause_position).where(above.c.position == chain.c.cause_position).scalar_subquery()
    turn = select(chain.c.cause_position, next_).where(chain.c.cause_position.is_not(None))
    return select(chain.union(turn).c.position)  # UNION ends cycles
