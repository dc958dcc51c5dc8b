"""What can be used is documented, and the documentation speaks of nothing else."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
import pytest

from events import vocabulary
from events.aspiration import Person
from events.catalogue import CATALOGUE
from events.envelope import ATTRIBUTES, Reader
from events.fields import Origin
from events.item import Evidence
from events.step import EventName
from events.vocabulary import Code, FindingCode
from infra.language import use_language
from infra.observability.metrics import Metrics
from infra.settings import Settings
from projections.findings.rules import RULES
from services.cli import exits
from services.cli.app import COMMANDS, GROUPS, build
from services.cli.record import flag_of
from services.publishing.rights import NOT_YET_TAKEN

ROOT: Final = Path(__file__).parent.parent.parent
DECISIONS: Final = sorted((ROOT / "docs" / "decisions").glob("*.md"))
PAGES: Final = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "infra/regions/data/README.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *DECISIONS,
]
KINDS: Final = {CATALOGUE.kinds[topic]: topic for topic in CATALOGUE.types}

FENCE: Final = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK: Final = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING: Final = re.compile(r"^(#+) (.+)$", re.MULTILINE)


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def prose(text: str) -> str:
    """Return a page without its fenced blocks."""
    return FENCE.sub("", text)


def section(text: str, heading: str) -> str:
    """Return what stands under a heading, up to the next one of its level or above; without it, fail."""
    level, _, _ = heading.partition(" ")
    _, found, rest = text.partition(f"\n{heading}\n")
    assert found, f"there is no section {heading!r}"
    end = re.search(rf"^#{{1,{len(level)}}} ", FENCE.sub(lambda block: "x" * len(block[0]), rest), re.MULTILINE)
    return rest[: end.start()] if end else rest


def rows(text: str) -> dict[str, str]:
    """Return the second cell of every row of the tables whose first cell begins with a name in backquotes."""
    found = {}
    for line in text.splitlines():
        match = re.match(r"\| (`[^|]+`) \| ([^|]*) \|", line)
        if match:
            found.update(dict.fromkeys(re.findall(r"`([^`]+)`", match[1]), match[2]))
    return found


def flags_of(command: str) -> set[str]:
    use_language("en")
    app = build()[command]
    apps = [app[each] for each in GROUPS[command]] if command in GROUPS else [app]
    arguments = [argument for each in apps for argument in each.assemble_argument_collection()]
    names = {name for argument in arguments if argument.show for name in argument.names}
    return {name for name in names if name.startswith("--") and "[" not in name}


def anchors(text: str) -> set[str]:
    """Return the anchors of the headings of a page, as forges make them."""
    found: set[str] = set()
    for _, heading in HEADING.findall(prose(text)):
        plain = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        found.add(plain)
    return found


def called(text: str) -> Iterator[list[str]]:
    """Yield the words of every call of jejak in the fenced blocks of a page."""
    for language, block in FENCE.findall(text):
        if language in ("", "sh"):
            for line in block.splitlines():
                match = re.match(r"(?:\$ )?(?:.* \| )?jejak (.*)", line)
                if match:
                    yield shlex.split(match[1].partition("#")[0].partition("|")[0])


# -- commands -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_documented_with_exactly_its_flags(command: str) -> None:
    text = page("docs/commands.md")
    common = set(rows(section(text, "## Flags of every command")))
    own = section(text, f"## {command}")
    assert f"`jejak {command}" in own
    documented = {name for name in rows(own) if name.startswith("--")}
    assert documented == flags_of(command) - common
    assert common <= flags_of(command)


def test_every_exit_status_is_documented() -> None:
    statuses = {value for name, value in vars(exits).items() if name.isupper() and isinstance(value, int)}
    documented = re.findall(r"^\| (\d+) \|", section(page("docs/commands.md"), "## Exit statuses"), re.MULTILINE)
    assert set(map(int, documented)) == statuses


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_in_the_pages_exist_and_have_the_flags_given(path: Path) -> None:
    for words in called(path.read_text(encoding="utf-8")):
        command = words[0]
        assert command in COMMANDS
        known = flags_of(command)
        if command == "record":
            topic = KINDS[words[1]] if len(words) > 1 else None
            fields = msgspec.structs.fields(CATALOGUE.types[topic]) if topic else ()
            known |= {flag_of(field.encode_name) for field in fields}
        assert {word.partition("=")[0] for word in words if word.startswith("--")} <= known, words


# -- settings -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("setting", Settings.model_fields)
def test_a_setting_is_documented(setting: str) -> None:
    text = section(page("docs/settings.md"), f"### `{setting}`")
    assert f"`JEJAK_{setting.upper()}`" in text
    assert "- default: " in text
    assert (f"toml: `{setting} = " in text) == (setting != "home")


def test_no_other_setting_is_documented() -> None:
    assert set(re.findall(r"^### `(\w+)`", page("docs/settings.md"), re.MULTILINE)) == set(Settings.model_fields)


# -- events ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_type_is_documented_with_exactly_its_fields_and_an_example(kind: str) -> None:
    text = section(page("docs/events.md"), f"### `{kind}`")
    fields = {field.encode_name: field for field in msgspec.structs.fields(CATALOGUE.types[KINDS[kind]])}
    documented = rows(text)
    assert set(documented) == set(fields)
    assert {name for name, shape in documented.items() if "optional" not in shape} == {
        name for name, field in fields.items() if field.required
    }
    assert ("**Who may:**" in text) == (kind not in NOT_YET_TAKEN)
    ((_, example),) = FENCE.findall(text)
    assert Reader().read(example.encode()).type == KINDS[kind]


@pytest.mark.parametrize("shape", [Origin, Evidence, EventName, Person], ids=lambda shape: str(shape.__name__))
def test_a_shape_inside_of_a_field_is_documented(shape: type[msgspec.Struct]) -> None:
    fields = msgspec.structs.fields(shape)
    names = ", ".join(f'"{field.encode_name}"' + ("" if field.required else "?") for field in fields)
    assert f"`{{{names}}}`" in page("docs/events.md")


def test_no_other_event_type_is_documented() -> None:
    assert set(re.findall(r"^### `([\w.]+)`", page("docs/events.md"), re.MULTILINE)) == set(KINDS)


def test_every_attribute_of_the_envelope_is_documented() -> None:
    assert set(rows(section(page("docs/events.md"), "## The envelope"))) == set(ATTRIBUTES)


def test_every_code_is_documented_with_its_labels() -> None:
    codes = section(page("docs/events.md"), "## Codes")
    elsewhere = (FindingCode, vocabulary.Severity, vocabulary.Kind)
    for codes_of in Code.__subclasses__():
        for code in () if codes_of in elsewhere else codes_of:
            assert f"| `{code}` | {code.indonesian} | {code.english} |" in codes


# -- findings -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", RULES)
def test_a_finding_is_documented(code: FindingCode) -> None:
    text = page("docs/findings.md")
    severity = RULES[code].severity
    assert f"| [`{code}`](#{code}) | {code.indonesian} | `{severity}` |" in text
    own = section(text, f"### `{code}`")
    for part in ("**When:** ", f"**Severity:** `{severity}`", "**Example:** ", "**Made good by:** "):
        assert part in own


@pytest.mark.parametrize("code", sorted(set(FindingCode) - set(RULES)))
def test_a_finding_that_no_rule_makes_yet_is_named_as_such(code: FindingCode) -> None:
    assert f"| `{code}` | {code.indonesian} |" in section(page("docs/findings.md"), "## Not computed yet")


# -- make -----------------------------------------------------------------------------------------------


def test_every_make_target_is_documented_and_no_other() -> None:
    makefile = page("Makefile")
    phony = next(line for line in makefile.splitlines() if line.startswith(".PHONY:"))
    targets = set(phony.split()[1:])
    assert set(re.findall(r"^([a-z]+):.*##", makefile, re.MULTILINE)) == targets
    commands = section(page("CONTRIBUTING.md"), "## Commands")
    assert set(re.findall(r"^\| `make (\w+)` \|", commands, re.MULTILINE)) == targets


# -- metrics --------------------------------------------------------------------------------------------


def test_every_metric_is_documented_and_no_other() -> None:
    assert set(rows(section(page("docs/metrics.md"), "## Metrics"))) == Metrics().names()


# -- the pages ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for target in LINK.findall(prose(text)):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        linked = (path.parent / name).resolve() if name else path
        assert linked.exists(), target
        assert linked.is_relative_to(ROOT), target
        if anchor:
            assert anchor in anchors(linked.read_text(encoding="utf-8")), target


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_page_speaks_of_one_machine(path: Path) -> None:
    assert not re.search(r"(?<![\w.~])/(root|home|tmp|work|usr)/", path.read_text(encoding="utf-8"))


def test_every_page_is_reached_from_the_readme() -> None:
    reached = {ROOT / "README.md"}
    waiting = list(reached)
    while waiting:
        path = waiting.pop()
        for target in LINK.findall(prose(path.read_text(encoding="utf-8"))):
            linked = (path.parent / target.partition("#")[0]).resolve()
            if linked.suffix == ".md" and linked.exists() and linked not in reached:
                reached.add(linked)
                waiting.append(linked)
    assert set(PAGES) <= reached


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_is_short_and_has_its_three_parts(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 40
    assert [heading for _, heading in HEADING.findall(text)][1:] == ["Context", "Decision", "Consequences"]
    assert text.startswith(f"# {int(path.name[:4])}. ")


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))


def test_the_readme_is_short_enough_to_be_read() -> None:
    assert len(page("README.md").splitlines()) <= 250
