"""How an event that is not taken is refused: with what is wrong, where, and how to mend it."""

import re
from collections.abc import Callable, Iterable
from typing import Final

_IS_PLAIN: Final = re.compile(r"\w{1,60}").fullmatch


class Message(str):
    """English words for a person, marked for translation where they stand outside of a sentence's own call.

    As a parameter of a `RefusedError` they are translated with its sentence; several of them, in a tuple, are
    choices.
    """

    __slots__ = ()


class RefusedError(Exception):
    """An event cannot be true or must not be kept, and is not recorded.

    `template` is the English sentence with `{placeholders}`; it is also the key of the sentence in other
    languages. `field` is the path of the field at fault (`data.origins[0].region`), where there is one.
    """

    def __init__(self, template: str, /, *, field: str | None = None, **parameters: object) -> None:
        super().__init__(template)
        self.template = template
        self.field = field
        self.parameters = parameters

    def reason(self, translate: Callable[[str], str] = str) -> str:
        """Return the sentence, in the language that `translate` turns English templates into."""
        parameters = {name: _in_language(value, translate) for name, value in self.parameters.items()}
        # Where there is nothing to fill in, format_map gives a Message back as it is, which is no plain text.
        return str(translate(self.template).format_map(parameters))

    def __str__(self) -> str:
        return self.reason()


_NO_REGION_CODE: Final = Message("{value} is not a region code, such as 18, 18.09, 18.09.01 or 18.09.01.2007")


class RegionCodeError(RefusedError):
    """A region is not written as a code; whoever has the table of regions adds which ones are near `written`."""

    def __init__(
        self, written: object, *, field: str | None, template: str = _NO_REGION_CODE, **parameters: object
    ) -> None:
        super().__init__(template, field=field, value=excerpt(written), **parameters)
        self.written = str(written)


class UnknownNameError(RefusedError):
    """No organisation or item (`family`) is called `name`; whoever knows their names adds which one is near."""

    def __init__(self, template: str, *, field: str, family: str, name: str) -> None:
        super().__init__(template, field=field, value=name)
        self.family = family
        self.name = name


class PersonalDataError(RefusedError):
    """A field holds, or may hold, personal data in plain text; its value is never shown again."""


def _in_language(value: object, translate: Callable[[str], str]) -> object:
    if isinstance(value, Message):
        return translate(value)
    if isinstance(value, RefusedError):
        return value.reason(translate)
    if isinstance(value, tuple):
        return " / ".join(str(_in_language(each, translate)) for each in value)
    return value


def nearest(word: str, choices: Iterable[str], limit: int = 1) -> list[str]:
    """Return the choices that `word` may have been meant to be, best first; none when nothing is near."""
    from rapidfuzz import process  # noqa: PLC0415 - only a mistake needs it, and it takes time to load
    from rapidfuzz.distance import JaroWinkler  # noqa: PLC0415

    found = process.extract(
        word, list(choices), scorer=JaroWinkler.normalized_similarity, limit=limit, score_cutoff=0.8
    )
    return [choice for choice, _, _ in found]


def excerpt(value: object, length: int = 60) -> str:
    """Return `value` as JSON text for an error, shortened so that a huge one stays readable."""
    import json  # noqa: PLC0415 - only a mistake needs it

    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= length else f"{text[: length - 1]}…"


def joined(path: str | None, name: str) -> str:
    """Return the path of the field `name` of what lies at `path`, such as `data.origins[0].region`."""
    if not _IS_PLAIN(name):
        return f"{path or ''}[{excerpt(name)}]"
    return f"{path}.{name}" if path else name
