"""`jejak status`: how far everything is."""

import pytest

from tests.acceptance.cli import SAMPLE, Cli

pytestmark = pytest.mark.usefixtures("mode")


def test_an_empty_home_is_at_position_0(cli: Cli) -> None:
    found = cli("status", "--format", "json")
    assert (found.status, found.err) == (0, "")
    document = found.json()
    assert (document["position"], document["mode"], document["home"]) == (0, cli.mode, str(cli.home))


def test_every_format_names_every_projection(sample: Cli) -> None:
    document = sample("status", "--format", "json").json()
    assert document["position"] == 39
    for projection in document["projections"]:
        numbers = [projection[name] for name in ("position", "lag", "failed", "waiting")]
        assert numbers == [39, 0, 0, 0]
    names = [projection["name"] for projection in document["projections"]]
    assert "audit_trail" in names
    assert sample("status", "--format", "jsonl").rows() == document["projections"]
    listed = sample("status", "--format", "csv").out.splitlines()
    assert listed[0].split(",")[:3] == ["name", "version", "position"]
    assert [line.split(",")[0] for line in listed[1:]] == names
    table = sample("status", COLUMNS="60").out
    assert (document["database"] or str(sample.home)) in table
    assert (document["database"] is None) == (sample.mode == "embedded")
    assert all(name in table for name in names)


def test_it_brings_the_views_up_to_date_first(cli: Cli) -> None:
    assert cli("publish", SAMPLE).status == 0
    (trail,) = [each for each in cli("status", "--format", "jsonl").rows() if each["name"] == "audit_trail"]
    assert (trail["position"], trail["lag"]) == (39, 0)
