"""Under `--lang id` nothing that is said is English, whatever is asked wrongly."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from events.envelope import Reader
from events.refusal import RefusedError
from infra.language import translate, use_language
from services.cli.app import COMMANDS, GROUPS, run
from tests.acceptance.cli import Cli

ENGLISH: Final = re.compile(
    r"\b(the|is|are|was|not|there|this|that|must|with|without|cannot|unknown|invalid|missing|required|usage|shows|"
    r"command|did|you|mean|error|expected|should|of|to|and|or|an|it|be|has|at|least|most|no|such|more|than|one|"
    r"whole|line|column|default|choices|display|exit|character|end|read|given|value|option|permission|denied)\b"
).findall
"""Words that no Indonesian sentence of ours has; what stands in quotes or is a code is looked past."""
CODES: Final = re.compile(r"--?[a-z][a-z-]*|\"[^\"]*\"|'[^']*'|[a-z]+[._][a-z_.]+|item\.\w+")
ALL: Final = [
    *(command for command in COMMANDS if command not in GROUPS),
    *(f"{group} {command}" for group, commands in GROUPS.items() for command in commands),
]
ODD_FLAGS: Final = ("--no-such", "--no-such=1", "--home", "--lang=de", "--format=xml", "--format", "-x")
WRONG: Final = [
    *(f"{command} {flag}" for command in ALL for flag in ODD_FLAGS),
    *(f"{command} a b c d" for command in ALL if command != "publish"),
    *("--no-such", "trial", "token ad", "trail", "population import", "partitions many", "partitions 0"),
    *("trail x --as-of-position last", "trail x --as-of-recorded yesterday", "trail x --layout circle", "trail x"),
    *(
        "figures --from 2021-02-30",
        "figures --by regoin",
        "figures --channel tv",
        "figures --region 99",
        "figures --by",
    ),
    *("figures --from 2021-02-02 --to 2021-02-01", "figures --events x", "figures --item x", "up --servers=maybe"),
    *(
        "record",
        "record item.shred x",
        "record item.shared x --holder a --chanel b",
        "record aspiration.raised x --kind a",
    ),
    *("record item.shared x --holder a --time noon", "record --kind complaint", "record item.shared x --to.a b"),
    *(
        "publish nowhere",
        "publish .",
        "simulate --days 0",
        "simulate --until 3000-01-01",
        "simulate --villages 9999",
    ),
    *("trail x --item --item", "figures --item a --item b", "simulate --region 18.99"),
]


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JEJAK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("JEJAK_LANG", "id")


@pytest.fixture
def english(capsys: pytest.CaptureFixture[str]) -> "Heard":
    return Heard(capsys)


class Heard:
    """Runs commands in Indonesian, and returns the English that they spoke all the same."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str) -> tuple[int, list[str], str]:
        status = run(arguments)
        use_language("en")
        out, err = self._capsys.readouterr()
        return status, ENGLISH(CODES.sub("", (out + err).lower())), out + err


def test_what_is_asked_wrongly_is_told_in_indonesian(english: Heard) -> None:
    for line in WRONG:
        status, words, said = english(*line.split())
        assert (status, words) == (2, []), (line, said)
        assert said.splitlines()[-1].startswith("jejak: "), (line, said)


_HELP: Final = """
import sys
from services.cli.app import run

for command in sys.argv[1:]:
    run([*command.split(), "--help"])
"""


def test_help_is_in_indonesian(cli: Cli) -> None:
    # In a process of its own: what help says of a flag is fixed when its module is loaded.
    asked = subprocess.run(
        [sys.executable, "-c", _HELP, "", *COMMANDS, *(each for each in ALL if " " in each)],
        env=cli.environment({"JEJAK_LANG": "id", "COLUMNS": "400"}),
        capture_output=True,
        check=True,
        text=True,
    )
    assert asked.stdout.count("Pemakaian:") == 1 + len(COMMANDS) + 4
    told = re.sub(r"(?m)^  jejak .*$|^Pemakaian.*$|^│ [A-Z -]*[A-Z]* |--.*?  |\[[^]]*\]", "", asked.stdout)
    assert ENGLISH(CODES.sub("", told.lower())) == [], told


SETTINGS: Final = [
    *("mode = 1", "mode = 'both'", "batch = 0", "batch = 'x'", "batch = 1.5", "batch = 99999999", "batch = []"),
    *(
        "clock_skew = 'soon'",
        "clock_skew = '-PT5M'",
        "clock_skew = 'P99999999D'",
        "kafka_retention = 0",
        "bach = 5",
    ),
    *(
        "kafka = 'a b'",
        "kafka = 'a:99999'",
        "kafka = 1",
        "health_host = 'a..b'",
        "health_port = 70000",
    ),
    *(
        "batch =",
        "batch = 'x",
        "[",
        "a = 1\na = 2",
        "x" * 50,
        "postgres = 1",
        'kafka = "\\u0000"',
        "batch = nan",
    ),
]


@pytest.mark.parametrize("line", SETTINGS)
def test_settings_are_refused_in_indonesian(line: str, english: Heard, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "jejak.toml").write_text(line)
    status, words, said = english("config")
    assert (status, words) == (2, []), said
    assert "jejak.toml" in said


@pytest.mark.parametrize(
    ("content", "status", "word"),
    [
        (b"\xef\xbb\xbfbatch = 7\n", 0, "7"),
        (b"\xff\xfeb\x00", 2, "UTF-16"),
        (b"\xfe\xff\x00b", 2, "UTF-16"),
        ("batch = 7 # é".encode("latin-1"), 2, "UTF-8"),
        (b"a = " + b"[" * 5_000, 2, "bertingkat"),
        (b"a = " + b"9" * 5_000, 2, "TOML"),
    ],
)
def test_a_settings_file_of_another_program_is_read_or_named(
    content: bytes, status: int, word: str, english: Heard, tmp_path: Path
) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "jejak.toml").write_bytes(content)
    found, words, said = english("config")
    assert found == status, said
    assert word in said
    assert status == 0 or not words


@pytest.mark.parametrize("content", ["", "[]", "{", "[" * 5_000, '{"postgres": 1}'])
def test_a_damaged_file_of_the_stack_is_named(content: str, english: Heard, tmp_path: Path) -> None:
    (tmp_path / "home" / "stack").mkdir(parents=True)
    (tmp_path / "home" / "stack" / "servers.json").write_text(content)
    status, words, said = english("config")
    assert (status, words) == (2, []), said


@pytest.mark.parametrize(
    "line",
    [
        *(
            b'{"a" 1}',
            b"{1:2}",
            b"[1,]",
            b'{"a":1,}',
            rb'"\x"',
            rb'"\u12zz"',
            b"01",
            b"[1 2]",
            b"truX",
            b"{} {}",
            b"{,}",
        ),
        *(b'{"a":1 "b":2}', b"a;b", b"{'a':1}", b'{"a": NaN}', b'{"a":', b"\xff", b"", b"[" * 500, b"1e999"),
    ],
)
def test_what_is_no_json_is_told_in_indonesian(line: bytes) -> None:
    with pytest.raises(RefusedError) as refused:
        Reader().read(line)
    use_language("id")
    said = refused.value.reason(translate)
    use_language("en")
    assert ENGLISH(said.lower().replace("','", "")) == [], said


@pytest.mark.parametrize(
    "arguments", [("--lang", "id", "token"), ("token", "--lang", "id"), ("token", "--lang=id", "--help")]
)
def test_the_language_may_stand_beside_a_group_of_commands(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 0
    assert "Perintah" in capsys.readouterr().out
    assert run(["token", "--lang", "id", "list"]) == 2  # of the distributed mode
    assert "JEJAK_MODE=distributed" in capsys.readouterr().err
    use_language("en")
