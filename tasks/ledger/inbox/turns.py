"""Working the inbox off: one worker takes a row, starts the run, and writes down what came of it."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col, func, select

from models.backoff import doubling
from models.hooks.order import HookState
from models.lifecycles import REQUEST
from models.tables.gateway import InboxRow
from models.tables.ledger import Lease
from tasks.ledger.inbox.answers import NOBODY_ASKED, WriteBack, end
from tasks.ledger.inbox.inbox import NoSuchRequestError
from tasks.ledger.leases import holder_is_gone, this_process
from tasks.ledger.store import Ledger

CLAIM_SECONDS = 120.0
"""How long a row stays with a worker that shows no life; several times what a start may take."""
LONGEST_PAUSE = 300.0
FIRST_PAUSE = 2.0
GIVE_UP = timedelta(hours=24)
"""A wish that could not be started for a day is a person's again: the world has moved on."""


_OPEN = col(InboxRow.state).in_([HookState.RECEIVED.value, HookState.STARTING.value])


def take(ledger: Ledger) -> InboxRow | None:
    """Take the next row that is due, or one that a dead worker has left; None where there is none."""
    if not _is_anything_open(ledger):  # looked at first: an idle worker never keeps other writers waiting
        return None
    now = ledger.clock.now()
    with ledger.write() as session:
        row = _due(session, now) or _orphan(session, now)
        if row is None:
            return None
        row.state = REQUEST.moved(row.state, HookState.STARTING, row.id)
        row.attempts += 1
        row.host, row.pid, row.process_started = this_process()
        row.claimed_until = now + timedelta(seconds=CLAIM_SECONDS)
        session.add(row)
    return row


def _is_anything_open(ledger: Ledger) -> bool:
    with ledger.read() as session:
        return session.exec(select(InboxRow.id).where(_OPEN).limit(1)).first() is not None


def _due(session: Session, now: datetime) -> InboxRow | None:
    query = select(InboxRow).where(InboxRow.state == HookState.RECEIVED.value, col(InboxRow.next_at) <= now)
    query = query.order_by(col(InboxRow.next_at), col(InboxRow.received_at)).limit(1)
    return session.exec(query.with_for_update(skip_locked=True)).first()


def _orphan(session: Session, now: datetime) -> InboxRow | None:
    query = select(InboxRow).where(InboxRow.state == HookState.STARTING.value)
    for row in session.exec(query.with_for_update(skip_locked=True)):
        if _is_left(row, now):
            return row
    return None


def _is_left(row: InboxRow, now: datetime) -> bool:
    if row.claimed_until is None or row.claimed_until <= now:
        return True
    holder = Lease(
        workspace="",
        platform="",
        job_id="",
        recovery_id="",
        token=0,
        host=row.host,
        pid=row.pid,
        process_started=row.process_started,
        expires_at=row.claimed_until,
    )
    return holder_is_gone(holder)


def started(ledger: Ledger, row: InboxRow, run_id: str) -> None:
    """Write down that the run exists."""
    _settle(ledger, row, HookState.STARTED, "", run_id=run_id)


def refused(ledger: Ledger, row: InboxRow, message: str, back: WriteBack = NOBODY_ASKED) -> None:
    """Write down that nothing will be started, and why; the tickets that asked are told."""
    _come_to_nothing(ledger, row, HookState.REFUSED, message, back)


def ignored(ledger: Ledger, row: InboxRow, message: str) -> None:
    """Write down that nothing has to be done."""
    _settle(ledger, row, HookState.IGNORED, message)


def later(ledger: Ledger, row: InboxRow, message: str, back: WriteBack = NOBODY_ASKED) -> float:
    """Put a row back with a growing pause, or give it up after a day; return the pause in seconds."""
    now = ledger.clock.now()
    if now - row.received_at > GIVE_UP:
        _come_to_nothing(ledger, row, HookState.FAILED, f"Given up after a day. {message}", back)
        return 0.0
    pause = doubling(row.attempts, FIRST_PAUSE, LONGEST_PAUSE)
    with ledger.write() as session:
        held = _ours(session, row)
        if held:
            held.state, held.message = REQUEST.moved(held.state, HookState.RECEIVED, row.id), message
            held.next_at, held.claimed_until = now + timedelta(seconds=pause), None
            session.add(held)
    return pause


def _come_to_nothing(ledger: Ledger, row: InboxRow, state: HookState, message: str, back: WriteBack) -> None:
    with ledger.write() as session:
        if held := _ours(session, row):
            end(session, ledger, held, message, back, state=state)


def _settle(ledger: Ledger, row: InboxRow, state: HookState, message: str, run_id: str | None = None) -> None:
    with ledger.write() as session:
        held = _ours(session, row)
        if held:
            held.state = REQUEST.moved(held.state, state, row.id)
            held.message, held.run_id = message, run_id
            held.ended_at, held.claimed_until = ledger.clock.now(), None
            session.add(held)


def _ours(session: Session, row: InboxRow) -> InboxRow | None:
    """Return the row as stored, None where another worker has brought it to its end meanwhile."""
    held = session.get(InboxRow, row.id, with_for_update=True)
    if held is None:
        raise NoSuchRequestError(f"The inbox knows no request {row.id} any more.")
    return held if held.state == HookState.STARTING.value else None


def waiting(ledger: Ledger) -> tuple[int, float]:
    """Return how many requests wait for their start, and for how many seconds the oldest does."""
    with ledger.read() as session:
        count = session.exec(select(func.count()).select_from(InboxRow).where(_OPEN)).one()
        query = select(InboxRow).where(_OPEN).order_by(col(InboxRow.received_at)).limit(1)
        oldest = session.exec(query).first()
    age = (ledger.clock.now() - oldest.received_at).total_seconds() if oldest else 0.0
    return count, max(0.0, age)


def prune(ledger: Ledger, keep: timedelta) -> int:
    """Forget requests that ended longer ago than `keep`; return how many."""
    with ledger.write() as session:
        old = col(InboxRow.ended_at) < ledger.clock.now() - keep
        return int(session.execute(delete(InboxRow).where(old)).rowcount)  # type: ignore[attr-defined]
