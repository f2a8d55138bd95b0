"""The dashboard for Grafana: every query names a figure that is there, and every panel says what it shows."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from deployments.metrics import metrics_text
from models.enums import State
from models.messages.milestones import TicketRef
from tasks.ledger import plans, waves
from tasks.ledger.leases import claim_job
from tasks.ledger.store import Ledger
from tests.integration.live.test_metrics import snapshot
from tests.integration.scenes import JOB, POLICY, accepted, end, judged, plan_of

FILE = Path(__file__).parents[3] / "docs" / "dashboards" / "ringback.json"
PANELS: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))["panels"]
QUERIES = [(panel["title"], target) for panel in PANELS for target in panel["targets"]]
NAME = re.compile(r"\b(ringback_\w+)(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)="([^"]*)"')


@pytest.fixture
def exposed(ledger: Ledger) -> dict[str, list[dict[str, str]]]:
    """Return the labels of every sample by its name, of a ledger in which something has happened."""
    claim = claim_job(ledger, JOB, "r_1", POLICY, TicketRef("desk", "1")).claim
    assert claim
    plans.freeze(ledger, claim, plan_of([judged(row) for row in range(1, 5)]))
    accepted(ledger, claim, 3)
    waves.add_snapshot(ledger, snapshot(ledger))
    return samples(ledger)


def samples(ledger: Ledger) -> dict[str, list[dict[str, str]]]:
    """Return the labels of every sample that /metrics shows, by its name."""
    found: dict[str, list[dict[str, str]]] = {}
    for family in text_string_to_metric_families(metrics_text(ledger)):
        for sample in family.samples:
            found.setdefault(sample.name, []).append(dict(sample.labels))
    return found


def plain(ledger: Ledger) -> dict[str, float]:
    """Return every figure without a label by its name."""
    families = text_string_to_metric_families(metrics_text(ledger))
    return {one.name: one.value for family in families for one in family.samples if not one.labels}


def test_every_query_finds_a_figure(exposed: dict[str, list[dict[str, str]]]) -> None:
    """Each name, each label and each value that a query asks for is shown by /metrics."""
    assert len(QUERIES) > 20
    for title, target in QUERIES:
        asked = NAME.findall(target["expr"])
        assert asked, title
        for name, matchers in asked:
            wanted = dict(MATCHER.findall(matchers))
            assert any(wanted.items() <= labels.items() for labels in exposed.get(name, [])), (title, name)
            for label in re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]):
                assert label in exposed[name][0], (title, label)


def test_every_figure_is_on_the_dashboard(exposed: dict[str, list[dict[str, str]]]) -> None:
    """A metric that is added has its place, or nobody who is on call sees it."""
    shown = {name for _, target in QUERIES for name, _ in NAME.findall(target["expr"])}
    assert shown == set(exposed)


def test_every_panel_says_what_it_shows() -> None:
    """Title, unit and a sentence stand on each; no two share a place or a number."""
    for panel in PANELS:
        assert panel["title"]
        assert panel["description"].endswith((".", "`."))
        assert panel["fieldConfig"]["defaults"]["unit"]
    places = [(p["gridPos"]["x"], p["gridPos"]["y"]) for p in PANELS]
    assert len(set(places)) == len({p["id"] for p in PANELS}) == len(PANELS)


def test_what_is_on_its_way_is_counted(ledger: Ledger) -> None:
    """Calls in the air, what is allowed, and permits are of running recoveries alone; jobs of a day alone."""
    claim = claim_job(ledger, JOB, "r_1", POLICY, None).claim
    assert claim
    plans.freeze(ledger, claim, plan_of([judged(row) for row in range(1, 5)]))
    accepted(ledger, claim, 3)
    seen = snapshot(ledger)
    seen.limit = 7
    waves.add_snapshot(ledger, seen)
    figures = plain(ledger)
    assert (figures["ringback_calls_allowed"], figures["ringback_permits"]) == (3, 7)
    assert (figures["ringback_swept_jobs"], figures["ringback_swept_jobs_unfinished"]) == (1, 1)
    end(ledger, claim, State.HELD)
    ledger.clock.sleep(2 * 86400)
    later = plain(ledger)
    assert (later["ringback_calls_allowed"], later["ringback_permits"], later["ringback_swept_jobs"]) == (
        0,
        0,
        0,
    )
