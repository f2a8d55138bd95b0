"""Recoveries: where each stands, what it found, how it ended."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from models.enums import Cause, Check, Severity, State
from models.estimate.none import no_estimate
from models.lifecycles import RECOVERY
from models.masking.quotes import plain_word
from models.policy.policy import Policy
from models.report import short_id
from models.report.cancelled import CANCEL, how_words
from models.tables.ledger import AuditRow, Decision, FindingRow, LookRow, Recovery
from models.triage.findings import Finding
from tasks.fault_points import fault_point
from tasks.ledger import outbox
from tasks.ledger.database.restores import plan_is_old
from tasks.ledger.errors import ManyRecoveriesError, NoSuchRecoveryError, NothingToDecideError
from tasks.ledger.people.counting import counts_in
from tasks.ledger.people.unplayed import close_rest
from tasks.ledger.store import Claim, Ledger

# A recovery is read at every look and before every act: built once.
_FOUND = select(Recovery).where(Recovery.id == bindparam("of_recovery"))
_LAST_LOOK = (
    select(LookRow)
    .where(LookRow.recovery_id == bindparam("of_recovery"))
    .order_by(col(LookRow.id).desc())
    .limit(1)
)
NAMED = 5
"""How many recoveries are named where the first characters of an id fit several."""


def get(ledger: Ledger, recovery_id: str) -> Recovery:
    """Return one recovery."""
    with ledger.read() as session:
        return find(session, recovery_id)


def find_or_none(ledger: Ledger, recovery_id: str) -> Recovery | None:
    """Return one recovery, None where this ledger knows no such one."""
    with ledger.read() as session:
        return session.get(Recovery, recovery_id)


def find(session: Session, recovery_id: str, *, lock: bool = False) -> Recovery:
    """Return one recovery within a session, alone where locked; raises NoSuchRecoveryError."""
    if lock:
        recovery = session.get(Recovery, recovery_id, with_for_update=True)
    else:
        recovery = session.exec(_FOUND, params={"of_recovery": recovery_id}).one_or_none()
    if recovery is None:
        raise NoSuchRecoveryError(
            f"The ledger knows no recovery {plain_word(recovery_id)}. `ringback status` lists those it knows."
        )
    return recovery


def beginning(ledger: Ledger, prefix: str, limit: int = 50) -> list[Recovery]:
    """Return the newest recoveries whose id begins so."""
    fits = col(Recovery.id).startswith(prefix, autoescape=True)
    with ledger.read() as session:
        newest = select(Recovery).where(fits).order_by(col(Recovery.started_at).desc(), col(Recovery.id))
        return list(session.exec(newest.limit(limit)))


def resolve(ledger: Ledger, given: str) -> str:
    """Return the whole id of the one recovery that was meant by an id or by its first characters.

    Raises NoSuchRecoveryError where none begins so or too little was given, ManyRecoveriesError where several
    do: none of them is chosen.
    """
    if find_or_none(ledger, given) is not None:
        return given
    if short_id.too_short(given):
        least = f"give at least {short_id.SHORTEST} characters of it"
        raise NoSuchRecoveryError(f"{plain_word(given)} is too short for the id of a recovery: {least}.")
    found = beginning(ledger, given, NAMED + 1) if short_id.is_prefix(given) else []
    if len(found) > 1:
        named = ", ".join(f"{one.id} ({one.state})" for one in found[:NAMED])
        more = " and more" if len(found) > NAMED else ""
        raise ManyRecoveriesError(
            f"{plain_word(given)} fits several recoveries: {named}{more}. Give more of the id."
        )
    return found[0].id if found else get(ledger, given).id


def policy_of(recovery: Recovery) -> Policy:
    """Return the policy that the recovery was started under."""
    return Policy.model_validate(recovery.policy)


def listing(
    ledger: Ledger, limit: int = 50, *, state: State | None = None, workspace: str = ""
) -> list[Recovery]:
    """Return the newest recoveries first: of every state and workspace where none is named."""
    query = select(Recovery).order_by(col(Recovery.started_at).desc()).limit(limit)
    if state:
        query = query.where(Recovery.state == state.value)
    if workspace:
        query = query.where(Recovery.workspace == workspace)
    with ledger.read() as session:
        return list(session.exec(query))


def running_in(ledger: Ledger, workspace: str) -> list[Recovery]:
    """Return every recovery of a workspace that is running by the ledger, oldest first."""
    query = select(Recovery).where(Recovery.workspace == workspace, Recovery.state == State.RUNNING.value)
    with ledger.read() as session:
        return list(session.exec(query.order_by(col(Recovery.started_at), col(Recovery.id))))


def latest_of_job(ledger: Ledger, job_id: str) -> Recovery | None:
    """Return the newest recovery of a job, None where there was none."""
    with ledger.read() as session:
        newest = select(Recovery).where(Recovery.job_id == job_id).order_by(col(Recovery.epoch).desc())
        return session.exec(newest.limit(1)).first()


def of_job(ledger: Ledger, job_key: tuple[str, str, str]) -> list[Recovery]:
    """Return every recovery of a job, oldest first."""
    workspace, platform, job_id = job_key
    with ledger.read() as session:
        query = select(Recovery).where(
            Recovery.workspace == workspace, Recovery.platform == platform, Recovery.job_id == job_id
        )
        return list(session.exec(query.order_by(col(Recovery.epoch))))


def update(ledger: Ledger, claim: Claim, kind: str, note: dict[str, Any], **fields: Any) -> None:
    """Change fields of our recovery and say so in the audit chain."""
    with ledger.write(claim) as session:
        recovery = find(session, claim.recovery_id)
        if "state" in fields:
            RECOVERY.moved(recovery.state, State(fields["state"]), recovery.id)
        for name, value in fields.items():
            setattr(recovery, name, value)
        session.add(recovery)
        ledger.note(session, claim.recovery_id, kind, note)


def write_findings(session: Session, recovery_id: str, found: Iterable[Finding]) -> None:
    """Put findings down, replacing earlier ones of the same check."""
    for finding in found:
        earlier = select(FindingRow).where(
            FindingRow.recovery_id == recovery_id, FindingRow.check == finding.check.value
        )
        for row in session.exec(earlier):
            session.delete(row)
        session.add(
            FindingRow(
                recovery_id=recovery_id,
                check=finding.check.value,
                severity=finding.severity.value,
                cause=finding.cause.value,
                message=finding.message,
                evidence=dict(finding.evidence),
            )
        )


def findings(ledger: Ledger, recovery_id: str) -> list[Finding]:
    """Return what the checks of a recovery saw, in the runbook's order."""
    with ledger.read() as session:
        rows = session.exec(select(FindingRow).where(FindingRow.recovery_id == recovery_id))
        found = [
            Finding(Check(r.check), Severity(r.severity), Cause(r.cause), r.message, r.evidence) for r in rows
        ]
    order = list(Check)
    return sorted(found, key=lambda finding: order.index(finding.check))


def decide(
    ledger: Ledger,
    recovery_id: str,
    *,
    approved: bool,
    by: str,
    reason: str,
    plan: str | None = None,
    via: str = "",
    claimed: str = "",
) -> Recovery:
    """Write a person's decision about the current plan down; declining ends the recovery as held.

    `via` says how it came (`api token NAME`, `command line as USER@HOST`, `Prefect form`): beside it a name
    is what somebody claims, `claimed` where `by` says more than that. `plan` is the hash of the plan that the
    person was shown. Raises NothingToDecideError for a recovery that has ended, also where that was a moment
    ago, where the plan has become another one, and for a decline of what has been approved.
    """
    with ledger.write() as session:
        recovery = find(session, recovery_id, lock=True)
        _can_decide(recovery, approved=approved, plan=plan)
        if approved and plan_is_old(session, recovery_id):
            raise _of_before(recovery_id)
        plan_hash, now = recovery.plan_hash or "", ledger.clock.now()
        session.add(
            Decision(
                recovery_id=recovery_id, at=now, approved=approved, by=by, reason=reason, plan_hash=plan_hash
            )
        )
        if approved:
            _approve(recovery, by)
            recovery.eta = no_estimate(State.RUNNING, now)
        else:
            _decline(session, recovery, now, f"Declined by {by}: {reason}. Nobody was called.")
        session.add(recovery)
        kind = "approved" if approved else "declined"
        way = {"by_claimed": claimed or by, "via": via} if via else {}
        ledger.note(session, recovery_id, kind, {"by": by, "reason": reason, "plan_hash": plan_hash} | way)
        if not approved:
            outbox.tell(session, ledger, recovery, "A person declined the plan.")
    fault_point("approval.after_commit")
    return recovery


def _approve(recovery: Recovery, by: str) -> None:
    recovery.approved_hash = recovery.plan_hash or ""
    recovery.state = RECOVERY.moved(recovery.state, State.RUNNING, recovery.id)
    recovery.next_action = (
        f"Approved by {by}; its run in Prefect goes on, else `ringback resume {recovery.id}` does."
    )


def _decline(session: Session, recovery: Recovery, now: datetime, next_action: str) -> None:
    recovery.state = RECOVERY.moved(recovery.state, State.HELD, recovery.id)
    recovery.ended_at = now
    recovery.next_action = next_action
    recovery.eta = no_estimate(State.HELD, now)
    close_rest(session, recovery.id)


def _can_decide(recovery: Recovery, *, approved: bool, plan: str | None) -> None:
    plan_hash = recovery.plan_hash or ""
    if State(recovery.state).is_end:
        raise NothingToDecideError(
            f"Recovery {recovery.id} has ended ({recovery.state}), so there is nothing to approve or "
            f"decline. `ringback recover {recovery.job_id}` starts a new one."
        )
    if not approved and plan_hash and recovery.approved_hash == plan_hash:
        raise NothingToDecideError(
            f"The plan of recovery {recovery.id} has been approved already and may be on its way: "
            f"`ringback cancel {recovery.id}` takes back what is not yet ringing."
        )
    if plan is not None and plan != plan_hash:
        raise NothingToDecideError(
            f"The plan of recovery {recovery.id} is not the one any more that was shown ({plan[:12]}): "
            f"it is {plan_hash[:12]} now. Read that one and decide again."
        )


def _of_before(recovery_id: str) -> NothingToDecideError:
    return NothingToDecideError(
        f"The plan of recovery {recovery_id} is of before the ledger was put back to an earlier copy: "
        f"`ringback resume {recovery_id}` looks again and makes a fresh one to decide about."
    )


def ask_cancel(ledger: Ledger, recovery_id: str, said: dict[str, str] | None = None) -> Recovery:
    """Ask whoever runs the recovery to withdraw and end; `said` is who asks, why, and how that came."""
    with ledger.write() as session:
        recovery = find(session, recovery_id, lock=True)
        recovery.cancel_asked = True
        session.add(recovery)
        ledger.note(session, recovery_id, "cancel_asked", said or {})
    return recovery


def how_cancelled(ledger: Ledger, recovery_id: str) -> str:
    """Return who has asked for a recovery to be cancelled and why, as far as that was said."""
    told = (
        select(AuditRow.body)
        .where(AuditRow.recovery_id == recovery_id, col(AuditRow.kind).in_(("cancel_asked", "cancel_reason")))
        .order_by(col(AuditRow.seq).desc())
    )
    with ledger.read() as session:
        bodies = [body for body in session.exec(told) if body.get("by")]
    return how_words(str(bodies[0]["by"]), str(bodies[0].get("reason", ""))) if bodies else CANCEL


def counts(ledger: Ledger, recovery_id: str) -> dict[str, int]:
    """Return the counts of the contract: planned = accepted + refused + unknown + skipped + open."""
    with ledger.read() as session:
        return counts_in(session, recovery_id)


def looks(ledger: Ledger, recovery_id: str) -> list[LookRow]:
    """Return every look of the sample and the monitor."""
    with ledger.read() as session:
        query = select(LookRow).where(LookRow.recovery_id == recovery_id).order_by(col(LookRow.id))
        return list(session.exec(query))


def last_look(ledger: Ledger, recovery_id: str) -> LookRow | None:
    """Return the newest look of the sample or the monitor, None before the first."""
    with ledger.read() as session:
        return session.exec(_LAST_LOOK, params={"of_recovery": recovery_id}).first()
