"""`jejak figures`: how far information got."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter
from msgspec import Struct

from infra.language import translate as _
from services.cli import exits
from services.cli.as_of import AS_OF, AsOfFlags, AsOfTold, in_each_row, look_at, told
from services.cli.common import (
    COMMON,
    READ_ONLY,
    Common,
    Format,
    ReadOnly,
    bring_up_to_date,
    opened,
    plain,
    prepare_for_bulk,
    print_data,
    say,
)

if TYPE_CHECKING:
    from rich.console import Console

    from infra.regions import Regions
    from infra.views import Connection
    from projections.looked_at import LookedAt
    from projections.reach.figure import Figure, Selection

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
    wide: Annotated[
        bool, Parameter(negative="", help=_("One row for each part, and a column for each figure."))
    ] = False,
    events: Annotated[
        str | None, Parameter(help=_("List the steps behind the figure of this name, as coverage."))
    ] = None,
    moment: AsOfFlags = AS_OF,
    read_only: ReadOnly = READ_ONLY,
    format: Annotated[Format, Parameter(help=_("How it is printed."))] = "table",  # noqa: A002 - the flag's name
    common: Common = COMMON,
) -> int:
    """Show how far information got: impressions, reach, coverage, funnel, times, cascade, correction.

    Examples:
        jejak figures --item info-2021-0117
        jejak figures --region 18.09 --from 2021-12-01 --to 2022-01-01 --by region
        jejak figures --item info-2021-0117 --events coverage --format jsonl

    """
    from msgspec.structs import replace  # noqa: PLC0415 - loads slowly, and help needs none

    from projections.reach import queries  # noqa: PLC0415 - likewise
    from projections.reach.figure import Selection  # noqa: PLC0415 - likewise

    prepare_for_bulk()
    asked = moment.as_of()
    if wide and events is not None:
        raise exits.UsageError(_("--wide shows figures, and --events the steps behind one: leave one of them out"))
    selection = Selection(item, region, channel, _midnight(from_), _midnight(to), by)
    with opened(common, read_only=read_only) as jejak:
        _check(selection.channel, region, from_, to, jejak.regions)
        if bring_up_to_date(jejak) == 0:  # zeros of a home that was mistyped are no figures
            say(_("nothing is recorded in {home} yet").format(home=jejak.settings.home))
        with jejak.views.reading() as connection:
            looked = look_at(connection, asked, jejak)
            selection = replace(selection, as_of=looked.as_of)
            if item is not None:
                _check_item(connection, item)
            events_of = () if events is None else (events,)
            found = queries.figures(connection, selection, regions=jejak.regions, events_of=events_of)
            if events is not None:
                from services.cli.evidence import print_steps  # noqa: PLC0415 - loads slowly, and help needs none

                beside = in_each_row(looked, jejak.regions.version)
                print_steps(connection, found, events, selection, jejak.regions, format, beside)
                return exits.DONE
        shown = _Shown(found, selection, looked, jejak.regions)
        (shown.print_wide if wide else shown.print_long)(format)
    return exits.DONE


class _Document(Struct, frozen=True):
    """What `figures --format json` prints."""

    position: int
    head: int
    as_of: AsOfTold | None
    regions: str
    figures: Sequence["Figure"]


class _WideDocument(Struct, frozen=True):
    """What `figures --wide --format json` prints."""

    position: int
    head: int
    as_of: AsOfTold | None
    regions: str
    parts: Sequence[Mapping[str, object]]


class _Shown:
    """Prints figures."""

    def __init__(
        self, found: Sequence["Figure"], selection: "Selection", looked: "LookedAt", regions: "Regions"
    ) -> None:
        self._found = found
        self._selection = selection
        self._looked = looked
        self._regions = regions
        self._question = looked.position, looked.head, told(looked), regions.version
        self._beside = in_each_row(looked, regions.version)

    def print_long(self, format_: Format) -> None:
        """Print a row for each figure."""
        from services.cli import figure_rows  # noqa: PLC0415 - loads slowly, and help needs none

        columns = figure_rows.long_columns(self._selection)
        rows: Sequence[object] = self._found
        if format_ == "csv":
            rows = [row | self._beside for row in figure_rows.long_rows(self._found, self._regions)]
        elif format_ == "jsonl" and self._beside:
            rows = [plain(figure) | self._beside for figure in self._found]
        print_data(format_, _Document(*self._question, self._found), rows, [*columns, *self._beside], self._draw)

    def print_wide(self, format_: Format) -> None:
        """Print a row for each part."""
        from services.cli import figure_rows  # noqa: PLC0415 - loads slowly, and help needs none
        from services.cli.figures_table import names  # noqa: PLC0415 - likewise
        from services.cli.figures_wide import print_wide  # noqa: PLC0415 - likewise

        columns = figure_rows.part_columns(self._selection)
        of = figure_rows.names_of(self._selection, names())
        parts = list(figure_rows.wide_rows(self._found, of))
        every = [*columns, *of, "note"]
        rows = [figure_rows.wide_row(part, named, self._regions, of) for part, named in parts]
        rows = [{name: row[name] for name in every} for row in rows]

        def draw(console: "Console") -> None:
            self._print_head(console)
            print_wide(console, [named for _part, named in parts], self._selection, self._regions, of)

        print_data(
            format_,
            _WideDocument(*self._question, rows),
            [row | self._beside for row in rows],
            [*every, *self._beside],
            draw,
        )

    def _draw(self, console: "Console") -> None:
        from services.cli.figures_table import print_figures  # noqa: PLC0415 - loads slowly, and help needs none

        self._print_head(console)
        print_figures(console, self._found, self._selection, self._regions)

    def _print_head(self, console: "Console") -> None:
        from services.cli.heading import print_log, print_selection  # noqa: PLC0415 - likewise

        print_selection(console, self._selection, self._regions)
        print_log(console, self._looked, self._regions.version)


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
    if end == date.min:
        raise exits.UsageError(_("--to {end} leaves no day before it").format(end=end))
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
