"""`jejak record`: records one step, by flags or by answering questions."""

import re
import sys
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Any, Final
from uuid import uuid4

import msgspec
from cyclopts import Parameter

from events.catalogue import CATALOGUE, kind_of
from events.fields import JAKARTA
from events.refusal import nearest
from events.vocabulary import AspirationKind
from infra.language import number
from infra.language import translate as _
from services.cli import exits
from services.cli.answers import LineAnswer
from services.cli.common import COMMON, Common, Format, opened, print_data, say
from services.cli.moments import moment_from
from services.publishing.rights import NOT_YET_TAKEN

if TYPE_CHECKING:
    from rich.console import Console

KINDS: Final = {kind_of(topic): topic for topic in CATALOGUE.types if kind_of(topic) not in NOT_YET_TAKEN}


def record(  # noqa: PLR0913 - each is a flag of its own
    kind: Annotated[str | None, Parameter(help=_("What happened, such as item.shared."))] = None,
    subject: Annotated[
        str | None, Parameter(help=_("The id of the item (organisation, aspiration, coaching session)."))
    ] = None,
    *,
    holder: Annotated[str | None, Parameter(help=_("The organisation whose step it is."))] = None,
    time: Annotated[
        str | None, Parameter(help=_("When it happened (default: now), such as 2021-11-23T14:05."))
    ] = None,
    cause: Annotated[str | None, Parameter(help=_("The id of the event that caused it."))] = None,
    cause_source: Annotated[str | None, Parameter(help=_("The source of the cause, where it is another."))] = None,
    id: Annotated[str | None, Parameter(help=_("The event's own id (default: a new one)."))] = None,  # noqa: A002 - the flag's name
    source: Annotated[str | None, Parameter(help=_("Who publishes (default: urn:jejak:org:HOLDER)."))] = None,
    format: Annotated[Format, Parameter(help=_("How the answer is printed."))] = "table",  # noqa: A002 - the flag's name
    common: Common = COMMON,
    **fields: Annotated[
        list[str], Parameter(negative="", help=_("The fields of the event, such as --channel and --headcount."))
    ],
) -> int:
    """Record one step.

    On a terminal, what is missing is asked for.

    Examples:
        jejak record
        jejak record item.received info-1 --holder kim-bagelen --channel whatsapp_group --from diskominfo-pesawaran
        jejak record item.discussed info-1 --holder kim-bagelen --headcount 12 --origins 18.09.01.2007=8

    """
    given = {
        "kind": kind,
        "subject": subject,
        "holder": holder,
        "time": time_from(time) if time else None,
        "causationid": cause,
        "causationsource": cause_source,
    }
    fields = {name.replace("-", "_").removeprefix("data_"): values for name, values in fields.items()}
    missing = _missing(given, fields)
    with opened(common) as jejak:
        if sys.stdin.isatty() and (missing or not fields):
            from services.cli.questions import ask  # noqa: PLC0415 - only a terminal needs it

            given, fields = ask(given, fields, jejak)
        elif missing:
            raise exits.UsageError(_what_is_missing(kind, missing))
        event = event_from(given, fields, id, source)
        [answer] = jejak.publisher.publish([msgspec.json.encode(event)])
    reason = answer.refusal.reason(_) if answer.refusal else None
    field = answer.refusal.field if answer.refusal else None
    shown = LineAnswer("-", 1, answer.outcome, answer.position, answer.findings, reason, field)
    if reason is not None:
        say(f"{field}: {reason}" if field else reason)
    print_data(format, shown, [shown], LineAnswer, lambda console: _print(console, shown, event))
    return exits.DONE if answer.refusal is None else exits.NEEDS_A_PERSON


def _missing(given: Mapping[str, str | None], fields: Mapping[str, list[str]]) -> list[str]:
    """Return the flags that are required and not given.

    Raises:
        UsageError: there is no such kind, or it has no such field.

    """
    flags = {"kind": "KIND", "subject": "SUBJECT", "holder": "--holder"}
    found = [flag for name, flag in flags.items() if not given[name]]
    if given["kind"]:
        topic = topic_of(given["kind"])
        data_from(topic, fields)
        found += [flag_of(name) for name in lacking(topic, fields)]
    return found


def _what_is_missing(kind: str | None, flags: list[str]) -> str:
    sentence = _("these are missing: {flags}").format(flags=", ".join(flags))
    if "--sha256" in flags:
        sentence += "; " + _("with --text its SHA-256 is computed")
    if kind is None:
        sentence += "; " + _("the kinds are: {kinds}").format(kinds=", ".join(KINDS))
    return sentence


def lacking(topic: str, fields: Mapping[str, list[str]]) -> list[str]:
    """Return the fields of a type that are required and not given; a text has its SHA-256 computed."""
    return [
        field.encode_name
        for field in msgspec.structs.fields(CATALOGUE.types[topic])
        if field.required
        and field.encode_name not in fields
        and not (field.encode_name == "sha256" and "text" in fields)
    ]


def flag_of(name: str) -> str:
    """Return the flag of a field; three of them are called as flags of every event are."""
    return f"--{'data-' if name in ('kind', 'source', 'id') else ''}{name.replace('_', '-')}"


def event_from(
    given: Mapping[str, str | None], fields: Mapping[str, list[str]], id_: str | None, source: str | None
) -> dict[str, Any]:
    """Return the event that flags or answers describe; what can be told from them is filled in."""
    topic = topic_of(given["kind"] or "")
    data = data_from(topic, fields)
    if "text" in data and "sha256" not in data:
        data["sha256"] = sha256(data["text"].encode()).hexdigest()
    if CATALOGUE.kinds[topic] == "organisation.registered" and given["holder"] != given["subject"]:
        data.setdefault("parent", given["holder"])
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": id_ or str(uuid4()),
        "source": source or f"urn:jejak:org:{given['holder']}",
        "type": topic,
        "subject": given["subject"],
        "time": time_from(given["time"]),
        "holder": given["holder"],
        "data": data,
    }
    return event | {name: given[name] for name in ("causationid", "causationsource") if given[name]}


def topic_of(kind: str) -> str:
    """Return the topic of a kind; a topic itself is taken too.

    Raises:
        UsageError: there is no such kind.

    """
    if kind in CATALOGUE.types:
        return kind
    if kind in KINDS:
        return KINDS[kind]
    if kind in list(AspirationKind):  # what is in the data, given as the kind of the event
        raise exits.UsageError(
            _("--kind is the kind of the event, such as item.shared; the field kind of its data is --data-kind")
        )
    near = nearest(kind, KINDS)
    sentence = _("there is no kind {kind}").format(kind=kind)
    hint = _("did you mean {nearest}?").format(nearest=near[0]) if near else ", ".join(KINDS)
    raise exits.UsageError(f"{sentence}; {hint}")


def time_from(text: str | None) -> str:
    """Return RFC 3339 of what a person types: no offset means Asia/Jakarta, nothing means now.

    Raises:
        UsageError: it is no time.

    """
    if not text:
        return datetime.now(JAKARTA).isoformat(timespec="seconds")
    return moment_from(text).isoformat()


def data_from(topic: str, fields: Mapping[str, list[str]]) -> dict[str, Any]:
    """Return the event's data from flags: words, numbers, lists by commas, origins as REGION=COUNT.

    Raises:
        UsageError: the type has no such field.

    """
    known = {field.encode_name: field for field in msgspec.structs.fields(CATALOGUE.types[topic])}
    data: dict[str, Any] = {}
    for name, values in fields.items():
        if name not in known:
            near = nearest(name, known)
            hint = (
                _("did you mean {nearest}?").format(nearest=flag_of(near[0]))
                if near
                else ", ".join(map(flag_of, known))
            )
            raise exits.UsageError(
                _("{kind} has no field --{name}").format(kind=kind_of(topic), name=name.replace("_", "-"))
                + f"; {hint}"
            )
        data[name] = value_from(name, known[name].type, values)
    return data


def value_from(name: str, shape: Any, values: list[str]) -> Any:  # noqa: ANN401 - any field
    """Return the JSON value that a person's words mean in a field of this shape."""
    description = str(shape)
    if "tuple" not in description:
        word = values[-1]
        return _number(word) if "int" in description else word
    words = [word.strip() for value in values for word in value.split(",") if word.strip()]
    if name != "origins":
        return words
    origins = []
    for word in words:
        region, _equals, count = word.partition("=")
        origins.append({"region": region.strip(), "headcount": _number(count.strip())})
    return origins


def _number(word: str) -> int | str:
    """Return a whole number, or the word as it is: its refusal says that it is none."""
    return int(word) if re.fullmatch("-?[0-9]{1,18}", word) else word


def _print(console: "Console", answer: LineAnswer, event: Mapping[str, Any]) -> None:
    from events.vocabulary import FindingCode  # noqa: PLC0415 - only a person needs it
    from infra.language import language  # noqa: PLC0415 - likewise
    from services.cli.printing import text  # noqa: PLC0415 - likewise

    if answer.position is None:
        return
    sentence = _("recorded at position {position}, as {id} of {source}")
    if answer.outcome == "repeated":
        sentence = _("recorded before, at position {position}, as {id} of {source}: nothing changed")
    console.print(
        sentence.format(position=number(answer.position), id=event["id"], source=event["source"]),
        style="green",
    )
    for code in answer.findings:
        label = FindingCode.of(code).label(language())
        console.print(text((f"  {label} ", "yellow"), (f"({code})", "dim yellow")))
