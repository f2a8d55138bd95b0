"""SUMMARY.md and summary.json of a package: the facts first, for a reader at 3 am."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from models.masking.acted import name_of
from models.messages.diagnostics import Approval, Diagnostics, Missing
from models.messages.summary_text import aware, iso_utc, picture_words, pictures, seven, symptom_name
from models.package.layout import SCHEMA_VERSION
from models.report.page.plain import plain
from models.report.people import PersonEnd

_FINDINGS = ("Check", "Result", "Cause", "What was seen", "Evidence")
_REASONS = ("Code", "System", "Means", "Calls", "Share", "First seen", "Last seen", "For example")
_MOST_EVIDENCE = 300
_MOST_REASONS = 100
_NOT_APPROVED = "Nobody: no person decided about a plan."
_NO_FINDINGS = "unknown: no check left a finding."
_NO_REASONS = "unknown: no reason was seen for any call."


def summary_markdown(d: Diagnostics, *, left_out: Sequence[str] = ()) -> str:
    """Return the summary as Markdown: the seven required items, the verdict, and what follows it.

    Numbers in it are as whole as the input's: redact the text before it leaves. `left_out` lists what the
    package could not hold.
    """
    parts = [
        f"# Job {plain(d.job_id)}: {plain(symptom_name(d))}",
        _table(("Required by the runbook", "Value"), seven(d)),
        "## Verdict",
        plain(d.verdict),
        _bullets(_status(d)),
        "## What was tried",
        _numbered(d.tried, "Nothing was tried: the recovery ended before its first dispatch."),
        "## Who approved",
        _bullets(map(approval_words, d.approved)) or _NOT_APPROVED,
        "## What is asked of you",
        _numbered(d.asked, "unknown: no question was written down; start at the verdict."),
        "## Findings",
        _table(_FINDINGS, _finding_rows(d)) if d.findings else _NO_FINDINGS,
        "## Reasons",
        _table(_REASONS, _reason_rows(d)) if d.reasons else _NO_REASONS,
        *(("## To the customer", plain(d.customer)) if d.customer else ()),
        "## Left out of this package",
        _bullets(left_out or ("nothing",)),
    ]
    return "\n\n".join(parts) + "\n"


def summary_json(d: Diagnostics) -> dict[str, Any]:
    """Return the same facts for programs; what is missing is a text that begins with `unknown` or `n/a`."""
    return {
        "schema_version": SCHEMA_VERSION,
        "required": _required_json(d),
        "recovery_id": _value(d.recovery_id),
        "platform": d.platform,
        "generated_at": iso_utc(d.generated_at),
        "escalated_because": list(d.escalated_because),
        "verdict": _value(d.verdict),
        "next_action": _value(d.next_action),
        "eta": _value(d.eta_words),
        "plan_hash": _value(d.plan_hash),
        "tried": list(d.tried),
        "approved": list(map(_approval_json, d.approved)),
        "asked": list(d.asked),
        "people": _people_json(d),
        "pictures": [{"file": name, "made_by": who, "says": words} for name, who, words in pictures(d)],
        "findings": [finding.as_json() for finding in d.findings],
        "reasons": [
            {
                "code": row.code,
                "system": row.system,
                "disposition": row.disposition,
                "count": row.count,
                "share": row.share,
            }
            for row in d.reasons[:_MOST_REASONS]
        ],
        "reasons_total": len(d.reasons),
    }


def approval_words(one: Approval) -> str:
    """Return who decided what, when and why, and about which plan."""
    did = "approved" if one.approved else "declined"
    why = one.reason or "no reason was given"
    return f"{name_of(one.by)} {did} plan {one.plan_hash[:12]} at {iso_utc(one.at)}: {why}"


def _people_json(d: Diagnostics) -> dict[str, Any]:
    counts = d.people.counts()
    return {"expected": counts.expected, "ends": {end.value: counts.of(end) for end in PersonEnd}}


def _approval_json(one: Approval) -> dict[str, Any]:
    return {
        "at": iso_utc(one.at),
        "approved": one.approved,
        "by": name_of(one.by),
        "reason": one.reason,
        "plan_hash": one.plan_hash,
    }


def _required_json(d: Diagnostics) -> dict[str, Any]:
    """Return the seven items, under the runbook's names."""
    return {
        "workspace_id": _value(d.workspace_id),
        "campaign_id": _value(d.campaign_id),
        "batch_job_id": _value(d.job_id),
        "upload_id": _value(d.upload_id),
        "time_window": {
            "start": _value(d.window_start),
            "end": _value(d.window_end),
            "timezone": _value(d.timezone),
        },
        "symptom": {"name": str(d.symptom), "summary": _value(d.summary), "picture": picture_words(d)},
        "counts": {"failed": _value(d.failed), "successful": _value(d.successful), "total": _value(d.total)},
    }


def _value(value: object) -> Any:
    """Return a value as JSON holds it."""
    if isinstance(value, Missing):
        return str(value)
    return iso_utc(aware(value)) if isinstance(value, datetime) else value


def _status(d: Diagnostics) -> tuple[str, ...]:
    """Return where the recovery stands, a fact a line."""
    because = "; ".join(d.escalated_because) or "unknown: no rule of escalation was named"
    return (
        f"Escalated because: {because}",
        f"Next action: {d.next_action}",
        f"ETA: {d.eta_words}",
        f"Recovery: {d.recovery_id} on {d.platform}, as of {iso_utc(d.generated_at)}",
        f"Plan hash: {d.plan_hash}",
    )


def _finding_rows(d: Diagnostics) -> list[tuple[str, ...]]:
    """Return the findings as table rows, in the runbook's order as given."""
    return [
        (f.check.value, f.severity.value, f.cause.value, f.message, _evidence(f.evidence.items()))
        for f in d.findings
    ]


def _evidence(items: Iterable[tuple[str, Any]]) -> str:
    """Return evidence in one line, cut where it is long: checks.json holds all of it."""
    words = ", ".join(f"{name}={value}" for name, value in items)
    if len(words) <= _MOST_EVIDENCE:
        return words
    # At a space, so that no number is cut in two and slips past the redaction.
    return f"{words[:_MOST_EVIDENCE].rpartition(' ')[0]} ... (all in checks.json)"


def _reason_rows(d: Diagnostics) -> list[tuple[str, ...]]:
    """Return the reasons as table rows."""
    return [
        (
            row.code,
            row.system,
            row.disposition,
            str(row.count),
            f"{100 * row.share:.1f} %",
            iso_utc(row.first_seen) or "unknown",
            iso_utc(row.last_seen) or "unknown",
            " ".join(row.sample_calls[:3]) or "none",
        )
        for row in d.reasons
    ]


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a Markdown table."""
    lines = [heads, tuple("---" for _ in heads), *(tuple(plain(cell) for cell in row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _bullets(items: Iterable[str]) -> str:
    """Return a list."""
    return "\n".join(f"- {plain(item)}" for item in items)


def _numbered(items: Sequence[str], otherwise: str) -> str:
    """Return a numbered list, or the words that say why there is none."""
    return "\n".join(f"{n}. {plain(item)}" for n, item in enumerate(items, 1)) or otherwise
