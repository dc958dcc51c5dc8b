"""How the drafts of a random log name each other as causes, and how the log is cut into batches."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Protocol, TypeVar

from tests.oracle.entry import Name
from tests.scenario import COMMUNITY, KIM, OTHER_KIM

T = TypeVar("T")

_SENDERS: Final = (KIM, OTHER_KIM, COMMUNITY)


class Caused(Protocol):
    """What of a draft its cause depends on."""

    @property
    def kind(self) -> str:
        """The kind of the event."""

    @property
    def item(self) -> str:
        """What it is on."""

    @property
    def cause(self) -> str:
        """Where its cause is looked for."""


def name_of(index: int) -> Name:
    """Return the name of the event that a draft becomes."""
    return f"urn:jejak:org:{_SENDERS[index % 3]}", f"d{index}"


def cause_of(index: int, drafts: Sequence[Caused], pick: int, issuers: Mapping[str, str]) -> Name | None:
    """Return what a draft names as its cause: an earlier or later event, of any item, or what never comes."""
    draft = drafts[index]
    corrections = [
        at for at, each in enumerate(drafts) if each.kind in ("corrected", "retracted") and each.item == draft.item
    ]
    match draft.cause:
        case "publication":
            return f"urn:jejak:org:{issuers[draft.item]}", f"publish-{draft.item}"
        case "never":
            return "urn:nowhere", "never"
        case "correction" if corrections:
            return name_of(corrections[pick % len(corrections)])
        case "near":
            return name_of((index - 4 + pick % 7) % len(drafts))
        case "far":
            return name_of(pick % len(drafts))
        case _:
            return None


def cut(things: Sequence[T], sizes: Sequence[int]) -> Iterator[Sequence[T]]:
    """Yield the things in batches of these sizes, over and over."""
    first, turn = 0, 0
    while first < len(things):
        yield things[first : first + sizes[turn % len(sizes)]]
        first += sizes[turn % len(sizes)]
        turn += 1
