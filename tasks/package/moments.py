"""What happened beside a job's calls, by the ledger: our calls, and the marks and pauses of its picture."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from models.enums import DispatchState, Phase
from models.messages.diagnostics import Approval, EventMark, HandedContact
from models.tables.ledger import AuditRow, Planned, Recovery, Wave

DECIDED = {"approved": "approved", "declined": "declined", "cancel_asked": "cancelled by a person"}
"""What a person does, by the kind of its entry in the audit."""
TAKEN = {DispatchState.ACCEPTED.value, DispatchState.UNKNOWN.value}
"""States of contacts that the platform has, or may have."""


def handed_of(planned: Sequence[Planned], sent: Sequence[Wave]) -> tuple[HandedContact, ...]:
    """Return every contact that was handed to the platform, at its wave's time."""
    moments = {wave.n: wave.sent_at for wave in sent if wave.sent_at}
    return tuple(
        HandedContact(moments[row.wave], row.settled_at)
        for row in planned
        if row.wave in moments and row.state in TAKEN
    )


def marks_of(recovery: Recovery, sent: Sequence[Wave], actions: Sequence[AuditRow]) -> tuple[EventMark, ...]:
    """Return the moments that a reader looks for: stop, approval, first calls, verdict, end."""
    marks = list(_decided(actions))
    if recovery.fenced_at:
        marks.append(EventMark(recovery.fenced_at, "job stopped", stops=True))
    marks += _first_waves(sent)
    if recovery.ended_at:
        marks.append(EventMark(recovery.ended_at, recovery.state.replace("_", " ")))
    return tuple(marks)


def approvals_of(actions: Sequence[AuditRow]) -> Iterator[Approval]:
    """Yield what was decided about plans, by whom: a person, or the policy where nobody was to be asked."""
    for row in actions:
        if row.kind in {"approved", "declined"}:
            told = [str(row.body.get(name, "")) for name in ("by", "reason", "plan_hash")]
            yield Approval(datetime.fromisoformat(row.at), row.kind == "approved", *told)


def closed_of(actions: Sequence[AuditRow]) -> tuple[tuple[datetime, datetime], ...]:
    """Return from when to when the recovery waited for calling hours."""
    return tuple(
        (datetime.fromisoformat(row.at), datetime.fromisoformat(str(row.body["until"])))
        for row in actions
        if row.kind == "waits_for_hours" and row.body.get("until")
    )


def _decided(actions: Sequence[AuditRow]) -> Iterator[EventMark]:
    for row in actions:
        if row.kind in DECIDED:
            yield EventMark(datetime.fromisoformat(row.at), DECIDED[row.kind])
        elif row.body.get("verdict") and row.kind not in {"look", "ended"}:
            yield EventMark(datetime.fromisoformat(row.at), f"verdict: {row.body['verdict']}")


def _first_waves(sent: Sequence[Wave]) -> Iterator[EventMark]:
    named: set[str] = set()
    for wave in sorted(sent, key=lambda one: one.n):
        words = "the sample" if wave.phase == Phase.SAMPLE else "the others"
        if wave.sent_at and words not in named:
            named.add(words)
            yield EventMark(wave.sent_at, f"first calls of {words}")
