"""Which tickets hear of a recovery; a link writes its first message in the same transaction."""

from typing import Any

from sqlmodel import Session, col, select

from models.enums import State
from models.hooks.ids import shown_ticket
from models.invariants import given
from models.messages.milestones import Milestone, TicketRef, milestone_of
from models.messages.requests import joined_words
from models.tables.ledger import Recovery
from models.tables.tickets import TicketLink
from tasks.ledger import outbox
from tasks.ledger.store import Claim, Ledger


def link(ledger: Ledger, claim: Claim, system: str, ticket_id: str) -> None:
    """Let a ticket hear of the recovery that we hold; a second time changes nothing."""
    with ledger.write(claim) as session:
        join(session, ledger, claim.recovery_id, TicketRef(system, ticket_id))


def join(
    session: Session, ledger: Ledger, recovery_id: str, ticket: TicketRef | None, *, late: bool = False
) -> None:
    """Let a ticket, where there is one, hear of a recovery from here on, within the session's transaction.

    `late` where the recovery was under way before: the ticket is told that it joins, and whom.
    """
    if ticket is None:
        return
    key: Any = (recovery_id, ticket.system, ticket.ticket_id)
    if session.get(TicketLink, key):
        return
    why = _joined(session, recovery_id, late=late)
    recovery = given(session.get(Recovery, recovery_id), "a ticket is linked to a recovery that is there")
    session.add(
        TicketLink(
            recovery_id=recovery_id,
            system=ticket.system,
            ticket_id=ticket.ticket_id,
            linked_at=ledger.clock.now(),
        )
    )
    ledger.note(session, recovery_id, "ticket", {"ticket": shown_ticket(str(ticket))})
    outbox.put(session, ledger, recovery, ticket, Milestone.OPENED, why=why)
    if (now := milestone_of(State(recovery.state))) is not Milestone.OPENED:
        outbox.put(session, ledger, recovery, ticket, now)


def _joined(session: Session, recovery_id: str, *, late: bool) -> str:
    earlier = select(TicketLink).where(TicketLink.recovery_id == recovery_id)
    first = session.exec(earlier.order_by(col(TicketLink.linked_at)).limit(1)).first()
    if first is None and not late:
        return ""
    return joined_words(recovery_id, str(TicketRef(first.system, first.ticket_id)) if first else "")


def of(ledger: Ledger, recovery_id: str) -> list[TicketRef]:
    """Return the tickets that hear of a recovery, the first linked first."""
    with ledger.read() as session:
        query = select(TicketLink).where(TicketLink.recovery_id == recovery_id)
        links = session.exec(query.order_by(col(TicketLink.linked_at), col(TicketLink.ticket_id)))
        return [TicketRef(one.system, one.ticket_id) for one in links]
