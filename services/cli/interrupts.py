"""Ctrl-C while lines are recorded: it is held back until what is at work is answered and put away."""

import signal
from collections.abc import Iterable, Iterator
from types import FrameType
from typing import Self, TypeVar

T = TypeVar("T")


class Interrupts:
    """Holds interrupts back within its `with` block; `between` lets one through."""

    def __init__(self) -> None:
        self._came = False
        self._may_come = False

    def __enter__(self) -> Self:
        self._before = signal.getsignal(signal.SIGINT)
        if self._before is not signal.SIG_IGN:  # in a background job of a script it stays ignored
            signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not KeyboardInterrupt:  # else the program ends, and a second one is not to disturb that
            signal.signal(signal.SIGINT, self._before)

    def between(self, items: Iterable[T]) -> Iterator[T]:
        """Yield the items. While the next one is waited for, and only then, an interrupt comes.

        Raises:
            KeyboardInterrupt: one came, now or since the item before.

        """
        waiting = iter(items)
        while True:
            self._may_come = True
            try:
                if self._came:
                    raise KeyboardInterrupt
                item = next(waiting)
            except StopIteration:
                return
            finally:
                self._may_come = False
            yield item

    def _note(self, _signal: int, _frame: FrameType | None) -> None:
        self._came = True
        if self._may_come:
            self._may_come = False  # once: a second one does not disturb what is put away
            raise KeyboardInterrupt
