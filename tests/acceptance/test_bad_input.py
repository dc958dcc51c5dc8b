"""What publishers get wrong: named with line and field, kept, mended, taken back; the good lines are recorded."""

import contextlib
import io
import json
import tempfile
from operator import itemgetter
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.log.sqlite import open_log
from services.cli.app import run
from tests.acceptance.cli import Cli, json_lines
from tests.faults.rounds import rounds
from tests.scenario import Event, Events

MOST_NAMED: Final = 20
EVENTS: Final = Events()
WORLD: Final = [*EVENTS.registry(), EVENTS.published(called="item")]
SHARED: Final = EVENTS.shared(called="first")


class Case(NamedTuple):
    """A line that is refused, the field at fault, and a word of the reason."""

    name: str
    line: bytes
    field: str | None
    word: str


def changed(name: str, field: str | None, word: str, /, **changes: object) -> Case:
    """Return a case: an event with other attributes (`data__channel` is the channel in the data)."""
    event = EVENTS.shared()
    for path, value in changes.items():
        outer, _, inner = path.partition("__")
        if inner:
            event[outer] = {**event[outer], inner: value}
        else:
            event[outer] = value
    return Case(name, json.dumps(event).encode(), field, word)


def raw(name: str, line: bytes, word: str, field: str | None = None) -> Case:
    """Return a case of a line that is no event at all."""
    return Case(name, line, field, word)


def replaced(name: str, old: bytes, new: bytes, word: str, field: str | None = None) -> Case:
    """Return a case: the line of an event with some bytes replaced."""
    line = json.dumps(EVENTS.shared(headcount=12)).encode()
    assert line.count(old) == 1
    return Case(name, line.replace(old, new), field, word)


LONG: Final = b'{"specversion": "1.0", "id": "' + b"x" * (3 * 1024 * 1024) + b'"}'

CASES: Final = [
    raw("no JSON", b"tanggal;kim;kanal", "not JSON"),
    raw("cut off", json.dumps(EVENTS.shared()).encode()[:-9], "ends too early"),
    raw("other quotes", b"{'specversion': '1.0'}", "not JSON"),
    raw("two events on a line", json.dumps(SHARED).encode() + json.dumps(SHARED).encode(), "not JSON"),
    raw("a list", b"[1, 2]", "JSON object"),
    raw("a number", b"42", "JSON object"),
    raw("null", b"null", "JSON object"),
    raw("an empty object", b"{}", "missing", "specversion"),
    raw("UTF-16", '{"id": "kotak"}'.encode("utf-16"), ""),
    raw("NUL", b"\x00\x00\x00", ""),
    raw("deep lists", b"[" * 100_000, "nested"),
    raw("deep objects", b'{"a":' * 5_000 + b"1" + b"}" * 5_000, "nested"),
    raw("3 MiB", LONG, "longer"),
    replaced("not UTF-8", b'"whatsapp_group"', b'"caf\xe9"', "UTF-8"),
    replaced("a raw NUL in a text", b'"whatsapp_group"', b'"whats\x00app"', "not JSON"),
    replaced("1e400", b"12}", b"1e400}", "out of range"),
    replaced("half a character", b'"whatsapp_group"', b'"\\ud83d"', "half a character"),
    changed("a text for a number", "data.headcount", "number", data__headcount="12"),
    changed("half a person", "data.headcount", "1.5", data__headcount=1.5),
    changed("a negative number", "data.headcount", "-1", data__headcount=-1),
    changed("a huge number", "data.headcount", "1000000000", data__headcount=10**12),
    changed("a number of 400 digits", "data.headcount", "", data__headcount=10**400),
    changed("a number for a code", "data.channel", "whatsapp_group", data__channel=5),
    changed("a misspelt code", "data.channel", "whatsapp_group", data__channel="whatsap_group"),
    changed("a text for a list", "data.to", "list", data__to="kim-bagelen"),
    changed("a list for the data", "data", "object", data=[]),
    changed("no data", "data", "missing", data=None),
    changed("a number for the id", "id", "text", id=7),
    changed("an empty id", "id", "empty", id=""),
    changed("another version of CloudEvents", "specversion", "1.0", specversion="0.3"),
    changed("an unknown type", "type", "id.jejak.item.shared.v1", type="id.jejak.item.shred.v1"),
    changed("a version to come", "type", "id.jejak.item.shared.v1", type="id.jejak.item.shared.v9"),
    changed(
        "a type not taken yet",
        "type",
        "not take",
        type="id.jejak.person.erased.v1",
        data={"person": "p1.k1." + "A" * 26, "reason": "x"},
    ),
    changed("an unknown field", "data.chanel", "channel", data__chanel="print"),
    changed("an attribute in capitals", "Holder", "holder", Holder="kim-bagelen"),
    changed("an unknown region", "data.region", "nearest", data__region="18.09.01.2077"),
    changed("a region that is none", "data.region", "", data__region="Bagelen"),
    changed("an unknown holder", "holder", "not registered", holder="kim-nowhere"),
    changed("a subject with spaces", "subject", "", subject="info 1"),
    changed("a huge subject", "subject", "", subject="x" * 65),
    changed("a huge text", "data", "bytes", type="id.jejak.item.acted_on.v1", data={"action": "x" * 100_000}),
    changed("the item of a later line", "subject", "not published", subject="info-later"),
    changed("the same id, other content", "data", "position", id="first", time=SHARED["time"], data__headcount=77),
    changed("its own cause", "causationid", "own cause", id="me", causationid="me"),
    changed("a time without offset", "time", "offset", time="2021-11-23T14:05:00"),
    changed("a time in words", "time", "offset", time="kemarin"),
    changed("a day that no calendar has", "time", "offset", time="2021-02-30T10:00:00+07:00"),
    changed("a time in the future", "time", "future", time="2199-01-01T00:00:00Z"),
    changed("a time long ago", "time", "1900", time="1021-11-23T14:05:00+07:00"),
    changed("an escaped NUL", "data.action", "NUL", type="id.jejak.item.acted_on.v1", data={"action": "a\0b"}),
    changed("a name instead of a pseudonym", "data.participants[0]", "pseudonym", data__participants=["Siti"]),
]


class Published(NamedTuple):
    """What became of the cases: the answer, the words on stderr and the record of each."""

    answers: dict[str, dict[str, Any]]
    named: dict[str, str]
    records: dict[str, dict[str, Any]]
    good: list[dict[str, Any]]
    cli: Cli


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """Publish every case, a good line after each, in files with as many as are named."""
    cli = Cli(tmp_path_factory.mktemp("bad"))
    good_lines = {"first": SHARED}
    found = Published({}, {}, {}, [], cli)
    for first in range(0, len(CASES), MOST_NAMED):
        cases = CASES[first : first + MOST_NAMED]
        content = json_lines([*WORLD, SHARED])
        for case in cases:
            good_lines[case.name] = EVENTS.shared()
            content += case.line + b"\n" + json_lines([good_lines[case.name]])
        path = cli.write(f"cases-{first}.jsonl", content)
        before = len(cli.refused())
        result = cli("publish", path, "--format", "jsonl")
        assert result.status == 1
        rows, messages = result.rows(), result.err.splitlines()
        answers = {row["line"]: row for row in rows}
        assert sorted(answers) == [row["line"] for row in sorted(rows, key=itemgetter("line"))]
        assert len(rows) == len(WORLD) + 1 + 2 * len(cases)
        records = cli.refused()[before:]
        assert messages[-1].startswith(f"{len(cases)} refused")
        for index, case in enumerate(cases):
            line = len(WORLD) + 2 + 2 * index
            found.answers[case.name] = answers[line]
            found.named[case.name] = next(each for each in messages if each.startswith(f"{path}:{line}: "))
            (found.records[case.name],) = [record for record in records if record["line"] == line]
            found.good.append(answers[line + 1])
    return found


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_bad_line_is_named_and_kept(published: Published, case: Case) -> None:
    answer, record = published.answers[case.name], published.records[case.name]
    assert (answer["outcome"], answer["position"], answer["field"]) == ("refused", None, case.field), answer
    assert case.word in answer["reason"]
    named = published.named[case.name].split(": ", 1)[1]
    assert named.endswith(answer["reason"])
    if case.field:  # it stands before the reason, but for a reason that begins with it
        assert named.startswith((f"{case.field}: ", f"{case.field} "))
        assert named.removeprefix(f"{case.field}: ").split()[0] != case.field or named == answer["reason"]
    assert len(published.named[case.name]) < 1_000
    assert "Siti" not in published.named[case.name]
    assert list(record) == ["line", "reason", "field", "event"]
    assert (record["reason"], record["field"]) == (answer["reason"], answer["field"])
    assert is_line(record["event"], case.line)


def is_line(event: object, line: bytes) -> bool:
    """Tell whether the `event` of a record is what stood on a line: as JSON, or else as a text."""
    if isinstance(event, str) and event.encode(errors="surrogateescape").strip(b"\n") == line.strip(b"\n"):
        return True
    try:
        return bool(json.loads(line) == event)
    except (ValueError, RecursionError):
        return False


def test_the_good_lines_between_are_recorded(published: Published) -> None:
    assert {answer["outcome"] for answer in published.good} == {"accepted"}
    log = open_log(published.cli.home / "log.sqlite")
    assert log.head() == len(WORLD) + 1 + len(CASES)
    log.close()


def test_nothing_refused_before_was_overwritten(published: Published) -> None:
    assert len(published.cli.refused()) == len(CASES)


def good(number: int) -> list[Event]:
    """Return the world and some good lines, the same ones each time."""
    events = Events()
    return [*WORLD, *(events.shared(headcount=each, called=f"good-{each}") for each in range(number))]


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("last", [True, False])
def test_what_editors_do_to_a_file_does_no_harm(cli: Cli, ending: bytes, bom: bytes, *, last: bool) -> None:
    lines = json_lines(good(3)).splitlines()
    content = bom + (ending + ending + b" \t").join(lines) + (ending if last else b"")
    found = cli("publish", cli.write("events.jsonl", content), "--format", "jsonl")
    assert (found.status, found.err) == (0, "")
    assert [row["line"] for row in found.rows()] == list(range(1, 2 * len(lines), 2))
    assert not cli.rejected.exists()


def test_a_last_line_without_an_end_that_is_cut_off_is_refused(cli: Cli) -> None:
    content = json_lines(good(3))[:-20]
    found = cli("publish", cli.write("events.jsonl", content), "--format", "json")
    assert found.status == 1
    assert found.json() == {"accepted": len(WORLD) + 2, "repeated": 0, "refused": 1, "position": len(WORLD) + 2}
    (record,) = cli.refused()
    assert is_line(record["event"], content.splitlines()[-1])


def test_what_is_mended_is_taken_back_and_the_file_is_removed(cli: Cli) -> None:
    wrong = EVENTS.shared(channel="pigeon")
    text = EVENTS.shared(headcount=3)
    cut_off = json.dumps(text).encode()[:-5]
    early = EVENTS.shared(subject="info-2")
    path = cli.write(
        "events.jsonl", json_lines([*WORLD, wrong]) + cut_off + b"\n" + json_lines([early]) + LONG + b"\n"
    )
    assert cli("publish", path).status == 1
    # One that is too long is written as it comes, the others when their batch is answered.
    refused = sorted(cli.refused(), key=itemgetter("line"))
    assert [record["line"] for record in refused] == [len(WORLD) + each for each in (1, 2, 3, 4)]

    refused[0]["event"]["data"]["channel"] = "print"  # mended in its place
    refused[1]["event"] += json.dumps(text)[-5:]  # a text, completed
    cli.rejected.write_bytes(json_lines(refused))
    half = cli("publish", cli.rejected, "--format", "json")
    assert half.status == 1
    assert half.json() == {"accepted": 2, "repeated": 0, "refused": 2, "position": len(WORLD) + 2}
    left = sorted(cli.refused(), key=itemgetter("line"))
    assert [record["event"] for record in left] == [record["event"] for record in refused[2:]]
    assert [record["field"] for record in left] == ["subject", None]

    # Published again as it is, it stays as it is.
    size = cli.rejected.stat().st_size
    assert cli("publish", cli.rejected).status == 1
    again = sorted(cli.refused(), key=itemgetter("line"))
    assert [record["event"] for record in again] == [record["event"] for record in left]
    assert cli.rejected.stat().st_size == size

    assert cli("publish", cli.write("item.jsonl", [EVENTS.published(subject="info-2")])).status == 0
    left[1]["event"] = EVENTS.shared()
    cli.rejected.write_bytes(json_lines(left))
    whole = cli("publish", cli.rejected, "--format", "json")
    assert (whole.status, whole.json()["accepted"]) == (0, 2)
    assert "removed" in whole.err
    assert not cli.rejected.exists()
    assert not list(cli.folder.glob("*.new"))


def test_a_rejected_file_beside_others_is_taken_back_with_them(cli: Cli) -> None:
    early = EVENTS.shared(subject="info-2")
    assert cli("publish", cli.write("one.jsonl", [*WORLD, early])).status == 1
    other = cli.write("two.jsonl", json_lines([EVENTS.published(subject="info-2")]) + b"nonsense\n")
    found = cli("publish", other, cli.rejected, "--format", "json")
    assert found.status == 1
    assert found.json() == {"accepted": 2, "repeated": 0, "refused": 1, "position": len(WORLD) + 2}
    assert [record["event"].strip() for record in cli.refused()] == ["nonsense"]


def test_refused_lines_go_where_they_are_asked_to(cli: Cli) -> None:
    path = cli.write("events.jsonl", b"nonsense\n")
    elsewhere = cli.folder / "new folder" / "refused.jsonl"
    assert cli("publish", path, "--rejected", elsewhere).status == 1
    assert not cli.rejected.exists()
    assert json.loads(elsewhere.read_text())["line"] == 1


def test_in_indonesian_the_field_and_the_line_stay(cli: Cli) -> None:
    wrong = changed("", None, "", data__channel="pigeon")
    path = cli.write("events.jsonl", json_lines(WORLD) + wrong.line + b"\n")
    english, indonesian = (
        cli("publish", path, "--rejected", "en"),
        cli("publish", path, "--rejected", "id", "--lang", "id"),
    )
    start = f"{path}:{len(WORLD) + 1}: data.channel: "
    assert english.err.startswith(start)
    assert indonesian.err.startswith(start)
    assert english.err != indonesian.err


# -- any mixture -------------------------------------------------------------------------------------------


@st.composite
def mixtures(draw: st.DrawFn) -> list[bytes]:
    """Draw the lines of a file: good ones, some of them corrupted, repeated or out of place."""
    lines = json_lines(good(5)).splitlines()
    for _ in range(draw(st.integers(1, 6))):
        index = draw(st.integers(0, len(lines) - 1))
        line = lines[index]
        at = draw(st.integers(0, len(line)))
        match draw(st.sampled_from(["cut", "byte", "junk", "twice", "moved", "bytes", "number"])):
            case "cut":
                lines[index] = line[:at]
            case "byte":
                lines[index] = line[:at] + draw(st.binary(min_size=1, max_size=3)) + line[at + 1 :]
            case "junk":
                lines.insert(index, draw(st.binary(max_size=20)))
            case "twice":
                lines.insert(index, line)
            case "moved":
                lines.insert(draw(st.integers(0, len(lines) - 1)), lines.pop(index))
            case "bytes":
                lines[index] = line[:at] + line[draw(st.integers(at, len(line))) :]
            case "number":
                lines[index] = line.replace(b"1", str(draw(st.integers())).encode(), 1)
    return b"\n".join(lines).split(b"\n")


def publish(folder: Path, name: str) -> list[dict[str, Any]]:
    """Publish a file of the folder, in this process; return the answers."""
    arguments = ["publish", str(folder / name), "--rejected", str(folder / "refused"), "--format", "jsonl"]
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        status = run([*arguments, "--home", str(folder / "home"), "--lang", "en"])
    answers = [json.loads(line) for line in out.getvalue().splitlines()]
    assert status == (1 if any(answer["outcome"] == "refused" for answer in answers) else 0)
    return answers


def records(folder: Path) -> list[dict[str, Any]]:
    """Return what the rejected file of the folder holds."""
    path = folder / "refused"
    return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


@pytest.mark.soak
@pytest.mark.usefixtures("garbage_collector_as_it_was")
@settings(max_examples=rounds(30), deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(lines=mixtures())
def test_every_line_is_in_the_log_or_in_the_rejected_file(lines: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        (folder / "events.jsonl").write_bytes(b"\n".join(lines))
        lines[0] = lines[0].removeprefix(b"\xef\xbb\xbf")
        whole = {number: line for number, line in enumerate(lines, 1) if line.strip()}
        answers = {answer["line"]: answer for answer in publish(folder, "events.jsonl")}
        assert answers.keys() == whole.keys()
        kept = records(folder)
        refused = {number for number, answer in answers.items() if answer["outcome"] == "refused"}
        assert [record["line"] for record in kept] == sorted(refused)
        for record in kept:
            assert is_line(record["event"], whole[record["line"]])
        in_the_log = names(folder)
        assert len(in_the_log) == len(set(in_the_log))
        for number in whole.keys() - refused:
            event = json.loads(whole[number])
            assert in_the_log[answers[number]["position"] - 1] == (event["source"], event["id"])
        # Published as it is, the file gives back what can be recorded now, and keeps the rest as it is.
        if kept:
            taken = [answer for answer in publish(folder, "refused") if answer["outcome"] != "refused"]
            again = records(folder)
            assert len(again) + len(taken) == len(kept)
            assert all(any(each["event"] == record["event"] for record in kept) for each in again)


def names(folder: Path) -> list[tuple[str, str]]:
    """Return source and id of every event of the log, by position."""
    log = open_log(folder / "home" / "log.sqlite")
    try:
        rows = log.read(0, 1_000)
    finally:
        log.close()
    assert [row[0] for row in rows] == list(range(1, len(rows) + 1))
    states = [json.loads(row[2]) for row in rows]
    return [(state["source"], state["id"]) for state in states]
