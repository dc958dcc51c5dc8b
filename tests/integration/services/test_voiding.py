"""Voiding: what may be voided, by whom, and what a voided step still does."""

from collections.abc import Callable
from typing import Final

import pytest

from projections.as_of import AsOf
from tests.scenario import COMMUNITY, KIM, OTHER_KIM, PROVINCE, REGENCY, Event, Scenario, accepted, refused

Make = Callable[[Scenario], Event]

VOIDABLE: Final[dict[str, Make]] = {
    "item.corrected": lambda s: s.corrected(),
    "item.retracted": lambda s: s.retracted(),
    "item.forwarded": lambda s: s.forwarded(),
    "item.received": lambda s: s.received(),
    "item.screened": lambda s: s.screened(),
    "item.discussed": lambda s: s.discussed(),
    "item.shared": lambda s: s.shared(),
    "item.acted_on": lambda s: s.acted_on(),
    "coaching.held": lambda s: s.held(),
}
LASTING: Final[dict[str, Make]] = {
    "organisation.changed": lambda s: s.changed(KIM, REGENCY, name="Baru"),
    "organisation.closed": lambda s: s.organisation_closed(KIM, REGENCY),
    "organisation.decree_granted": lambda s: s.decree_granted(KIM),
    "organisation.decree_revoked": lambda s: s.decree_revoked(KIM),
    "item.revised": lambda s: s.revised(title="Baru"),
    "aspiration.raised": lambda s: s.raised(subject="usul-2"),
    "aspiration.forwarded": lambda s: s.aspiration_forwarded(),
    "aspiration.answered": lambda s: s.answered(),
    "aspiration.closed": lambda s: s.aspiration_closed(),
}


@pytest.mark.parametrize("kind", VOIDABLE)
def test_a_step_and_a_coaching_session_can_be_voided_once(published: Scenario, kind: str) -> None:
    published.given(step := VOIDABLE[kind](published))
    published.when(void := published.voided(step)).then(accepted())
    published.when(published.voided(step)).then(refused("data.id"))
    published.restart().when(published.voided(step)).then(refused("data.id"))
    (shown,) = (each for each in published.trail(step["subject"]).steps if each.id == step["id"])
    assert shown.voided_by == published.position(void)
    assert not shown.findings


@pytest.mark.parametrize("kind", LASTING)
def test_nothing_else_can_be_voided(published: Scenario, kind: str) -> None:
    published.given(published.raised(), event := LASTING[kind](published))
    published.when(published.voided(event)).then(refused("data.id"))


def test_a_publication_is_retracted_and_a_registration_stays(published: Scenario) -> None:
    publication = {"source": f"urn:jejak:org:{REGENCY}", "id": "publish-1", "subject": "info-1", "holder": REGENCY}
    registration = {
        "source": f"urn:jejak:org:{REGENCY}",
        "id": f"register-{KIM}",
        "subject": KIM,
        "holder": REGENCY,
    }
    (answer, _) = published.when(published.voided(publication), published.voided(registration)).answers
    published.then(refused("data.id"), refused("data.id"))
    assert "item.retracted" in str(answer.refusal)


def test_a_voiding_is_not_voided(published: Scenario) -> None:
    published.given(receipt := published.received(), void := published.voided(receipt))
    published.when(published.voided(void)).then(refused("data.id"))


def test_what_is_not_in_the_log_is_not_voided(published: Scenario) -> None:
    refused_step = published.shared(KIM, headcount=-1)
    published.when(refused_step, published.voided(refused_step)).then(
        refused("data.headcount"), refused("data.id")
    )


def test_a_step_is_voided_after_it_and_not_before_it_in_one_batch(published: Scenario) -> None:
    receipt = published.received()
    early, late = published.voided(receipt), published.voided(receipt)
    published.when(early, receipt, late, published.voided(receipt)).then(
        refused("data.id"), accepted(), accepted(), refused("data.id")
    )


def test_a_voiding_bears_the_subject_of_what_it_voids(published: Scenario) -> None:
    published.given(published.published(subject="info-2"), receipt := published.received())
    published.when(published.voided(receipt, subject="info-2")).then(refused("subject"))
    published.when(published.voided(receipt, subject=KIM)).then(refused("subject"))


@pytest.mark.parametrize("stranger", [PROVINCE, OTHER_KIM, COMMUNITY])
def test_a_stranger_voids_nothing(published: Scenario, stranger: str) -> None:
    published.given(receipt := published.received(KIM))
    published.when(published.voided(receipt, stranger)).then(refused("holder"))


def test_the_registrar_voids_what_its_kim_recorded_but_not_what_the_kims_community_did(
    published: Scenario,
) -> None:
    published.given(of_kim := published.received(KIM), of_community := published.received(COMMUNITY))
    published.when(
        published.voided(of_community, REGENCY),
        published.voided(of_kim, REGENCY),
        published.voided(of_community, KIM),
    ).then(refused("holder"), accepted(), accepted())


def test_a_parent_that_did_not_register_it_voids_nothing(published: Scenario) -> None:
    published.given(published.changed(KIM, REGENCY, parent=PROVINCE), receipt := published.received(KIM))
    published.when(published.voided(receipt, PROVINCE)).then(refused("holder"))
    published.when(published.voided(receipt, REGENCY)).then(accepted())


def test_a_voided_coaching_session_keeps_its_id(published: Scenario) -> None:
    published.given(held := published.held(), published.voided(held))
    published.when(published.held()).then(refused("subject"))
    published.when(published.held(subject="pembinaan-2")).then(accepted())


def test_a_voided_step_comes_again_under_a_name_of_its_own(published: Scenario) -> None:
    published.given(wrong := published.received())
    right = published.received()
    replacement = {"source": right["source"], "id": right["id"]}
    published.when(published.voided(wrong, replacement=replacement), right).then(accepted(), accepted())


def test_a_voiding_counts_once_it_is_recorded_whatever_its_own_time_says(published: Scenario) -> None:
    published.given(receipt := published.received(at=10))
    published.when(share := published.shared(at=20)).then(accepted("unscreened"))
    published.given(void := published.voided(receipt, at=5))
    published.when(published.discussed(at=11)).then(accepted("no_receipt"))
    published.shows(share, "no_receipt", "unscreened")
    published.shows(share, "unscreened", as_of=AsOf(position=published.position(void) - 1))


def test_no_finding_of_a_voiding_rests_on_the_step_that_it_voids(published: Scenario) -> None:
    published.given(early := published.forwarded(at=1), step := published.received(cause=early, at=5))
    published.when(published.voided(step, cause=step, at=4)).then(accepted())


def test_a_voiding_in_the_same_batch_counts_from_its_position_on(published: Scenario) -> None:
    published.when(
        receipt := published.received(),
        published.discussed(),
        published.voided(receipt),
        published.discussed(),
    ).then(accepted(), accepted(), accepted(), accepted("no_receipt"))


@pytest.mark.parametrize("again", [False, True])
def test_another_publisher_and_a_new_one_see_what_was_voided(published: Scenario, again: bool) -> None:  # noqa: FBT001
    published.given(receipt := published.received(), published.voided(receipt))
    if again:
        published.restart()
    published.when(published.discussed()).then(accepted("no_receipt"))


def test_the_trail_before_shows_the_step_as_it_was(published: Scenario) -> None:
    published.given(receipt := published.received(), void := published.voided(receipt))
    before = published.trail("info-1", AsOf(position=published.position(void) - 1)).steps[-1]
    now = published.trail("info-1").steps[-2]
    assert (before.id, before.voided_by) == (receipt["id"], None)
    assert (now.id, now.voided_by) == (receipt["id"], published.position(void))
