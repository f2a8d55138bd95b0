"""The report of a recovery, read from the ledger alone: the JSON of the contract and its Markdown."""

from typing import Any

from models.enums import Action, DispatchState, Disposition, State
from models.hooks.ids import shown_ticket
from models.masking.redaction import mask_phone
from models.report.people import SAID, People, PersonEnd
from models.tables.ledger import Planned, Recovery
from models.tables.tickets import OutboxRow
from tasks import markdown
from tasks.ledger import outbox, plans, recoveries, tickets
from tasks.ledger.audit import why_it_rests
from tasks.ledger.leases import is_held
from tasks.ledger.people.ends import people
from tasks.ledger.store import Ledger
from tasks.prefect import HasRunInfo, publish

SETTLED = frozenset({"reached", "later", "declined", "do_not_contact", "permanent"})
"""Outcomes of a redial that need no person."""


def report_of(ledger: Ledger, recovery_id: str) -> dict[str, Any]:
    """Return the report that `recover --json` prints."""
    recovery = recoveries.get(ledger, recovery_id)
    found = recoveries.findings(ledger, recovery_id)
    return {
        "recovery_id": recovery.id,
        "job_id": recovery.job_id,
        "workspace": recovery.workspace,
        "epoch": recovery.epoch,
        "state": recovery.state,
        "level": recovery.level,
        "cause": (recovery.diagnosis or {}).get("cause"),
        "diagnosis": recovery.diagnosis,
        "plan_hash": recovery.plan_hash,
        "approved_hash": recovery.approved_hash,
        "verdict": recovery.verdict,
        "why": why_it_rests(ledger, recovery_id),
        "counts": recoveries.counts(ledger, recovery_id),
        "people": people(ledger, recovery).as_json(),
        "findings": [finding.as_json() for finding in found],
        "next_action": next_action(ledger, recovery),
        "eta": recovery.eta,
        "waits_until": recovery.waits_until.isoformat() if recovery.waits_until else None,
        "package": recovery.package,
        "tickets": [shown_ticket(str(ticket)) for ticket in tickets.of(ledger, recovery_id)],
        "untold": [_untold(row) for row in outbox.undelivered(ledger, recovery_id)],
        "started_at": recovery.started_at.isoformat(),
        "ended_at": recovery.ended_at.isoformat() if recovery.ended_at else None,
    }


def is_interrupted(ledger: Ledger, recovery: Recovery) -> bool:
    """Tell whether a recovery runs by the ledger and has begun, and the process that ran it is gone."""
    if recovery.state != State.RUNNING.value or not recovery.fenced_at:
        return False
    return not is_held(ledger, (recovery.workspace, recovery.platform, recovery.job_id))


def next_action(ledger: Ledger, recovery: Recovery) -> str:
    """Return what is to be done; where a process that had begun to call is gone, that comes first."""
    if not is_interrupted(ledger, recovery):
        return recovery.next_action
    return (
        "Nobody runs this recovery: it was interrupted, and only who is with the platform by now is still "
        f"called. Go on: `ringback resume {recovery.id}`. Take back what does not ring yet and end it: "
        f"`ringback cancel {recovery.id}`."
    )


def _untold(row: OutboxRow) -> dict[str, Any]:
    to = shown_ticket(f"{row.system}:{row.target}")
    return {"to": to, "milestone": row.milestone, "state": row.state, "last_words": row.last_words}


def kept_back(ledger: Ledger, recovery_id: str, limit: int | None = 200) -> list[dict[str, Any]]:
    """Return the contacts that a person has to look at, with why, at most `limit`; numbers are masked.

    Whoever was only skipped comes last, so that a list that is cut still holds those kept back.
    """
    rows = [row for row in plans.contacts(ledger, recovery_id) if _needs_person(row)]
    rows.sort(key=lambda row: row.state == DispatchState.SKIPPED.value)
    return [
        {"row": row.row, "phone": mask_phone(row.phone or ""), "disposition": _kind(row), "why": _why(row)}
        for row in rows[:limit]
    ]


def _needs_person(row: Planned) -> bool:
    if row.action in {Action.HOLD.value, Action.WAIT.value}:
        return True
    if row.state in {DispatchState.SKIPPED.value, DispatchState.UNKNOWN.value, DispatchState.REFUSED.value}:
        return True
    return bool(row.outcome) and row.outcome not in SETTLED


def _kind(row: Planned) -> str:
    return (
        row.outcome
        or (row.state if row.state not in {None, DispatchState.PLANNED.value} else None)
        or row.disposition
    )


def _why(row: Planned) -> str:
    if row.outcome == Disposition.TRANSIENT.value:
        return f"failed again: {row.outcome_why or row.outcome_code}"
    return row.outcome_why or row.why


def show_report(run: HasRunInfo, ledger: Ledger, recovery_id: str) -> None:
    """Show the report beside a run as the ledger has it, also of what ended while nobody climbed for it."""
    report = report_of(ledger, recovery_id)
    publish(run, f"report-{recovery_id}", "Report", report_markdown(report, report["why"]))


def people_table(counted: People) -> str:
    """Return everybody by their end as a Markdown table; its last line is the total."""
    said = {PersonEnd.REACHED_BEFORE: "reached before", PersonEnd.REACHED_BY_RECOVERY: "reached by recovery"}
    rows = [(words, counted.of(end)) for end, words in (said | dict(SAID)).items() if counted.of(end)]
    return markdown.table(("contacts", "count"), [*rows, ("all", counted.expected)])


def report_markdown(report: dict[str, Any], why: str) -> str:
    """Return the report as a support agent reads it."""
    eta = (report["eta"] or {}).get("words", "")
    calls = ", ".join(
        f"{name.replace('_', ' ')} {count}" for name, count in report["counts"].items() if count
    )
    return (
        f"## {report['state'].replace('_', ' ')}: job {report['job_id']}\n\n{why}\n\n"
        f"**Next:** {report['next_action']}\n\n**ETA:** {eta}\n\n"
        f"{people_table(People.from_json(report['people']))}\n\n"
        f"Redials: {calls or 'nobody was to be redialled'}.\n\n"
        f"Recovery `{report['recovery_id']}`, plan `{report['plan_hash']}`, verdict {report['verdict']}.\n"
    )
