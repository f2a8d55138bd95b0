"""The outbox: what is to be told outside, written in the transaction that makes it true."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, exists, or_, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from models.enums import Phase, State
from models.hooks.ids import shown_ticket
from models.lifecycles import MESSAGE
from models.messages.milestones import (
    NOTIFY,
    Delivery,
    Milestone,
    TicketRef,
    facts,
    is_news,
    milestone_of,
    named,
)
from models.messages.promises import Promise, is_worth_telling, promise_of
from models.report.page.customer import paragraph
from models.tables.ledger import Planned, Recovery, Wave
from models.tables.tickets import OutboxRow, TicketLink
from tasks.ledger.people.counting import counts_in
from tasks.ledger.people.told import situation_in
from tasks.ledger.store import Ledger


def tell(session: Session, ledger: Ledger, recovery: Recovery, why: str) -> None:
    """Write a message for every ticket and channel that hears of the state a recovery has just come to."""
    state = State(recovery.state)
    if state.is_end:
        _take_back(session, recovery.id)
    for target in _tickets(session, recovery.id):
        put(session, ledger, recovery, target, milestone_of(state), why=why)
    for channel in ledger.notices.told_of(state):
        put(session, ledger, recovery, TicketRef(NOTIFY, channel), milestone_of(state), why=why)


def tell_pace(session: Session, ledger: Ledger, recovery: Recovery) -> datetime | None:
    """Tell every ticket that the calls go on and when they end: once, then only where that end has slipped.

    `recovery.eta` is the estimate as of now. Return from when on an end that has not come has slipped, None
    where no ticket was promised one.
    """
    to = _tickets(session, recovery.id)
    if not to or not _is_relaunched(session, recovery.id):
        return None
    now = promise_of(recovery.eta, ledger.clock.now())
    kept = (_keep(session, ledger, recovery, target, now) for target in to)
    return min((promise.slips_at for promise in kept if promise), default=None)


def _keep(
    session: Session, ledger: Ledger, recovery: Recovery, to: TicketRef, now: Promise | None
) -> Promise | None:
    """Return what one ticket is promised, after it was told where that is worth it."""
    rows = _to(session, recovery.id, to)
    told = [row.facts["promise"] for row in rows if row.facts.get("promise")]
    before = Promise.from_json(told[-1]) if told else None
    if now is None or not is_worth_telling(before, now):
        return before
    n = 1 + sum(row.facts["milestone"] == Milestone.CALLING.value for row in rows)
    said = _said(session, ledger, recovery, Milestone.CALLING, missed=before.until if before else None)
    add(session, ledger, recovery.id, to, said, n=n)
    return now


def _is_relaunched(session: Session, recovery_id: str) -> bool:
    query = select(Wave.n).where(
        Wave.recovery_id == recovery_id, Wave.phase != Phase.SAMPLE.value, col(Wave.answered_at).is_not(None)
    )
    return session.exec(query.limit(1)).first() is not None


def _take_back(session: Session, recovery_id: str) -> None:
    # Nobody has seen it: a time of which the next comment says that it is over would only mislead.
    session.execute(
        delete(OutboxRow).where(
            col(OutboxRow.recovery_id) == recovery_id,
            col(OutboxRow.milestone).startswith(Milestone.CALLING.value),
            col(OutboxRow.state) == Delivery.WAITING.value,
            col(OutboxRow.tries) == 0,
        )
    )


def put(
    session: Session,
    ledger: Ledger,
    recovery: Recovery,
    to: TicketRef,
    milestone: Milestone,
    *,
    why: str = "",
) -> None:
    """Write one message, unless the same has been said before."""
    said = _said(session, ledger, recovery, milestone, why)
    earlier = [row for row in _to(session, recovery.id, to) if row.facts["milestone"] == milestone.value]
    if earlier and not is_news(earlier[-1].facts, said):
        return
    add(session, ledger, recovery.id, to, said, n=len(earlier) + 1)


def _said(
    session: Session,
    ledger: Ledger,
    recovery: Recovery,
    milestone: Milestone,
    why: str = "",
    *,
    missed: datetime | None = None,
) -> dict[str, Any]:
    now, state = ledger.clock.now(), State(recovery.state)
    situation = replace(situation_in(session, recovery, now), missed=missed)
    # A ticket that is linked late is told at once where the recovery stands, in a comment of its own.
    is_behind = milestone is not Milestone.CALLING and milestone is not milestone_of(state)
    promise = promise_of(recovery.eta, now) if state is State.RUNNING and not is_behind else None
    return facts(
        recovery.model_dump(),
        counts_in(session, recovery.id),
        milestone,
        why,
        situation.people,
        customer="" if is_behind else paragraph(situation),
        promise=promise,
    )


def add(
    session: Session, ledger: Ledger, about: str, to: TicketRef, said: dict[str, Any], *, n: int = 1
) -> None:
    """Write one message about a recovery, or about a request that has none: the nth of its milestone."""
    now = ledger.clock.now()
    session.add(
        OutboxRow(
            recovery_id=about,
            milestone=named(Milestone(said["milestone"]), n),
            system=to.system,
            target=to.ticket_id,
            facts=said,
            written_at=now,
            state=Delivery.WAITING.value,
            next_try=now,
        )
    )


def is_written(session: Session, about: str, to: TicketRef, name: str) -> bool:
    """Tell whether a message of that name was written for a ticket before."""
    return any(row.milestone == name for row in _to(session, about, to))


def take(ledger: Ledger, lease: str, seconds: float) -> OutboxRow | None:
    """Lease the next message that is due; None where nothing is.

    What goes to one ticket or channel goes in the order it was written: while an older message to it waits,
    a younger one is not due.
    """
    if not _is_due(ledger):
        return None
    now = ledger.clock.now()
    with ledger.write() as session:
        query = _due(now).order_by(col(OutboxRow.next_try), col(OutboxRow.id)).limit(1)
        row: OutboxRow | None = session.exec(query.with_for_update(skip_locked=True, of=OutboxRow)).first()
        if row is None:
            return None
        row.lease, row.leased_until, row.tries = lease, now + timedelta(seconds=seconds), row.tries + 1
        session.add(row)
    return row


def renew(ledger: Ledger, row: OutboxRow, seconds: float) -> bool:
    """Push the end of our lease on a message out; False where it is another's by now, or was told."""
    with ledger.write() as session:
        stored = _ours(session, row)
        if stored:
            stored.leased_until = ledger.clock.now() + timedelta(seconds=seconds)
            session.add(stored)
    return stored is not None


def delivered(ledger: Ledger, row: OutboxRow, message: str) -> None:
    """Write down that a message has arrived."""
    _close(ledger, row, Delivery.DELIVERED, message)


def given_up(ledger: Ledger, row: OutboxRow, message: str) -> None:
    """Write down that a message will not be tried again, and why."""
    _close(ledger, row, Delivery.GIVEN_UP, message)


def later(ledger: Ledger, row: OutboxRow, message: str, seconds: float, *, all_of_it: bool = False) -> None:
    """Let a message wait for another try, and say what stood in its way.

    `all_of_it` where the system asked to be left alone: nothing else goes to it before then either.
    """
    until = ledger.clock.now() + timedelta(seconds=seconds)
    with ledger.write() as session:
        if stored := _ours(session, row):
            stored.next_try = until
            stored.last_words, stored.lease, stored.leased_until = message, None, None
            session.add(stored)
            if all_of_it:
                session.execute(
                    update(OutboxRow)
                    .where(
                        col(OutboxRow.system) == row.system,
                        col(OutboxRow.state) == Delivery.WAITING.value,
                        col(OutboxRow.next_try) < until,
                    )
                    .values(next_try=until)
                )


def again(ledger: Ledger) -> int:
    """Let everything that was given up, and all that waits for its turn, be due now; return how many."""
    with ledger.write() as session:
        rows = list(session.exec(select(OutboxRow).where(OutboxRow.state != Delivery.DELIVERED.value)))
        for row in rows:
            if row.state == Delivery.GIVEN_UP.value:
                row.state = MESSAGE.moved(row.state, Delivery.WAITING, row.id)
                row.tries, row.done_at = 0, None
            row.next_try = ledger.clock.now()
            session.add(row)
    return len(rows)


def undelivered(ledger: Ledger, recovery_id: str | None = None) -> list[OutboxRow]:
    """Return what waits or was given up, oldest first, of one recovery or of all."""
    with ledger.read() as session:
        query = select(OutboxRow).where(OutboxRow.state != Delivery.DELIVERED.value)
        if recovery_id:
            query = query.where(OutboxRow.recovery_id == recovery_id)
        return list(session.exec(query.order_by(col(OutboxRow.id))))


def by_state(ledger: Ledger) -> dict[str, int]:
    """Return how many messages stand where."""
    with ledger.read() as session:
        query = select(OutboxRow.state, func.count()).group_by(col(OutboxRow.state))
        return dict(session.exec(query).all())


def numbers_of(ledger: Ledger, recovery_id: str) -> frozenset[str]:
    """Return the whole numbers of a recovery's contacts, which nothing that goes out may hold."""
    with ledger.read() as session:
        found = session.exec(select(Planned.phone).where(Planned.recovery_id == recovery_id))
        return frozenset(phone for phone in found if phone)


def _tickets(session: Session, recovery_id: str) -> list[TicketRef]:
    links = (
        select(TicketLink).where(TicketLink.recovery_id == recovery_id).order_by(col(TicketLink.linked_at))
    )
    return [TicketRef(link.system, link.ticket_id) for link in session.exec(links)]


def _to(session: Session, recovery_id: str, to: TicketRef) -> list[OutboxRow]:
    query = select(OutboxRow).where(
        OutboxRow.recovery_id == recovery_id,
        OutboxRow.system == to.system,
        OutboxRow.target == to.ticket_id,
    )
    return list(session.exec(query.order_by(col(OutboxRow.id))))


def _due(now: datetime) -> Any:
    older = aliased(OutboxRow)
    same = and_(
        col(older.recovery_id) == OutboxRow.recovery_id,
        col(older.system) == OutboxRow.system,
        col(older.target) == OutboxRow.target,
        col(older.id) < OutboxRow.id,
        col(older.state) == Delivery.WAITING.value,
    )
    return select(OutboxRow).where(
        OutboxRow.state == Delivery.WAITING.value,
        col(OutboxRow.next_try) <= now,
        or_(col(OutboxRow.leased_until).is_(None), col(OutboxRow.leased_until) <= now),
        ~exists().where(same),
    )


def _is_due(ledger: Ledger) -> bool:
    # Asked without the writers' lock: most of the time there is nothing to do.
    with ledger.read() as session:
        return session.exec(_due(ledger.clock.now()).limit(1)).first() is not None


def _close(ledger: Ledger, row: OutboxRow, state: Delivery, message: str) -> None:
    with ledger.write() as session:
        if stored := _ours(session, row):
            stored.state = MESSAGE.moved(stored.state, state, row.id)
            stored.last_words, stored.done_at = message, ledger.clock.now()
            stored.lease, stored.leased_until = None, None
            session.add(stored)
            note = {
                "to": shown_ticket(f"{row.system}:{row.target}"),
                "milestone": row.milestone,
                "words": message,
            }
            kind = "told" if state is Delivery.DELIVERED else "not_told"
            if session.get(Recovery, row.recovery_id):  # a request has no chain: it shows how it went itself
                ledger.note(session, row.recovery_id, kind, note)


def _ours(session: Session, row: OutboxRow) -> OutboxRow | None:
    # Whoever slept past its lease may find the message taken by another: that one writes then.
    stored = session.get(OutboxRow, row.id, with_for_update=True)
    return stored if stored and stored.lease == row.lease and row.lease else None
