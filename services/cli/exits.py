"""Exit statuses, and what a failure of the environment says."""

from typing import Final

DONE: Final = 0
NEEDS_A_PERSON: Final = 1
USAGE: Final = 2
ENVIRONMENT: Final = 3
INTERRUPTED: Final = 130  # 128 + SIGINT, as shells have it

_BY_NAME: Final = {
    "SettingsError": USAGE,
    "UsageError": USAGE,
    "HomeError": ENVIRONMENT,
    "RejectedError": ENVIRONMENT,
    "LogError": ENVIRONMENT,
    "ViewsError": ENVIRONMENT,
    "NoDatabaseError": ENVIRONMENT,
    "NoKafkaError": ENVIRONMENT,
    "PostgresError": ENVIRONMENT,
    "BrokerError": ENVIRONMENT,
    "FencedError": ENVIRONMENT,
    "RunningError": ENVIRONMENT,
    "UnreadableStepError": NEEDS_A_PERSON,
    "ClockBehindError": ENVIRONMENT,
    "HealthError": ENVIRONMENT,
    "MissingPackageError": ENVIRONMENT,
    "HoleError": ENVIRONMENT,
    "ServerError": ENVIRONMENT,
    "InstallingError": ENVIRONMENT,
    "StackError": ENVIRONMENT,
    "EndedError": ENVIRONMENT,
    "BrokenProjectionError": NEEDS_A_PERSON,
}


class UsageError(Exception):
    """What was asked for cannot be done as it was asked: the sentence says why and what to ask instead."""


def explain(error: Exception) -> tuple[int, str] | None:
    """Return status and sentence for a failure that is not a fault of the program, else None.

    By the error's name, so that no module is loaded only to compare with its classes.
    """
    for each in type(error).__mro__:
        if each.__name__ in _BY_NAME:
            return _BY_NAME[each.__name__], str(error)
    if isinstance(error, OSError):
        from infra.failures import why  # noqa: PLC0415 - only a failure needs it

        return ENVIRONMENT, why(error)
    if _is_of_the_database(error):
        return ENVIRONMENT, _database(error.__cause__ or error)
    return None


def _is_of_the_database(error: Exception) -> bool:
    return any(
        each.__module__ in ("eventsourcing.persistence", "sqlalchemy.exc")
        and each.__name__ in ("DatabaseError", "InterfaceError")
        for each in type(error).__mro__
    )


def _database(error: BaseException) -> str:
    from infra.failures import why  # noqa: PLC0415 - only a failure needs it
    from infra.language import translate as _  # noqa: PLC0415 - likewise

    reason = why(error)
    if any(each in str(error) for each in ("full", "disk I/O error", "No space left")):
        return _(
            "the disk is full or cannot be written ({reason}). What was recorded before is whole: make space, then"
            " run the same command again"
        ).format(reason=reason)
    return _("the database failed: {reason}. What was recorded before is whole").format(reason=reason)
