"""A promise of docs/log.md that something breaks."""

from msgspec import Struct


class Broken(Struct, frozen=True):
    """The first position at which a promise is broken, and how, in a sentence of the language in use.

    `promise` is its code in docs/log.md; `view` is the view that breaks it, None where it is the log itself.
    """

    position: int
    promise: str
    view: str | None
    sentence: str


class BrokenError(Exception):
    """Carries what is broken out of the checks."""

    def __init__(self, position: int, promise: str, sentence: str) -> None:
        super().__init__(sentence)
        self.broken = Broken(position, promise, None, sentence)
