"""Answers to tickets whose request leads to no recovery, or waits behind one that has not begun."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, col, select

from models.hooks.order import Act, HookState
from models.lifecycles import REQUEST
from models.messages.milestones import Milestone, TicketRef, read_ticket
from models.messages.requests import (
    ECHO,
    Refusal,
    ask_again,
    is_told,
    joined_facts,
    refused_facts,
)
from models.tables.gateway import InboxRow
from models.tables.tickets import OutboxRow
from tasks.ledger import outbox
from tasks.ledger.inbox.joins import LOOKED_BACK, recovery_in
from tasks.ledger.store import Ledger

_MOST = 50


@dataclass(frozen=True, slots=True)
class WriteBack:
    """Which ticket systems are written to, and by source the tag that keeps its hooks away."""

    systems: frozenset[str] = frozenset()
    tags: Mapping[str, str] = field(default_factory=dict)


NOBODY_ASKED = WriteBack()


def refuse(session: Session, ledger: Ledger, row: InboxRow, why: str, back: WriteBack) -> None:
    """End a request that nothing is started from, with all that joined it, and tell their tickets why."""
    end(session, ledger, row, why, back, state=HookState.REFUSED)


def end(
    session: Session, ledger: Ledger, row: InboxRow, why: str, back: WriteBack, *, state: HookState
) -> None:
    """End a request and those that joined it, and tell their tickets; in the session's own transaction."""
    for one in (row, *_behind(session, row)):
        one.state, one.message = REQUEST.moved(one.state, state, one.id), why
        one.ended_at, one.claimed_until = ledger.clock.now(), None
        session.add(one)
        _tell(session, ledger, one, back)


def _behind(session: Session, row: InboxRow) -> list[InboxRow]:
    query = select(InboxRow).where(
        InboxRow.joined == row.id,
        InboxRow.state == HookState.JOINED.value,
        col(InboxRow.recovery_id).is_(None),
    )
    return list(session.exec(query.order_by(col(InboxRow.received_at)).with_for_update()))


def _tell(session: Session, ledger: Ledger, row: InboxRow, back: WriteBack) -> None:
    ticket = _ticket(row, back)
    if ticket is None or not is_told(_refusals(session, ticket), row.message, ledger.clock.now()):
        return
    advice = ask_again(row.message, row.job_id, back.tags.get(row.source, ""))
    said = refused_facts(row.model_dump(), row.message, advice)
    outbox.add(session, ledger, row.id, ticket, said)
    session.flush()  # of several requests of one ticket the next one finds it


def _ticket(row: InboxRow, back: WriteBack) -> TicketRef | None:
    system = row.ticket.partition(":")[0]
    return read_ticket(row.ticket) if row.ticket and system in back.systems else None


def _refusals(session: Session, ticket: TicketRef) -> Iterator[Refusal]:
    for row in _told(session, ticket):
        yield Refusal(row.facts["why"], row.written_at, row.done_at)


def _told(session: Session, ticket: TicketRef) -> list[OutboxRow]:
    query = select(OutboxRow).where(
        OutboxRow.system == ticket.system,
        OutboxRow.target == ticket.ticket_id,
        OutboxRow.milestone == Milestone.REFUSED.value,
    )
    return list(session.exec(query.order_by(col(OutboxRow.id).desc()).limit(_MOST)))


def echoed(session: Session, ledger: Ledger, row: InboxRow, systems: frozenset[str]) -> str:
    """Return why a ticket was refused this job a moment ago, empty where it was not.

    What comes so soon was set off by the comment itself: it is refused again, and nothing is started.
    """
    ticket = _ticket(row, WriteBack(systems))
    if ticket is None or not row.job_id:
        return ""
    now = ledger.clock.now()
    for one in _told(session, ticket):
        about = (one.facts["job_id"], one.facts["workspace"]) == (row.job_id, row.workspace)
        if about and (one.done_at is None or now - one.done_at < ECHO):
            return str(one.facts["why"])
    return ""


def joined(session: Session, ledger: Ledger, row: InboxRow, systems: frozenset[str]) -> None:
    """Tell a ticket, once, that another one asked for its job, where no recovery of it has begun yet."""
    ticket = _ticket(row, WriteBack(systems))
    first = session.get(InboxRow, row.joined)
    if ticket is None or first is None or first.ticket == row.ticket:
        return
    said = joined_facts(row.model_dump(), first.ticket)
    if not outbox.is_written(session, first.id, ticket, Milestone.JOINED.value):
        outbox.add(session, ledger, first.id, ticket, said)


def unanswered(ledger: Ledger) -> list[InboxRow]:
    """Return requests whose run was started and that have led to no recovery yet, the oldest first."""
    query = select(InboxRow).where(
        InboxRow.act == Act.RECOVER.value,
        InboxRow.state == HookState.STARTED.value,
        col(InboxRow.recovery_id).is_(None),
        col(InboxRow.run_id).is_not(None),
        col(InboxRow.received_at) > ledger.clock.now() - LOOKED_BACK,
    )
    with ledger.read() as session:
        rows = session.exec(query.order_by(col(InboxRow.received_at)).limit(_MOST))
        return [row for row in rows if recovery_in(session, row) is None]


def came_to_nothing(ledger: Ledger, request_id: str, why: str, back: WriteBack) -> bool:
    """Refuse a request whose run has ended without a recovery; False where there is one by now."""
    with ledger.write() as session:
        row: Any = session.get(InboxRow, request_id, with_for_update=True)
        is_open = row is not None and row.state == HookState.STARTED.value
        if not is_open or recovery_in(session, row) is not None:
            return False
        refuse(session, ledger, row, why, back)
    return True
