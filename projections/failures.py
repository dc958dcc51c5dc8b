"""Which failures of a projection pass by themselves."""

from eventsourcing import persistence
from sqlalchemy import exc


def passes(error: BaseException) -> bool:
    """Tell whether a database is away, full or busy: what it has no table or no right for, does not pass."""
    return isinstance(error, persistence.OperationalError | exc.OperationalError | exc.InterfaceError) or (
        isinstance(error, exc.DBAPIError) and error.connection_invalidated
    )
