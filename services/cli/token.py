"""`jejak token`: who may publish from afar."""

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from msgspec import Struct

from events.refusal import nearest
from infra.language import translate as _
from services.cli import exits
from services.cli.common import COMMON, Common, Format, opened, print_data, say

if TYPE_CHECKING:
    from rich.console import Console

    from infra.tokens import Tokens
    from services.composition import Jejak


class ListedToken(Struct, frozen=True):
    """One line of `token list`. `organisation` is null for the operator."""

    id: str
    organisation: str | None
    added_at: datetime
    revoked_at: datetime | None


class TokenList(Struct, frozen=True):
    """What `token list --format json` prints."""

    tokens: list[ListedToken]


def add_(
    organisation: Annotated[
        str | None, Parameter(help=_("Whom it speaks for; without one, it speaks for the operator."))
    ] = None,
    /,
    *,
    common: Common = COMMON,
) -> int:
    """Make a token and print it: it is shown this once only.

    Examples:
        jejak token add kim-bagelen

    """
    with opened(common) as jejak:
        tokens = _tokens(jejak)
        if organisation is not None and jejak.application.organisation(organisation).level is None:
            sentence = _("there is no organisation {value}").format(value=organisation)
            if near := nearest(organisation, jejak.names.like("organisation", organisation), limit=3):
                sentence += "; " + _("did you mean {nearest}?").format(nearest=", ".join(near))
            raise exits.UsageError(sentence)
        kept, token = tokens.add(organisation)
    sys.stdout.write(token + "\n")
    sys.stdout.flush()
    speaks = _("the operator") if organisation is None else organisation
    say(
        _("{id} speaks for {organisation}. It is not shown again; jejak token revoke {id} ends it").format(
            id=kept.id, organisation=speaks
        )
    )
    return exits.DONE


def list_(
    *,
    format: Annotated[Format, Parameter(help=_("How it is printed."))] = "table",  # noqa: A002 - the flag's name
    common: Common = COMMON,
) -> int:
    """Show every token, without itself.

    Examples:
        jejak token list --format json

    """
    with opened(common) as jejak:
        found = [
            ListedToken(one.id, one.organisation, one.added_at.astimezone(UTC), _utc(one.revoked_at))
            for one in _tokens(jejak).all()
        ]
    print_data(format, TokenList(found), found, ListedToken, lambda console: _table(console, found))
    return exits.DONE


def revoke_(
    id: Annotated[str, Parameter(help=_("The token, as token list names it."))],  # noqa: A002 - what it is called
    /,
    *,
    common: Common = COMMON,
) -> int:
    """Let a token be known no more, from now on.

    Examples:
        jejak token revoke 3f9a1c05d2e7

    """
    with opened(common) as jejak:
        if not _tokens(jejak).revoke(id):
            raise exits.UsageError(_("there is no token {id}: jejak token list shows them").format(id=id))
    say(_("{id} is revoked").format(id=id))
    return exits.DONE


def _tokens(jejak: "Jejak") -> "Tokens":
    if jejak.settings.mode == "embedded":
        raise exits.UsageError(
            _("jejak {command} belongs to the distributed mode: set JEJAK_MODE=distributed").format(
                command="token"
            )
        )
    return jejak.tokens


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)


def _table(console: "Console", found: list[ListedToken]) -> None:
    from rich.table import Table  # noqa: PLC0415 - only a person needs it

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in (_("token"), _("speaks for"), _("made"), _("revoked")):
        table.add_column(title)
    for one in found:
        revoked = "" if one.revoked_at is None else f"{one.revoked_at:%Y-%m-%d %H:%M}"
        who = _("the operator") if one.organisation is None else one.organisation
        table.add_row(one.id, who, f"{one.added_at:%Y-%m-%d %H:%M}", revoked)
    console.print(table)
