"""Every ticket that asked hears of the recovery: those that joined too, at whatever stage they came."""

from datetime import timedelta

from sqlmodel import Session, col, select

from models.hooks.order import Act, HookState
from models.messages.milestones import read_ticket
from models.tables.gateway import InboxRow
from models.tables.ledger import Recovery
from tasks.ledger import tickets
from tasks.ledger.store import Ledger

LOOKED_BACK = timedelta(days=2)
"""For how long after it came in a request may still be waiting for its recovery to begin."""
_MOST = 200
_ASKED = (HookState.JOINED.value, HookState.STARTED.value)


def hear(session: Session, ledger: Ledger, row: InboxRow, systems: frozenset[str]) -> bool:
    """Link the ticket of a request to the recovery that it led to; False where there is none yet.

    `systems` are the ticket systems of the settings; what could not be told anyway is not linked.
    """
    found = recovery_in(session, row)
    if found is None:
        return False
    row.recovery_id = found.id
    session.add(row)
    if row.ticket.partition(":")[0] in systems:
        late = bool(row.joined) or found.started_at < row.received_at
        tickets.join(session, ledger, found.id, read_ticket(row.ticket), late=late)
    return True


def catch_up(ledger: Ledger, systems: frozenset[str]) -> int:
    """Link the tickets of requests that came before their recovery had begun; return how many.

    Asked for again and again, so that a request and a claim that miss each other do no harm.
    """
    with ledger.read() as session:
        due = [row.id for row in session.exec(_waiting(ledger)) if recovery_in(session, row)]
    if not due:
        return 0
    with ledger.write() as session:
        rows = session.exec(select(InboxRow).where(col(InboxRow.id).in_(due)).with_for_update()).all()
        return sum(hear(session, ledger, row, systems) for row in rows if row.recovery_id is None)


def _waiting(ledger: Ledger):  # type: ignore[no-untyped-def]  # noqa: ANN202  the select's own type is private
    query = select(InboxRow).where(
        InboxRow.act == Act.RECOVER.value,
        col(InboxRow.state).in_(_ASKED),
        InboxRow.ticket != "",
        col(InboxRow.recovery_id).is_(None),
        col(InboxRow.received_at) > ledger.clock.now() - LOOKED_BACK,
    )
    return query.order_by(col(InboxRow.received_at).desc()).limit(_MOST)


def recovery_in(session: Session, row: InboxRow) -> Recovery | None:
    """Return the recovery that a request led to, None where there is none yet."""
    if row.recovery_id:
        return session.get(Recovery, row.recovery_id)
    root = session.get(InboxRow, row.joined) if row.joined else row
    return newest_recovery(session, root) if root else None


def newest_recovery(session: Session, row: InboxRow) -> Recovery | None:
    """Return the newest recovery of a request's job that was not over before the request, None without one.

    One that began earlier counts where it goes on: a run continues what an interrupted one has left.
    """
    query = select(Recovery).where(Recovery.workspace == row.workspace, Recovery.job_id == row.job_id)
    newest = session.exec(query.order_by(col(Recovery.epoch).desc()).limit(1)).first()
    is_over = newest is not None and newest.ended_at is not None and newest.ended_at < row.received_at
    return None if is_over else newest
