"""The files of a package, each redacted at the last moment before it is written."""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from models.chart.incident import incident_of
from models.enums import Cause, Check, Severity
from models.masking.acted import with_claim, without_domains
from models.masking.phone import KnownNumbers
from models.masking.redaction import known_of, redact_by
from models.messages.diagnostics import Diagnostics, Missing
from models.messages.summary import summary_json, summary_markdown
from models.messages.summary_text import symptom_name, zone_of
from models.package.layout import PEOPLE_HEADS
from models.package.people import fitting
from models.triage.findings import Finding, plural
from tasks.package.limits import PackageLimits
from tasks.package.picture import ChartMargin, draw
from tasks.package.tables import (
    CALLS,
    OURS,
    REASONS,
    TIMELINE,
    call_rows,
    csv_text,
    people_rows,
    reason_rows,
    thinned,
    timeline_rows,
)

_RESULTS = {
    Severity.OK: "pass",
    Severity.WARN: "warn",
    Severity.FAIL: "fail",
    Severity.UNKNOWN: "unknown",
}
ON_PURPOSE = "whole phone numbers, secrets, transcripts, recordings and dynamic variables: on purpose"
NO_SCREENSHOT = (
    "a screenshot of the platform's page: ringback takes none, and none was given with `ringback escalate "
    "--screenshot FILE`"
)


@dataclass(slots=True)
class Packing:
    """One part of a package as it is filled: its files so far, what was redacted, what was left out."""

    d: Diagnostics
    key: bytes
    numbers: frozenset[str]
    caps: PackageLimits
    files: dict[str, bytes] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    left_out: list[str] = field(default_factory=list)
    people_left_out: Mapping[str, int] = field(default_factory=dict)
    cells: dict[str, tuple[str, dict[str, int]]] = field(default_factory=dict)
    """Cells of tables that were redacted before: most of them repeat."""
    known: KnownNumbers = field(init=False)

    def __post_init__(self) -> None:
        """Index the numbers once."""
        self.known = known_of(self.numbers)

    def clean(self, value: Any) -> Any:
        """Return the value redacted, and count what was."""
        shown, counts = redact_by(value, key=self.key, known=self.known)
        self.counts.update(counts)
        return shown

    def leave_out(self, message: str) -> str:
        """Write down that something did not fit, and return the words."""
        self.left_out.append(message)
        return message

    def add_json(self, name: str, value: Any) -> None:
        """Add a JSON file."""
        self.files[name] = json_bytes(self.clean(shortened(value, self.caps.listed)))

    def add_csv(
        self, name: str, heads: Sequence[str], rows: list[dict[str, Any]], left_out: str = ""
    ) -> None:
        """Add a table; its last line says what is left out. Our own masks and words stay as they are."""
        shown = [
            {head: cell if head in OURS else self._cell(cell) for head, cell in row.items()} for row in rows
        ]
        self.files[name] = csv_text(heads, shown, left_out).encode("utf-8", "replace")

    def _cell(self, cell: Any) -> Any:
        if not isinstance(cell, str) or not cell:
            return cell
        if cell not in self.cells:
            self.cells[cell] = redact_by(cell, key=self.key, known=self.known)
        shown, counts = self.cells[cell]
        if counts:
            self.counts.update(counts)
        return shown


def facts(packing: Packing) -> None:
    """Make the two files that are read first; all that was left out by now stands in them."""
    packing.files["summary.json"] = json_bytes(packing.clean(summary_json(packing.d)))
    text = packing.clean(summary_markdown(packing.d, left_out=packing.left_out))
    packing.files["SUMMARY.md"] = text.encode("utf-8", "replace")


def json_bytes(value: Any) -> bytes:
    """Return a value as indented JSON; NaN and infinity, which are no JSON, become null."""
    plain = json.loads(json.dumps(value), parse_constant=lambda _: None)
    return (json.dumps(plain, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "replace")


def shortened(value: Any, most: int) -> Any:
    """Return the value with every list cut to its first items, saying how many more there were."""
    if isinstance(value, Mapping):
        return {name: shortened(item, most) for name, item in value.items()}
    if isinstance(value, list | tuple):
        kept = [shortened(item, most) for item in value[:most]]
        return [*kept, f"... {len(value) - most} more left out"] if len(value) > most else kept
    return value


def _people(packing: Packing) -> None:
    """Add everybody of the job; whom the platform only counts is said in the last line."""
    told = packing.d.people
    kept = fitting(told.rows, packing.caps.people)
    packing.people_left_out = kept.left_out
    words = [_cut(packing, "people.csv", len(told.rows), len(kept.rows), "people, those done with first")]
    if told.unlisted:
        more = f"people.csv: {plural(told.unlisted, 'contact')} that the platform counts and does not list"
        words.append(packing.leave_out(more))
    rows = people_rows(kept.rows, packing.key)
    packing.add_csv("people.csv", PEOPLE_HEADS, rows, "; ".join(filter(None, words)))


def _timeline(packing: Packing) -> None:
    d, caps = packing.d, packing.caps
    rows = thinned(sorted(d.timeline, key=lambda row: row.ts), caps.timeline)
    words = _cut(packing, "timeline.csv", len(d.timeline), len(rows), "snapshots, the rest evenly spaced")
    packing.add_csv("timeline.csv", TIMELINE, timeline_rows(d, rows), words)


def _reasons(packing: Packing) -> None:
    packing.add_csv("reasons.csv", REASONS, reason_rows(packing.d))


def _calls(packing: Packing) -> None:
    d = packing.d
    calls = call_rows(d, packing.caps.calls, packing.key)
    words = _cut(
        packing, "calls.csv", len(d.calls), len(calls), "calls, those that reached nobody kept first"
    )
    packing.add_csv("calls.csv", CALLS, calls, words)


def _cut(packing: Packing, name: str, had: int, kept: int, what: str) -> str:
    """Say how many were left out, empty where none were; a part that was never there says so too."""
    if not had:
        packing.leave_out(f"{name}: there are none to show")
    return packing.leave_out(f"{name}: {had - kept} of {had} {what}") if kept < had else ""


def _contacts(packing: Packing) -> None:
    """Add the contact file's facts and its problems by row, without a number."""
    d, most = packing.d, packing.caps.problems
    _cut(
        packing,
        "contacts_quality.json",
        len(d.contact_problems),
        min(most, len(d.contact_problems)),
        "problems",
    )
    facts = str(d.contact_file) if isinstance(d.contact_file, Missing) else dict(d.contact_file)
    rows = {
        str(p.row): {"line": p.line, "code": p.code, "message": p.message, "repaired": p.repaired}
        for p in d.contact_problems[:most]
    }
    by_code = dict(Counter(problem.code for problem in d.contact_problems))
    document = {"file": facts, "problems": len(d.contact_problems), "by_code": by_code, "rows": rows}
    packing.add_json("contacts_quality.json", document)


def _checks(packing: Packing) -> None:
    """Add every check of the runbook; one that left no finding is unknown, not absent."""
    findings = packing.d.findings
    ran = {finding.check for finding in findings}
    rows = [_check(finding) for finding in findings] + [
        {"check": check.value, "result": "unknown", "words": "unknown: this check left no finding"}
        for check in Check
        if check not in ran
    ]
    packing.add_json("checks.json", rows)


def _check(finding: Finding) -> dict[str, Any]:
    """Return one check's result."""
    return {**finding.as_json(), "result": _RESULTS[finding.severity]}


def _actions(packing: Packing) -> None:
    """Add what the recovery did, a line an action, the newest kept where there are too many."""
    actions, most = packing.d.actions, packing.caps.actions
    kept = actions[max(0, len(actions) - most) :]
    _cut(packing, "actions.jsonl", len(actions), len(kept), "actions, the oldest")
    shown = (_shown_action(packing, shortened(action, packing.caps.listed)) for action in kept)
    lines = [json.dumps(action, ensure_ascii=False) for action in shown]
    packing.files["actions.jsonl"] = "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")


def _shown_action(packing: Packing, action: Any) -> dict[str, Any]:
    """Return an action redacted, but for who acted: that is what an auditor looks for."""
    return with_claim(packing.clean(without_domains(action)), action, packing.numbers)


def _samples(packing: Packing) -> None:
    """Add the raw answers of the platform, redacted, a file each."""
    samples = sorted(packing.d.api_samples.items())
    kept = samples[: packing.caps.samples]
    _cut(packing, "api_samples", len(samples), len(kept), "answers of the platform")
    for name, value in kept:
        path = f"api_samples/{safe_name(packing.clean(name))}.json"
        while path in packing.files:
            path = path.replace(".json", "_.json")
        packing.add_json(path, _small_enough(packing, path, value))


def _small_enough(packing: Packing, path: str, value: Any) -> Any:
    """Return a sample, or the words that stand in its place where it is too large."""
    size = len(json.dumps(shortened(value, packing.caps.listed), default=str))
    if size <= packing.caps.sample_bytes:
        return value
    return {"left_out": packing.leave_out(f"{path}: {size} bytes are too many")}


def _screenshot(packing: Packing) -> None:
    """Add the person's own picture as it is, or say that there is none."""
    shot = packing.d.screenshot
    if shot is None:
        packing.leave_out(NO_SCREENSHOT)
    elif not packing.caps.screenshots:
        packing.leave_out(f"{shot.name}: {len(shot.data)} bytes are too many")
    else:
        packing.files[shot.name] = shot.data


def _chart(packing: Packing) -> None:
    """Add the picture of the incident, in the job's zone where it is known."""
    d = packing.d
    zone = zone_of(d.timezone)
    beside = ChartMargin(
        cause=packing.clean(_cause(d)),
        permits=thinned(sorted(d.timeline, key=lambda row: row.ts), packing.caps.timeline),
        zone=zone or UTC,
        zone_name=str(d.timezone) if zone else "UTC",
    )
    packing.files |= draw(incident_of(d), packing.clean(f"Job {d.job_id}: {symptom_name(d)}"), beside)


def _cause(d: Diagnostics) -> str:
    """Return why the job stands still: the worst finding that names a cause, empty where none does."""
    worst = [
        found for found in d.findings if found.severity is Severity.FAIL and found.cause is not Cause.NONE
    ]
    return worst[0].cause.value.replace("_", " ") if worst else ""


def _versions(packing: Packing) -> None:
    versions, abilities = dict(packing.d.versions), dict(packing.d.relies_on)
    packing.add_json("versions.json", versions or {"unknown": "no version was written down"})
    packing.add_json("platform.json", abilities or {"unknown": "its abilities were not written down"})


PARTS: Mapping[str, Callable[[Packing], None]] = {
    "people": _people,
    "timeline": _timeline,
    "reasons": _reasons,
    "calls": _calls,
    "contacts": _contacts,
    "checks": _checks,
    "actions": _actions,
    "samples": _samples,
    "screenshot": _screenshot,
    "chart": _chart,
    "versions": _versions,
}
"""What makes each part of a package but its facts and its manifest."""


def safe_name(text: str) -> str:
    """Return a text that is a file name on every system."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", text).strip("._")[:80] or "unnamed"
