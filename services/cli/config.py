"""`jejak config`: the settings in force, and where each comes from."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from msgspec import Struct

from infra.language import translate as _
from infra.language import use_language
from services.cli import exits
from services.cli.common import COMMON, Common, Format, print_data

if TYPE_CHECKING:
    from rich.console import Console


class ConfiguredSetting(Struct, frozen=True):
    """One setting; `where` is the flag, the variable or the file that names it, null for a default."""

    name: str
    value: str | int | None
    source: str
    where: str | None


class Config(Struct, frozen=True):
    """What `config --format json` prints."""

    settings: list[ConfiguredSetting]


def config(
    *,
    format: Annotated[Format, Parameter(help=_("How it is printed."))] = "table",  # noqa: A002 - the flag's name
    common: Common = COMMON,
) -> int:
    """Show every setting in force, its value, and where it comes from.

    Examples:
        jejak config
        jejak config --format json

    """
    from infra.settings import load_settings, origins, shown  # noqa: PLC0415 - loads slowly, and help needs none

    flags = {"home": common.home, "lang": common.lang}
    settings = load_settings(**flags)
    use_language(settings.lang)
    values = shown(settings)
    found = [ConfiguredSetting(name, values[name], *origin) for name, origin in origins(**flags).items()]
    print_data(format, Config(found), found, ConfiguredSetting, lambda console: _table(console, found))
    return exits.DONE


def _table(console: "Console", found: Sequence[ConfiguredSetting]) -> None:
    from rich.table import Table  # noqa: PLC0415 - only a person needs it

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in (_("setting"), _("value"), _("comes from")):
        table.add_column(title, overflow="fold")
    for one in found:
        value = "-" if one.value is None else str(one.value)
        table.add_row(one.name, value, _origin(one), style="dim" if one.where is None else "")
    console.print(table)


def _origin(setting: ConfiguredSetting) -> str:
    """Return in words where a value comes from."""
    if setting.where is None:
        return _("default")
    if setting.source == "flag":
        return _("the flag {flag}").format(flag=setting.where)
    if setting.source == "environment":
        return _("the variable {variable}").format(variable=setting.where)
    return setting.where
