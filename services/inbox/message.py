"""A message of the inbox, as Kafka delivers it."""

from typing import Any, NamedTuple


class InboxMessage(NamedTuple):
    """A CloudEvent, where it lies in the inbox, and the token that came with it."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes
    token: str | None


def received(message: Any) -> InboxMessage:  # noqa: ANN401 - Faust has no types here
    """Return a message as Faust has it."""
    token = token_of(message.headers)
    return InboxMessage(message.partition, message.offset, message.key, message.value or b"", token)


def token_of(headers: "list[tuple[str, bytes]] | dict[str, bytes] | None") -> str | None:
    """Return the token of the header `authorization: Bearer TOKEN` (RFC 6750, section 2.1), None without one."""
    value = dict(headers or {}).get("authorization", b"")
    scheme, _, token = value.decode("latin-1").strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None
