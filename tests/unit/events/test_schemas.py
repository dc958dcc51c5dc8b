"""The published schemas are those of the types in force, and say what the reader does."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from events.catalogue import CATALOGUE
from events.envelope import Reader
from events.refusal import RefusedError
from events.schemas import FOLDER, schema_of, text_of
from tests.unit.events import older
from tests.unit.events.samples import DATA, DISCUSSED, SHARED, event, line, with_data, without

PUBLISHED = "id.jejak.item.published.v1"
FORWARDED = "id.jejak.item.forwarded.v1"
RAISED = "id.jejak.aspiration.raised.v1"
CONFIGURATION = "id.jejak.configuration.set.v1"


def test_every_type_in_force_has_its_file_and_every_file_its_type() -> None:
    files = {path.stem for path in FOLDER.glob("*.json")}
    assert CATALOGUE.types.keys() <= files <= CATALOGUE.kinds.keys()


@pytest.mark.parametrize("topic", CATALOGUE.types)
def test_the_file_of_a_type_is_what_the_code_makes(topic: str) -> None:
    found = (FOLDER / f"{topic}.json").read_bytes()
    assert found == text_of(topic).encode(), "write them anew: python -m events.schemas"


def test_the_command_writes_every_file(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "events.schemas", str(tmp_path)], check=True, cwd=FOLDER.parents[1])
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        f"{topic}.json": text_of(topic).encode() for topic in CATALOGUE.types
    }


@pytest.mark.parametrize("topic", CATALOGUE.types)
def test_a_schema_names_itself_and_its_type(topic: str) -> None:
    schema = schema_of(topic)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"urn:jejak:schema:{topic}"
    assert schema["properties"]["type"] == {"const": topic}
    assert "additionalProperties" not in schema, "unknown attributes are kept"
    assert "*" not in schema["properties"], "an attribute that is only ours"


@pytest.mark.parametrize("topic", CATALOGUE.types)
def test_a_file_is_sorted_indented_and_ends_with_a_line_feed(topic: str) -> None:
    text = (FOLDER / f"{topic}.json").read_text(encoding="utf-8")
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("topic", CATALOGUE.types)
def test_patterns_are_of_the_kind_that_every_regex_engine_has(topic: str) -> None:
    assert not re.search(r"\(\?|\\[dwsbB]", text_of(topic)), "JSON Schema core, section 6.4"


def test_only_a_type_in_force_has_a_schema() -> None:
    assert older.TOPIC in older.CATALOGUE.kinds
    with pytest.raises(KeyError):
        schema_of(older.TOPIC, older.CATALOGUE)


# The rest of this file: the schema and the reader agree on the same events.

VALID: list[dict[str, Any]] = [
    *(event(topic) for topic in DATA),
    without("causationid", event()),
    event(causationid=None, causationsource=None, datacontenttype=None),
    event(traceparent="00-1", sampledrate=5, sampled=True),
    with_data(headcount=42.0),
    with_data(headcount=0),
    with_data(headcount=1_000_000_000),
    with_data(headcount=None, region=None),
    with_data(to=[], participants=[]),
    with_data(DISCUSSED, origins=[]),
    event(data=without("headcount", DATA[SHARED])),
    *(with_data(CONFIGURATION, value=value) for value in ("x", 1, 1.5, True, 10**30)),
    event(RAISED, data=without("person", DATA[RAISED])),
]

OF_NO_TYPE: list[Any] = [5, [], {}]

INVALID: list[dict[str, Any]] = [
    *({**event(), name: value} for name in event() if name not in ("type", "data") for value in OF_NO_TYPE),
    *({**event(), name: ""} for name in ("id", "source", "subject", "holder", "causationid", "causationsource")),
    *({**event(), name: None} for name in ("id", "source", "subject", "time", "holder", "data", "type")),
    *(
        without(name, event())
        for name in ("specversion", "id", "source", "type", "subject", "time", "holder", "data")
    ),
    event(specversion="0.3"),
    event(type="id.jejak.item.share.v1"),
    event(subject="a b"),
    event(subject="a\n"),
    event(subject="x" * 65),
    event(data=[]),
    event(datacontenttype="text/plain"),
    event(datacontenttype="application/json\n"),
    event(causationId="0192"),
    event(x_y=1),
    event(**{"*": {}}),
    event(participants=["Siti"]),
    event(person=None),
    *(with_data(headcount=value) for value in (-1, 42.5, 1_000_000_001, 1e22, "42", True)),
    *(with_data(headcount=value) for value in OF_NO_TYPE[1:]),
    *(with_data(channel=value) for value in ("whatsap_group", 5, None, "PRINT")),
    with_data(region="1809"),
    with_data(participants=["Siti"]),
    with_data(participants=None),
    with_data(heads=3),
    event(data=without("channel", DATA[SHARED])),
    with_data(FORWARDED, to=[]),
    with_data(DISCUSSED, origins=[{"region": "18"}]),
    with_data(DISCUSSED, origins=[{"region": "18", "headcount": 1, "x": 1}]),
    with_data(PUBLISHED, sha256="x"),
    with_data(PUBLISHED, title=""),
    with_data(PUBLISHED, valid_from="tomorrow"),
    with_data(RAISED, person={"name": "x"}),
    with_data(RAISED, person="x"),
    *(with_data(CONFIGURATION, value=value) for value in ("", None, *OF_NO_TYPE[1:])),
]


@pytest.mark.parametrize("value", VALID)
def test_what_is_valid_is_read(value: dict[str, Any]) -> None:
    assert is_valid(schema_of(value["type"]), value)
    Reader().read(line(value))


@pytest.mark.parametrize("value", INVALID)
def test_what_is_invalid_is_refused(value: dict[str, Any]) -> None:
    topic = value.get("type")
    assert not is_valid(schema_of(topic if topic in DATA else SHARED), value)
    with pytest.raises(RefusedError):
        Reader().read(line(value))


TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "integer": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def is_a(name: str, value: object) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    if name == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, TYPES[name])


def matches(pattern: str, text: str) -> bool:
    # In the standard's regular expressions (ECMA-262) `$` is the very end, as `\Z` is in Python.
    return re.search(re.sub(r"\$$", r"\\Z", pattern), text) is not None


Check = Callable[[Any, Any, dict[str, Any], dict[str, Any]], bool]

# What a keyword asks of a value: (the keyword's own value, the value, the schema around it, the whole schema).
KEYWORDS: dict[str, Check] = {
    **dict.fromkeys(("$schema", "$id", "$defs", "title", "description", "default", "format"), lambda *_: True),
    "$ref": lambda wanted, value, _, root: is_valid(root["$defs"][wanted.rpartition("/")[2]], value, root),
    "anyOf": lambda wanted, value, _, root: any(is_valid(one, value, root) for one in wanted),
    "type": lambda wanted, value, *_: any(is_a(one, value) for one in as_list(wanted)),
    "const": lambda wanted, value, *_: value == wanted,
    "enum": lambda wanted, value, *_: value in wanted,
    "minLength": lambda wanted, value, *_: not is_a("string", value) or len(value) >= wanted,
    "pattern": lambda wanted, value, *_: not is_a("string", value) or matches(wanted, value),
    "minimum": lambda wanted, value, *_: not is_a("number", value) or value >= wanted,
    "maximum": lambda wanted, value, *_: not is_a("number", value) or value <= wanted,
    "minItems": lambda wanted, value, *_: not is_a("array", value) or len(value) >= wanted,
    "items": lambda wanted, value, _, root: (
        not is_a("array", value) or all(is_valid(wanted, one, root) for one in value)
    ),
    "required": lambda wanted, value, *_: not is_a("object", value) or value.keys() >= set(wanted),
    "properties": lambda wanted, value, _, root: (
        not is_a("object", value)
        or all(is_valid(wanted[name], value[name], root) for name in wanted.keys() & value.keys())
    ),
    "additionalProperties": lambda wanted, value, schema, root: (
        not is_a("object", value)
        or all(is_valid(wanted, value[name], root) for name in value.keys() - schema["properties"].keys())
    ),
    "propertyNames": lambda wanted, value, _, root: (
        not is_a("object", value) or all(is_valid(wanted, name, root) for name in value)
    ),
}


def as_list(value: Any) -> list[Any]:  # noqa: ANN401 - any JSON
    return value if isinstance(value, list) else [value]


def is_valid(schema: Any, value: Any, root: Any = None) -> bool:  # noqa: ANN401 - any JSON
    """Tell whether `value` is valid: as much of JSON Schema 2020-12 as ours use; a KeyError beyond that."""
    if isinstance(schema, bool):
        return schema
    return all(KEYWORDS[name](wanted, value, schema, root or schema) for name, wanted in schema.items())
