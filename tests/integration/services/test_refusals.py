"""What is refused: each with the field at fault, and nothing of it remembered."""

from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any, Final

import msgspec
import pytest

from events.refusal import PersonalDataError
from services.publishing.deciding import MOST_STATE_BYTES
from tests.scenario import (
    COMMUNITY,
    DISTRICT,
    KIM,
    NOW,
    OTHER_KIM,
    OTHER_REGENCY,
    PSEUDONYMS,
    REGENCY,
    TEXT,
    Event,
    Scenario,
    accepted,
    digest,
    refused,
)

NOWHERE: Final = "18.09.01.2099"
NEW: Final = {"subject": "new"}
Make = Callable[..., Event]


def origins(*headcounts: int, region: str = "18.09.01.2001") -> list[dict[str, Any]]:
    return [{"region": region, "headcount": headcount} for headcount in headcounts]


def case(field: str, make: Make, wrong: dict[str, Any], right: dict[str, Any] | None = None) -> object:
    """Return a case: the same event, refused because of the fields `wrong`, taken with the fields `right`."""
    fields = ", ".join(f"{name}={value}" for name, value in wrong.items())
    return pytest.param(field, make, wrong, right or {}, id=f"{make.__name__}: {fields}"[:90])


WRONG: Final = [
    # What names no item, organisation, region, or one of another level.
    case("subject", Scenario.shared, {"subject": "info-9"}),
    case("subject", Scenario.received, {"subject": "info-9"}),
    case("subject", Scenario.discussed, {"subject": "info-9"}),
    case("subject", Scenario.forwarded, {"subject": "info-9"}),
    case("subject", Scenario.screened, {"subject": "info-9"}),
    case("subject", Scenario.acted_on, {"subject": "info-9"}),
    case("subject", Scenario.retracted, {"subject": "info-9"}),
    case("subject", Scenario.corrected, {"subject": "info-9"}),
    case("subject", Scenario.revised, {"subject": "info-9", "title": "Baru"}, {"title": "Baru"}),
    case("subject", Scenario.shared, {"subject": "info 1"}),
    case("data.item", Scenario.raised, {"item": "info-9"}, {"item": "info-1"}),
    case("data.replacement", Scenario.corrected, {"replacement": "info-9"}, {"replacement": "info-2"}),
    case("data.replacement", Scenario.corrected, {"replacement": "info-1"}, {"replacement": "info-2"}),
    case("data.replacement", Scenario.corrected, {"replacement": "info-kim"}, {"replacement": "info-2"}),
    case("data.to[1]", Scenario.forwarded, {"to": [KIM, "nobody"]}),
    case("data.to[0]", Scenario.shared, {"to": ["nobody"]}, {"to": [COMMUNITY]}),
    case("data.from", Scenario.received, {"from_": "nobody"}),
    case("data.intended[1]", Scenario.published, {"intended": [KIM, "nobody"], **NEW}, NEW),
    case("data.intended[0]", Scenario.published, {"intended": [NOWHERE], **NEW}, NEW),
    case("data.intended[0]", Scenario.revised, {"intended": [NOWHERE]}, {"intended": ["18.09"]}),
    case("data.to[0]", Scenario.aspiration_forwarded, {"to": ["nobody"]}),
    case("data.offices[0]", Scenario.held, {"offices": [KIM]}),
    case("data.kim[1]", Scenario.held, {"kim": [KIM, REGENCY]}),
    case("data.kim[0]", Scenario.held, {"kim": ["nobody"]}),
    case("data.region", Scenario.shared, {"region": NOWHERE}, {"region": "18.09.01.2008"}),
    case("data.region", Scenario.shared, {"region": "1809012008"}, {"region": "18.09.01.2008"}),
    case("data.region", Scenario.acted_on, {"region": NOWHERE}, {"region": "18"}),
    case("data.venue_region", Scenario.discussed, {"venue_region": NOWHERE}, {"venue_region": "18.09.01"}),
    case("data.venue_region", Scenario.held, {"venue_region": NOWHERE}),
    case("data.origins[0].region", Scenario.discussed, {"origins": origins(2, region=NOWHERE)}),
    case("data.origins[0].region", Scenario.held, {"origins": origins(2, region=NOWHERE)}),
    case("data.region", Scenario.counted, {"region": NOWHERE, "subject": NOWHERE}),
    case("data.region", Scenario.counted, {"holder": OTHER_REGENCY}, {"holder": REGENCY}),
    case("data.region", Scenario.counted, {"region": "18.09", "subject": "18.09", "holder": DISTRICT}),
    case("subject", Scenario.counted, {"subject": "18.09.01.2008"}),
    case("subject", Scenario.counted, {"subject": KIM}),
    case("data.date", Scenario.counted, {"date": "2021-11-25"}, {"date": "2021-11-24"}),
    case("data.date", Scenario.counted, {"date": "2021-02-30"}, {"date": "2021-02-28"}),
    case("data.date", Scenario.counted, {"date": "2020"}),
    case("data.people", Scenario.counted, {"people": -1}, {"people": 0}),
    # People that cannot be.
    case("data.headcount", Scenario.discussed, {"headcount": -1}),
    case("data.headcount", Scenario.shared, {"headcount": -1}, {"headcount": 0}),
    case("data.headcount", Scenario.acted_on, {"headcount": -1}, {"headcount": 0}),
    case("data.headcount", Scenario.held, {"headcount": -1}),
    case("data.exposures", Scenario.shared, {"exposures": -1}, {"exposures": 0}),
    case("data.origins[0].headcount", Scenario.discussed, {"origins": origins(-1)}),
    case("data.headcount", Scenario.discussed, {"headcount": 2.5}),
    case("data.headcount", Scenario.discussed, {"headcount": 2, "participants": PSEUDONYMS[:3]}),
    case("data.headcount", Scenario.shared, {"headcount": 2, "participants": PSEUDONYMS[:3]}),
    case("data.headcount", Scenario.acted_on, {"headcount": 2, "participants": PSEUDONYMS[:3]}),
    case("data.origins", Scenario.discussed, {"origins": origins(6, 5)}, {"origins": origins(6, 4)}),
    case("data.origins", Scenario.held, {"origins": origins(30, 1)}, {"origins": origins(30)}),
    case("data.origins", Scenario.discussed, {"headcount": None, "origins": origins(1)}),
    case(
        "data.origins",
        Scenario.discussed,
        {"headcount": None, "participants": PSEUDONYMS[:2], "origins": origins(3)},
        {"headcount": None, "participants": PSEUDONYMS[:2], "origins": origins(2)},
    ),
    # Text and digest, class, personal data.
    case("data.sha256", Scenario.published, {"sha256": digest("lain"), **NEW}, NEW),
    case("data.text", Scenario.published, {"text": None, "sha256": digest(""), **NEW}, NEW),
    case("data.sha256", Scenario.revised, {"text": "lain"}, {"text": "lain", "sha256": digest("lain")}),
    case("data.sha256", Scenario.revised, {"sha256": digest("lain")}, {"sha256": digest(TEXT)}),
    case("data.kip_class", Scenario.published, {"kip_class": "dikecualikan", **NEW}, NEW),
    case("data.participants[1]", Scenario.discussed, {"participants": [PSEUDONYMS[0], "Siti Aminah"]}),
    case("data.participants[0]", Scenario.shared, {"participants": ["081234567890"]}),
    case("data.participants[0]", Scenario.acted_on, {"participants": ["1809010101010001"]}),
    case("data.person", Scenario.raised, {"person": {"name": "Siti Aminah", "contact": "081234567890"}}),
    # Times and causes.
    case("time", Scenario.shared, {"at": NOW + timedelta(minutes=5, microseconds=1)}),
    case("time", Scenario.shared, {"at": "2021-11-23T14:05:00"}),
    case("time", Scenario.shared, {"at": "1821-11-23T14:05:00+07:00"}),
    case("causationid", Scenario.shared, {"cause": (f"urn:jejak:org:{KIM}", "x")}),
    case(
        "data.valid_to",
        Scenario.published,
        {"valid_from": "2021-02-01", "valid_to": "2021-01-31", **NEW},
        {"valid_from": "2021-02-01", "valid_to": "2021-02-01", **NEW},
    ),
    case("data.due", Scenario.raised, {"due": "2021-02-30"}, {"due": "2021-02-28"}),
    # Nothing to say.
    case("data", Scenario.revised, {"called": "x"}, {"title": "Baru"}),
]


@pytest.mark.parametrize(("field", "make", "wrong", "right"), WRONG)
def test_a_refusal_names_the_field_and_is_not_remembered(
    published: Scenario, field: str, make: Make, wrong: dict[str, Any], right: dict[str, Any]
) -> None:
    published.given(
        published.published(subject="info-2"),
        published.published(KIM, subject="info-kim"),
    )
    if make is not Scenario.raised:
        published.given(published.raised(at=0))
    head = published.log.head()

    published.when(make(published, **{"called": "x", **wrong})).then(refused(field))
    assert published.log.head() == head

    (answer,) = published.when(make(published, called="x", **right)).answers
    assert answer.position == head + 1, answer.refusal


@pytest.mark.parametrize(
    ("missing", "field"),
    [("holder", "holder"), ("subject", "subject"), ("time", "time"), ("source", "source"), ("data", "data")],
)
def test_an_event_without_a_required_attribute_is_refused(published: Scenario, missing: str, field: str) -> None:
    event = published.shared()
    del event[missing]
    published.when(event).then(refused(field))


@pytest.mark.parametrize("make", [Scenario.published, Scenario.raised, Scenario.held])
def test_a_second_beginning_of_one_id_is_refused(published: Scenario, make: Make) -> None:
    published.when(make(published, subject="new")).then(accepted())
    published.when(make(published, subject="new")).then(refused("subject"))
    published.restart().when(make(published, subject="new")).then(refused("subject"))


def test_a_second_beginning_in_the_same_batch_is_refused(published: Scenario) -> None:
    published.when(published.raised(), published.raised(KIM)).then(accepted(), refused("subject"))
    published.when(published.held(), published.held()).then(accepted(), refused("subject"))
    first, second = published.published(subject="new"), published.published(KIM, subject="new")
    published.when(first, second).then(accepted(), refused("subject"))


def test_a_second_registration_of_one_id_is_refused(lampung: Scenario) -> None:
    lampung.when(lampung.registered(KIM)).then(refused("subject"))
    new = lampung.registered("baru", "kim", parent=REGENCY, region="18.09.01.2001")
    lampung.when(new, {**new, "id": "again"}).then(accepted(), refused("subject"))


@pytest.mark.parametrize("make", [Scenario.aspiration_forwarded, Scenario.answered, Scenario.aspiration_closed])
def test_an_aspiration_is_raised_before_anything_becomes_of_it(published: Scenario, make: Make) -> None:
    published.when(make(published)).then(refused("subject"))
    published.given(published.raised()).when(make(published)).then(accepted())


@pytest.mark.parametrize("make", [Scenario.decree_granted, Scenario.decree_revoked])
@pytest.mark.parametrize("subject", [COMMUNITY, REGENCY, "nobody"])
def test_a_decree_is_a_kims(lampung: Scenario, make: Make, subject: str) -> None:
    lampung.when(make(lampung, subject)).then(refused("subject"))
    lampung.when(make(lampung, KIM)).then(accepted())


def test_a_decree_does_not_end_before_it_begins(lampung: Scenario) -> None:
    lampung.when(lampung.decree_granted(KIM, valid_to="2020-12-31")).then(refused("data.valid_to"))
    lampung.when(lampung.decree_granted(KIM, valid_from="2021-13-01")).then(refused("data.valid_from"))


def test_a_holder_is_registered_first(published: Scenario) -> None:
    published.when(published.shared("nobody")).then(refused("holder"))


def test_an_organisations_id_does_not_read_as_a_region(lampung: Scenario) -> None:
    lampung.when(lampung.registered("18.09.01.2001", "kim", parent=REGENCY, region="18.09.01.2001")).then(
        refused("subject")
    )


def test_an_organisation_is_where_there_is_a_region(lampung: Scenario) -> None:
    lampung.when(lampung.registered("baru", "kim", parent=REGENCY, region=NOWHERE)).then(refused("data.region"))


def test_the_skew_itself_is_no_future(published: Scenario) -> None:
    published.when(published.published(subject="new", at=NOW + timedelta(minutes=5))).then(accepted())


def test_a_time_in_the_future_is_compared_in_its_own_offset(published: Scenario) -> None:
    later = (NOW + timedelta(hours=1)).astimezone(UTC)
    (answer,) = published.when(published.published(subject="new", at=later)).answers
    assert "it is 2021-11-24T01:00:00+00:00 now" in str(answer.refusal)


def test_the_text_of_a_revision_has_the_digest_of_the_revision_and_every_later_one_too(
    published: Scenario,
) -> None:
    published.given(published.revised(text="baru", sha256=digest("baru")))
    for scenario in (published, published.restart()):
        scenario.when(
            scenario.revised(sha256=digest(TEXT)),
            scenario.revised(text=TEXT),
            scenario.revised(text="baru"),
            scenario.revised(title="Judul baru"),
        ).then(refused("data.sha256"), refused("data.sha256"), accepted(), accepted())


def test_the_digest_of_a_text_behind_a_link_is_the_issuers_word(published: Scenario) -> None:
    linked = published.published(subject="new", text=None, link="https://example.id/a", sha256=digest("apa saja"))
    published.when(linked).then(accepted())
    published.when(published.revised(subject="new", sha256=digest("lain"))).then(accepted())
    published.when(published.revised(subject="new", text=TEXT)).then(refused("data.sha256"))


def test_a_digest_may_be_written_in_capitals(published: Scenario) -> None:
    published.when(published.published(subject="new", sha256=digest(TEXT).upper())).then(accepted())
    published.when(published.revised(subject="new", text=TEXT)).then(accepted())


def test_an_item_is_replaced_by_one_of_the_same_issuer_only(published: Scenario) -> None:
    published.given(published.published(KIM, subject="of-kim"), published.published(subject="of-regency"))
    published.when(
        published.corrected(replacement="of-kim"),
        published.corrected(KIM, subject="of-kim", replacement="info-1"),
        published.corrected(replacement="of-regency"),
    ).then(refused("data.replacement"), refused("data.replacement"), accepted())


@pytest.mark.parametrize(
    "wrong",
    [{"participants": ["Siti Aminah"]}, {"participants": ["p1.k1.siti"]}, {"participants": [PSEUDONYMS[0], ""]}],
)
def test_personal_data_is_refused_without_being_shown(published: Scenario, wrong: dict[str, Any]) -> None:
    (answer,) = published.when(published.discussed(**wrong)).answers
    assert isinstance(answer.refusal, PersonalDataError)
    assert "siti" not in str(answer.refusal).lower()


def test_who_asks_is_never_kept_in_plain_text(published: Scenario) -> None:
    person = {"name": "Siti Aminah", "contact": "081234567890"}
    (answer,) = published.when(published.raised(person=person)).answers
    assert isinstance(answer.refusal, PersonalDataError)
    assert "Siti" not in str(answer.refusal)
    assert not any(b"Siti" in file.read_bytes() for file in published.directory.iterdir())


def test_one_refused_event_refuses_none_beside_it(published: Scenario) -> None:
    head = published.log.head()
    published.when(
        published.received(KIM),
        published.shared("nobody"),
        published.received(OTHER_KIM),
        published.shared(KIM, headcount=-1),
        published.received(COMMUNITY),
    ).then(accepted(), refused("holder"), accepted(), refused("data.headcount"), accepted())
    assert [answer.position for answer in published.answers] == [head + 1, None, head + 2, None, head + 3]


def test_what_a_refused_event_would_have_begun_has_not_begun(published: Scenario) -> None:
    published.when(
        published.published(subject="new", kip_class="dikecualikan"),
        published.received(KIM, subject="new"),
    ).then(refused("data.kip_class"), refused("subject"))


@pytest.mark.parametrize("line", [b"", b"{", b"[]", b"\xff", b"null", b'{"type": 1}'])
def test_what_is_no_event_is_refused_and_the_rest_is_taken(published: Scenario, line: bytes) -> None:
    answers = published.publisher.publish([line, msgspec.json.encode(published.received(KIM))])
    assert [answer.outcome for answer in answers] == ["refused", "accepted"]


# -- 60 KiB -------------------------------------------------------------------------------------------


def test_a_state_of_60_kib_is_the_largest(published: Scenario) -> None:
    def state_bytes() -> int:
        ((_, _, state),) = published.log.read(published.log.head() - 1, 1)
        return len(state.encode())

    def sized(outcome_bytes: int) -> Event:
        return published.discussed(
            outcome="é" * (outcome_bytes // 2) + "x" * (outcome_bytes % 2), at=1, called="big"
        )

    published.given({**sized(1000), "id": "sma"})  # an id as long, so that only the outcome differs
    overhead = state_bytes() - 1000
    published.when(sized(MOST_STATE_BYTES - overhead + 1)).then(refused("data"))
    published.when(sized(MOST_STATE_BYTES - overhead)).then(accepted("no_receipt"))
    assert state_bytes() == MOST_STATE_BYTES
