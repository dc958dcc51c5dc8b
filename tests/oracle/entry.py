"""An event as every oracle sees it: what its publisher sent, where the log holds it, and since when."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

Name = tuple[str, str]
"""Source and id of an event."""
Pair = tuple[str, str]
"""Item and holder."""


@dataclass(frozen=True)
class Entry:
    """An event that the log holds."""

    position: int
    event: dict[str, Any]
    recorded: datetime

    @property
    def name(self) -> Name:
        return self.event["source"], self.event["id"]

    @cached_property
    def kind(self) -> str:
        return str(self.event["type"]).removeprefix("id.jejak.").removesuffix(".v1")

    @property
    def subject(self) -> str:
        return str(self.event["subject"])

    @property
    def holder(self) -> str:
        return str(self.event["holder"])

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = self.event["data"]
        return found

    @property
    def pair(self) -> Pair:
        return self.subject, self.holder

    @cached_property
    def time(self) -> datetime:
        return datetime.fromisoformat(self.event["time"])

    @property
    def when(self) -> tuple[datetime, int]:
        """What "before", "first" and "latest" compare."""
        return self.time, self.position

    @property
    def cause(self) -> Name | None:
        name = self.event.get("causationid")
        return None if name is None else (str(self.event.get("causationsource", self.event["source"])), str(name))
