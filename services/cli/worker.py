"""`jejak worker`: folds the steps that Kafka deals out."""

from functools import partial

from projections.lag import measure_lag
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
    status = exits.DONE
    with opened(common) as jejak, until_stopped("worker", jejak.settings.mode):
        found, metrics = jejak.worker(), jejak.metrics
        with observed(jejak, "worker", found.why_not_ready) as report:
            if metrics is None:
                status = found.run(report)
            else:
                metrics.refreshed_by(partial(measure_lag, jejak.log, jejak.partitioned_engine, metrics))
                status = found.run(report, metrics.rebalances.inc)
    return status
