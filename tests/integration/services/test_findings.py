"""The findings that are decidable at once, each in the publisher's answer and in the trail.

`then` compares the answer, and the trail as of the event's own position; `shows` compares the trail as it stands
when everything has come.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import pytest

from projections.as_of import AsOf
from tests.scenario import (
    COMMUNITY,
    DISTRICT,
    KIM,
    NOW,
    OTHER_KIM,
    PROVINCE,
    REGENCY,
    START,
    Event,
    Scenario,
    accepted,
)

Make = Callable[..., Event]

USES: Final[dict[str, Make]] = {
    "screened": Scenario.screened,
    "discussed": Scenario.discussed,
    "shared": Scenario.shared,
    "forwarded": Scenario.forwarded,
    "acted_on": Scenario.acted_on,
}
ALSO: Final = {"shared": ["unscreened"], "forwarded": ["unscreened"]}
PASSES_ON: Final[dict[str, Make]] = {"shared": Scenario.shared, "forwarded": Scenario.forwarded}


# -- no_receipt ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("use", USES)
def test_using_an_item_without_a_receipt_is_found(published: Scenario, use: str) -> None:
    published.when(USES[use](published, KIM)).then(accepted("no_receipt", *ALSO.get(use, [])))


@pytest.mark.parametrize("use", USES)
def test_using_an_item_after_its_receipt_is_in_order(published: Scenario, use: str) -> None:
    published.given(published.received(KIM))
    published.when(USES[use](published, KIM)).then(accepted(*ALSO.get(use, [])))


def test_the_receipt_of_somebody_else_or_of_another_item_is_none(published: Scenario) -> None:
    published.given(published.published(subject="info-2"))
    published.given(published.received(COMMUNITY), published.received(KIM, subject="info-2"))
    published.when(published.discussed(KIM)).then(accepted("no_receipt"))


@pytest.mark.parametrize("use", ["screened", "shared", "forwarded"])
def test_an_issuer_needs_no_receipt(published: Scenario, use: str) -> None:
    published.when(USES[use](published, REGENCY)).then(accepted())


def test_a_receipt_at_the_same_time_counts_where_it_lies_before(published: Scenario) -> None:
    published.when(early := published.discussed(at=5)).then(accepted("no_receipt"))
    published.given(published.received(at=5))
    published.when(published.discussed(at=5)).then(accepted())
    published.shows(early, "no_receipt")


def test_a_receipt_that_happened_later_is_none(published: Scenario) -> None:
    published.given(published.received(at=6))
    published.when(use := published.discussed(at=5)).then(accepted("no_receipt"))
    published.shows(use, "no_receipt")


def test_a_receipt_recorded_later_makes_it_good(published: Scenario) -> None:
    published.when(use := published.discussed(at=5)).then(accepted("no_receipt"))
    published.given(published.received(at=6), good := published.received(at=4), published.received(at=3))
    published.shows(use, made_good={"no_receipt": good})
    published.shows(use, "no_receipt", as_of=AsOf(position=published.position(good) - 1))


def test_a_voided_receipt_makes_nothing_good(published: Scenario) -> None:
    published.given(use := published.discussed(at=5), receipt := published.received(at=4))
    published.given(published.voided(receipt))
    published.shows(use, "no_receipt")
    published.given(second := published.received(at=4))
    published.shows(use, made_good={"no_receipt": second})


def test_a_voided_step_has_no_findings(published: Scenario) -> None:
    published.given(use := published.shared(at=5, cause=("urn:nowhere", "x")), published.voided(use))
    published.shows(use)


# -- unknown_source -----------------------------------------------------------------------------------


def test_a_receipt_with_neither_cause_nor_giver_is_found(published: Scenario) -> None:
    published.when(published.received(from_=None)).then(accepted("unknown_source"))


def test_a_receipt_with_a_giver_or_with_a_cause_has_a_source(published: Scenario) -> None:
    published.given(forwarding := published.forwarded(REGENCY, KIM))
    published.when(published.received(from_=REGENCY), published.received(cause=forwarding)).then(
        accepted(), accepted()
    )


def test_a_receipt_from_a_forwarding_to_others_is_found(published: Scenario) -> None:
    published.given(forwarding := published.forwarded(REGENCY, OTHER_KIM, COMMUNITY))
    published.when(
        published.received(KIM, cause=forwarding),
        published.received(KIM, cause=forwarding, from_=REGENCY),
        published.received(COMMUNITY, cause=forwarding),
    ).then(accepted("unknown_source"), accepted("unknown_source"), accepted())


def test_a_receipt_from_a_publication_or_a_sharing_to_others_is_in_order(published: Scenario) -> None:
    published.given(share := published.shared(REGENCY, to=[OTHER_KIM]))
    publication = {"source": share["source"], "id": "publish-1"}
    published.when(published.received(KIM, cause=publication), published.received(KIM, cause=share)).then(
        accepted(), accepted()
    )


def test_the_nearest_passing_step_counts_and_all_between_is_passed_through(published: Scenario) -> None:
    published.given(
        published.published(subject="info-2"),
        to_other := published.forwarded(REGENCY, OTHER_KIM),
        elsewhere := published.forwarded(REGENCY, KIM, subject="info-2", cause=to_other),
        discussion := published.discussed(COMMUNITY, cause=elsewhere),
        share := published.shared(OTHER_KIM, cause=to_other),
    )
    published.when(published.received(KIM, cause=discussion), published.received(KIM, cause=share)).then(
        accepted("unknown_source"), accepted()
    )


def test_a_voided_forwarding_is_passed_through(published: Scenario) -> None:
    published.given(
        first := published.forwarded(REGENCY, KIM), second := published.forwarded(REGENCY, OTHER_KIM, cause=first)
    )
    published.when(receipt := published.received(KIM, cause=second)).then(accepted("unknown_source"))
    published.given(published.voided(second))
    published.shows(receipt)
    published.when(published.received(KIM, cause=second)).then(accepted())


def test_a_forwarding_to_others_that_is_recorded_later_is_found_then(published: Scenario) -> None:
    forwarding = published.forwarded(REGENCY, OTHER_KIM, at=1)
    published.when(receipt := published.received(KIM, cause=forwarding, at=2)).then(accepted("missing_cause"))
    published.given(forwarding)
    published.shows(receipt, "unknown_source", made_good={"missing_cause": forwarding})


# -- missing_cause ------------------------------------------------------------------------------------


def test_a_cause_that_is_not_in_the_log_is_found_and_is_made_good_when_it_comes(published: Scenario) -> None:
    cause = published.forwarded(at=1)
    published.when(receipt := published.received(cause=cause, at=2)).then(accepted("missing_cause"))
    published.given(published.received(OTHER_KIM))
    published.shows(receipt, "missing_cause")
    published.given(cause)
    published.shows(receipt, made_good={"missing_cause": cause})


@pytest.mark.parametrize("cause_first", [True, False])
def test_a_cause_in_the_same_batch_is_there_when_it_lies_before(published: Scenario, cause_first: bool) -> None:  # noqa: FBT001
    cause = published.forwarded(at=1)
    receipt = published.received(cause=cause, at=2)
    if cause_first:
        published.when(cause, receipt).then(accepted(), accepted())
        published.shows(receipt)
    else:
        published.when(receipt, cause).then(accepted("missing_cause"), accepted())
        published.shows(receipt, made_good={"missing_cause": cause})


def test_a_cause_that_was_refused_is_missing(published: Scenario) -> None:
    cause = published.shared(headcount=-1, at=1)
    published.when(cause, receipt := published.received(COMMUNITY, cause=cause, at=2))
    published.shows(receipt, "missing_cause")
    published.given(mended := {**cause, "data": {"channel": "print"}})
    published.shows(receipt, made_good={"missing_cause": mended})


def test_a_voided_cause_is_still_in_the_log(published: Scenario) -> None:
    published.given(cause := published.forwarded(at=1), published.voided(cause))
    published.when(published.received(cause=cause, at=2)).then(accepted())


def test_a_cause_of_another_source_is_found_under_that_source(published: Scenario) -> None:
    published.given(cause := published.forwarded(at=1, called="same"))
    wrong = published.received(cause=(f"urn:jejak:org:{KIM}", "same"), at=2)
    published.when(wrong, published.received(cause=cause, at=2)).then(accepted("missing_cause"), accepted())


@pytest.mark.parametrize("kind", ["organisation", "aspiration", "coaching", "voiding"])
def test_every_kind_of_event_names_causes(published: Scenario, kind: str) -> None:
    published.given(receipt := published.received(at=1))
    cause = published.forwarded(at=1)
    made = {
        "organisation": lambda: published.changed(KIM, REGENCY, name="Baru", cause=cause),
        "aspiration": lambda: published.raised(cause=cause),
        "coaching": lambda: published.held(cause=cause),
        "voiding": lambda: published.voided(receipt, cause=cause),
    }[kind]()
    published.when(made).then(accepted("missing_cause"))
    published.given(cause)
    published.shows(made, made_good={"missing_cause": cause})


# -- cause_later --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("minute", "found"), [(4, ["cause_later"]), (5, []), (6, [])])
def test_a_cause_later_than_its_effect_is_found(published: Scenario, minute: int, found: list[str]) -> None:
    published.given(cause := published.forwarded(at=5))
    published.when(published.received(cause=cause, at=minute)).then(accepted(*found))


def test_times_are_compared_as_instants_whatever_their_offset(published: Scenario) -> None:
    published.given(cause := published.forwarded(at="2021-11-23T10:00:00+09:00"))
    published.when(published.received(cause=cause, at="2021-11-23T08:00:00+07:00")).then(accepted())
    published.when(published.received(cause=cause, at="2021-11-23T00:59:59.999999Z")).then(accepted("cause_later"))


def test_a_later_cause_that_is_recorded_later_is_found_then(published: Scenario) -> None:
    cause = published.forwarded(at=5)
    published.when(receipt := published.received(cause=cause, at=4)).then(accepted("missing_cause"))
    published.given(cause)
    published.shows(receipt, "cause_later", made_good={"missing_cause": cause})


def test_the_cause_behind_a_voided_one_is_compared(published: Scenario) -> None:
    published.given(far := published.forwarded(at=3), near := published.forwarded(at=5, cause=far))
    published.when(
        early := published.received(cause=near, at=2), late := published.received(cause=near, at=4)
    ).then(accepted("cause_later"), accepted("cause_later"))
    published.given(published.voided(near))
    published.shows(early, "cause_later")
    published.shows(late)
    published.when(published.received(cause=near, at=2), published.received(cause=near, at=4)).then(
        accepted("cause_later"), accepted()
    )


def test_two_events_that_cause_each_other_end_nobodys_walk(published: Scenario) -> None:
    one = published.discussed(at=5, cause=(f"urn:jejak:org:{KIM}", "two"), called="one")
    two = published.discussed(at=6, cause=one, called="two")
    published.when(one, two, published.received(KIM, cause=two, at=7)).then(
        accepted("missing_cause", "no_receipt"), accepted("no_receipt"), accepted()
    )
    published.shows(one, "no_receipt", "cause_later", made_good={"missing_cause": two})
    published.given(published.voided(one), published.voided(two))
    published.when(published.received(KIM, cause=two, at=4)).then(accepted())


# -- shared_after_hoax --------------------------------------------------------------------------------


@pytest.mark.parametrize("way", PASSES_ON)
def test_passing_on_after_the_own_hoax_verdict_is_found(published: Scenario, way: str) -> None:
    published.given(published.received(), published.screened(KIM, "hoax"))
    published.when(PASSES_ON[way](published, KIM)).then(accepted("shared_after_hoax"))


def test_the_latest_verdict_counts(published: Scenario) -> None:
    published.given(published.received(at=1), published.screened(KIM, "hoax", at=2))
    published.given(published.screened(KIM, "verified", at=4), published.screened(KIM, "hoax", at=6))
    published.when(published.shared(at=3), published.shared(at=5), published.shared(at=7)).then(
        accepted("shared_after_hoax"), accepted(), accepted("shared_after_hoax")
    )


def test_another_holders_verdict_is_not_its_own(published: Scenario) -> None:
    published.given(published.received(), published.screened(REGENCY, "hoax"))
    published.when(published.shared()).then(accepted("unscreened"))


def test_an_issuer_that_calls_its_own_item_a_hoax_and_shares_it_is_found(published: Scenario) -> None:
    published.given(published.screened(REGENCY, "hoax"))
    published.when(published.shared(REGENCY)).then(accepted("shared_after_hoax"))


def test_a_hoax_may_be_discussed_and_acted_on(published: Scenario) -> None:
    published.given(published.received(), published.screened(KIM, "hoax"))
    published.when(published.discussed(), published.acted_on()).then(accepted(), accepted())


def test_a_verdict_at_the_same_time_counts_where_it_lies_before(published: Scenario) -> None:
    published.given(published.received(at=1), published.screened(KIM, "verified", at=2))
    published.when(early := published.shared(at=5)).then(accepted())
    published.given(published.screened(KIM, "hoax", at=5))
    published.when(published.shared(at=5)).then(accepted("shared_after_hoax"))
    published.given(published.screened(KIM, "verified", at=5))
    published.when(published.shared(at=5)).then(accepted())
    published.shows(early)


@pytest.mark.parametrize("way", ["corrected", "retracted"])
def test_passing_a_correction_on_is_exempt_at_any_distance(published: Scenario, way: str) -> None:
    published.given(published.received(), published.screened(KIM, "hoax"))
    published.given(
        correction := getattr(published, way)(REGENCY),
        receipt := published.received(KIM, cause=correction),
        discussion := published.discussed(KIM, cause=receipt),
    )
    published.when(published.shared(cause=discussion), published.shared(cause=correction)).then(
        accepted(), accepted()
    )


def test_a_correction_of_another_item_exempts_from_nothing(published: Scenario) -> None:
    published.given(published.published(subject="info-2"), other := published.corrected(subject="info-2"))
    published.given(published.received(), published.screened(KIM, "hoax"))
    published.when(published.shared(cause=other)).then(accepted("shared_after_hoax"))


def test_a_voided_correction_exempts_from_nothing(published: Scenario) -> None:
    published.given(published.received(), published.screened(KIM, "hoax"), correction := published.corrected())
    published.when(share := published.shared(cause=correction)).then(accepted())
    published.given(published.voided(correction))
    published.shows(share, "shared_after_hoax")
    published.when(published.shared(cause=correction)).then(accepted("shared_after_hoax"))


def test_a_voided_hoax_verdict_is_none(published: Scenario) -> None:
    published.given(published.received(), published.screened(), hoax := published.screened(KIM, "hoax"))
    published.when(share := published.shared()).then(accepted("shared_after_hoax"))
    published.given(published.voided(hoax))
    published.shows(share)
    published.when(published.shared()).then(accepted())


def test_a_better_verdict_that_is_recorded_later_makes_it_good(published: Scenario) -> None:
    published.given(published.received(at=1), published.screened(KIM, "hoax", at=2))
    published.when(share := published.shared(at=5)).then(accepted("shared_after_hoax"))
    published.given(published.screened(KIM, "verified", at=6), good := published.screened(KIM, "verified", at=4))
    published.given(published.screened(KIM, "unproven", at=3))
    published.shows(share, made_good={"shared_after_hoax": good})
    published.shows(share, "shared_after_hoax", as_of=AsOf(position=published.position(good) - 1))


def test_the_latest_verdict_is_what_makes_it_good(published: Scenario) -> None:
    published.given(published.received(at=1), published.screened(KIM, "hoax", at=2))
    published.given(share := published.shared(at=9))
    published.given(published.screened(KIM, "verified", at=3), published.screened(KIM, "hoax", at=4))
    published.shows(share, "shared_after_hoax")
    published.given(good := published.screened(KIM, "verified", at=5), published.screened(KIM, "hoax", at=4))
    published.shows(share, made_good={"shared_after_hoax": good})
    published.given(published.screened(KIM, "hoax", at=6))
    published.shows(share, "shared_after_hoax")


def test_a_hoax_verdict_that_is_recorded_later_is_found_then(published: Scenario) -> None:
    published.given(published.received(at=1), published.screened(at=2))
    published.when(share := published.shared(at=5)).then(accepted())
    published.given(published.screened(KIM, "hoax", at=4))
    published.shows(share, "shared_after_hoax")


def test_a_correction_that_turns_up_among_the_causes_later_makes_it_good(published: Scenario) -> None:
    correction = published.corrected(at=2)
    receipt = published.received(cause=correction, at=3)
    published.given(published.received(at=0), published.screened(KIM, "hoax", at=1))
    published.when(share := published.shared(cause=receipt, at=4)).then(
        accepted("missing_cause", "shared_after_hoax")
    )
    published.given(receipt)
    published.shows(share, "shared_after_hoax", made_good={"missing_cause": receipt})
    published.given(correction)
    published.shows(share, made_good={"missing_cause": receipt, "shared_after_hoax": correction})


def test_a_way_that_led_nowhere_is_walked_again_once_what_was_missing_came(published: Scenario) -> None:
    published.given(
        published.received(at=1), published.screened(KIM, "hoax", at=2), correction := published.corrected()
    )
    receipt = published.received(cause=correction, at=3)
    discussion = published.discussed(cause=receipt, at=4)
    published.when(discussion, published.shared(cause=discussion, at=5)).then(
        accepted("missing_cause"), accepted("shared_after_hoax")
    )
    published.given(receipt)
    published.when(published.shared(cause=discussion, at=5)).then(accepted())


# -- after_retraction ---------------------------------------------------------------------------------

AFTER: Final[dict[str, Make]] = {
    "received": Scenario.received,
    "shared": Scenario.shared,
    "forwarded": Scenario.forwarded,
    "acted_on": Scenario.acted_on,
}


@pytest.mark.parametrize("use", AFTER)
def test_using_an_item_after_its_retraction_is_found(published: Scenario, use: str) -> None:
    published.given(published.received(), published.screened(), published.retracted())
    published.when(AFTER[use](published, KIM)).then(accepted("after_retraction"))


def test_what_happened_before_the_retraction_is_in_order_whenever_it_is_recorded(published: Scenario) -> None:
    published.given(published.received(at=1), published.screened(at=2), published.retracted(at=5))
    published.when(
        published.shared(at=4), published.shared(at=5), published.shared(at=6), published.received(at=4)
    ).then(accepted(), accepted("after_retraction"), accepted("after_retraction"), accepted())


def test_a_step_at_the_time_of_the_retraction_counts_by_its_position(published: Scenario) -> None:
    published.when(before := published.received(at=5)).then(accepted())
    published.given(published.retracted(at=5))
    published.when(published.received(at=5)).then(accepted("after_retraction"))
    published.shows(before)


def test_a_retracted_item_may_be_screened_and_discussed(published: Scenario) -> None:
    published.given(published.received(), published.retracted())
    published.when(published.screened(), published.discussed()).then(accepted(), accepted())


def test_its_issuer_may_pass_on_what_it_retracted(published: Scenario) -> None:
    published.given(published.retracted())
    published.when(published.shared(REGENCY), published.forwarded(REGENCY)).then(accepted(), accepted())


def test_passing_the_retraction_on_is_in_order_at_any_distance(published: Scenario) -> None:
    published.given(published.received(), published.screened())
    published.given(
        retraction := published.retracted(), forwarding := published.forwarded(REGENCY, cause=retraction)
    )
    published.when(
        receipt := published.received(KIM, cause=forwarding),
        published.shared(KIM, cause=receipt),
        published.shared(KIM, cause=retraction),
    ).then(accepted(), accepted(), accepted())


def test_a_correction_is_no_retraction(published: Scenario) -> None:
    published.given(correction := published.corrected(), published.retracted())
    published.when(published.received(cause=correction)).then(accepted("after_retraction"))


def test_a_voided_retraction_retracts_nothing(published: Scenario) -> None:
    published.given(retraction := published.retracted())
    published.when(receipt := published.received()).then(accepted("after_retraction"))
    published.given(published.voided(retraction))
    published.shows(receipt)
    published.when(published.received()).then(accepted())


def test_the_voided_one_of_two_retractions_does_not_excuse(published: Scenario) -> None:
    published.given(first := published.retracted(), published.retracted())
    published.when(receipt := published.received(cause=first)).then(accepted())
    published.given(published.voided(first))
    published.shows(receipt, "after_retraction")


def test_a_retraction_that_is_recorded_later_is_found_then(published: Scenario) -> None:
    published.when(receipt := published.received(at=5)).then(accepted())
    published.given(published.retracted(at=4))
    published.shows(receipt, "after_retraction")


def test_a_retraction_that_turns_up_among_the_causes_later_makes_it_good(published: Scenario) -> None:
    published.given(retraction := published.retracted(at=1))
    forwarding = published.forwarded(REGENCY, cause=retraction, at=2)
    published.when(receipt := published.received(cause=forwarding, at=3)).then(
        accepted("missing_cause", "after_retraction")
    )
    published.given(forwarding)
    published.shows(receipt, made_good={"missing_cause": forwarding, "after_retraction": forwarding})


# -- unscreened ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("holder", [PROVINCE, DISTRICT, KIM])
@pytest.mark.parametrize("way", PASSES_ON)
def test_an_office_or_kim_that_passes_on_what_it_did_not_screen_is_found(
    published: Scenario, way: str, holder: str
) -> None:
    published.given(published.received(holder))
    published.when(PASSES_ON[way](published, holder)).then(accepted("unscreened"))


@pytest.mark.parametrize("verdict", ["verified", "unproven"])
def test_passing_on_after_a_verdict_is_in_order(published: Scenario, verdict: str) -> None:
    published.given(published.received(), published.screened(KIM, verdict))
    published.when(published.shared()).then(accepted())


def test_unchecked_is_no_verdict_but_does_not_undo_one(published: Scenario) -> None:
    published.given(published.received(), published.screened(KIM, "unchecked"))
    published.when(published.shared()).then(accepted("unscreened"))
    published.given(published.screened(), published.screened(KIM, "unchecked"))
    published.when(published.shared()).then(accepted())


def test_a_community_and_an_issuer_need_not_screen(published: Scenario) -> None:
    published.given(published.received(COMMUNITY))
    published.when(published.shared(COMMUNITY), published.shared(REGENCY)).then(accepted(), accepted())


def test_another_holders_screening_is_not_its_own(published: Scenario) -> None:
    published.given(published.received(), published.received(OTHER_KIM), published.screened(OTHER_KIM))
    published.when(published.shared(KIM)).then(accepted("unscreened"))


def test_a_screening_at_the_same_time_counts_where_it_lies_before(published: Scenario) -> None:
    published.given(published.received(at=1))
    published.when(early := published.shared(at=5)).then(accepted("unscreened"))
    published.given(published.screened(at=5))
    published.when(published.shared(at=5)).then(accepted())
    published.shows(early, "unscreened")


def test_a_screening_recorded_later_makes_it_good_and_voided_does_not(published: Scenario) -> None:
    published.given(published.received(at=1))
    published.when(share := published.shared(at=5)).then(accepted("unscreened"))
    published.given(published.screened(KIM, "unchecked", at=3), published.screened(at=6))
    published.shows(share, "unscreened")
    published.given(first := published.screened(at=4), second := published.screened(at=3))
    published.shows(share, made_good={"unscreened": first})
    published.given(published.voided(first))
    published.shows(share, made_good={"unscreened": second})
    published.given(published.voided(second))
    published.shows(share, "unscreened")


# -- recorded_late ------------------------------------------------------------------------------------

WEEK: Final = timedelta(days=7)


@pytest.mark.parametrize(("lag", "found"), [(WEEK, []), (WEEK + timedelta(microseconds=1), ["recorded_late"])])
def test_what_is_recorded_more_than_the_limit_after_it_happened_is_found(
    published: Scenario, lag: timedelta, found: list[str]
) -> None:
    published.when(published.received(at=NOW - lag)).then(accepted(*found))
    published.when(published.held(at=NOW - lag)).then(accepted(*found))


def test_recorded_late_compares_with_the_stamp_not_with_a_clock_that_went_back(published: Scenario) -> None:
    published.clock.now = NOW - timedelta(minutes=5)
    published.when(published.received(at=NOW - WEEK - timedelta(seconds=1))).then(accepted("recorded_late"))


def test_recorded_late_is_voided_with_its_step(published: Scenario) -> None:
    published.given(step := published.received(at=NOW - 2 * WEEK))
    published.given(published.voided(step))
    published.shows(step)


# -- decree_expired -----------------------------------------------------------------------------------

MIDNIGHT: Final = "2022-01-01T00:00:00+07:00"


@pytest.fixture
def decreed(published: Scenario) -> Scenario:
    """The same, seen from the year after, where the KIM of Bagelen held a decree in 2021."""
    published.clock.now = START + timedelta(days=100)
    return published.given(published.decree_granted(KIM, at=NOW))


def late(at: str) -> list[str]:
    """Say whether a step is recorded late, too."""
    return ["recorded_late"] if at < "2022-02-24" else []


@pytest.mark.parametrize(
    ("at", "found"),
    [
        ("2020-12-31T23:59:59.999999+07:00", ["decree_expired"]),
        ("2021-01-01T00:00:00+07:00", []),
        ("2021-12-31T23:59:59.999999+07:00", []),
        (MIDNIGHT, ["decree_expired"]),
    ],
)
def test_a_decree_holds_from_its_first_day_to_the_end_of_its_last(
    decreed: Scenario, at: str, found: list[str]
) -> None:
    decreed.when(decreed.received(at=at)).then(accepted("recorded_late", *found))


def test_a_kim_that_never_had_a_decree_and_whoever_is_no_kim_need_none(decreed: Scenario) -> None:
    decreed.when(
        decreed.received(OTHER_KIM, at=MIDNIGHT),
        decreed.received(COMMUNITY, at=MIDNIGHT),
        decreed.received(PROVINCE),
    ).then(accepted("recorded_late"), accepted("recorded_late"), accepted("recorded_late"))


def test_an_aspiration_is_a_step_of_a_kim_too(decreed: Scenario) -> None:
    decreed.when(decreed.raised(KIM, at=MIDNIGHT)).then(accepted("recorded_late", "decree_expired"))


def test_another_decree_fills_the_gap(decreed: Scenario) -> None:
    decreed.given(decreed.decree_granted(KIM, number="SK-2", valid_from="2022-01-01", valid_to=None, at=NOW))
    decreed.when(decreed.received(at=MIDNIGHT)).then(accepted("recorded_late"))


def test_a_decree_without_an_end_holds_until_it_is_revoked(published: Scenario) -> None:
    published.given(published.decree_granted(KIM, valid_to=None, at=1), published.decree_revoked(KIM, at=10))
    published.when(published.received(at=9), published.received(at=10), published.received(at=11)).then(
        accepted(), accepted("decree_expired"), accepted("decree_expired")
    )


def test_a_step_at_the_time_of_the_revocation_counts_by_its_position(published: Scenario) -> None:
    published.given(published.decree_granted(KIM, at=1))
    published.when(before := published.received(at=10)).then(accepted())
    published.given(published.decree_revoked(KIM, at=10))
    published.when(published.received(at=10)).then(accepted("decree_expired"))
    published.shows(before)


def test_a_revocation_ends_the_decree_of_its_number_only(published: Scenario) -> None:
    published.given(published.decree_granted(KIM, at=1), published.decree_revoked(KIM, number="SK-2", at=2))
    published.when(published.received(at=10)).then(accepted())


def test_a_revocation_counts_though_the_grant_was_written_down_later(published: Scenario) -> None:
    published.given(published.decree_revoked(KIM, at=5), published.decree_granted(KIM, valid_to=None, at=7))
    published.when(published.received(at=4), published.received(at=5)).then(accepted(), accepted("decree_expired"))


@pytest.mark.parametrize(
    ("begin", "found"), [(5, []), (2, ["decree_expired"]), ("2021-11-23", ["decree_expired"])]
)
def test_a_decree_granted_anew_under_its_number_holds_where_it_begins_after_the_revocation(
    published: Scenario, begin: int | str, found: list[str]
) -> None:
    published.given(published.decree_granted(KIM, at=1), published.decree_revoked(KIM, at=2))
    valid_from = begin if isinstance(begin, str) else (START + timedelta(minutes=begin)).isoformat()
    published.given(published.decree_granted(KIM, valid_from=valid_from, at=3))
    published.when(published.received(at=10)).then(accepted(*found))


def test_a_grant_written_down_later_is_looked_at_as_the_log_knew_it(published: Scenario) -> None:
    published.given(published.decree_granted(KIM, valid_to="2021-06-30", at=0))
    published.when(step := published.received(at=10)).then(accepted("decree_expired"))
    published.given(good := published.decree_granted(KIM, number="SK-2", at=20))
    published.given(revoked := published.decree_revoked(KIM, number="SK-2", at=9))
    published.shows(step, "decree_expired")
    published.shows(step, made_good={"decree_expired": good}, as_of=AsOf(position=published.position(revoked) - 1))


def test_a_decree_recorded_later_makes_it_good(published: Scenario) -> None:
    published.given(published.decree_granted(KIM, valid_to="2021-06-30", at=1))
    published.when(step := published.received(at=10)).then(accepted("decree_expired"))
    published.given(good := published.decree_granted(KIM, number="SK-2", at=20))
    published.shows(step, made_good={"decree_expired": good})
    published.shows(step, "decree_expired", as_of=AsOf(position=published.position(good) - 1))


def test_a_revocation_recorded_later_is_found_then(published: Scenario) -> None:
    published.given(published.decree_granted(KIM, at=1))
    published.when(step := published.received(at=10)).then(accepted())
    published.given(published.decree_revoked(KIM, at=9))
    published.shows(step, "decree_expired")


def test_an_old_decree_recorded_later_is_found_then(published: Scenario) -> None:
    published.when(step := published.received(at=10)).then(accepted())
    published.given(published.decree_granted(KIM, valid_to="2021-06-30", at=20))
    published.shows(step, "decree_expired")


# -- all together -------------------------------------------------------------------------------------


def test_a_step_has_every_finding_that_it_deserves(published: Scenario) -> None:
    published.clock.now = START + timedelta(days=8)
    published.given(published.decree_granted(KIM, valid_to="2021-06-30"), published.retracted(at=1))
    published.given(published.screened(KIM, "hoax", at=2), later := published.forwarded(at=60))
    published.when(published.shared(KIM, cause=later, at=3)).then(
        accepted(
            "no_receipt",
            "cause_later",
            "shared_after_hoax",
            "after_retraction",
            "recorded_late",
            "decree_expired",
        )
    )


def test_the_trail_looks_as_it_did_by_recorded_and_by_occurred_time(published: Scenario) -> None:
    published.when(share := published.shared(COMMUNITY, at=5)).then(accepted("no_receipt"))
    published.clock.now = NOW + timedelta(hours=1)
    published.given(receipt := published.received(COMMUNITY, at=3))
    published.shows(share, made_good={"no_receipt": receipt})
    published.shows(share, "no_receipt", as_of=AsOf(recorded=NOW))
    steps = published.trail("info-1", AsOf(occurred=START + timedelta(minutes=4))).steps
    assert [step.id for step in steps] == ["publish-1", receipt["id"]]
