"""A message of Kafka as a CloudEvent in JSON, from whichever content mode it comes in.

Source: CloudEvents Kafka Protocol Binding 1.0.2, sections 3.2 (binary) and 3.3 (structured).
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import Raw

from events.refusal import RefusedError, excerpt
from services.inbox.message import Header

_PREFIX: Final = "ce_"
_CONTENT_TYPE: Final = "content-type"
_CLOUDEVENTS: Final = "application/cloudevents"
_TWICE: Final = "ce_datacontenttype"
"""Where content-type says the same, and decides."""
_IN_THE_VALUE: Final = ("data", "data_base64")


def event_in(headers: Sequence[Header], value: bytes) -> bytes:
    """Return the CloudEvent in JSON that a message is; the names of its headers are in lower case.

    Raises:
        RefusedError: its headers do not fit each other or the value, or the event comes in another format.

    """
    for name, _ in headers:
        if name == _CONTENT_TYPE or name.startswith(_PREFIX):
            return _of_either(headers, value)
    return value


def _of_either(headers: Sequence[Header], value: bytes) -> bytes:
    """Return the event in the mode that headers tell of."""
    media = _media_type(headers)
    if media.startswith(_CLOUDEVENTS):
        _check_format(media)
        return value  # a whole event: the binding has headers that repeat its attributes ignored
    if not any(name.startswith(_PREFIX) for name, _ in headers):
        return value
    return _of_binary(headers, media, value)


def _media_type(headers: Sequence[Header]) -> str:
    """Return the media type that a message says its value is of, without parameters; empty where it says none."""
    given = next((value for name, value in headers if name == _CONTENT_TYPE and value is not None), b"")
    return given.decode("latin-1").partition(";")[0].strip().lower()


def _check_format(media: str) -> None:
    kind = media.removeprefix(_CLOUDEVENTS)
    if kind.startswith("-batch"):
        raise RefusedError(
            "a message holds one event: send each event of a batch as a message of its own", field=_CONTENT_TYPE
        )
    if kind not in ("", "+json"):
        raise RefusedError(
            "an event comes in JSON, not as {value}: send application/cloudevents+json",
            field=_CONTENT_TYPE,
            value=excerpt(media),
        )


def _of_binary(headers: Sequence[Header], media: str, value: bytes) -> bytes:
    """Return the event whose attributes are headers and whose data is the value."""
    event: dict[str, Any] = {}
    for name, given in headers:
        attribute = "datacontenttype" if name == _CONTENT_TYPE else name.removeprefix(_PREFIX)
        if given is None or (attribute == name and name != _CONTENT_TYPE):
            continue  # an attribute without a value is none, and other headers are not of the event
        if media and name == _TWICE:
            continue
        if attribute in _IN_THE_VALUE:
            raise RefusedError(
                "the header {name} is no attribute: the data of the event is the value of the message",
                field=name,
                name=name,
            )
        if attribute in event:
            raise RefusedError("the header {name} comes twice: send it once", field=name, name=excerpt(name))
        try:
            event[attribute] = given.decode()
        except UnicodeDecodeError as error:
            raise RefusedError(
                "the header {name} is not UTF-8: send it as UTF-8", field=name, name=excerpt(name)
            ) from error
    if media and not media.endswith(("/json", "+json")):
        raise RefusedError(
            "the data of an event is JSON, and content-type says {value}: send application/json",
            field=_CONTENT_TYPE,
            value=excerpt(media),
        )
    if value:
        event["data"] = _json(value)
    return msgspec.json.encode(event)


def _json(value: bytes) -> Raw:
    """Return JSON as it stands there."""
    try:
        msgspec.json.decode(value)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise RefusedError(
            "the value of the message is the data of the event, and is not JSON: {detail}",
            field="data",
            detail=str(error),
        ) from error
    return Raw(value)
