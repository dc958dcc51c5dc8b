"""`jejak figures`: how far information got."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter
from msgspec import Struct

from infra.language import translate as _
from services.cli import exits
from services.cli.as_of import AS_OF, AsOfFlags
from services.cli.common import COMMON, Common, Format, bring_up_to_date, opened, prepare_for_bulk, print_data, say

if TYPE_CHECKING:
    from infra.regions import Regions
    from infra.views import Connection
    from projections.reach.figure import Figure

By = Literal["item", "region", "channel", "day", "month", "topic"]


def figures(  # noqa: PLR0913 - each is a flag of its own
    *,
    item: Annotated[str | None, Parameter(help=_("Of this item alone."))] = None,
    region: Annotated[str | None, Parameter(help=_("In this region, at any level."))] = None,
    from_: Annotated[
        date | None,
        Parameter(name="--from", help=_("From this day on (Asia/Jakarta).")),
    ] = None,
    to: Annotated[date | None, Parameter(help=_("Until this day (Asia/Jakarta), which is not counted."))] = None,
    channel: Annotated[str | None, Parameter(help=_("Through this channel alone."))] = None,
    by: Annotated[
        tuple[By, ...],
        Parameter(negative="", help=_("Broken down, also by several: --by region --by month.")),
    ] = (),
    events: Annotated[
        str | None, Parameter(help=_("List the steps behind the figure of this name, as coverage."))
    ] = None,
    moment: AsOfFlags = AS_OF,
    format: Annotated[Format, Parameter(help=_("How it is printed."))] = "table",  # noqa: A002 - the flag's name
    common: Common = COMMON,
) -> int:
    """Show how far information got: impressions, reach, coverage, funnel, times, cascade, correction.

    Examples:
        jejak figures --item info-2021-0117
        jejak figures --region 18.09 --from 2021-12-01 --to 2022-01-01 --by region
        jejak figures --item info-2021-0117 --events coverage --format jsonl

    """
    from projections.reach import queries  # noqa: PLC0415 - loads slowly, and help needs none
    from projections.reach.figure import Figure, Selection  # noqa: PLC0415 - likewise

    prepare_for_bulk()
    selection = Selection(item, region, channel, _midnight(from_), _midnight(to), by, moment.as_of())
    with opened(common) as jejak:
        _check(selection.channel, region, from_, to, jejak.regions)
        position = bring_up_to_date(jejak)
        if position == 0:  # zeros of a home that was mistyped are no figures
            say(_("nothing is recorded in {home} yet").format(home=jejak.settings.home))
        with jejak.views.reading() as connection:
            if item is not None:
                _check_item(connection, item)
            events_of = () if events is None else (events,)
            found = queries.figures(connection, selection, regions=jejak.regions, events_of=events_of)
            if events is not None:
                from services.cli.evidence import print_steps  # noqa: PLC0415 - loads slowly, and help needs none

                print_steps(connection, found, events, selection, jejak.regions, format)
                return exits.DONE
        document = _Document(moment.position(position), jejak.regions.version, found)
        from services.cli.figures_table import print_figures  # noqa: PLC0415 - loads slowly, and help needs none

        print_data(
            format,
            document,
            found,
            Figure,
            lambda console: print_figures(console, found, selection, jejak.regions),
        )
    return exits.DONE


class _Document(Struct, frozen=True):
    """What `figures --format json` prints."""

    position: int
    regions: str
    figures: Sequence["Figure"]


def _midnight(day: date | None) -> datetime | None:
    from events.fields import JAKARTA  # noqa: PLC0415 - only a window needs it

    return None if day is None else datetime.combine(day, time.min, JAKARTA)


def _check(
    channel: str | None, region: str | None, begin: date | None, end: date | None, regions: "Regions"
) -> None:
    """Refuse a selection of nothing."""
    from events.refusal import nearest  # noqa: PLC0415 - likewise
    from events.vocabulary import Channel  # noqa: PLC0415 - likewise
    from infra.regions import UnknownRegionError  # noqa: PLC0415 - likewise

    if channel is not None and channel not in list(Channel):
        near = nearest(channel, list(Channel)) or list(Channel)
        raise exits.UsageError(
            _("there is no channel {channel}; did you mean {nearest}?").format(
                channel=channel, nearest=", ".join(near)
            )
        )
    if begin is not None and end is not None and end <= begin:
        raise exits.UsageError(_("--to {end} is not after --from {begin}").format(end=end, begin=begin))
    if region is not None:
        try:
            regions.get(region)
        except UnknownRegionError as error:
            raise exits.UsageError(f"--region: {error}") from error


def _check_item(connection: "Connection", item: str) -> None:
    """Refuse an item that nothing is known of."""
    from events.refusal import nearest  # noqa: PLC0415 - likewise
    from projections.audit_trail import queries  # noqa: PLC0415 - likewise

    families = queries.families(connection, item)
    if families and "item" not in families:
        raise exits.UsageError(
            _("{subject} is no item; jejak trail {subject} shows what happened to it").format(subject=item)
        )
    if not families:
        near = nearest(item, queries.subjects_like(connection, item), limit=3)
        sentence = _("nothing in the log has the id {subject}").format(subject=item)
        if near:
            sentence += "; " + _("did you mean {nearest}?").format(nearest=", ".join(near))
        raise exits.UsageError(sentence)
