"""`jejak worker`: folds the steps that Kafka deals out."""

from services.cli import exits
from services.cli.common import COMMON, Common, opened, prepare_for_bulk
from services.cli.observed import observed
from services.cli.streaming import until_stopped


def worker(*, common: Common = COMMON) -> int:
    """Fold the partitions that Kafka deals this worker out, until it is stopped (Ctrl-C or SIGTERM).

    Any number may run at once, and any may be killed: view and checkpoint change together.

    Examples:
        jejak worker

    """
    prepare_for_bulk()
    with (
        opened(common) as jejak,
        until_stopped("worker", jejak.settings.mode),
        observed(jejak, "worker", lambda: None),
    ):
        app = jejak.worker()
        from projections.worker.app import run  # noqa: PLC0415 - after the event loop is chosen

        return run(app) or exits.DONE
