"""How each aggregate changes with its events: pure functions, no log."""

from hashlib import sha256

import pytest

from events import aspiration as aspirations
from events import coaching as coachings
from events import item as items
from events import organisation as organisations
from events.fields import Data
from events.step import Voided
from events.vocabulary import AspirationKind, Channel, KipClass, Level, NeedHorizon, Topic, Verdict
from projections.findings.facts import Mark, Step, particulars
from services.aggregates import aspiration, coaching, handling, item, organisation
from services.aggregates.aspiration import Aspiration
from services.aggregates.coaching import Coaching
from services.aggregates.handling import Handling
from services.aggregates.item import Item
from services.aggregates.organisation import Organisation

VOIDED = Voided("urn:a", "1", "salah")


def step(
    position: int,
    kind: str,
    data: Data,
    holder: str = "kim-a",
    at: int | None = None,
    voids: int | None = None,
) -> Step:
    when = position * 10 if at is None else at
    return Step(position, kind, "info-1", holder, Level.KIM, when, when, None, *particulars(kind, data), voids)


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def published(text: str | None = "a", link: str | None = None) -> items.Published:
    return items.Published(
        title="Judul",
        sha256=digest(text or "?"),
        topic=Topic.HEALTH,
        need_horizon=NeedHorizon.SHORT_TERM,
        kip_class=KipClass.BERKALA,
        text=text,
        link=link,
    )


# -- a handling ---------------------------------------------------------------------------------------


def test_a_handling_keeps_receipts_and_verdicts_in_the_order_of_the_log() -> None:
    known = Handling()
    received, screened = items.Received(Channel.PRINT), items.Screened(Verdict.HOAX, "surat")
    known = handling.evolve(known, step(1, "item.received", received, at=50), received)
    known = handling.evolve(known, step(2, "item.screened", screened, at=40), screened)
    known = handling.evolve(known, step(3, "item.received", received, at=30), received)
    assert known == Handling((Mark(50, 1), Mark(30, 3)), (Mark(40, 2, "hoax"),))


def test_a_voiding_takes_out_exactly_the_step_that_it_names() -> None:
    known = Handling((Mark(50, 1), Mark(30, 3)), (Mark(40, 2, "hoax"),))

    def without(position: int) -> Handling:
        return handling.evolve(known, step(4, "step.voided", VOIDED, voids=position), VOIDED)

    assert without(1) == Handling((Mark(30, 3),), (Mark(40, 2, "hoax"),))
    assert without(2) == Handling((Mark(50, 1), Mark(30, 3)), ())
    assert without(9) == known


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("item.shared", items.Shared(Channel.PRINT)),
        ("item.discussed", items.Discussed()),
        ("item.acted_on", items.ActedOn("vaksin")),
        ("item.forwarded", items.Forwarded(("kim-b",), Channel.PRINT)),
    ],
)
def test_what_no_finding_depends_on_leaves_a_handling_as_it_is(kind: str, data: Data) -> None:
    known = Handling((Mark(50, 1),))
    assert handling.evolve(known, step(2, kind, data), data) is known


# -- an item ------------------------------------------------------------------------------------------


def test_an_item_knows_its_issuer_and_its_texts_digest() -> None:
    known = item.evolve(Item("info-1"), step(1, "item.published", published()), published())
    assert known == Item("info-1", "kim-a", digest("a"), digest("a"))


def test_an_item_behind_a_link_has_no_text_to_compare_with() -> None:
    data = published(text=None, link="https://example.id")
    assert item.evolve(Item("info-1"), step(1, "item.published", data), data).text_digest is None


def test_a_revision_replaces_what_it_gives_and_leaves_the_rest() -> None:
    known = item.evolve(Item("info-1"), step(1, "item.published", published()), published())
    titled = items.Revised("jelas", title="Baru")
    assert item.evolve(known, step(2, "item.revised", titled), titled) == known
    renewed = items.Revised("jelas", text="b", sha256=digest("b").upper())
    assert item.evolve(known, step(2, "item.revised", renewed, "other"), renewed) == Item(
        "info-1", "kim-a", digest("b"), digest("b")
    )


def test_retractions_come_and_are_voided() -> None:
    data = items.Retracted("batal")
    known = item.evolve(Item("info-1", "kim-a"), step(2, "item.retracted", data), data)
    assert known.retractions == (Mark(20, 2),)
    again = item.evolve(known, step(3, "item.retracted", data), data)
    assert item.evolve(again, step(4, "step.voided", VOIDED, voids=2), VOIDED).retractions == (Mark(30, 3),)


def test_a_correction_leaves_an_item_as_it_is() -> None:
    data = items.Corrected("salah")
    known = Item("info-1", "kim-a")
    assert item.evolve(known, step(2, "item.corrected", data), data) is known


# -- an organisation ----------------------------------------------------------------------------------


def registered(parent: str | None = "office") -> Organisation:
    data = organisations.Registered("KIM", Level.KIM, "18.09.01.2007", parent)
    holder = parent or "kim-a"
    return organisation.evolve(Organisation("kim-a"), step(1, "organisation.registered", data, holder), data)


def test_who_registered_an_organisation_is_its_registrar_for_ever() -> None:
    known = registered()
    assert (known.level, known.region, known.parent, known.registrar) == (
        Level.KIM,
        "18.09.01.2007",
        "office",
        "office",
    )
    assert not known.founded
    data = organisations.Changed(parent="other")
    moved = organisation.evolve(known, step(2, "organisation.changed", data), data)
    assert (moved.parent, moved.registrar, moved.region) == ("other", "office", "18.09.01.2007")


def test_an_organisation_without_a_parent_was_founded() -> None:
    assert registered(parent=None).founded


def test_a_change_of_name_moves_nothing_and_closing_takes_nothing_away() -> None:
    known = registered()
    for data in (organisations.Changed(name="Baru"), organisations.Closed("bubar")):
        assert organisation.evolve(known, step(2, "organisation.changed", data), data) == known


def test_an_organisation_keeps_every_decree_and_revocation() -> None:
    known = registered()
    granted = organisations.DecreeGranted("SK-1", "Bupati", "1970-01-01", None)
    revoked = organisations.DecreeRevoked("SK-1", "bubar")
    known = organisation.evolve(known, step(2, "organisation.decree_granted", granted), granted)
    known = organisation.evolve(known, step(4, "organisation.decree_revoked", revoked), revoked)
    assert known.decrees.ever()
    assert known.decrees.valid((39, 3))
    assert not known.decrees.valid((41, 5))


# -- an aspiration, a coaching session ----------------------------------------------------------------


def test_an_aspiration_is_raised_once_and_nothing_after_changes_whose_it_is() -> None:
    raised = aspirations.Raised(AspirationKind.REQUEST, "jalan rusak")
    known = aspiration.evolve(Aspiration("usul-1"), step(1, "aspiration.raised", raised), raised)
    assert known.holder == "kim-a"
    answered = aspirations.Answered("diperbaiki")
    assert aspiration.evolve(known, step(2, "aspiration.answered", answered, "office"), answered) == known


def test_a_coaching_session_that_is_voided_was_held_all_the_same() -> None:
    held = coachings.Held(("office",), ("kim-a",), "18.09", 30)
    known = coaching.evolve(Coaching("c-1"), step(1, "coaching.held", held, "office"), held)
    assert known.holder == "office"
    assert coaching.evolve(known, step(2, "step.voided", VOIDED, "office"), VOIDED) == known
