"""One recovery as a terminal shows it: what a person asks first stands first, and nothing that is empty."""

from collections.abc import Mapping
from typing import Any

from models.report.people import People

HASH = 12
"""Characters of a plan's hash that a person is shown; `--json` has all of it."""

COUNTS = {
    "planned": "planned",
    "accepted": "accepted",
    "refused": "refused",
    "unknown": "without a known answer",
    "skipped": "skipped",
    "waiting": "still to be called",
    "redialled": "redialled",
    "reached": "reached",
    "failed_again": "failed again",
    "withdrawn": "taken back",
    "kept_back": "kept back",
    "dropped": "done or out",
}
"""The counts of the contract in words."""


def pairs_of(report: Mapping[str, Any]) -> dict[str, str]:
    """Return names and values of a report, in the order in which they are read."""
    found = {
        "recovery": report["recovery_id"],
        "state": f"{report['state'].replace('_', ' ')} ({report['level']})",
        "why": report["why"],
        "next": report["next_action"],
        "job": f"{report['job_id']} in workspace {report['workspace']}",
        "cause": (report["cause"] or "").replace("_", " "),
        "begun": _moment(report["started_at"]),
        "waits until": _moment(report["waits_until"]),
        "ended": _moment(report["ended_at"]),
        "people": People.from_json(report["people"]).message(),
        "calls": _counted(report["counts"]),
        "eta": (report["eta"] or {}).get("words", ""),
        "verdict": report["verdict"] or "",
        "plan": _plan(report),
        "package": report["package"] or "",
        "tickets": ", ".join(report["tickets"]),
    }
    return {name: str(value) for name, value in found.items() if value}


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{counts[key]:,} {said}" for key, said in COUNTS.items() if counts[key])


def _moment(told: str | None) -> str:
    return f"{told[:16].replace('T', ' ')} UTC" if told else ""


def _plan(report: Mapping[str, Any]) -> str:
    if not report["plan_hash"]:
        return ""
    approved = report["approved_hash"] == report["plan_hash"]
    return f"{report['plan_hash'][:HASH]}, {'approved' if approved else 'not approved'}"
