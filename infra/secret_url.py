"""The URL of a database, without what nobody may read in it."""

from typing import Final
from urllib.parse import parse_qsl, urlencode

HIDDEN: Final = "***"
_PUBLIC: Final = frozenset({"host", "port", "dbname", "user", "sslmode", "application_name", "connect_timeout"})
"""The parameters of a libpq URL that are shown; whatever else there is or will be may hold a password."""


def without_secrets(url: str) -> str:
    """Return a libpq URL with everything hidden that may be secret; of what is no URL nothing is left."""
    scheme, _slashes, rest = url.partition("://")
    if scheme not in ("postgresql", "postgres"):
        return HIDDEN
    # Up to the last @: a password that should have been percent-encoded and was not is hidden, too.
    who, at, where = rest.rpartition("@")
    if at and ":" in who:
        rest = f"{who.partition(':')[0]}:{HIDDEN}@{where}"
    place, mark, query = rest.partition("?")
    parameters = parse_qsl(query, keep_blank_values=True)
    public = [(name, value if name in _PUBLIC else HIDDEN) for name, value in parameters]
    return f"{scheme}://{place}{mark}{urlencode(public, safe='*/:')}"
