"""What reporting jobs read in SQL: the views of docs/reporting.md, and nothing else."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from psycopg.rows import DictRow, dict_row

from events.fields import microseconds, starts
from infra.postgresql import COMPUTED, READER
from projections.engine import Engine
from projections.reach.fold import Reach
from tests.databases import database_of
from tests.scenario import (
    COMMUNITY,
    ITEM,
    KIM,
    OTHER_KIM,
    PLACES,
    PSEUDONYMS,
    REGENCY,
    START,
    Scenario,
)

pytestmark = pytest.mark.parametrize("mode", ["distributed"], indirect=True)
DOCUMENTATION: Final = Path(__file__).parents[3] / "docs" / "reporting.md"


@contextmanager
def reader(scenario: Scenario) -> Iterator["psycopg.Connection[DictRow]"]:
    """Give a connection that may do what a reporting job may."""
    with psycopg.connect(database_of(scenario.directory), autocommit=True, row_factory=dict_row) as connection:
        connection.execute(f"SET ROLE {READER}")
        yield connection


def report(scenario: Scenario, query: str) -> list[dict[str, Any]]:
    """Return what a reporting job reads once the views are up to date."""
    scenario.follower.catch_up()
    with reader(scenario) as connection:
        return connection.execute(query.encode()).fetchall()


def test_a_step_is_shown_with_its_labels_and_times(published: Scenario) -> None:
    published.given(receipt := published.received(at=1), published.voided(receipt), published.raised())
    first, voided, _, raised = report(
        published, f"SELECT * FROM {COMPUTED}.steps WHERE position > 8 ORDER BY position"
    )
    assert (voided["kind"], voided["kind_indonesian"], voided["kind_english"]) == (
        "item.received",
        "diterima",
        "received",
    )
    assert (voided["channel"], voided["channel_english"]) == ("whatsapp_group", "WhatsApp group")
    assert voided["occurred_at"] == START + timedelta(minutes=1)
    assert voided["recorded_at"] == published.clock.now
    assert (voided["subject"], voided["holder"], voided["region"]) == (ITEM, KIM, PLACES[KIM])
    assert (first["voided_by"], voided["voided_by"], raised["channel_english"]) == (None, 11, None)


def test_times_are_exact_to_the_microsecond(published: Scenario) -> None:
    at = datetime(2021, 11, 20, 23, 59, 59, 999_999, UTC)
    published.given(published.received(at=at))
    assert report(published, f"SELECT occurred_at FROM {COMPUTED}.steps WHERE position = 10") == [
        {"occurred_at": at}
    ]


def test_organisations_are_as_they_are_now(published: Scenario) -> None:
    published.given(
        published.changed(KIM, REGENCY, name="KIM Baru", region="18.09.02"),
        published.changed(KIM, REGENCY, region="18.09.03"),
        published.organisation_closed(OTHER_KIM, REGENCY, at=7),
    )
    rows = report(published, f"SELECT * FROM {COMPUTED}.organisations")
    found = {row["organisation"]: row for row in rows}
    assert len(found) == len(rows) == 8
    kim = found[KIM]
    assert (kim["name"], kim["level"], kim["region"], kim["parent"], kim["registrar"], kim["closed_at"]) == (
        "KIM Baru",
        "kim",
        "18.09.03",
        REGENCY,
        REGENCY,
        None,
    )
    assert kim["registered_at"] < START
    assert found[OTHER_KIM]["closed_at"] == START + timedelta(minutes=7)


def test_a_decree_is_shown_with_its_term_and_its_end(published: Scenario) -> None:
    published.given(
        published.decree_granted(KIM, at=1),
        published.decree_revoked(KIM, at=5),
        published.decree_granted(OTHER_KIM, number="SK-2", valid_to="9999-12-31"),
    )
    first, second = report(published, f"SELECT * FROM {COMPUTED}.decrees ORDER BY position")
    assert (first["organisation"], first["number"]) == (KIM, "SK-1")
    assert first["valid_from"] == datetime(2020, 12, 31, 17, tzinfo=UTC)
    assert first["valid_until"] == datetime(2021, 12, 31, 17, tzinfo=UTC)
    assert first["revoked_at"] == START + timedelta(minutes=5)
    assert (second["valid_until"], second["revoked_at"]) == (None, None)


def test_a_revocation_is_shown_though_the_grant_was_written_down_later(published: Scenario) -> None:
    published.given(
        published.decree_revoked(KIM, at=5),
        published.decree_granted(KIM, valid_to=None, at=7),
        published.decree_granted(KIM, valid_from="2021-12-01", at=8),
    )
    first, renewed = report(published, f"SELECT * FROM {COMPUTED}.decrees ORDER BY position")
    assert (first["revoked_at"], renewed["revoked_at"]) == (START + timedelta(minutes=5), None)


@pytest.mark.parametrize(
    ("last", "until"),
    [
        ("9999-12-30", datetime(9999, 12, 30, 17, tzinfo=UTC)),
        ("9999-12-31", None),
        ("9999-12-31T08:00:00+00:00", None),
    ],
)
def test_a_decree_that_ends_with_the_calendar_does_not_end(
    published: Scenario, last: str, until: datetime | None
) -> None:
    published.given(published.decree_granted(KIM, valid_to=last))
    (row,) = report(published, f"SELECT * FROM {COMPUTED}.decrees")
    assert row["valid_until"] == until


def test_a_decree_that_begins_with_the_calendar_has_no_beginning_that_clients_could_not_read(
    published: Scenario,
) -> None:
    published.given(published.decree_granted(KIM))
    published.follower.catch_up()
    for day, begin in (("0001-01-01", None), ("0001-01-02", datetime(1, 1, 1, 17, tzinfo=UTC))):
        with psycopg.connect(database_of(published.directory)) as connection:
            connection.execute(
                f"UPDATE {COMPUTED}.registry_decree SET valid_from = %s", [microseconds(starts(day))]
            )
        (row,) = report(published, f"SELECT valid_from FROM {COMPUTED}.decrees")
        assert row["valid_from"] == begin


def test_figures_can_be_computed_from_their_rows(published: Scenario) -> None:
    published.given(
        published.shared(headcount=30, exposures=200, at=1),
        wrong := published.shared(COMMUNITY, headcount=7),
        published.voided(wrong),
        published.discussed(
            headcount=12, origins=[{"region": PLACES[KIM], "headcount": 8}], participants=PSEUDONYMS[:2]
        ),
    )
    (impressions,) = report(
        published,
        f"SELECT sum(coalesce(exposures, headcount)) AS people FROM {COMPUTED}.figure_steps"
        " WHERE kind = 'item.shared' AND voided_by IS NULL",
    )
    assert impressions == {"people": 200}
    places = report(published, f"SELECT region, headcount FROM {COMPUTED}.figure_places ORDER BY region")
    assert [(place["region"], place["headcount"]) for place in places] == [("18.09.01", 4), (PLACES[KIM], 8)]
    published.given(published.forwarded(REGENCY, KIM, OTHER_KIM))
    targets = report(published, f"SELECT target FROM {COMPUTED}.figure_targets ORDER BY target")
    assert [target["target"] for target in targets] == [KIM, OTHER_KIM]


def test_a_count_of_people_has_its_day(published: Scenario) -> None:
    published.given(published.counted("18.09", 477_468, "2020-12-31"))
    (row,) = report(published, f"SELECT region, people, counted_on FROM {COMPUTED}.populations")
    assert row == {"region": "18.09", "people": 477_468, "counted_on": date(2020, 12, 31)}


def test_a_reporting_job_reads_the_documented_views_and_nothing_else(published: Scenario) -> None:
    published.follower.catch_up()
    with reader(published) as connection:
        relations = connection.execute(
            "SELECT relname, relkind, has_table_privilege(oid, 'SELECT') AS reads,"
            " has_table_privilege(oid, 'INSERT, UPDATE, DELETE, TRUNCATE') AS writes"
            f" FROM pg_class WHERE relnamespace = '{COMPUTED}'::regnamespace AND relkind IN ('r', 'v')"
        ).fetchall()
        assert {each["relname"] for each in relations if each["reads"]} == set(documented())
        assert not any(each["writes"] for each in relations)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(f"CREATE TABLE {COMPUTED}.mine ()")


def test_every_column_is_documented(published: Scenario) -> None:
    columns: dict[str, list[str]] = {}
    for row in report(
        published,
        "SELECT table_name, column_name FROM information_schema.columns"
        f" WHERE table_schema = '{COMPUTED}' ORDER BY table_name, ordinal_position",
    ):
        columns.setdefault(row["table_name"], []).append(row["column_name"])
    assert columns == documented()


def documented() -> dict[str, list[str]]:
    """Return the columns in the tables of docs/reporting.md, by view."""
    found = {}
    for section in re.split(r"^### ", DOCUMENTATION.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        name, _, text = section.partition("\n")
        cells = re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)
        found[name.strip("`")] = [column for cell in cells for column in re.findall(r"`(\w+)`", cell)]
    return found


def test_a_projection_of_a_new_version_has_its_views_again(published: Scenario) -> None:
    published.follower.catch_up()
    newer = Reach()
    newer.version += 1
    engine = Engine(published.views, [newer])
    engine.prepare()
    with reader(published) as connection:
        shown = f"SELECT position FROM {COMPUTED}.figure_steps".encode()
        assert connection.execute(shown).fetchall() == []
        engine.fold(published.log.read(0, 100))
        assert len(connection.execute(shown).fetchall()) == 9
