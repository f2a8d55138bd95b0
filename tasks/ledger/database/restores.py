"""A ledger that went back to an earlier copy: it knows so, and what was decided before counts no more.

The facts stand in a chain of their own among the audit, so that they are signed and travel with the ledger.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from models.enums import Choice, State
from models.lifecycles import RECOVERY
from models.tables.decisions import KeptDecision
from models.tables.gateway import ApiToken
from models.tables.ledger import AuditRow, Lease, Recovery, Wave
from tasks.ledger.errors import LedgerError
from tasks.ledger.store import Ledger

CHAIN = "ledger"
"""The id under which the ledger's own story stands among the audit of recoveries."""
RESTORED, OPT_OUTS, TOKEN = "restored", "opt_outs_confirmed", "token_confirmed"
CALLS = "calls_confirmed"
BEYOND = 1_000
"""How far lease tokens jump: no process from before the restore can hold one from beyond."""
_OPEN = (State.RUNNING.value, State.AWAITING_APPROVAL.value)


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """What a person has yet to say since the last restore: which tokens count, whether opt-outs are whole."""

    restored_at: datetime
    made_at: str
    tokens: tuple[str, ...]
    opt_outs: bool

    def as_json(self) -> dict[str, Any]:
        """Return it as the command line shows it."""
        return {
            "restored_at": self.restored_at.isoformat(timespec="seconds"),
            "copy_of": self.made_at,
            "tokens_to_confirm": list(self.tokens),
            "opt_outs_to_confirm": self.opt_outs,
        }


def note_restore(session: Session, ledger: Ledger, *, made_at: str, how: str) -> list[str]:
    """Write down, within a transaction, that this ledger is the copy of an earlier moment.

    Leases end, approvals of open recoveries and decisions to redial somebody count no more, tokens are out of
    use until they are confirmed.
    Returns the ids of the recoveries that a person is asked about anew.
    """
    now = ledger.clock.now()
    session.execute(update(Lease).values(token=Lease.token + BEYOND, expires_at=now, pid=0))
    asked = [_void(session, ledger, one, made_at) for one in _open_ones(session)]
    disabled = _disable(session, now)
    body: dict[str, Any] = {"made_at": made_at, "how": how, "tokens": disabled, "recoveries": asked}
    if voided := _no_redial(session, made_at, now):
        body["decisions_void"] = voided
    ledger.note(session, CHAIN, RESTORED, body)
    return asked


def _open_ones(session: Session) -> Sequence[Recovery]:
    resumable = (col(Recovery.state) == State.HELD.value) & col(Recovery.resumable)
    return session.exec(select(Recovery).where(col(Recovery.state).in_(_OPEN) | resumable)).all()


def _void(session: Session, ledger: Ledger, recovery: Recovery, made_at: str) -> str:
    note = {"approval_void": recovery.approved_hash is not None, "was": recovery.state, "copy_of": made_at}
    if recovery.state == State.RUNNING.value and recovery.approved_hash:
        recovery.state = RECOVERY.moved(recovery.state, State.AWAITING_APPROVAL, recovery.id)
    recovery.approved_hash = recovery.waits_until = None
    recovery.next_action = (
        f"The ledger is a copy of {made_at} that was put back: `ringback resume {recovery.id}` looks again "
        "and asks for a new approval."
    )
    session.add(recovery)
    ledger.note(session, recovery.id, RESTORED, note)
    return recovery.id


def _no_redial(session: Session, made_at: str, now: datetime) -> int:
    # Since the copy the person may have been called: whoever wants them redialled has to look again. That
    # somebody was reached, or is never to be called, stays true.
    voided = session.execute(
        update(KeptDecision)
        .where(col(KeptDecision.choice) == Choice.REDIAL.value, col(KeptDecision.void_at).is_(None))
        .values(void_at=now, void_why=f"of before the ledger was put back to a copy of {made_at}")
    )
    return int(voided.rowcount)  # type: ignore[attr-defined]


def _disable(session: Session, now: datetime) -> list[str]:
    waiting = _tokens_waiting(_chain(session))
    alive = session.exec(select(ApiToken).where(col(ApiToken.revoked_at).is_(None))).all()
    for row in alive:
        row.revoked_at = now
        session.add(row)
    return sorted(waiting | {row.id for row in alive})


def restored_at(ledger: Ledger) -> datetime | None:
    """Return when this ledger was last put back to an earlier copy, None where it never was."""
    with ledger.read() as session:
        last = _last_restore(_chain(session))
    return datetime.fromisoformat(last.at) if last else None


def unconfirmed(ledger: Ledger, workspace: str) -> Unconfirmed | None:
    """Return what has yet to be confirmed since the last restore, None where nothing has."""
    with ledger.read() as session:
        chain = _chain(session)
        last = _last_restore(chain)
        if last is None:
            return None
        ids = _tokens_waiting(chain)
        names = session.exec(select(ApiToken.name).where(col(ApiToken.id).in_(ids)).order_by(ApiToken.name))
        tokens = tuple(names)
    opt_outs = not _confirmed(chain, OPT_OUTS, workspace)
    if not tokens and not opt_outs:
        return None
    return Unconfirmed(datetime.fromisoformat(last.at), str(last.body["made_at"]), tokens, opt_outs)


def opt_outs_known(ledger: Ledger, workspace: str) -> bool:
    """Tell whether the list of opt-outs is whole: never restored, or confirmed by a person since."""
    with ledger.read() as session:
        return _confirmed(_chain(session), OPT_OUTS, workspace)


def confirm_opt_outs(ledger: Ledger, workspace: str, by: str) -> None:
    """Write down that a person has put in place what opted out since the copy was made."""
    _confirm(ledger, OPT_OUTS, workspace, by)


def calls_unknown_since(ledger: Ledger, workspace: str) -> str | None:
    """Return of when the copy is whose later calls nobody has looked up yet, None where none is missing.

    A platform needs a person for that which lists no jobs, and has shown no call of ours under its marker.
    """
    with ledger.read() as session:
        chain = _chain(session)
    last = _last_restore(chain)
    return None if last is None or _confirmed(chain, CALLS, workspace) else str(last.body["made_at"])


def calls_confirmed(ledger: Ledger, workspace: str) -> bool:
    """Tell whether a person has looked up the calls made since the copy that was put back last."""
    with ledger.read() as session:
        chain = _chain(session)
    return _last_restore(chain) is not None and _confirmed(chain, CALLS, workspace)


def confirm_calls(ledger: Ledger, workspace: str, by: str) -> None:
    """Write down that a person has looked up whom ringback has called since the copy was made."""
    _confirm(ledger, CALLS, workspace, by)


def _confirm(ledger: Ledger, kind: str, workspace: str, by: str) -> None:
    with ledger.write() as session:
        if not _confirmed(_chain(session), kind, workspace):
            ledger.note(session, CHAIN, kind, {"workspace": workspace, "by": by})


def confirm_tokens(ledger: Ledger, names: Collection[str] | None, by: str) -> list[str]:
    """Bring tokens back into use that the restore had disabled; None confirms them all.

    Returns their names; raises LedgerError for a name that waits for no confirmation.
    """
    with ledger.write() as session:
        ids = _tokens_waiting(_chain(session))
        rows = session.exec(select(ApiToken).where(col(ApiToken.id).in_(ids)).order_by(ApiToken.name)).all()
        unknown = set(names or ()) - {row.name for row in rows}
        if unknown:
            raise LedgerError(f"No token {min(unknown)!r} waits to be confirmed; see `ringback token list`.")
        chosen = [row for row in rows if names is None or row.name in names]
        for row in chosen:
            row.revoked_at = None
            session.add(row)
            ledger.note(session, CHAIN, TOKEN, {"token": row.id, "confirmed": True, "by": by})
    return [row.name for row in chosen]


def refuse_token(session: Session, ledger: Ledger, token_id: str) -> None:
    """Note that a token which waits for a person will not come back: it was revoked for good."""
    if token_id in _tokens_waiting(_chain(session)):
        ledger.note(session, CHAIN, TOKEN, {"token": token_id, "confirmed": False})


def wait_for_confirmation(ledger: Ledger) -> frozenset[str]:
    """Return the ids of the tokens that a restore has disabled and nobody has confirmed since."""
    with ledger.read() as session:
        return frozenset(_tokens_waiting(_chain(session)))


def asks_anew(ledger: Ledger, recovery_id: str) -> bool:
    """Tell whether a restore has taken this recovery's approval and no person has given it again."""
    with ledger.read() as session:
        return _newest(session, recovery_id, (RESTORED, "approved")) == RESTORED


def plan_is_old(session: Session, recovery_id: str) -> bool:
    """Tell whether the plan is of before a restore and can still be made anew: no wave of it was begun."""
    begun = select(Wave.n).where(Wave.recovery_id == recovery_id).limit(1)
    if session.exec(begun).first() is not None:
        return False
    return _newest(session, recovery_id, (RESTORED, "planned")) == RESTORED


def last_known(ledger: Ledger) -> str:
    """Return the moment of the newest audit entry, in words: what a copy without a date is a copy of."""
    with ledger.read() as session:
        newest = session.exec(select(func.max(AuditRow.at))).one()
    return f"{datetime.fromisoformat(newest):%Y-%m-%d %H:%M} UTC" if newest else "an unknown time"


def _chain(session: Session) -> Sequence[AuditRow]:
    query = select(AuditRow).where(AuditRow.recovery_id == CHAIN).order_by(col(AuditRow.seq))
    return session.exec(query).all()


def _newest(session: Session, recovery_id: str, kinds: Sequence[str]) -> str | None:
    query = select(AuditRow.kind).where(AuditRow.recovery_id == recovery_id, col(AuditRow.kind).in_(kinds))
    return session.exec(query.order_by(col(AuditRow.seq).desc()).limit(1)).first()


def _last_restore(chain: Sequence[AuditRow]) -> AuditRow | None:
    return next((row for row in reversed(chain) if row.kind == RESTORED), None)


def _confirmed(chain: Sequence[AuditRow], kind: str, workspace: str) -> bool:
    for row in reversed(chain):
        if row.kind == RESTORED:
            return False
        if row.kind == kind and row.body["workspace"] == workspace:
            return True
    return True


def _tokens_waiting(chain: Sequence[AuditRow]) -> set[str]:
    waiting: set[str] = set()
    for row in chain:
        if row.kind == RESTORED:
            waiting |= set(row.body["tokens"])
        elif row.kind == TOKEN:
            waiting.discard(row.body["token"])
    return waiting
