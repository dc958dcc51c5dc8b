"""A clock that is set back: recorded_at never decreases, and too far back nothing is recorded."""

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from events.recorded import decode_state
from services.publishing.deciding import ClockBehindError, PublishingLimits
from tests.acceptance.cli import ITEM, SAMPLE, Cli
from tests.faults.logs import head
from tests.scenario import Mode, Scenario, accepted


def recorded(scenario: Scenario) -> list[datetime]:
    """Return recorded_at of every event, by position."""
    return [decode_state(state).recorded_at for _, _, state in scenario.log.read(0, 1_000)]


def test_recorded_at_never_decreases_when_the_clock_is_set_back_a_little(published: Scenario) -> None:
    noon = published.clock.now
    for minutes in (1, -3, 2, -8, 0, 1, 5, -4):
        published.clock.now = noon + timedelta(minutes=minutes)
        published.given(published.shared("diskominfo-pesawaran"))
    stamps = recorded(published)
    assert stamps == sorted(stamps)
    after = [stamp - noon for stamp in stamps[-8:]]
    assert after == [timedelta(minutes=minutes) for minutes in (1, 1, 2, 2, 2, 2, 5, 5)]


def test_a_clock_set_back_too_far_is_refused_with_how_to_mend_it(published: Scenario) -> None:
    head = published.log.head()
    noon = published.clock.now
    share = published.shared("diskominfo-pesawaran")
    published.clock.now = noon - timedelta(minutes=11)
    with pytest.raises(
        ClockBehindError, match="set the clock of this machine right, then publish again"
    ) as raised:
        published.when(share)
    assert noon.isoformat(timespec="seconds") in str(raised.value)
    assert published.log.head() == head
    # Once the clock is right all is well.
    published.clock.now = noon - timedelta(minutes=10)
    published.when(share).then(accepted())
    assert recorded(published)[-1] == noon


def test_the_limit_is_set(mode: Mode, tmp_path: Path) -> None:
    scenario = Scenario(mode, tmp_path, PublishingLimits(clock_behind=timedelta(hours=2)))
    scenario.given(*scenario.registry())
    scenario.clock.now -= timedelta(minutes=110)
    scenario.given(scenario.published())
    scenario.clock.now -= timedelta(minutes=11)
    with pytest.raises(ClockBehindError):
        scenario.when(scenario.shared("diskominfo-pesawaran"))
    scenario.close()


def set_newest(cli: Cli, ahead: timedelta) -> datetime:
    """Write into the log's newest event that it was recorded in the future; return when.

    The views are gone with it: they would see that the log is not the one that they were folded from.
    """
    for views in cli.home.glob("views.sqlite*"):
        views.unlink()
    moment = datetime.now(UTC) + ahead
    connection = sqlite3.connect(cli.home / "log.sqlite")
    with connection:
        position, state = connection.execute("SELECT position, state FROM log ORDER BY position DESC").fetchone()
        newer = json.dumps({**json.loads(state), "recorded_at": moment.isoformat()})
        connection.execute("UPDATE log SET state = ? WHERE position = ?", (newer, position))
    connection.close()
    return moment


def test_the_command_line_says_how_to_mend_it(sample: Cli) -> None:
    step = ("record", "item.shared", ITEM, "--holder", "kim-bagelen", "--channel", "website")
    set_newest(sample, timedelta(hours=1))
    found = sample(*step)
    assert (found.status, found.out) == (3, "")
    assert "set the clock of this machine right, then publish again" in found.err
    again = sample("publish", SAMPLE)
    assert (again.status, again.out) == (3, "")
    assert head(sample.home) == 39
    moment = set_newest(sample, timedelta(minutes=5))
    assert sample(*step).status == 0
    newest = sample("trail", ITEM, "--format", "jsonl").rows()[-1]
    assert newest["position"] == 40
    assert datetime.fromisoformat(newest["recorded_at"]) == moment
