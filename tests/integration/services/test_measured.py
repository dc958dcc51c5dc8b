"""What publishing and folding count: metrics say what happened, no more and no less."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import pytest
from prometheus_client.parser import text_string_to_metric_families

from events.recorded import RecordedEvent
from infra.observability.metrics import Metrics
from infra.views import Connection
from projections.audit_trail import AUDIT_TRAIL
from projections.lag import measure_lag
from services.publishing.deciding import ClockBehindError, PublishingLimits
from services.publishing.group import GroupCommit
from services.publishing.measured import MeasuredPublisher
from tests.scenario import NOW, REGIONS, Scenario, lines

TRACEPARENT: Final = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
TEN_YEARS: Final = timedelta(days=3_650)


def value(metrics: Metrics, name: str, **labels: str) -> float:
    """Return a sample as a scrape sees it."""
    families = text_string_to_metric_families(metrics.text().decode())
    (found,) = (
        sample.value
        for family in families
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )
    return found


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def measured(published: Scenario, metrics: Metrics) -> Scenario:
    """A log with a published item, whose publisher is measured from now on."""
    published.publisher = MeasuredPublisher(published.log, REGIONS, PublishingLimits(), metrics)
    return published


def test_a_batch_is_counted_by_what_became_of_its_events(measured: Scenario, metrics: Metrics) -> None:
    event, wrong = measured.received(), measured.received(subject="unknown")
    measured.when(event, measured.received(), event, wrong)
    measured.when(event)
    assert value(metrics, "jejak_appended_events_total") == 2
    assert value(metrics, "jejak_repeated_events_total") == 2
    assert value(metrics, "jejak_refused_events_total") == 1
    assert value(metrics, "jejak_batch_events_count") == value(metrics, "jejak_append_seconds_count") == 2
    assert value(metrics, "jejak_batch_events_sum") == 5
    assert 0 < value(metrics, "jejak_append_seconds_sum") < 60
    assert value(metrics, "jejak_failed_batches_total") == 0


def test_a_batch_that_fails_whole_counts_as_that_alone(published: Scenario, metrics: Metrics) -> None:
    published.publisher = MeasuredPublisher(
        published.log, REGIONS, PublishingLimits(clock_behind=-TEN_YEARS), metrics
    )
    with pytest.raises(ClockBehindError):
        published.when(published.received())
    assert value(metrics, "jejak_failed_batches_total") == 1
    assert value(metrics, "jejak_append_seconds_count") == value(metrics, "jejak_appended_events_total") == 0


def test_a_group_is_counted_by_its_batches(measured: Scenario, metrics: Metrics) -> None:
    group = GroupCommit(measured.publisher)
    answers = [group.submit(lines([measured.received()])) for _ in range(20)]
    group.close()
    assert all(answer.done() for answer in answers)
    assert value(metrics, "jejak_appended_events_total") == 20


def test_the_lag_of_a_view_is_what_it_lacks_and_how_long(published: Scenario, metrics: Metrics) -> None:
    later = NOW + timedelta(seconds=90)
    metrics.refreshed_by(lambda: measure_lag(published.log, published.engine, metrics, lambda: later))
    trail = {"projection": AUDIT_TRAIL.name}
    assert value(metrics, "jejak_projection_lag_positions", **trail) == 9
    assert value(metrics, "jejak_projection_lag_seconds", **trail) == 90
    published.follower.catch_up()
    assert value(metrics, "jejak_projection_lag_positions", **trail) == 0
    assert value(metrics, "jejak_projection_lag_seconds", **trail) == 0
    assert value(metrics, "jejak_parked_events", **trail) == 0


def test_what_is_parked_is_counted_and_logged_with_its_event_and_trace(
    published: Scenario, metrics: Metrics, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bad = {**published.received(called="bad"), "traceparent": TRACEPARENT}
    published.given(bad, published.received())
    fold = type(AUDIT_TRAIL).fold

    def failing(projection: Any, events: Sequence[RecordedEvent], connection: Connection) -> None:  # noqa: ANN401 - any
        if any(event.state.id == "bad" for event in events):
            raise KeyError("odd")
        fold(projection, events, connection)

    monkeypatch.setattr(type(AUDIT_TRAIL), "fold", failing)
    with caplog.at_level(logging.WARNING):
        published.follower.catch_up()
    metrics.refreshed_by(lambda: measure_lag(published.log, published.engine, metrics))
    assert value(metrics, "jejak_parked_events", projection=AUDIT_TRAIL.name) == 2
    (line,) = (vars(record) for record in caplog.records if record.getMessage() == "event parked")
    assert (line["projection"], line["position"], line["subject"]) == (AUDIT_TRAIL.name, 10, bad["subject"])
    assert (line["event_source"], line["event_id"]) == (bad["source"], "bad")
    assert line["trace_id"] == "0af7651916cd43dd8448eb211c80319c"


def test_where_no_logs_are_set_up_nothing_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    logging.getLogger("projections.engine").warning("event parked")
    assert capsys.readouterr().err == ""
