"""A message of the inbox, as Kafka delivers it, whatever a stranger has put into it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

Header = tuple[str, bytes | None]

_AUTHORIZATION: Final = "authorization"


class InboxMessage(NamedTuple):
    """A CloudEvent, where it lies in the inbox, its token, and all its headers, their names in lower case."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes
    token: str | None
    headers: Sequence[Header] = ()


def received(message: Any) -> InboxMessage:  # noqa: ANN401 - Faust has no types here
    """Return a message as Faust has it."""
    headers = headers_of(message.headers)
    value = message.value or b""
    return InboxMessage(message.partition, message.offset, message.key, value, token_of(headers), headers)


def headers_of(headers: Sequence[Header] | Mapping[str, bytes | None] | None) -> list[Header]:
    """Return headers with their names in lower case: foreign producers write them in any."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers or ()
    return [(name.lower(), value) for name, value in pairs]


def token_of(headers: Sequence[Header]) -> str | None:
    """Return the token of the header `authorization: Bearer TOKEN` (RFC 6750, section 2.1).

    None where there is no such header, where it has no value, and where it comes more than once: nobody can say
    then whose message it is.
    """
    given = [value for name, value in headers if name == _AUTHORIZATION]
    if len(given) != 1 or given[0] is None:
        return None
    scheme, _, token = given[0].decode("latin-1").strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None
