"""The files that settings come from, and what is wrong with one that cannot be read."""

import codecs
import json
import re
import tomllib
from pathlib import Path
from typing import Any, Final

from pydantic_settings import JsonConfigSettingsSource, TomlConfigSettingsSource

from infra.language import translate as _

_PLACE: Final = re.compile(r"\(at line (\d+), column (\d+)\)\Z").search
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class SettingsFileError(ValueError):
    """A file of settings cannot be read: the sentence says which, where and why."""


class TomlFile(TomlConfigSettingsSource):
    """`jejak.toml`, also with the byte order mark that Notepad puts before it."""

    def _read_file(self, file_path: Path) -> dict[str, Any]:  # type: ignore[override]  # it is given no other
        text = _text(file_path)
        try:
            return tomllib.loads(text)
        except RecursionError as error:
            raise SettingsFileError(_("{path} is nested too deeply").format(path=file_path)) from error
        except ValueError as error:
            place = _PLACE(str(error))
            if place is None:  # at the end, or of a number or a name, which the parser does not place
                raise SettingsFileError(
                    _(
                        "{path} is not TOML: each line is a name, = and a value, and a text stands in quotes"
                    ).format(path=file_path)
                ) from error
            raise SettingsFileError(
                _(
                    "{path} is not TOML at line {line}, column {column}: each line is a name, = and a value, and a"
                    " text stands in quotes"
                ).format(path=file_path, line=place[1], column=place[2])
            ) from error


class StackFile(JsonConfigSettingsSource):
    """The file in which the stack names its servers; Jejak itself writes it."""

    def _read_file(self, file_path: Path) -> dict[str, Any]:  # type: ignore[override]  # likewise
        try:
            found = json.loads(_text(file_path))
        except (ValueError, RecursionError) as error:
            raise _not_ours(file_path) from error
        if not isinstance(found, dict):
            raise _not_ours(file_path)
        return found


def _not_ours(path: Path) -> SettingsFileError:
    return SettingsFileError(
        _("{path} is not as jejak up wrote it: remove it, then run jejak up again").format(path=path)
    )


def _text(path: Path) -> str:
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if content.startswith(_UTF_16):
            raise SettingsFileError(
                _("{path} is written in UTF-16: save it as UTF-8").format(path=path)
            ) from error
        raise SettingsFileError(_("{path} is not UTF-8: save it as UTF-8").format(path=path)) from error
