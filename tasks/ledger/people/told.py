"""Where a recovery stands, gathered within a transaction for the sentences that people are told."""

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, func, select

from models.enums import Action, Cause, Check, Disposition, Severity, State, Symptom, VerdictWord
from models.policy.policy import Policy
from models.report.page.situation import Situation, Stopped, job_name
from models.tables.ledger import AuditRow, Decision, FindingRow, Planned, Recovery
from tasks.ledger.database.restores import RESTORED
from tasks.ledger.people.counting import counts_in
from tasks.ledger.people.ends import people_in

FAILED = tuple(one.value for one in (Disposition.TRANSIENT, Disposition.OPERATOR, Disposition.PERMANENT))
"""Outcomes of redials that failed; whose outcome is in doubt is counted apart."""


def situation_in(
    session: Session, recovery: Recovery, now: datetime, *, is_over: bool = False, interrupted: bool = False
) -> Situation:
    """Return where a recovery stands, with what the transaction has written so far.

    `is_over` where it calls nobody more, and its end is only not yet written down. `interrupted` where it
    runs by the ledger and no process runs it.
    """
    found: dict[str, Any] = recovery.diagnosis or {}
    source, health = recovery.source or {}, _health(session, recovery.id)
    state, symptom = State(recovery.state), Symptom(found["symptom"]) if found else None
    counts = counts_in(session, recovery.id)
    return Situation(
        job=job_name(source.get("name"), recovery.job_id),
        state=state,
        now=now,
        people=people_in(session, recovery, is_over=is_over),
        zone=source.get("timezone"),
        symptom=symptom,
        cause=Cause(found["cause"]) if found else None,
        stopped=_stopped(session, recovery, health) if symptom is Symptom.STUCK else None,
        opens=_moment(health.evidence.get("opens")) if health else None,
        planned=counts["planned"],
        calls=counts["redialled"],
        failed=_failed(session, recovery.id),
        aborted=recovery.verdict in {VerdictWord.HOLD.value, VerdictWord.ABORT.value},
        fenced=recovery.fenced_at is not None,
        declined=state is State.HELD and _was_declined(session, recovery.id),
        interrupted=interrupted,
        by_decision=_by_decision(session, recovery.id),
        answer_by=answer_by(session, recovery) if state is State.AWAITING_APPROVAL else None,
        waits_until=recovery.waits_until,
        eta=recovery.eta,
    )


def answer_by(session: Session, recovery: Recovery) -> datetime:
    """Return until when a plan may be approved: a while after it was shown last."""
    query = (
        select(AuditRow.at)
        .where(AuditRow.recovery_id == recovery.id, col(AuditRow.kind).in_(("waiting", RESTORED)))
        .order_by(col(AuditRow.seq).desc())
    )
    asked = session.exec(query.limit(1)).first()
    since = datetime.fromisoformat(asked) if asked else recovery.started_at
    return since + timedelta(seconds=Policy.model_validate(recovery.policy).approval_seconds)


def _health(session: Session, recovery_id: str) -> FindingRow | None:
    query = select(FindingRow).where(
        FindingRow.recovery_id == recovery_id, FindingRow.check == Check.HEALTH.value
    )
    return session.exec(query.order_by(col(FindingRow.id).desc())).first()


def _stopped(session: Session, recovery: Recovery, health: FindingRow | None) -> Stopped | None:
    """Return since when the job stood still when triage looked, None where nothing says so for certain."""
    if health is None or health.severity != Severity.FAIL.value:
        return None
    seen, quiet = health.evidence, health.evidence.get("quiet_seconds")
    query = select(AuditRow.at).where(AuditRow.recovery_id == recovery.id, AuditRow.kind == "diagnosed")
    looked = session.exec(query.order_by(col(AuditRow.seq).desc()).limit(1)).first()
    if not isinstance(quiet, int | float) or looked is None:
        return None
    since = datetime.fromisoformat(looked) - timedelta(seconds=quiet)
    return Stopped(since, int(seen.get("finished") or 0), int(seen.get("expected") or 0))


def _failed(session: Session, recovery_id: str) -> int:
    query = select(func.count()).where(Planned.recovery_id == recovery_id, col(Planned.outcome).in_(FAILED))
    return int(session.exec(query).one())


def _was_declined(session: Session, recovery_id: str) -> bool:
    query = select(Decision.approved).where(Decision.recovery_id == recovery_id)
    return session.exec(query.order_by(col(Decision.id).desc()).limit(1)).first() is False


def _by_decision(session: Session, recovery_id: str) -> bool:
    query = select(Planned.row).where(
        Planned.recovery_id == recovery_id,
        Planned.action == Action.REDIAL.value,
        col(Planned.decision).is_not(None),
        col(Planned.wave).is_not(None),
    )
    return session.exec(query.limit(1)).first() is not None


def _moment(told: Any) -> datetime | None:
    return datetime.fromisoformat(told) if isinstance(told, str) else None
