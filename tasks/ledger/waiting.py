"""Recoveries that wait for a person: since when, for how long still, and how the wait ends without one."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import bindparam
from sqlmodel import col, select

from models.enums import State
from models.estimate.none import no_estimate
from models.lifecycles import RECOVERY
from models.tables.ledger import Decision, Recovery
from models.verdict.ending import Ending
from tasks.ledger import outbox
from tasks.ledger.people.told import answer_by
from tasks.ledger.people.uncalled import left_by_cancel
from tasks.ledger.people.unplayed import close_rest
from tasks.ledger.recoveries import find
from tasks.ledger.store import Ledger
from tasks.ledger.waves import of as waves_of

# A sweep asks it three times of each workspace: built once.
_WAITING = (
    select(Recovery)
    .where(
        Recovery.workspace == bindparam("of_workspace"),
        Recovery.state == State.AWAITING_APPROVAL.value,
    )
    .order_by(col(Recovery.started_at))
)


def waiting_in(ledger: Ledger, workspace: str) -> list[Recovery]:
    """Return the recoveries of a workspace whose plan waits for a person, oldest first."""
    with ledger.read() as session:
        return list(session.exec(_WAITING, params={"of_workspace": workspace}))


def deadline(ledger: Ledger, recovery: Recovery) -> datetime:
    """Return until when the plan may be approved: a while after it was shown last."""
    with ledger.read() as session:
        return answer_by(session, recovery)


def is_overdue(ledger: Ledger, recovery: Recovery) -> bool:
    """Tell whether nobody has answered in time."""
    waits = recovery.state == State.AWAITING_APPROVAL.value
    return waits and ledger.clock.now() > deadline(ledger, recovery)


def end_waiting(ledger: Ledger, recovery_id: str, ending: Ending) -> bool:
    """End a recovery that waits, with nobody called; False where a person or a process was faster."""
    with ledger.write() as session:
        recovery = find(session, recovery_id, lock=True)
        if recovery.state != State.AWAITING_APPROVAL.value:
            return False
        recovery.state = RECOVERY.moved(recovery.state, ending.state, recovery_id)
        if ending.state is State.CANCELLED:
            ending = replace(ending, next_action=left_by_cancel(session, recovery))
        recovery.next_action, recovery.resumable = ending.next_action, False
        recovery.ended_at = ledger.clock.now()
        recovery.eta = no_estimate(ending.state, recovery.ended_at)
        close_rest(session, recovery_id)
        session.add(recovery)
        note = {"state": ending.state.value, "why": ending.why, "next_action": ending.next_action}
        ledger.note(session, recovery_id, "ended", note)
        outbox.tell(session, ledger, recovery, ending.why)
    return True


def end_overdue(ledger: Ledger, recovery: Recovery) -> bool:
    """Hold a recovery that nobody has answered for in time; it was never sent and never will be."""
    if not is_overdue(ledger, recovery):
        return False
    begun = bool(waves_of(ledger, recovery.id))
    so_far = "nothing more was sent" if begun else "nobody was called"
    why = f"Nobody approved the plan by {deadline(ledger, recovery):%Y-%m-%d %H:%M} UTC; {so_far}."
    todo = f"{why} Run recover again for a fresh plan."
    return end_waiting(ledger, recovery.id, Ending(State.HELD, why, todo))


def last_decision(ledger: Ledger, recovery_id: str) -> Decision | None:
    """Return what a person decided last about a recovery."""
    query = select(Decision).where(Decision.recovery_id == recovery_id).order_by(col(Decision.id).desc())
    with ledger.read() as session:
        return session.exec(query.limit(1)).first()
