"""Reads what the log holds already; a row that is damaged is named."""

from events.catalogue import Catalogue
from events.fields import Data
from events.recorded import UNREADABLE, StoredState, decode_state
from infra.log import StoredRow, UnreadableRowError
from projections.findings.facts import Step, step_of


def state_of(row: StoredRow) -> StoredState:
    """Return the state of a row.

    Raises:
        UnreadableRowError: it is none.

    """
    try:
        return decode_state(row.state)
    except UNREADABLE as error:
        raise UnreadableRowError(row.position, error) from error


def state_and_data(row: StoredRow, catalogue: Catalogue) -> tuple[StoredState, Data]:
    """Return the state of a row, and what its event says.

    Raises:
        UnreadableRowError: its topic, state or data fit no type.

    """
    state = state_of(row)
    try:
        return state, catalogue.decode(row.topic, state.data)
    except UNREADABLE as error:
        raise UnreadableRowError(row.position, error) from error


def step_and_data(row: StoredRow, catalogue: Catalogue) -> tuple[Step, Data]:
    """Return the step that a row records, and what its event says.

    Raises:
        UnreadableRowError: as `state_and_data`, or its version is no number.

    """
    state, data = state_and_data(row, catalogue)
    if not isinstance(row.originator_version, int):  # SQLite keeps a value of any type in any column
        raise UnreadableRowError(row.position, TypeError("originator_version"))
    return step_of(row.position, catalogue.kinds[row.topic], state, data), data
