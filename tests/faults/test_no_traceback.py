"""Whatever stands on a command line, in a setting or in jejak.toml: a sentence and a status, no traceback."""

import codecs
import io
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Final
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.catalogue import CATALOGUE
from infra.language import use_language
from infra.settings import Settings
from services.cli.app import COMMANDS, GROUPS, build, run
from services.cli.record import KINDS, flag_of
from tests.acceptance.cli import ITEM, SAMPLE, Cli
from tests.faults.rounds import rounds, tell

pytestmark = pytest.mark.soak

FEW: Final = settings(max_examples=rounds(30), deadline=None, suppress_health_check=list(HealthCheck))

ODD: Final = st.one_of(
    st.sampled_from(
        [
            *(
                "",
                " ",
                "-",
                "--",
                "0",
                "-1",
                "1e9",
                "NaN",
                "null",
                "{}",
                "[]",
                "a=b",
                "@x",
                "%s",
                "{0}",
                "[red]x[/]",
                "[/]",
            ),
            *(
                "9" * 30,
                "9" * 5_000,
                "x" * 5_000,
                "é",
                "\u202eabc",
                "\x1b[2J",
                "a\nb",
                "a\x00b",
                "\ud800",
                "\udcff",
                "日本",
            ),
            *(
                "0001-01-01",
                "9999-12-31",
                "2021-02-30",
                "0001-01-01T00:00+14:00",
                "9999-12-31T23:59-12:00",
                "2021-11-23T14:05",
            ),
            *("18", "18.09.01.2007", "kim-bagelen", ITEM, "item.shared", "coverage", "region", "json", "tree"),
        ]
    ),
    st.text(max_size=40),
    st.integers(-(10**25), 10**25).map(str),
)
"""What somebody, or some script, may put where a value belongs."""

READING: Final = (
    "trail",
    "figures",
    "status",
    "config",
    "simulate",
    "record",
    "publish",
    "population import",
    "partitions",
)
"""Commands that come to an end by themselves; `demo` takes long, the others serve until they are stopped."""
ENDLESS: Final = frozenset({"--items", "--days", "--villages"})
"""What `simulate` is given it does, however long that takes."""


def flags_of(command: str) -> list[str]:
    app = build()
    for word in command.split():
        app = app[word]
    names = [name for argument in app.assemble_argument_collection() for name in argument.names]
    return [name for name in names if name.startswith("--") and "[" not in name]


FLAGS: Final = [*sorted({flag for command in READING for flag in flags_of(command)} - ENDLESS), "--no-such", "-x"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with the sample in it."""
    cli = Cli(tmp_path_factory.mktemp("home"))
    assert cli("publish", SAMPLE).status == 0
    return cli.home


@contextmanager
def quiet(folder: Path) -> Iterator[io.StringIO]:
    """Run the block in a folder of its own with nothing of whoever tests; give its stderr."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    before = Path.cwd()
    folder.mkdir(exist_ok=True)
    os.chdir(folder)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("JEJAK_")}
    try:
        with (
            patch.dict(os.environ, kept, clear=True),
            Path(os.devnull).open() as nothing,
            patch.object(sys, "stdin", nothing),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            yield err
    finally:
        os.chdir(before)
        use_language("en")


def ended_well(arguments: Sequence[str], folder: Path, variables: dict[str, str] | None = None) -> int:
    """Run a command in this process, and check that it says why it did not do what was asked."""
    with quiet(folder) as err:
        os.environ.update(variables or {})
        status = run(arguments)
    assert status in range(4), arguments
    assert status in (0, 1) or err.getvalue().strip(), arguments
    assert "\x1b" not in err.getvalue()
    return status


def test_any_flags_and_values(home: Path, tmp_path: Path) -> None:
    counts: Counter[int] = Counter()

    @FEW
    @given(st.sampled_from(READING), st.lists(st.one_of(ODD, st.sampled_from(FLAGS)), max_size=6))
    def check(command: str, words: list[str]) -> None:
        arguments = [*command.split(), *words]
        if "simulate" in arguments and "--until" not in words:
            arguments += ["--villages", "1", "--days", "1"]
        counts[ended_well(arguments, tmp_path / "here", {"JEJAK_HOME": str(home)})] += 1

    check()
    tell(f"command lines: {sum(counts.values())}, by exit status {dict(counts)}")


CALLS: Final = {
    "trail": [ITEM],
    "figures": [],
    "status": [],
    "config": [],
    "simulate": ["--villages", "1", "--days", "1"],
    "record": ["item.shared", ITEM, "--holder", "kim-bagelen", "--channel", "print"],
    "publish": [str(SAMPLE)],
    "population import": [str(SAMPLE), "--holder", "diskominfo-lampung"],
}
"""Commands that do something when one more flag is right."""


def test_any_value_of_any_flag(home: Path, tmp_path: Path) -> None:
    counts: Counter[int] = Counter()
    choices = [(command, flag) for command in CALLS for flag in flags_of(command) if flag not in ENDLESS]

    @FEW
    @given(st.sampled_from(choices), ODD)
    def check(choice: tuple[str, str], value: str) -> None:
        command, flag = choice
        if flag in ("--home", "--rejected"):
            value = f"here/{value}"
        given_ = CALLS[command] if flag in CALLS[command] else [*CALLS[command], flag]
        arguments = [*command.split(), *given_]
        at = arguments.index(flag)
        arguments[at : at + (2 if flag in CALLS[command] else 1)] = [f"{flag}={value}"]
        counts[ended_well(arguments, tmp_path / "here", {"JEJAK_HOME": str(home)})] += 1

    check()
    tell(f"values of flags: {sum(counts.values())}, by exit status {dict(counts)}")


def test_any_value_of_any_field_of_record(home: Path, tmp_path: Path) -> None:
    counts: Counter[int] = Counter()

    @FEW
    @given(st.sampled_from(sorted(KINDS)), st.lists(ODD, min_size=1, max_size=12), ODD)
    def check(kind: str, values: list[str], subject: str) -> None:
        names = [field.encode_name for field in msgspec.structs.fields(CATALOGUE.types[KINDS[kind]])]
        fields = [f"{flag_of(name)}={value}" for name, value in zip(names, values, strict=False)]
        arguments = ["record", kind, f"--subject={subject}", "--holder=kim-bagelen", *fields]
        counts[ended_well(arguments, tmp_path / "here", {"JEJAK_HOME": str(home)})] += 1

    check()
    tell(f"fields of record: {sum(counts.values())}, by exit status {dict(counts)}")


def _variable(value: str) -> bool:
    """Tell whether the environment can hold a value."""
    try:
        return b"\0" not in os.fsencode(value)
    except UnicodeEncodeError:
        return False


LOCAL: Final = [
    f"JEJAK_{name.upper()}" for name in Settings.model_fields if name not in ("mode", "postgres_admin")
]


def test_any_value_of_any_variable(home: Path, tmp_path: Path) -> None:
    counts: Counter[int] = Counter()

    @FEW
    @given(
        st.dictionaries(st.sampled_from(LOCAL), ODD.filter(_variable), min_size=1, max_size=3),
        st.sampled_from(READING[:4]),
    )
    def check(variables: dict[str, str], command: str) -> None:
        if "JEJAK_HOME" in variables:
            variables["JEJAK_HOME"] = f"homes/{variables['JEJAK_HOME']}"
        arguments = [command, ITEM] if command == "trail" else [command]
        counts[ended_well(arguments, tmp_path / "here", {"JEJAK_HOME": str(home)} | variables)] += 1

    check()
    tell(f"variables: {sum(counts.values())}, by exit status {dict(counts)}")


TOML: Final = st.one_of(
    st.binary(max_size=60),
    st.text(st.characters(codec="utf-8"), max_size=60).map(str.encode),
    st.tuples(
        st.sampled_from([*Settings.model_fields, "no_such", "a.b", '"x y"']),
        st.sampled_from(
            [
                '""',
                "0",
                "-1",
                "1e400",
                "[]",
                "{}",
                "2021-11-23",
                "true",
                '"\\u0000"',
                '"\\u202e"',
                '"x"',
                "[" * 2_000,
                "9" * 5_000,
                "'",
            ]
        ),
    ).map(lambda pair: f"{pair[0]} = {pair[1]}\n".encode()),
)


def test_any_jejak_toml(tmp_path: Path) -> None:
    counts: Counter[int] = Counter()
    folder = tmp_path / "toml"
    folder.mkdir()

    @FEW
    @given(st.sampled_from([b"", codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE]), TOML)
    def check(mark: bytes, content: bytes) -> None:
        (folder / "jejak.toml").write_bytes(mark + content)
        counts[ended_well(["config"], tmp_path / "here", {"JEJAK_HOME": str(folder)})] += 1

    check()
    tell(f"files jejak.toml: {sum(counts.values())}, by exit status {dict(counts)}")


def test_every_command_takes_any_word(tmp_path: Path) -> None:
    for command in COMMANDS:
        for name in [f"{command} {each}" for each in GROUPS[command]] if command in GROUPS else [command]:
            for word in ("--no-such", "--lang=xx", "--home"):
                assert ended_well([*name.split(), word], tmp_path / "here") == 2
