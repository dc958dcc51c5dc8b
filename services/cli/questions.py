"""The questions of `jejak record`, for somebody at a terminal."""

from collections.abc import Mapping
from enum import EnumType
from typing import TYPE_CHECKING, Any, Final, cast, get_args

import msgspec
from rich.markup import escape
from rich.prompt import Confirm, Prompt

from events.catalogue import CATALOGUE
from events.vocabulary import Code, Kind
from infra.language import language
from infra.language import translate as _
from services.cli import exits
from services.cli.common import console
from services.cli.record import KINDS, topic_of

if TYPE_CHECKING:
    from services.composition import Jejak

_EXAMPLES: Final = {
    "origins": "18.09.01.2007=8, 18.09.01.2008=4",
    "to": "kim-bagelen, kim-kebagusan",
    "region": "18.09.01.2007",
    "venue_region": "18.09.01.2007",
    "time": "2021-11-23T14:05",
}
_NOT_ASKED: Final = frozenset({"sha256", "evidence", "participants", "person", "replacement"})


def ask(
    given: Mapping[str, str | None], fields: Mapping[str, list[str]], jejak: "Jejak"
) -> tuple[dict[str, str | None], dict[str, list[str]]]:
    """Ask for what is not given, and return everything; nothing is recorded before the last yes.

    Raises:
        UsageError: the answer to the last question is no.

    """
    ask_on = console(stderr=True)
    answers = dict(given)
    answers["kind"] = given["kind"] or _choose(
        _("What happened?"), {kind: Kind.of(kind).label(language()) for kind in KINDS}
    )
    answers["subject"] = given["subject"] or _word(_("Id of the item (organisation, aspiration, coaching)"))
    answers["holder"] = given["holder"] or _holder(jejak)
    if not given["time"]:
        answers["time"] = Prompt.ask(
            _("When (empty: now; {example})").format(example=_EXAMPLES["time"]), console=ask_on, default=""
        )
    topic = topic_of(cast("str", answers["kind"]))
    filled = {name: list(values) for name, values in fields.items()}
    for field in msgspec.structs.fields(CATALOGUE.types[topic]):
        name = field.encode_name
        if name in filled or name in _NOT_ASKED:
            continue
        answer = _ask_field(name, field.type, required=field.required)
        if answer:
            filled[name] = [answer]
    if not given["cause"]:
        question = _("Id of the event that caused it (empty: unknown)")
        answers["cause"] = Prompt.ask(question, console=ask_on, default="") or None
    ask_on.print(
        {name: value for name, value in answers.items() if value},
        {name: ", ".join(filled[name]) for name in filled},
    )
    if not Confirm.ask(_("Record this?"), console=ask_on, default=True):
        raise exits.UsageError(_("nothing was recorded"))
    return answers, filled


def _ask_field(name: str, shape: Any, *, required: bool) -> str:  # noqa: ANN401 - any annotation
    codes = _codes_of(shape)
    if codes is not None:
        return _choose(name, {str(code): code.label(language()) for code in codes})
    label = name if required else _("{name} (may be left empty)").format(name=name)
    if name in _EXAMPLES:
        label += escape(f" [{_EXAMPLES[name]}]")
    if required:
        return _word(label)
    return Prompt.ask(label, console=console(stderr=True), default="", show_default=False)


def _codes_of(shape: Any) -> list[Code] | None:  # noqa: ANN401 - any annotation
    if isinstance(shape, EnumType):
        return cast("list[Code]", list(shape))
    for part in get_args(shape):
        if isinstance(part, EnumType):
            return cast("list[Code]", list(part))
    return None


def _holder(jejak: "Jejak") -> str:
    while True:
        holder = _word(_("Holder: the organisation whose step it is"))
        if jejak.application.organisation(holder).level is not None:
            return holder
        question = _("{holder} is not registered. Use it all the same?").format(holder=escape(holder))
        if Confirm.ask(question, console=console(stderr=True), default=False):
            return holder


def _word(question: str) -> str:
    while True:
        answer = Prompt.ask(question, console=console(stderr=True))
        if answer and answer.strip():
            return answer.strip()


def _choose(question: str, choices: Mapping[str, str]) -> str:
    """Let somebody choose by number or by code."""
    out = console(stderr=True)
    out.print(question)
    codes = list(choices)
    for number, code in enumerate(codes, 1):
        out.print(f"  {number:>2}  {choices[code]} [dim]({code})[/dim]")
    numbers = [str(number) for number in range(1, len(codes) + 1)]
    answer = Prompt.ask("", console=out, choices=[*numbers, *codes], show_choices=False)
    return codes[int(answer) - 1] if answer in numbers else answer
