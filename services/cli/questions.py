"""The questions of `jejak record`, for somebody at a terminal."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import EnumType
from typing import TYPE_CHECKING, Any, Final, cast, get_args

import msgspec
from rich.table import Table

from events.catalogue import CATALOGUE
from events.envelope import CloudEvent, Reader
from events.fields import JAKARTA, Data
from events.fields import Text as Words
from events.refusal import RefusedError
from events.vocabulary import Code, Kind
from infra.language import language
from infra.language import translate as _
from services.cli import exits
from services.cli.common import console
from services.cli.labels import example_of, label_of
from services.cli.printing import text
from services.cli.record import KINDS, event_from, lacking, time_from, topic_of
from services.publishing.memory import Memory
from services.publishing.rights import decide
from services.world import OPERATOR, Request, World

if TYPE_CHECKING:
    from services.composition import Jejak

# Pseudonyms are nothing to type, objects have no place in one answer, and the rest is filled in.
_NOT_ASKED: Final = frozenset(
    {"evidence", "participants", "person", "sha256", "organisation.registered.parent", "step.voided.replacement"}
)
_YES: Final = frozenset({"y", "yes", "ya"})
_NO: Final = frozenset({"n", "no", "t", "tidak"})

Given = dict[str, str | None]
Fields = dict[str, list[str]]


def ask(given: Given, fields: Fields, jejak: "Jejak") -> tuple[Given, Fields]:
    """Ask for what is missing, and return everything; nothing is recorded before the last yes.

    Raises:
        UsageError: the answer to the last question is no.

    """
    questions = _Questions(given, fields, jejak)
    questions.ask_everything()
    questions.show()
    if not questions.confirm(_("Record this?")):
        raise exits.UsageError(_("nothing was recorded"))
    return questions.given, questions.fields


class _Questions:
    """What is known of the step so far; every answer is looked at when it is given."""

    def __init__(self, given: Given, fields: Fields, jejak: "Jejak") -> None:
        self.given = dict(given)
        self.fields = dict(fields)
        self._jejak = jejak
        self._out = console(stderr=True)

    @property
    def _kind(self) -> str | None:
        kind = self.given["kind"]
        return None if kind is None else CATALOGUE.kinds[topic_of(kind)]

    @property
    def _shapes(self) -> dict[str, Any]:
        """The fields of the kind, by name."""
        topic = topic_of(self.given["kind"] or "")
        return {field.encode_name: field for field in msgspec.structs.fields(CATALOGUE.types[topic])}

    def ask_everything(self) -> None:
        """Ask for what is required and missing, then for what else somebody wants to say."""
        if self._kind is None:
            self._take("kind")
        self._mend()
        # An organisation may be registered as its own holder; elsewhere the holder tells what it may do.
        order = ("subject", "holder") if self._kind == "organisation.registered" else ("holder", "subject")
        for name in (*order, "time"):
            if not self.given[name]:
                self._ask(name)
        for name in lacking(topic_of(self.given["kind"] or ""), self.fields):
            if name == "sha256" and "link" not in self.fields:
                self._ask("data.text")
                if "text" in self.fields:
                    continue
                self._ask("data.link")
            self._ask(f"data.{name}")
        self._ask_for_more()
        while (refusal := self._refusal()) is not None:
            self._tell(refusal.reason(_))
            name = _at_fault(refusal)
            if name in self.given or _field(name) in self._shapes:
                self._ask(name)
            elif not self._ask_for_more():
                raise exits.UsageError(_("nothing was recorded"))

    def _ask_for_more(self) -> bool:
        """Ask for what may be left out; return whether there was something, and somebody wanted to."""
        more = [
            f"data.{name}"
            for name in self._shapes
            if name not in self.fields and _NOT_ASKED.isdisjoint((name, f"{self._kind}.{name}"))
        ]
        if not self.given["causationid"]:
            more.append("causationid")
        names = ", ".join(label_of(name, self._kind) for name in more)
        if not more or not self.confirm(_("More may be told: {names}. Add some of it?").format(names=names)):
            return False
        for name in more:
            self._ask(name)
        if self.given["causationid"] and not self.given["causationsource"]:
            self._ask("causationsource")
        return True

    def _ask(self, name: str) -> None:
        """Ask for one answer, and again for whatever is refused because of it."""
        self._take(name)
        self._mend()

    def _mend(self) -> None:
        """Ask again for what is given and refused."""
        while (refusal := self._refusal()) is not None and self._is_given(_at_fault(refusal)):
            self._tell(refusal.reason(_))
            self._take(_at_fault(refusal))

    def _take(self, name: str) -> None:
        while True:
            try:
                self._keep(name, self._answer(name))
            except exits.UsageError as error:
                self._tell(str(error))
            else:
                return

    def _keep(self, name: str, answer: str) -> None:
        field = _field(name)
        if field:
            self.fields.pop(field, None)
            if answer:
                self.fields[field] = [answer]
        elif name == "kind":
            topic_of(answer)
            self.given[name] = answer
        else:
            self.given[name] = time_from(answer) if name == "time" else answer or None

    def _is_given(self, name: str) -> bool:
        return bool(self.given.get(name)) or _field(name) in self.fields

    def _answer(self, name: str) -> str:
        """Return what somebody types; a number stands for the code beside it."""
        codes = self._codes(name)
        label = label_of(name, self._kind)
        if codes:
            self._out.print(label)
            for number, (code, meaning) in enumerate(codes.items(), 1):
                self._out.print(f"  {number:>2}  {meaning} ({code})")
            label = _("Number or code")
        example = example_of(name, self._kind)
        if example is not None:
            label = _("{label}, such as {example}").format(label=label, example=example)
        empty = self._when_empty(name)
        if empty is not None:
            label += f" ({empty})"
        while True:
            answer = self._read(label)
            if answer or empty is not None:
                break
        if answer in map(str, range(1, len(codes) + 1)):
            return list(codes)[int(answer) - 1]
        return answer

    def _codes(self, name: str) -> Mapping[str, str]:
        """Return the codes that may be chosen from, each with its label; none where there is no list."""
        if name == "kind":
            return {kind: Kind.of(kind).label(language()) for kind in sorted(KINDS, key=_items_first)}
        codes = _codes_in(self._shapes[_field(name)].type) if _field(name) else ()
        return {str(code): code.label(language()) for code in codes}

    def _when_empty(self, name: str) -> str | None:
        """Return what an empty answer means; None where there must be one."""
        if name == "time":
            return _("Enter: now")
        if name.startswith("causation") or (_field(name) and not self._shapes[_field(name)].required):
            return _("Enter: leave out")
        return None

    def confirm(self, question: str) -> bool:
        """Return whether the answer is yes."""
        while True:
            answer = self._read(f"{question} ({_('yes/no')})").casefold()
            if answer in _YES | _NO:
                return answer in _YES
            self._tell(_("answer yes or no"))

    def _read(self, question: str) -> str:
        while True:
            self._out.print(f"{question}: ", end="")
            try:
                answer = input().strip()
                answer.encode()  # bytes that are no characters may have come through
            except EOFError:  # Ctrl-D ends the questions as Ctrl-C does
                raise KeyboardInterrupt from None
            except UnicodeError:
                self._tell(_("that is no text in the encoding of this terminal: type it again"))
            else:
                return answer

    def _tell(self, reason: str) -> None:
        self._out.print(f"! {reason}", style="yellow")

    def show(self) -> None:
        """Show what would be recorded."""
        table = Table.grid(padding=(0, 2))
        fields = (f"data.{field}" for field in self.fields)
        for name in ("kind", "holder", "subject", "time", *fields, "causationid"):
            words = ", ".join(self.fields[_field(name)]) if _field(name) else self.given[name]
            if words:
                table.add_row(text((label_of(name, self._kind), "dim")), self._shown(name, words))
        self._out.print()
        self._out.print(table)

    def _shown(self, name: str, words: str) -> str:
        if name == "time":
            return datetime.fromisoformat(words).astimezone(JAKARTA).strftime("%Y-%m-%d %H:%M WIB")
        meaning = self._codes(name).get(words)
        return words if meaning is None else f"{meaning} ({words})"

    def _refusal(self) -> RefusedError | None:
        """Return why the step, as far as it is known, would be refused: what is missing comes last."""
        subject = self.given["subject"] or "-"
        so_far = {"subject": subject, "holder": self.given["holder"] or subject, "time": self.given["time"]}
        event = event_from({**self.given, **so_far}, self.fields, None, None)
        missing = None
        try:
            Reader().read(msgspec.json.encode(event))
        except RefusedError as refusal:
            if self._is_given(_at_fault(refusal)):
                return refusal
            missing = refusal
        try:
            self._decide(event)
        except RefusedError as refusal:
            return refusal
        return missing

    def _decide(self, event: Mapping[str, Any]) -> None:
        now = datetime.now(UTC)
        time = datetime.fromisoformat(event["time"])
        if time > now + self._jejak.settings.clock_skew:
            raise RefusedError(
                "{value} lies in the future: it is {now} now",
                field="time",
                value=time.isoformat(),
                now=now.astimezone(time.tzinfo).isoformat(timespec="seconds"),
            )
        so_far = CloudEvent(
            specversion="1.0",
            id=event["id"],
            source=event["source"],
            subject=event["subject"],
            time=time,
            holder=event["holder"],
            data=_so_far(event["type"], event["data"]),
        )
        with self._world() as world:
            kind = CATALOGUE.kinds[event["type"]]
            decide(Request(so_far, kind, world.organisation(so_far.holder), OPERATOR, world))

    @contextmanager
    def _world(self) -> Iterator[World]:
        """Give the log as it stands."""
        with self._jejak.log.reading() as reading:
            memory = Memory(self._jejak.regions, CATALOGUE)
            memory.begin(reading, reading.head(), datetime.now(UTC))
            yield memory


def _so_far(topic: str, given: Mapping[str, Any]) -> Data:
    """Return the data as far as it is given; what is missing is of no account to a decision."""
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(CATALOGUE.types[topic]):
        if field.encode_name in given:
            values[field.name] = msgspec.convert(given[field.encode_name], field.type)
        elif field.required:
            values[field.name] = () if "tuple" in str(field.type) else "" if field.type == Words else None
    return CATALOGUE.types[topic](**values)


def _codes_in(shape: Any) -> Sequence[Code]:  # noqa: ANN401 - any annotation
    for part in (shape, *get_args(shape)):
        if isinstance(part, EnumType):
            return cast("list[Code]", list(part))
    return ()


def _field(name: str) -> str:
    """Return the field of the data that `data.…` names; nothing for an attribute."""
    return name.removeprefix("data.") if name.startswith("data.") else ""


def _at_fault(refusal: RefusedError) -> str:
    """Return the attribute, or the field `data.…`, that a refusal is about."""
    return ".".join((refusal.field or "").partition("[")[0].split(".")[:2])


def _items_first(kind: str) -> bool:
    return not kind.startswith("item.")
