"""The alert rules and the dashboard speak of metrics that there are, and the guide of the same alerts."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import promql_parser
import pytest
import yaml  # type: ignore[import-untyped]  # it comes without types
from prometheus_client.parser import text_string_to_metric_families

from infra.observability.metrics import Metrics
from tests.unit.test_documentation import page, section

ROOT: Final = Path(__file__).parent.parent.parent
FOLDER: Final = ROOT / "infra" / "observability"
GUIDE: Final = section(page("docs/operations.md"), "## Alerts")
COMPOSE: Final[Mapping[str, Any]] = yaml.safe_load(page("docker-compose.yml"))

# With their labels. `part`, `job` and `instance` come from whoever scrapes.
OF_PROMETHEUS: Final[Mapping[str, set[str]]] = {"up": set(), "ALERTS": {"alertname", "alertstate"}}
OF_SCRAPING: Final = {"job", "instance", "part"}
ESSENTIAL: Final[Mapping[str, set[str]]] = {
    "publishing": {
        *("jejak_appended_events_total", "jejak_refused_events_total", "jejak_failed_batches_total"),
        "jejak_append_seconds_bucket",
    },
    "relay": {"jejak_relay_lag_positions", "jejak_relay_lag_seconds", "jejak_relay_unmoved_seconds"},
    "inbox": {"jejak_inbox_lag_messages", "jejak_inbox_lag_seconds", "jejak_inbox_unmoved_seconds"},
    "views": {
        *("jejak_projection_lag_positions", "jejak_projection_lag_seconds", "jejak_projection_unmoved_seconds"),
        "jejak_parked_events",
    },
    "workers": {"jejak_holes_filled_events_total", "jejak_rebalances_total"},
    "every part": {"up", "jejak_start_time_seconds"},
}


def loaded(name: str) -> Any:  # noqa: ANN401 - any YAML
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


ALERTS: Final[Mapping[str, Mapping[str, Any]]] = {
    rule["alert"]: rule for group in loaded("prometheus/alerts.yml")["groups"] for rule in group["rules"]
}
DASHBOARD: Final = json.loads((FOLDER / "grafana" / "jejak.json").read_text(encoding="utf-8"))
PANELS: Final[Mapping[str, Mapping[str, Any]]] = {panel["title"]: panel for panel in DASHBOARD["panels"]}


def labels_of_metrics() -> dict[str, set[str]]:
    """Return the labels of every series that a part shows, as Prometheus reads them."""
    metrics = Metrics()
    for metric in (
        metrics.projection_lag_positions,
        metrics.projection_lag_seconds,
        metrics.projection_unmoved_seconds,
        metrics.parked,
    ):
        metric.labels("a view")
    families = text_string_to_metric_families(metrics.text().decode())
    found = {sample.name: set(sample.labels) for family in families for sample in family.samples}
    return found | {name: set(labels) for name, labels in OF_PROMETHEUS.items()}


LABELS: Final = labels_of_metrics()


def nodes(expression: str) -> list[promql_parser.Expr]:
    """Return every part of a PromQL expression; the variables of Grafana stand for five minutes."""
    found: list[promql_parser.Expr] = []

    def visit(one: promql_parser.Expr) -> bool:
        found.append(one)
        if isinstance(one, promql_parser.MatrixSelector):
            found.append(one.vector_selector)
        return True

    promql_parser.walk(promql_parser.parse(re.sub(r"\$__\w+", "5m", expression)), visit)
    return found


def metrics_in(expression: str) -> set[str]:
    return {str(one.name) for one in nodes(expression) if isinstance(one, promql_parser.VectorSelector)}


def labels_in(expression: str) -> set[str]:
    """Return the labels that an expression selects by or keeps."""
    found: set[str] = set()
    for one in nodes(expression):
        if isinstance(one, promql_parser.VectorSelector):
            found |= {matcher.name for matcher in one.matchers.matchers}
        if isinstance(one, promql_parser.AggregateExpr) and one.modifier is not None:
            found |= set(one.modifier.labels)
    return found


def expressions() -> Iterator[tuple[str, str, str]]:
    """Yield each expression, what it belongs to, and the texts that are filled from its labels."""
    for name, rule in ALERTS.items():
        yield name, rule["expr"], " ".join(rule["annotations"].values())
    for title, panel in PANELS.items():
        for target in panel["targets"]:
            yield title, target["expr"], target["legendFormat"]


EXPRESSIONS: Final = list(expressions())


@pytest.mark.parametrize(("of", "expression", "texts"), EXPRESSIONS, ids=lambda text: text[:40])
def test_an_expression_is_of_metrics_and_labels_that_exist(of: str, expression: str, texts: str) -> None:
    names = metrics_in(expression)
    assert names, of
    assert names <= set(LABELS), of
    known = OF_SCRAPING.union(*(LABELS[name] for name in names))
    assert labels_in(expression) <= known, of
    shown = set(re.findall(r"\{\{ ?\$labels\.(\w+) ?\}\}", texts)) | set(re.findall(r"\{\{(\w+)\}\}", texts))
    assert shown <= (known | {"projection"} if "ALERTS" in names else known), of


@pytest.mark.parametrize("part", ESSENTIAL)
def test_what_is_essential_of_every_part_is_on_the_dashboard(part: str) -> None:
    shown = {
        name for panel in PANELS.values() for target in panel["targets"] for name in metrics_in(target["expr"])
    }
    assert ESSENTIAL[part] <= shown


def test_no_metric_is_left_out_of_the_dashboard() -> None:
    shown = {name for title, expression, _ in EXPRESSIONS if title in PANELS for name in metrics_in(expression)}
    for name in Metrics().names():
        assert {name, f"{name}_bucket"} & shown, name


def test_the_panels_have_titles_in_both_languages_and_do_not_overlap() -> None:
    assert len(PANELS) == len(DASHBOARD["panels"])
    taken: set[tuple[int, int]] = set()
    for title, panel in PANELS.items():
        assert " · " in title
        assert " · " in panel["description"], title
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not cells & taken, title
        assert at["x"] + at["w"] <= 24, title
        taken |= cells


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_says_what_is_wrong_in_both_languages_and_is_in_the_guide(name: str) -> None:
    rule = ALERTS[name]
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert set(rule["annotations"]) == {"summary_en", "summary_id"}
    assert len(set(rule["annotations"].values())) == 2
    entry = section(GUIDE, f"### `{name}`")
    assert f"**Severity:** `{rule['labels']['severity']}`" in entry
    for part in ("**Means:** ", "**Do:** "):
        assert part in entry


def test_every_alert_of_the_guide_exists() -> None:
    assert set(re.findall(r"^### `(\w+)`", GUIDE, re.MULTILINE)) == set(ALERTS)


def test_alerts_and_scraping_name_the_parts_as_docker_compose_does() -> None:
    (job,) = loaded("prometheus/prometheus.yml")["scrape_configs"]
    parts = {
        name
        for name, service in COMPOSE["services"].items()
        if "JEJAK_HEALTH_PORT" in service.get("environment", ())
    }
    assert set(job["dns_sd_configs"][0]["names"]) == parts
    assert {str(job["dns_sd_configs"][0]["port"])} == {
        COMPOSE["services"][part]["environment"]["JEJAK_HEALTH_PORT"] for part in parts
    }
    assert set(re.findall(r'part="(\w+)"', ALERTS["JejakPartDown"]["expr"])) == parts
    named = {name for _, text, _ in EXPRESSIONS for name in re.findall(r'part="(\w+)"', text)}
    jobs = {name for _, text, _ in EXPRESSIONS for name in re.findall(r'job="(\w+)"', text)}
    assert named <= parts
    assert jobs == {job["job_name"]}


def test_docker_compose_gives_prometheus_and_grafana_every_file() -> None:
    given = {ROOT / config["file"] for config in COMPOSE["configs"].values()}
    files = {path for folder in ("prometheus", "grafana") for path in (FOLDER / folder).iterdir()}
    assert {path.resolve() for path in given} == files
    mounted = {
        COMPOSE["configs"][config["source"]]["file"].rpartition("/")[2]: config["target"]
        for name in ("prometheus", "grafana")
        for config in COMPOSE["services"][name]["configs"]
    }
    assert set(mounted) == {path.name for path in files}
    beside = Path(mounted["prometheus.yml"]).parent
    assert [str(beside / each) for each in loaded("prometheus/prometheus.yml")["rule_files"]] == [
        mounted["alerts.yml"]
    ]
    (provider,) = loaded("grafana/dashboards.yml")["providers"]
    assert provider["options"]["path"] == str(Path(mounted["jejak.json"]).parent)
    assert "/provisioning/datasources/" in mounted["datasource.yml"]
    assert "/provisioning/dashboards/" in mounted["dashboards.yml"]
