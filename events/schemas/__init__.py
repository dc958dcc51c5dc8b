"""The published JSON Schema of every event type: the whole CloudEvent, as a publisher sends it.

The files beside this module are what others read; `python -m events.schemas` writes them anew. A schema says
less than the reader: not that a time needs an offset, a day must exist, a text may have no NUL in it, or which
values other attributes may have. It is of events whose `data` stands there as JSON, not as `data_base64`.
"""

import json
from pathlib import Path
from typing import Any, Final

import msgspec

from events.catalogue import CATALOGUE, Catalogue
from events.envelope import cloud_event_of
from events.fields import PERSONAL_FIELDS

FOLDER: Final = Path(__file__).parent

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_ONLY_IN_PYTHON: Final = r"$(?!\n)"


def schema_of(topic: str, catalogue: Catalogue = CATALOGUE) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the CloudEvents of one type in force.

    Raises:
        KeyError: no type in force bears that topic.

    """
    data = catalogue.types[topic]
    made = msgspec.json.schema(cloud_event_of(topic, data))
    definitions = made["$defs"]
    envelope = definitions.pop(made["$ref"].rpartition("/")[2])
    properties = {name: value for name, value in envelope["properties"].items() if name != "*"}
    properties["type"] = {"const": topic}
    properties.update(dict.fromkeys(PERSONAL_FIELDS, False))  # never beside `data`
    del envelope["additionalProperties"]
    schema = {
        **envelope,
        "$schema": _DIALECT,
        "$id": f"urn:jejak:schema:{topic}",
        "title": topic,
        "properties": properties,
        "propertyNames": {"pattern": "^[a-z0-9]+$"},  # CloudEvents 1.0.2, "Attribute Naming Convention"
        "$defs": definitions,
    }
    _make_portable(schema)
    return schema


def text_of(topic: str, catalogue: Catalogue = CATALOGUE) -> str:
    """Return the schema of one type as its file holds it."""
    return json.dumps(schema_of(topic, catalogue), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def write(folder: Path = FOLDER, catalogue: Catalogue = CATALOGUE) -> None:
    """Write the schema of every type in force; those of older versions stay as they are."""
    for topic in catalogue.types:
        (folder / f"{topic}.json").write_text(text_of(topic, catalogue), encoding="utf-8", newline="\n")


def _make_portable(schema: Any) -> None:  # noqa: ANN401 - any JSON
    """Leave out of every pattern what only Python needs and what not every regex engine has (core, 6.4)."""
    if isinstance(schema, dict):
        pattern = schema.get("pattern")
        if isinstance(pattern, str):
            schema["pattern"] = pattern.replace(_ONLY_IN_PYTHON, "$")
        for value in schema.values():
            _make_portable(value)
    elif isinstance(schema, list):
        for value in schema:
            _make_portable(value)
