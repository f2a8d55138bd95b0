"""What people read beside a run: tables and sentences made of values."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from models.calling.schedule import WaitingGroup
from models.enums import JobStatus
from models.moments import unix, utc
from models.plan.binding import MAPPING
from models.plan.plan import Plan
from models.platform import Job
from models.tables.ledger import LookRow
from models.triage.diagnosis import Diagnosis
from models.triage.findings import Finding, plural

SOURCE_FIELDS = ("id", "name", "raw_status", "total", "timezone", "retries", "cap", "agent_id", "number_id")


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(str(cell).replace('|', '/') for cell in row)} |" for row in rows]
    return "\n".join(lines)


def findings_markdown(found: Sequence[Finding], diagnosis: Diagnosis) -> str:
    """Return the findings as a support agent reads them."""
    rows = [(f.check.value, f.severity.value, f.cause.value, f.message) for f in found]
    title = diagnosis.cause.value.replace("_", " ")
    head = f"## {title}\n\n{diagnosis.message}\n\n**Next:** {diagnosis.next_action}"
    return f"{head}\n\n{table(('check', 'result', 'cause', 'what was seen'), rows)}\n"


def plan_markdown(plan: Plan, groups: Sequence[WaitingGroup] = ()) -> str:
    """Return the plan: how many, why, from when on, and its hash."""
    counts: dict[tuple[str, str, str], int] = {}
    for one in plan.contacts:
        key = (one.action.value, one.disposition.value, one.why)
        counts[key] = counts.get(key, 0) + 1
    rows = [(count, *key) for key, count in sorted(counts.items(), key=lambda item: -item[1])]
    head = f"## Plan {plan.hash[:12]}\n\nRedial {plural(len(plan.order), 'contact')}, "
    head += f"a sample of {plan.sample} first."
    people = table(("contacts", "action", "disposition", "why"), rows[:60])
    return f"{head}\n\n{people}\n\n{_times(groups)}{_mapping(plan)}Hash: `{plan.hash}`\n"


def _mapping(plan: Plan) -> str:
    """Return what a plan takes for granted of a platform that is read by a mapping."""
    mapping = (plan.bound or {}).get(MAPPING)
    if not mapping:
        return ""
    lines = [(claim, one["says"], one["source"]) for claim, one in sorted(mapping["evidence"].items())]
    found = table(("taken for granted", "because", "source"), lines)
    return f"{mapping['platform']} is read by mapping `{mapping['sha256'][:12]}`:\n\n{found}\n\n"


def _times(groups: Sequence[WaitingGroup]) -> str:
    if not groups:
        return ""
    rows = [(g.contacts, g.why.value, utc(g.first), utc(g.last)) for g in groups]
    found = table(("to redial", "waits for", "not before", "the last of them not before"), rows)
    return f"As of now:\n\n{found}\n\n"


def looks_markdown(looks: Sequence[LookRow]) -> str:
    """Return every look with the figures of its verdict."""
    rows = [
        (i, x.phase, x.n, x.k, x.unresolved, f"{x.statistic:.2f}", x.word) for i, x in enumerate(looks, 1)
    ]
    return table(("look", "phase", "ended", "failed", "unresolved", "statistic", "verdict"), rows)


def source_json(job: Job) -> dict[str, Any]:
    """Return what a redial must repeat of its source, for the ledger."""
    found = {name: getattr(job, name) for name in SOURCE_FIELDS}
    return found | {
        "settings": dict(job.settings),
        "created_at": job.created_at.timestamp(),
        "dispatched": job.dispatched,
        "finished": job.finished,
        "retries": job.retries,
    }


def source_job(data: Mapping[str, Any]) -> Job:
    """Return the source job that `source_json` kept."""
    return Job(
        **{name: data[name] for name in SOURCE_FIELDS},
        status=JobStatus.UNKNOWN,
        dispatched=data["dispatched"],
        finished=data["finished"],
        created_at=unix(data["created_at"]),
        seen_at=unix(data["created_at"]),
        settings=data["settings"],
    )
