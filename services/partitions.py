"""Changes the number of partitions of an installation, while nobody relays or folds."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from infra.language import translate as _

if TYPE_CHECKING:
    from infra.kafka.topics import Shape
    from services.relay.lease import Lease


class RunningError(Exception):
    """Somebody relays or folds: the sentence says what to stop."""


def change(
    take_lease: "Callable[[], Lease]", repartition: Callable[[], bool], kafka: str | None, shape: "Shape"
) -> bool:
    """Cut the views by `repartition`, then the topic of the steps; tell whether anything was to be done.

    After a crash in between, the same again does the rest.

    Raises:
        RunningError: a relay or a worker is at work.
        BehindError: something that was sent is not folded yet; nothing was changed.
        BrokerError: Kafka cannot be used.

    """
    with _nobody_relays(take_lease):
        if kafka is None:
            return repartition()
        from infra.kafka.topics import STEPS, make_anew, members_of, partitions_of  # noqa: PLC0415 - loads slowly
        from projections.worker import GROUP  # noqa: PLC0415 - likewise

        workers = members_of(kafka, GROUP)
        if workers:
            raise RunningError(
                _(
                    "workers at work: {count}. Stop every jejak worker, then run this again (one that was killed"
                    " counts for six seconds)"
                ).format(count=workers)
            )
        changed = repartition()
        # What lies on it is cut the old way, even where the number is by chance the new one.
        if changed or partitions_of(kafka, STEPS) != shape.partitions:
            make_anew(kafka, STEPS, shape)
            return True
    return False


@contextmanager
def _nobody_relays(take_lease: "Callable[[], Lease]") -> Iterator[None]:
    """Keep every relay from beginning until the block ends."""
    with take_lease() as lease:
        if not lease.try_to_take():
            raise RunningError(_("a relay is at work: stop every jejak relay, then run this again"))
        yield
