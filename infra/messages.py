"""Keeps the Indonesian catalogue in step with the code: `python -m infra.messages`, or `make messages`.

The English sentences of the code are the keys. New ones enter `jejak.po` without a translation (or, marked
fuzzy, with that of a sentence much like them), old ones leave it, and `jejak.mo` is compiled anew. A test fails
until every sentence has a translation that somebody looked at. This module is for whoever works on Jejak: it
needs Babel, which an installation does not have.
"""

import ast
import io
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from infra.language import LOCALE_FOLDER

ROOT: Final = Path(__file__).parent.parent
ROOMS: Final = ("events", "infra", "projections", "services")
MARKERS: Final = frozenset({"_", "Message", "RefusedError", "PersonalDataError"})
"""What is called with a sentence that a person reads: its first argument is the key."""

PO: Final = LOCALE_FOLDER / "id" / "LC_MESSAGES" / "jejak.po"
MO: Final = PO.with_suffix(".mo")

_COMMENT: Final = "# The Indonesian sentences of Jejak. `make messages` keeps them in step with the code."
_HEADER: Final = [
    ("Language", "id"),
    ("MIME-Version", "1.0"),
    ("Content-Type", "text/plain; charset=utf-8"),
    ("Content-Transfer-Encoding", "8bit\n"),
]


class Marked(NamedTuple):
    """A sentence of the code, or None where a marker is called with something else than a literal."""

    file: str
    sentence: str | None
    source: str


class IndonesianCatalog(Catalog):
    """A catalogue whose header says nothing of when, where and with what it was made."""

    mime_headers = property(lambda _: _HEADER)

    def __init__(self, messages: Catalog | None = None) -> None:
        super().__init__(locale="id", header_comment=_COMMENT, fuzzy=False)
        for message in messages or ():
            if message.id:
                self.add(message.id, message.string, flags=message.flags)


def marked(root: Path = ROOT) -> Iterator[Marked]:
    """Yield what every marker in the code is called with.

    By the syntax tree, since Babel's own extraction finds nothing inside an f-string before Python 3.12.
    """
    for room in ROOMS:
        for path in sorted((root / room).rglob("*.py")):
            file = path.relative_to(root).as_posix()
            calls = [node for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.Call)]
            for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
                if call.args and isinstance(call.func, ast.Name) and call.func.id in MARKERS:
                    first = call.args[0]
                    literal = first.value if isinstance(first, ast.Constant) else None
                    sentence = literal if isinstance(literal, str) else None
                    yield Marked(file, sentence, ast.unparse(first))


def sentences(root: Path = ROOT) -> list[str]:
    """Return every sentence of the code, once each, in the order of the files."""
    return list(dict.fromkeys(one.sentence for one in marked(root) if one.sentence))


def read(po: Path = PO) -> Catalog:
    """Return the catalogue as it is kept, what is obsolete or fuzzy in it included."""
    if not po.is_file():
        return IndonesianCatalog()
    with po.open("rb") as file:
        return read_po(file, locale="id")


def updated(old: Catalog, keys: Iterable[str]) -> Catalog:
    """Return the catalogue with exactly these sentences, sorted, translated as far as `old` knows them."""
    template = Catalog()
    for key in sorted(keys, key=lambda key: (key.casefold(), key)):
        template.add(key)
    made = IndonesianCatalog(old)
    made.update(template)
    made.obsolete.clear()
    return made


def written(catalogue: Catalog) -> bytes:
    """Return the catalogue as `jejak.po` holds it."""
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=110, no_location=True, include_previous=True)
    return buffer.getvalue()


def compiled(catalogue: Catalog) -> bytes:
    """Return the catalogue as `jejak.mo` holds it; what is fuzzy is left out."""
    buffer = io.BytesIO()
    write_mo(buffer, IndonesianCatalog(catalogue))
    return buffer.getvalue()


def main() -> int:
    """Update and compile the catalogue; return 1 where a sentence still wants a translation."""
    catalogue = updated(read(), sentences())
    PO.parent.mkdir(parents=True, exist_ok=True)
    PO.write_bytes(written(catalogue))
    MO.write_bytes(compiled(catalogue))
    wanting = [message for message in catalogue if message.id and (not message.string or message.fuzzy)]
    for message in wanting:
        sys.stderr.write(f"{PO}: {'look at' if message.fuzzy else 'translate'}: {message.id}\n")
    return 1 if wanting else 0


if __name__ == "__main__":
    sys.exit(main())
