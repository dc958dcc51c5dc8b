"""Whatever is published, as lines or as a file, is answered: recorded, repeated, refused, or called what it is."""

import contextlib
import io
import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.log.sqlite import open_log
from services.cli import exits
from services.cli.app import run
from services.publishing.answers import Outcome
from services.publishing.publisher import Publisher
from tests.acceptance.cli import json_lines
from tests.faults.rounds import rounds, tell
from tests.scenario import REGIONS, Events

EVENTS: Final = Events()
WORLD: Final = [*EVENTS.registry(), EVENTS.published()]
VALID: Final = [
    EVENTS.received(),
    EVENTS.screened(),
    EVENTS.discussed(participants=["p1.k." + "A" * 26], origins=[{"region": "18.09.01.2007", "headcount": 3}]),
    EVENTS.shared(exposures=5, cause=("urn:x", "y")),
    EVENTS.acted_on(evidence=[{"sha256": "0" * 64, "media_type": "image/png"}]),
    EVENTS.raised(due="2021-11-30"),
    EVENTS.held(),
    EVENTS.counted(),
    EVENTS.decree_granted("kim-bagelen"),
    EVENTS.revised(valid_to="2021-11-30T10:00:00+07:00"),
    EVENTS.voided(EVENTS.shared()),
]

TEXTS: Final = st.sampled_from(
    [
        "",
        "\x00",
        "\ud83d",
        "\u202e",
        "\x1b[2J",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.9999999Z",
        "9999-12-31T23:59:59-12:00",
        "2021-11-23T14:05:00+23:59",
        "2021-11-30T24:00:00+07:00",
        "20211130",
        "2021-W48-2",
        "1" * 5_000,
        "e30=",
        "text/json",
        "urn:jejak:simulated:1",
        "id.jejak.item.shared.v1",
        "18.09.01.2007",
        "{value}",
        "[red]x[/red]",
    ]
)
SCALARS: Final = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from([2**31, -(2**63), 2**64, 10**400, 1e300, -0.0])
    | TEXTS
    | st.text(max_size=10)
)
JSON: Final = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | TEXTS, inner, max_size=3),
    max_leaves=6,
)
NAMES: Final = st.sampled_from(
    ["data_base64", "datacontenttype", "traceparent", "sequence", "data", "time", "id", "*"]
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Write a valid event with something else in it, or something twice, or with other bytes."""
    event: Any = json.loads(json.dumps(draw(st.sampled_from(VALID))))
    event["id"] = draw(st.sampled_from(["a", "b"]) | st.uuids().map(str))
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.sampled_from([event, event.get("data")]))
        place = place if isinstance(place, dict) and place else event
        place[draw(st.sampled_from(sorted(place)) | NAMES | st.text(max_size=5))] = draw(JSON)
    line = json.dumps(event, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")
    if draw(st.integers(0, 3)) == 0:
        at = draw(st.integers(0, len(line)))
        line = line[:at] + draw(st.binary(max_size=6) | st.sampled_from([b'"id":1,', b"[" * 900])) + line[at:]
    if draw(st.integers(0, 9)) == 0:
        line = line.replace(b"}", b', "headcount": 1}')
    return line.replace(b"\n", b" ")


LINES: Final = st.lists(
    mutated() | st.binary(max_size=40) | JSON.map(lambda each: json.dumps(each).encode()), max_size=6
)


def counted(counts: Counter[str]) -> str:
    """Return counts in words."""
    return ", ".join(f"{number} {name}" for name, number in sorted(counts.items()))


@pytest.mark.soak
def test_every_line_is_answered() -> None:
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        log = open_log(Path(folder) / "log.sqlite")
        publisher = Publisher(log, REGIONS)
        assert {one.outcome for one in publisher.publish(json_lines(WORLD).splitlines())} == {Outcome.ACCEPTED}

        @settings(
            max_examples=rounds(300), deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
        )
        @given(LINES)
        def answered(lines: list[bytes]) -> None:
            head = log.head()
            answers = publisher.publish(lines)
            assert len(answers) == len(lines)
            counts.update(one.outcome for one in answers)
            taken = [one.position for one in answers if one.outcome is Outcome.ACCEPTED]
            assert taken == list(range(head + 1, log.head() + 1))
            for answer in answers:
                assert (answer.refusal is not None) == (answer.outcome is Outcome.REFUSED)
                assert answer.refusal is None or str(answer.refusal)
            # What is repeated is what was sent.
            again = publisher.publish(lines)
            assert [one.outcome for one in again if one.outcome is Outcome.ACCEPTED] == []

        answered()
        log.close()
    tell(f"lines published: {counted(counts)}")
    assert counts.keys() == set(Outcome)


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """Write a file: lines with odd ends and marks, in some encoding, whole or cut off; or any bytes."""
    if draw(st.integers(0, 4)) == 0:
        return draw(st.binary(max_size=200))
    ends = st.sampled_from([b"\n", b"\n", b"\r\n", b"\n\n", b"\n\xef\xbb\xbf", b",\n", b"\r"])
    content = b"".join(draw(mutated()) + draw(ends) for _ in range(draw(st.integers(0, 4))))
    content = draw(st.sampled_from([b"", b"", b"", b"\xef\xbb\xbf", b"[", b"PK\x03\x04", b"\xff\xfe"])) + content
    encoding = draw(st.sampled_from(["utf-8", "utf-8", "utf-8", "utf-16", "utf-16-be", "utf-32-le"]))
    if encoding != "utf-8":
        content = content.decode(errors="replace").encode(encoding)
    return content[: draw(st.integers(0, len(content)))] if draw(st.booleans()) else content


@pytest.mark.soak
@pytest.mark.usefixtures("garbage_collector_as_it_was")
def test_every_file_is_answered() -> None:
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        (folder / "world.jsonl").write_bytes(json_lines(WORLD))

        def publish(name: str) -> tuple[int, list[Any], str]:
            out, err = io.StringIO(), io.StringIO()
            arguments = ["publish", str(folder / name), "--rejected", str(folder / "refused"), "--format", "jsonl"]
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                status = run([*arguments, "--home", str(folder / "home"), "--lang", "en"])
            return status, [json.loads(each) for each in out.getvalue().splitlines()], err.getvalue()

        assert publish("world.jsonl")[0] == exits.DONE

        @settings(
            max_examples=rounds(40), deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
        )
        @given(files())
        def answered(content: bytes) -> None:
            (folder / "refused").unlink(missing_ok=True)
            (folder / "sent").write_bytes(content)
            status, rows, said = publish("sent")
            refused = [row for row in rows if row["outcome"] == "refused"]
            counts[f"exit {status}"] += 1
            if status == exits.USAGE:
                assert (rows, said.count("\n")) == ([], 1)
                assert not (folder / "refused").exists()
                return
            assert status == (exits.NEEDS_A_PERSON if refused else exits.DONE), said
            kept = (folder / "refused").read_bytes().splitlines() if refused else []
            assert len(kept) == len(refused)
            # What was refused is refused again when the file of it is published as it is.
            if kept:
                _status, again, _said = publish("refused")
                assert {row["outcome"] for row in again} <= {"refused", "accepted", "repeated"}
                assert len(again) == len(kept)

        answered()
    tell(f"files published: {counted(counts)}")
    assert counts.keys() == {"exit 0", "exit 1", "exit 2"}
