"""Simulated events: publishing takes a whole flow, but none beside real events unless it is told to."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.envelope import SIMULATED
from services.publishing.answers import Outcome
from services.simulation.flow import flow
from tests.scenario import (
    COMMUNITY,
    KIM,
    REGIONS,
    START,
    Event,
    Mode,
    Scenario,
    accepted,
    lines,
    refused,
    repeated,
    scenario_apart,
)

SENDER: Final = f"{SIMULATED}1:{KIM}"


def simulated(scenario: Scenario, **given: Any) -> Event:  # noqa: ANN401 - any field
    return scenario.shared(sender=SENDER, **given)


# -- beside real events -------------------------------------------------------------------------------------


def test_a_log_with_real_events_takes_no_simulated_one(published: Scenario) -> None:
    published.when(simulated(published), published.shared()).then(
        refused("source"), accepted("no_receipt", "unscreened")
    )
    assert "--allow-simulated" in str(published.answers[0].refusal)


def test_it_takes_them_where_they_are_allowed(published: Scenario) -> None:
    share = simulated(published)
    published.when(share, simulates=True).then(accepted("no_receipt", "unscreened"))
    published.when(simulated(published)).then(refused("source"))
    for _ in range(2):
        published.when(share, simulated(published)).then(repeated(10), refused("source"))
        published.restart()


def test_a_log_that_a_simulation_began_takes_both(scenario: Scenario) -> None:
    first, *registry = scenario.registry()
    first["source"] = SENDER
    scenario.when(first, *registry).then(*[accepted()] * (1 + len(registry)))
    for _ in range(2):
        scenario.when(simulated(scenario), scenario.shared()).then(refused("subject"), refused("subject"))
        scenario.given(scenario.changed(COMMUNITY, KIM, name="Warga", sender=SENDER))
        scenario.restart()


def test_what_begins_a_log_decides_within_one_batch(scenario: Scenario) -> None:
    first, *registry = scenario.registry()
    mine = scenario.changed(COMMUNITY, KIM, name="Warga", sender=SENDER)
    scenario.when(simulated(scenario), first, *registry, mine).then(
        refused("holder"), accepted(), *[accepted()] * len(registry), refused("source")
    )


def test_what_begins_a_log_decides_while_it_is_on_its_way_there(scenario: Scenario) -> None:
    registry = scenario.registry()
    batches = [registry, [simulated(scenario)], [simulated(scenario)]]
    answers = list(scenario.publisher.publish_each(map(lines, batches)))
    assert [each.outcome for each in answers[0]] == [Outcome.ACCEPTED] * len(registry)
    assert [(each.refusal and each.refusal.field) for batch in answers[1:] for each in batch] == ["source"] * 2


def test_another_process_may_have_begun_the_log(scenario: Scenario, tmp_path: Path) -> None:
    first, *registry = scenario.registry()
    scenario.when({**first, "source": SENDER, "holder": "nobody"}).then(refused("holder"))
    other = Scenario(scenario.mode, tmp_path)
    other.given(first, *registry)
    other.close()
    scenario.when(scenario.changed(COMMUNITY, KIM, name="Warga", sender=SENDER)).then(refused("source"))


@pytest.mark.parametrize("source", ["urn:jejak:simulate", "urn:jejak:org:urn:jejak:simulated:1", "x"])
def test_what_only_looks_simulated_is_real(published: Scenario, source: str) -> None:
    published.when(published.shared(sender=source)).then(accepted("no_receipt", "unscreened"))


# -- a whole flow -------------------------------------------------------------------------------------------


FLOWS: Final = st.fixed_dictionaries(
    {
        "villages": st.integers(1, 30),
        "items": st.integers(1, 12),
        "days": st.integers(1, 20),
        "seed": st.integers(-(10**30), 10**30),
        "region": st.sampled_from(["18.09", "18", "11.01", "31.74", "91"]),
        "until": st.dates(date(1951, 1, 1), START.date()),
    }
)


@given(asked=FLOWS, batch=st.integers(50, 5000))
@settings(max_examples=30, deadline=None)
def test_a_flow_is_accepted_whole_and_folded_whole(asked: dict[str, Any], mode: Mode, batch: int) -> None:
    made = list(flow(REGIONS, **asked))
    with scenario_apart(mode) as scenario:
        scenario.clock.now = START + timedelta(days=2)
        batches = [made[first : first + batch] for first in range(0, len(made), batch)]
        answers = [one for some in scenario.publisher.publish_each(batches) for one in some]
        refusals = [str(one.refusal) for one in answers if one.refusal is not None]
        assert not refusals
        assert [one.position for one in answers] == list(range(1, len(made) + 1))
        scenario.follower.catch_up()
        assert len(scenario.trail_rows()) == len(made)
        assert not any(one.failed or one.waiting for one in scenario.engine.status())
