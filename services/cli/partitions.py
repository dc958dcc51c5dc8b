"""`jejak partitions`: changes the number of partitions."""

from typing import Annotated, Final

from infra.language import translate as _
from services.cli import exits
from services.cli.common import COMMON, Common, opened, say
from services.cli.whole import whole

_MOST: Final = 10_000


def partitions(
    number: Annotated[int, whole(_("Into how many partitions events are cut."))],
    *,
    common: Common = COMMON,
) -> int:
    """Cut the events into another number of partitions; nothing is folded anew.

    Examples:
        jejak partitions 8

    """
    if not 1 <= number <= _MOST:
        raise exits.UsageError(_("there are 1 to {most} partitions, not {value}").format(most=_MOST, value=number))
    with opened(common) as jejak:
        settings = jejak.settings
        if settings.mode == "embedded":
            raise exits.UsageError(_("the embedded mode has no partitions: set JEJAK_MODE=distributed"))
        if settings.kafka is None and number != 1:
            raise exits.UsageError(
                _("without Kafka there is one partition: name its brokers in JEJAK_KAFKA, or ask for 1")
            )
        changed = jejak.change_partitions(number)
    sentence = (
        _("the number of partitions is {number} now")
        if changed
        else _("the number of partitions was {number} already")
    )
    say(sentence.format(number=number))
    if settings.kafka is not None and settings.kafka_partitions != number:
        say(
            _("kafka_partitions says {old}: set it to {number} everywhere before you start anything again").format(
                old=settings.kafka_partitions, number=number
            )
        )
    return exits.DONE
