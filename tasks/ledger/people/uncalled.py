"""Who of a plan was not called, and who is with the platform: what is said when a recovery stops."""

from sqlmodel import Session, col, func, select

from models.enums import DispatchState, Disposition, State
from models.report.cancelled import left_words
from models.report.interrupted import Interrupted
from models.tables.ledger import Planned, Recovery
from tasks.ledger.people.counting import counts_in
from tasks.ledger.store import Ledger

BACK = Disposition.UNDELIVERED.value
"""Outcome of somebody who was taken back before it rang."""


def left_by_cancel(session: Session, recovery: Recovery) -> str:
    """Return whom a cancelled recovery has not called, and what its source job does now."""
    counts = counts_in(session, recovery.id)
    handed = counts["redialled"] + counts["unknown"]
    left = counts["planned"] - handed
    stopped = recovery.fenced_at is not None
    return left_words(counts["planned"], left, stopped=stopped, job_id=recovery.job_id)


def interrupted(ledger: Ledger, recovery_id: str) -> Interrupted | None:
    """Return where a recovery stands whose process was interrupted, None where the ledger knows none such."""
    with ledger.read() as session:
        recovery = session.get(Recovery, recovery_id)
        if recovery is None:
            return None
        counts = counts_in(session, recovery_id)
        accepted = _by_wave(session, recovery_id, (DispatchState.ACCEPTED,))
        # Written down and perhaps sent: only the platform knows.
        unclear = _by_wave(session, recovery_id, (DispatchState.INTENT, DispatchState.UNKNOWN))
    ringing = sum(count for _, count in accepted)
    state = State(recovery.state)
    return Interrupted(
        recovery_id,
        recovery.job_id,
        counts["planned"],
        max(0, counts["redialled"] - ringing),
        accepted,
        unclear,
        ended=state.is_end,
        waits=state is State.AWAITING_APPROVAL,
    )


def _by_wave(session: Session, recovery_id: str, states: tuple[DispatchState, ...]) -> list[tuple[int, int]]:
    query = (
        select(Planned.wave, func.count())
        .where(
            Planned.recovery_id == recovery_id,
            col(Planned.state).in_([one.value for one in states]),
            col(Planned.outcome).is_(None),
        )
        .group_by(col(Planned.wave))
        .order_by(col(Planned.wave))
    )
    return [(int(wave or 0), int(count)) for wave, count in session.exec(query)]
