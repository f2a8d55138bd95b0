"""The files of a package, each redacted at the last moment before it is written."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from models.chart.incident import incident_of
from models.enums import Cause, Check, Severity
from models.masking.acted import with_claim, without_domains
from models.masking.redaction import redact
from models.messages.diagnostics import Diagnostics, Missing
from models.messages.summary import summary_json, summary_markdown
from models.messages.summary_text import zone_of
from models.triage.findings import Finding
from tasks.package.picture import ChartMargin, draw
from tasks.package.tables import (
    CALLS,
    REASONS,
    TIMELINE,
    call_rows,
    csv_text,
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
_LISTED_ALWAYS = 20
ON_PURPOSE = (
    "whole phone numbers, secrets, transcripts, recordings and dynamic variables: on purpose",
    "a screenshot of the platform's page: ringback takes none, attach one to the ticket where it matters",
)


@dataclass(frozen=True, slots=True)
class PackageLimits:
    """How much of each part a package holds at the most; the sizes keep a large job below 10 MB."""

    calls: int = 10_000
    timeline: int = 5_000
    actions: int = 20_000
    problems: int = 5_000
    listed: int = 200
    """Items of one list inside evidence and samples."""
    samples: int = 20
    sample_bytes: int = 200_000

    def shrunk(self, share: float) -> "PackageLimits":
        """Return the same caps times a share between 0 and 1; short lists stay whole at any share."""
        return PackageLimits(
            calls=int(self.calls * share),
            timeline=int(self.timeline * share),
            actions=int(self.actions * share),
            problems=int(self.problems * share),
            listed=max(int(self.listed * share), _LISTED_ALWAYS),
            samples=self.samples,
            sample_bytes=int(self.sample_bytes * share),
        )


@dataclass(slots=True)
class Packing:
    """One attempt to fill a package: its files so far, what was redacted, what was left out."""

    d: Diagnostics
    key: bytes
    numbers: frozenset[str]
    caps: PackageLimits
    files: dict[str, bytes] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    left_out: list[str] = field(default_factory=list)

    def clean(self, value: Any) -> Any:
        """Return the value redacted, and count what was."""
        shown, counts = redact(value, key=self.key, known_numbers=self.numbers)
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
        """Add a table; its last line says what is left out of it."""
        self.files[name] = csv_text(heads, self.clean(rows), left_out).encode("utf-8", "replace")


def fill(packing: Packing) -> None:
    """Make every file of the package but the manifest."""
    _add_tables(packing)
    packing.add_json("contacts_quality.json", _contacts(packing))
    packing.add_json("checks.json", _checks(packing.d))
    _add_actions(packing)
    _add_samples(packing)
    packing.files |= _chart(packing)
    packing.add_json("versions.json", dict(packing.d.versions) or {"unknown": "no version was written down"})
    packing.add_json(
        "platform.json",
        dict(packing.d.relies_on) or {"unknown": "its abilities were not written down"},
    )
    packing.add_json("summary.json", summary_json(packing.d))
    packing.left_out.extend(ON_PURPOSE)
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


def _add_tables(packing: Packing) -> None:
    """Add the three CSV files."""
    d, caps = packing.d, packing.caps
    rows = thinned(sorted(d.timeline, key=lambda row: row.ts), caps.timeline)
    words = _cut(packing, "timeline.csv", len(d.timeline), len(rows), "snapshots, the rest evenly spaced")
    packing.add_csv("timeline.csv", TIMELINE, timeline_rows(d, rows), words)
    packing.add_csv("reasons.csv", REASONS, reason_rows(d))
    calls = call_rows(d, caps.calls, packing.key)
    words = _cut(
        packing, "calls.csv", len(d.calls), len(calls), "calls, those that reached nobody kept first"
    )
    packing.add_csv("calls.csv", CALLS, calls, words)


def _cut(packing: Packing, name: str, had: int, kept: int, what: str) -> str:
    """Say how many were left out, empty where none were; a part that was never there says so too."""
    if not had:
        packing.leave_out(f"{name}: there are none to show")
    return packing.leave_out(f"{name}: {had - kept} of {had} {what}") if kept < had else ""


def _contacts(packing: Packing) -> dict[str, Any]:
    """Return the contact file's facts and its problems by row, without a number."""
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
    by_code = Counter(problem.code for problem in d.contact_problems)
    return {"file": facts, "problems": len(d.contact_problems), "by_code": dict(by_code), "rows": rows}


def _checks(d: Diagnostics) -> list[dict[str, Any]]:
    """Return every check of the runbook; one that left no finding is unknown, not absent."""
    rows = [_check(finding) for finding in d.findings]
    ran = {finding.check for finding in d.findings}
    return rows + [
        {"check": check.value, "result": "unknown", "words": "unknown: this check left no finding"}
        for check in Check
        if check not in ran
    ]


def _check(finding: Finding) -> dict[str, Any]:
    """Return one check's result."""
    return {**finding.as_json(), "result": _RESULTS[finding.severity]}


def _add_actions(packing: Packing) -> None:
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


def _add_samples(packing: Packing) -> None:
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


def _chart(packing: Packing) -> dict[str, bytes]:
    """Return the picture of the incident, in the job's zone where it is known."""
    d = packing.d
    zone = zone_of(d.timezone)
    beside = ChartMargin(
        cause=packing.clean(_cause(d)),
        permits=thinned(sorted(d.timeline, key=lambda row: row.ts), packing.caps.timeline),
        zone=zone or UTC,
        zone_name=str(d.timezone) if zone else "UTC",
    )
    return draw(incident_of(d), packing.clean(f"Job {d.job_id}: {d.symptom}"), beside)


def _cause(d: Diagnostics) -> str:
    """Return why the job stands still: the worst finding that names a cause, empty where none does."""
    worst = [
        found for found in d.findings if found.severity is Severity.FAIL and found.cause is not Cause.NONE
    ]
    return worst[0].cause.value.replace("_", " ") if worst else ""


def safe_name(text: str) -> str:
    """Return a text that is a file name on every system."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", text).strip("._")[:80] or "unnamed"
