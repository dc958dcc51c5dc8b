"""Who may record what: the contract's column, every kind against every level, and every principal."""

from collections.abc import Callable
from typing import Final

import pytest

from events.catalogue import CATALOGUE
from tests.scenario import (
    COMMUNITY,
    DISTRICT,
    KIM,
    LEVELS,
    OTHER_COMMUNITY,
    OTHER_KIM,
    OTHER_REGENCY,
    PLACES,
    PROVINCE,
    REGENCY,
    Event,
    Scenario,
    accepted,
    refused,
    told,
)

OFFICES: Final = {PROVINCE, REGENCY, DISTRICT}
ANY: Final = {*OFFICES, KIM, COMMUNITY}
VILLAGE: Final = PLACES[KIM]

Make = Callable[[Scenario, str], Event]


def own_item(scenario: Scenario, holder: str) -> str:
    """Return an item of the holder, as far as it may publish one."""
    scenario.when(scenario.published(holder, subject=f"of-{holder}"))
    return f"of-{holder}"


def own_receipt(scenario: Scenario, holder: str) -> Event:
    """Return a step of the holder."""
    scenario.given(receipt := scenario.received(holder, from_=PROVINCE))
    return receipt


# The column "who may"; what depends on more than the level has tests of its own below.
WHO_MAY: Final[dict[str, tuple[Make, set[str]]]] = {
    "organisation.decree_granted": (lambda s, holder: s.decree_granted(KIM, holder), OFFICES),
    "organisation.decree_revoked": (lambda s, holder: s.decree_revoked(KIM, holder), OFFICES),
    "item.published": (lambda s, holder: s.published(holder, subject="new"), OFFICES | {KIM}),
    "item.revised": (
        lambda s, holder: s.revised(holder, title="Baru", subject=own_item(s, holder)),
        OFFICES | {KIM},
    ),
    "item.corrected": (lambda s, holder: s.corrected(holder, subject=own_item(s, holder)), OFFICES | {KIM}),
    "item.retracted": (lambda s, holder: s.retracted(holder, subject=own_item(s, holder)), OFFICES | {KIM}),
    "item.forwarded": (lambda s, holder: s.forwarded(holder, OTHER_KIM), OFFICES | {KIM}),
    "item.received": (lambda s, holder: s.received(holder), ANY),
    "item.screened": (lambda s, holder: s.screened(holder), OFFICES | {KIM}),
    "item.discussed": (lambda s, holder: s.discussed(holder), {KIM, COMMUNITY}),
    "item.shared": (lambda s, holder: s.shared(holder), ANY),
    "item.acted_on": (lambda s, holder: s.acted_on(holder), {KIM, COMMUNITY}),
    "step.voided": (lambda s, holder: s.voided(own_receipt(s, holder)), ANY),
    "aspiration.raised": (lambda s, holder: s.raised(holder, subject="usul-2"), {KIM, COMMUNITY}),
    "aspiration.forwarded": (lambda s, holder: s.aspiration_forwarded(holder, PROVINCE), OFFICES | {KIM}),
    "aspiration.answered": (lambda s, holder: s.answered(holder), OFFICES | {KIM}),
    "aspiration.closed": (lambda s, holder: s.aspiration_closed(holder), OFFICES | {KIM}),
    "coaching.held": (lambda s, holder: s.held(holder), OFFICES),
    "population.recorded": (lambda s, holder: s.counted(VILLAGE, 1000, holder=holder), OFFICES),
}
LATER: Final[dict[str, dict[str, object]]] = {
    "configuration.set": {"value": 3},
    "person.erased": {"person": f"p1.k1.{'A' * 26}", "reason": "permintaan"},
    "organisation.key_registered": {"key_id": "k1", "public_key": "AAAA"},
}
REGISTRAR: Final = {"organisation.registered", "organisation.changed", "organisation.closed"}


def test_these_tests_know_every_kind_of_the_contract() -> None:
    assert {*WHO_MAY, *LATER, *REGISTRAR} == set(CATALOGUE.kinds.values())


@pytest.mark.parametrize("holder", LEVELS)
@pytest.mark.parametrize("kind", WHO_MAY)
def test_each_level_records_what_the_contract_lets_it_and_nothing_else(
    published: Scenario, kind: str, holder: str
) -> None:
    published.given(published.raised())
    make, allowed = WHO_MAY[kind]
    (answer,) = published.when(make(published, holder)).answers
    if holder in allowed:
        assert answer.position, answer.refusal
    else:
        assert told(answer) == refused("holder")


def test_a_community_that_publishes_no_item_corrects_none_of_anybody_else(published: Scenario) -> None:
    published.when(
        published.revised(COMMUNITY, title="Baru"),
        published.corrected(COMMUNITY),
        published.retracted(COMMUNITY),
    ).then(refused("holder"), refused("holder"), refused("holder"))


@pytest.mark.parametrize("holder", [PROVINCE, DISTRICT, KIM])
def test_only_its_issuer_revises_corrects_and_retracts_an_item(published: Scenario, holder: str) -> None:
    published.when(
        published.revised(holder, title="Baru"), published.corrected(holder), published.retracted(holder)
    ).then(refused("holder"), refused("holder"), refused("holder"))


@pytest.mark.parametrize("kind", LATER)
def test_what_nothing_obeys_yet_is_refused_even_to_the_operator(lampung: Scenario, kind: str) -> None:
    lampung.when(lampung.event(kind, KIM, PROVINCE, LATER[kind])).then(refused("type"))


# -- registration -------------------------------------------------------------------------------------

MAY_REGISTER: Final = {
    PROVINCE: {"provincial_office", "regency_office", "district_office", "kim"},
    REGENCY: {"provincial_office", "regency_office", "district_office", "kim"},
    DISTRICT: {"provincial_office", "regency_office", "district_office", "kim"},
    KIM: {"community"},
    COMMUNITY: set[str](),
}


@pytest.mark.parametrize("level", LEVELS.values())
@pytest.mark.parametrize("parent", LEVELS)
def test_offices_register_offices_and_kim_and_a_kim_its_community(
    lampung: Scenario, parent: str, level: str
) -> None:
    lampung.when(child := lampung.registered("baru", level, parent=parent, region=VILLAGE))
    if level in MAY_REGISTER[parent]:
        lampung.then(accepted())
        lampung.when(lampung.changed("baru", parent, name="Lebih baru")).then(accepted())
        lampung.when(lampung.organisation_closed("baru", parent)).then(accepted())
    else:
        lampung.then(refused("data.level" if MAY_REGISTER[parent] else "holder"))
        assert lampung.log.head() == 8, child


@pytest.mark.parametrize("level", LEVELS.values())
def test_the_operator_alone_registers_an_organisation_without_a_parent(scenario: Scenario, level: str) -> None:
    new = scenario.registered("baru", level, region="18")
    scenario.when(new, by="baru").then(refused("data.parent"))
    scenario.when(new, by=PROVINCE).then(refused("data.parent"))
    scenario.when(new).then(accepted())


def test_an_organisation_without_a_parent_is_its_own_holder(lampung: Scenario) -> None:
    lampung.when(lampung.registered("baru", "kim", region=VILLAGE, holder=REGENCY, parent=None)).then(
        refused("holder")
    )


def test_what_the_operator_registered_only_the_operator_changes_and_closes(lampung: Scenario) -> None:
    change, end = lampung.changed(PROVINCE, PROVINCE, name="Baru"), lampung.organisation_closed(PROVINCE, PROVINCE)
    lampung.when(change, end, by=PROVINCE).then(refused("holder"), refused("holder"))
    lampung.when(change, end).then(accepted(), accepted())


def test_a_community_that_the_operator_registered_is_changed_by_the_operator(lampung: Scenario) -> None:
    lampung.given(lampung.registered("rukun", "community", region=VILLAGE))
    change, end = lampung.changed("rukun", "rukun", name="Rukun"), lampung.organisation_closed("rukun", "rukun")
    lampung.when(change, end, by="rukun").then(refused("holder"), refused("holder"))
    lampung.when(change, end).then(accepted(), accepted())


def test_the_holder_of_a_registration_is_the_parent_that_it_names(lampung: Scenario) -> None:
    lampung.when(
        lampung.registered("baru", "kim", parent=REGENCY, holder=PROVINCE, region=VILLAGE),
        lampung.registered("baru", "kim", parent="nobody", region=VILLAGE),
    ).then(refused("holder"), refused("holder"))


@pytest.mark.parametrize("stranger", [PROVINCE, OTHER_REGENCY, DISTRICT, KIM, OTHER_KIM])
def test_only_its_registrar_changes_or_closes_an_organisation(lampung: Scenario, stranger: str) -> None:
    lampung.when(lampung.changed(KIM, stranger, name="Baru"), lampung.organisation_closed(KIM, stranger)).then(
        refused("holder"), refused("holder")
    )


def test_a_community_changes_nothing_of_its_own_when_its_kim_registered_it(lampung: Scenario) -> None:
    lampung.when(lampung.changed(COMMUNITY, COMMUNITY, name="Baru")).then(refused("holder"))
    lampung.when(lampung.changed(COMMUNITY, KIM, name="Baru")).then(accepted())


def test_the_registrar_stays_when_the_parent_changes(lampung: Scenario) -> None:
    lampung.given(lampung.changed(KIM, REGENCY, parent=DISTRICT))
    lampung.when(lampung.changed(KIM, DISTRICT, name="Baru")).then(refused("holder"))
    lampung.when(lampung.changed(KIM, REGENCY, name="Baru")).then(accepted())


# -- the parent's region contains the child's ---------------------------------------------------------


def test_a_child_lies_in_the_region_of_its_parent_when_it_is_registered(lampung: Scenario) -> None:
    outside = lampung.registered("baru", "kim", parent=REGENCY, region="18.01.04", called="x")
    same = lampung.registered("baru", "kim", parent=REGENCY, region="18.09", called="x")
    lampung.when(outside).then(refused("data.region"))
    lampung.when(same).then(accepted())


def test_a_child_lies_in_the_region_of_its_parent_when_it_moves(lampung: Scenario) -> None:
    lampung.when(lampung.changed(KIM, REGENCY, region="18.01.04")).then(refused("data.region"))
    lampung.when(lampung.changed(KIM, REGENCY, region="18.09.02")).then(accepted())


def test_a_child_lies_in_the_region_of_its_new_parent(lampung: Scenario) -> None:
    lampung.when(lampung.changed(KIM, REGENCY, parent=OTHER_REGENCY)).then(refused("data.parent"))
    lampung.when(lampung.changed(KIM, REGENCY, parent=OTHER_REGENCY, region="18.01.04")).then(accepted())


def test_a_parent_may_move_away_and_its_child_is_still_renamed_but_not_moved(lampung: Scenario) -> None:
    lampung.given(lampung.changed(REGENCY, PROVINCE, region="18.02"))
    lampung.when(lampung.changed(KIM, REGENCY, name="Baru")).then(accepted())
    lampung.when(lampung.changed(KIM, REGENCY, region="18.09.02")).then(refused("data.region"))
    lampung.when(lampung.changed(KIM, REGENCY, parent=REGENCY)).then(refused("data.parent"))
    lampung.when(lampung.changed(KIM, REGENCY, parent=DISTRICT)).then(accepted())


@pytest.mark.parametrize(
    ("name", "registrar", "parent"),
    [
        (KIM, REGENCY, OTHER_KIM),
        (COMMUNITY, KIM, REGENCY),
        (COMMUNITY, KIM, OTHER_COMMUNITY),
        (DISTRICT, REGENCY, KIM),
    ],
)
def test_a_new_parent_is_one_that_may_register_such_a_child(
    lampung: Scenario, name: str, registrar: str, parent: str
) -> None:
    lampung.when(lampung.changed(name, registrar, parent=parent)).then(refused("data.parent"))


def test_an_organisation_is_never_put_below_itself(lampung: Scenario) -> None:
    lampung.when(
        lampung.changed(REGENCY, PROVINCE, parent=REGENCY), lampung.changed(REGENCY, PROVINCE, parent=DISTRICT)
    ).then(refused("data.parent"), refused("data.parent"))


def test_a_change_names_a_region_and_a_parent_that_exist_and_changes_something(lampung: Scenario) -> None:
    lampung.when(
        lampung.changed(KIM, REGENCY, region="18.09.01.2099"),
        lampung.changed(KIM, REGENCY, parent="nobody"),
        lampung.changed(KIM, REGENCY),
        lampung.changed("nobody", REGENCY, name="Baru"),
        lampung.organisation_closed("nobody", REGENCY),
    ).then(refused("data.region"), refused("data.parent"), refused("data"), refused("subject"), refused("subject"))


# -- who speaks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("principal", [None, KIM])
def test_a_kim_and_the_operator_record_for_the_kim_and_its_community(
    published: Scenario, principal: str | None
) -> None:
    published.when(published.received(KIM), published.received(COMMUNITY), by=principal).then(
        accepted(), accepted()
    )


@pytest.mark.parametrize("holder", [REGENCY, OTHER_KIM, OTHER_COMMUNITY])
def test_a_kim_records_for_nobody_else(published: Scenario, holder: str) -> None:
    published.when(published.shared(holder), by=KIM).then(refused("holder"))


def test_an_office_does_not_own_the_kim_that_it_registered(published: Scenario) -> None:
    published.when(published.received(KIM), published.received(COMMUNITY), by=REGENCY).then(
        refused("holder"), refused("holder")
    )


def test_a_community_records_for_itself_and_not_for_its_kim(published: Scenario) -> None:
    published.when(published.received(COMMUNITY), published.received(KIM), by=COMMUNITY).then(
        accepted(), refused("holder")
    )


def test_the_principal_decides_whatever_the_source_says(published: Scenario) -> None:
    published.when(published.received(KIM, sender=f"urn:jejak:org:{REGENCY}"), by=KIM).then(accepted())
    published.when(published.received(KIM, sender=f"urn:jejak:org:{KIM}"), by=REGENCY).then(refused("holder"))


def test_a_principal_that_is_not_registered_records_nothing(published: Scenario) -> None:
    published.when(published.received(KIM), by="nobody").then(refused("holder"))
    published.when(published.received("nobody"), by="nobody").then(refused("holder"))
