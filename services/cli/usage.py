"""Says what is wrong with a command line, in the language spoken: which word, and what would be right."""

from collections.abc import Sequence
from functools import singledispatch
from typing import Final, Literal, get_args, get_origin

from cyclopts import ArgumentOrderError, CoercionError, CycloptsError, MissingArgumentError, RepeatArgumentError
from cyclopts.exceptions import MixedArgumentError, UnknownCommandError, UnknownOptionError, UnusedCliTokensError

from events.refusal import nearest
from infra.language import translate as _

_LONGEST: Final = 60


def sentence_of(error: CycloptsError, commands: Sequence[str]) -> str:
    """Return what is wrong; `commands` are those that could stand where an unknown one does."""
    command = " ".join(["jejak", *(error.command_chain or ()), "--help"])
    reason = _reason(error, commands)
    return f"{reason}{'' if reason.endswith('?') else '.'} " + _("{command} shows what there is").format(
        command=command
    )


@singledispatch
def _reason(error: CycloptsError, _commands: Sequence[str]) -> str:
    return _("{flag} does not fit").format(flag=_name(error))


@_reason.register
def _unknown_command(error: UnknownCommandError, commands: Sequence[str]) -> str:
    word = (error.unused_tokens or [""])[0]
    if word.startswith("-"):
        return _("there is no flag {flag}").format(flag=_short(word))
    return _("there is no command {command}").format(command=_short(word)) + _instead(word, commands)


@_reason.register
def _unknown_flag(error: UnknownOptionError, _commands: Sequence[str]) -> str:
    word = (error.token.keyword or error.token.value).partition("=")[0]
    names = [name for each in error.argument_collection for name in each.names if name.startswith("--")]
    return _("there is no flag {flag}").format(flag=_short(word)) + _instead(word, names)


@_reason.register
def _wrong_value(error: CoercionError, _commands: Sequence[str]) -> str:
    if error.token is None:
        return _("{flag} does not fit").format(flag=_name(error))
    return f"{_name(error)}: {_why_not(error.token.value, error.target_type)}"


@_reason.register
def _missing(error: MissingArgumentError, _commands: Sequence[str]) -> str:
    if error.keyword is not None or error.tokens_so_far:
        return _("{flag} is given without a value").format(flag=_name(error))
    return _("{field_name} is missing").format(field_name=_name(error))


@_reason.register(RepeatArgumentError)
@_reason.register(MixedArgumentError)
def _twice(error: CycloptsError, _commands: Sequence[str]) -> str:
    if _name(error) == "--kind" and _is_record(error):
        return _kind_of_data()
    return _("{flag} is given twice: leave one").format(flag=_name(error))


@_reason.register
def _said_twice(error: ArgumentOrderError, _commands: Sequence[str]) -> str:
    given = [
        token.keyword
        for each in error.prior_positional_or_keyword_supplied_as_keyword_arguments
        for token in each.tokens
    ]
    if "--kind" in given and _is_record(error):
        return _kind_of_data()
    return _("{word} has no place beside {flags}: leave it out, or name its flag").format(
        word=_short(error.token), flags=", ".join(filter(None, given))
    )


@_reason.register
def _too_many(error: UnusedCliTokensError, _commands: Sequence[str]) -> str:
    return _("{words} has no place there: leave it out, or name its flag").format(
        words=_short(" ".join(error.unused_tokens or ()))
    )


def _is_record(error: CycloptsError) -> bool:
    return list(error.command_chain or ()) == ["record"]


def _kind_of_data() -> str:
    return _("--kind is the kind of the event, such as item.shared; the field kind of its data is --data-kind")


def _name(error: CycloptsError) -> str:
    """Return what a person calls the argument at fault: its flag, or what help calls it where it has none."""
    token = getattr(error, "token", None)
    keyword: str | None = getattr(error, "keyword", None) or getattr(token, "keyword", None)
    if keyword is not None:
        return _short(keyword)
    name: str = "[" if error.argument is None else error.argument.name
    return _("the command line") if "[" in name else name


def _instead(word: str, choices: Sequence[str]) -> str:
    near = nearest(word, choices)
    if near:
        return "; " + _("did you mean {nearest}?").format(nearest=near[0])
    return "; " + _("there are: {names}").format(names=", ".join(choices)) if choices else ""


def _why_not(value: str, shape: object) -> str:
    """Return why a word is no value of a type: those that flags have."""
    shown = f'"{_short(value)}"'
    choices = _choices(shape)
    if choices:
        near = nearest(value, choices)
        if near:
            return _("{value} is not one of: {allowed}; did you mean {nearest}?").format(
                value=shown, allowed=", ".join(choices), nearest=near[0]
            )
        return _("{value} is not one of: {allowed}").format(value=shown, allowed=", ".join(choices))
    name = getattr(shape, "__name__", str(shape))
    if name == "date":
        return _("{value} is not a day of the calendar: write it as 2020-12-31").format(value=shown)
    expected = {"int": _("a whole number"), "bool": _("true or false")}.get(name)
    if expected is None:
        return _("{flag} does not fit").format(flag=shown)
    return _("{value} is not {expected}").format(value=shown, expected=expected)


def _choices(shape: object) -> list[str]:
    if get_origin(shape) is Literal:
        return [str(each) for each in get_args(shape)]
    return next((found for each in get_args(shape) if (found := _choices(each))), [])


def _short(word: str) -> str:
    return word if len(word) <= _LONGEST else f"{word[: _LONGEST - 1]}…"
