"""Prints the dashboard for Grafana: what the metrics of `/metrics` look like side by side."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PAGE = Path("docs/dashboards/ringback.json")
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
WIDE, HIGH, COLUMNS = 8, 8, 24
"""Of a panel and of the page, in the grid's own units."""
GRAFANA = 39
"""Version of the schema: that of Grafana 10.4, which newer ones read too."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture: each query with the words of its legend; `warn` and `alarm` colour what is too much."""

    title: str
    description: str
    queries: Sequence[tuple[str, str]]
    unit: str = "short"
    kind: str = "timeseries"
    warn: float | None = None
    alarm: float | None = None


PANELS = (
    Panel(
        "Recoveries by state",
        "How many recoveries stand in each state; held and escalated ones wait for somebody.",
        (("ringback_recoveries", "{{state}}"),),
    ),
    Panel(
        "Waits for a person",
        "Plans to approve, recoveries that were held, and contacts that were kept back. `ringback waiting`.",
        (
            ("ringback_waiting_approvals", "plans to approve"),
            ('ringback_recoveries{state="held"}', "held"),
            ("ringback_held_back", "contacts kept back"),
        ),
    ),
    Panel(
        "Ledger",
        "1 where the ledger answers. At 0 every other figure is missing.",
        (("ringback_ledger_up", "up"),),
        kind="stat",
    ),
    Panel(
        "Calls in the air against permits",
        "Calls of running recoveries, the most that their open waves may have, and the accounts' permits.",
        (
            ("ringback_calls_in_air", "in the air"),
            ("ringback_calls_allowed", "allowed to open waves"),
            ("ringback_permits", "permits of the accounts"),
        ),
    ),
    Panel(
        "Waves not known or refused",
        "Unknown: sent, and the answer was lost; it is looked up before anything else. Refused: sent again "
        "later. One that stays is for a person.",
        (
            ('ringback_waves{state="unknown"}', "unknown"),
            ('ringback_waves{state="refused"}', "refused"),
            ('ringback_waves{state="intent"}', "written down, not sent"),
        ),
        warn=1,
    ),
    Panel(
        "Errors of the platform",
        "Redials whose call failed for a reason of the platform or the provider, in an hour.",
        (
            ('delta(ringback_outcomes{outcome="transient"}[1h])', "transient"),
            ('delta(ringback_outcomes{outcome="operator"}[1h])', "set-up of the operator"),
            ('delta(ringback_outcomes{outcome="ambiguous"}[1h])', "not known whether called"),
        ),
    ),
    Panel(
        "Redials",
        "Contacts handed to the platform again, those reached by it, and those taken back before they rang.",
        (
            ("ringback_redials", "redialled"),
            ("ringback_reached", "reached"),
            ("ringback_withdrawn", "taken back"),
        ),
    ),
    Panel(
        "Faults that checks found",
        "Checks of recoveries that found a fault, by the check of the runbook, in a day.",
        (("delta(ringback_findings[1d])", "{{check}}"),),
    ),
    Panel(
        "Jobs that sweeps see",
        "Jobs looked at within a day, and those of them that had calls still to make.",
        (
            ("ringback_swept_jobs", "looked at"),
            ("ringback_swept_jobs_unfinished", "with calls still to make"),
        ),
    ),
    Panel(
        "Age of the last sweep",
        "Seconds since jobs were looked at last; more than three periods of the sweep is worth an alert.",
        (("ringback_sweep_age_seconds", "age"),),
        unit="s",
        kind="stat",
        warn=1800,
        alarm=3600,
    ),
    Panel(
        "Messages to tickets",
        "Comments and notifications that wait or were given up. `ringback outbox`.",
        (
            ('ringback_outbox{state="waiting"}', "waiting"),
            ('ringback_outbox{state="given up"}', "given up"),
        ),
        warn=1,
    ),
    Panel(
        "Oldest message that waits",
        "Age of the oldest comment that has not arrived; an hour is worth an alert.",
        (("ringback_outbox_oldest_seconds", "age"),),
        unit="s",
        kind="stat",
        warn=600,
        alarm=3600,
    ),
    Panel(
        "Refused at the gateway",
        "Genuine hooks and calls that nothing could be started from, in an hour. Forged ones are in the log.",
        (
            ('delta(ringback_requests{state="refused"}[1h])', "refused"),
            ('delta(ringback_requests{state="failed"}[1h])', "failed"),
        ),
    ),
    Panel(
        "Requests that wait for a start",
        "Taken in at the gateway and not started yet; they wait while Prefect is down.",
        (("ringback_inbox_waiting", "waiting"),),
        warn=10,
    ),
)


def dashboard_page() -> str:
    """Return the dashboard as Grafana imports it."""
    return json.dumps(dashboard(), indent=2) + "\n"


def dashboard() -> dict[str, Any]:
    """Return the dashboard; it asks for its data source when it is imported."""
    return {
        "__inputs": [],
        "uid": "ringback",
        "title": "ringback",
        "description": "Recoveries of outbound-call jobs, whom they wait for, and what stands in their way.",
        "tags": ["ringback"],
        "schemaVersion": GRAFANA,
        "version": 1,
        "editable": True,
        "refresh": "1m",
        "time": {"from": "now-24h", "to": "now"},
        "templating": {"list": [_source()]},
        "panels": [_panel(number, one) for number, one in enumerate(PANELS)],
    }


def _source() -> dict[str, Any]:
    return {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus"}


def _panel(number: int, one: Panel) -> dict[str, Any]:
    row, column = divmod(number, COLUMNS // WIDE)
    return {
        "id": number + 1,
        "type": one.kind,
        "title": one.title,
        "description": one.description,
        "datasource": SOURCE,
        "gridPos": {"x": column * WIDE, "y": row * HIGH, "w": WIDE, "h": HIGH},
        "fieldConfig": {"defaults": {"unit": one.unit, "min": 0, **_colours(one)}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + n), "expr": expression, "legendFormat": legend, "datasource": SOURCE}
            for n, (expression, legend) in enumerate(one.queries)
        ],
    }


def _colours(one: Panel) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    steps += [{"color": "orange", "value": one.warn}] if one.warn is not None else []
    steps += [{"color": "red", "value": one.alarm}] if one.alarm is not None else []
    return {"thresholds": {"mode": "absolute", "steps": steps}} if len(steps) > 1 else {}
