"""Plans in the ledger: frozen once, then only marked."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, update
from sqlalchemy import select as columns
from sqlmodel import Session, col, func, select

from models.carrier import CarrierCall, carrier_call
from models.contacts.phones.normalise import Number
from models.disposition.strategy import Judged
from models.enums import Action, ContactStatus, DispatchState, Disposition
from models.invariants import ensure
from models.lifecycles import DISPATCH
from models.plan.plan import Plan, plan_hash
from models.platform import Contact
from models.reasons.refusals import walls
from models.tables.decisions import KeptDecision
from models.tables.ledger import Planned, Recovery, Wave
from tasks.fault_points import fault_point
from tasks.ledger.account import opt_out_list
from tasks.ledger.errors import CollisionError, LedgerError
from tasks.ledger.people import unplayed
from tasks.ledger.recoveries import find, policy_of
from tasks.ledger.store import Claim, Ledger
from tasks.marks import struck

CHUNK = 1000
FIRST_PART = 64
"""How many of those who wait are read first: most often somebody among them may be called."""
NO_END = 1_000_000_000
"""A place that no plan reaches."""
SAID_NO = frozenset({Disposition.DECLINED, Disposition.DO_NOT_CONTACT})
"""Whoever said so is not called by any other job of the workspace either."""
CARRIER, REDIAL_CARRIER = "carrier", "redial_carrier"
"""Where a contact of a plan keeps the carrier's raw word on the source's call, and on our own."""
BOUND = "bound"
"""Where a recovery keeps what of the platform its plan relies on."""
_ROWS = insert(Planned.__table__)  # type: ignore[attr-defined]
# Asked at every look: built once.
_ANYBODY = (
    select(Planned.row)
    .where(
        Planned.recovery_id == bindparam("of_recovery"),
        Planned.state == DispatchState.PLANNED.value,
        col(Planned.position) < bindparam("below"),
    )
    .limit(1)
)
suppress, unsuppress, suppressed = opt_out_list.suppress, opt_out_list.unsuppress, opt_out_list.suppressed
is_listed, BY_A_CALL = opt_out_list.is_listed, opt_out_list.BY_A_CALL
close_rest, reopen_rest = unplayed.close_rest, unplayed.reopen_rest


def freeze(ledger: Ledger, claim: Claim, plan: Plan) -> None:
    """Write the whole plan down in one transaction: every contact, its action, its place.

    Whoever has declined a call of the job goes on the suppression list with it.

    A plan of which a wave was begun is never replaced, and none redials a person in two rows: raises
    LedgerError, which is Collision for the latter.
    """
    place = {contact_id: index for index, contact_id in enumerate(plan.order)}
    _one_row_a_person(plan, claim.job_id)
    with ledger.write(claim) as session:
        _not_begun(session, claim.recovery_id)
        session.execute(Planned.__table__.delete().where(col(Planned.recovery_id) == claim.recovery_id))  # type: ignore[attr-defined]
        rows = [_row(claim.recovery_id, one, place.get(one.contact.id)) for one in plan.contacts]
        _insert(session, rows)
        suppress(session, claim.workspace, said_no(plan), f"declined in job {claim.job_id}", ledger)
        recovery = find(session, claim.recovery_id)
        recovery.plan_hash = plan.hash
        note: dict[str, Any] = {"hash": plan.hash, **plan.counts, **_followed(plan)}
        if plan.bound is not None:
            recovery.source = (recovery.source or {}) | {BOUND: dict(plan.bound)}
            note[BOUND] = dict(plan.bound)
        session.add(recovery)
        ledger.note(session, claim.recovery_id, "planned", note)
        fault_point("plan.before_commit")


def _followed(plan: Plan) -> dict[str, Any]:
    """Return how many decisions of people a plan carries out, by what was decided; nothing where none."""
    made = Counter(one.decided.choice.value for one in plan.contacts if one.decided)
    return {"decisions": dict(made)} if made else {}


def keep_list(session: Session, recovery: Recovery, contacts: Sequence[Judged]) -> None:
    """Keep everybody of a job of which nobody is redialled, so that whom a person decides about is listed.

    It is no plan: it has no hash, and nobody can approve it. One that was frozen before stays as it is.
    """
    ensure(all(one.action is not Action.REDIAL for one in contacts), "a list redials nobody")
    if recovery.plan_hash:
        return
    session.execute(Planned.__table__.delete().where(col(Planned.recovery_id) == recovery.id))  # type: ignore[attr-defined]
    rows = [_row(recovery.id, one, None) for one in contacts]
    _insert(session, rows)


def said_no(plan: Plan) -> list[str]:
    """Return the numbers of whoever declined for good, by what their own attempts say."""
    found = (one.number for one in plan.contacts if one.past in SAID_NO)
    return [phone for number in found if (phone := number.e164 or number.person)]


def _one_row_a_person(plan: Plan, job_id: str) -> None:
    # The table's own index sees the same spelling only.
    people = Counter(one.number.person for one in plan.contacts if one.action is Action.REDIAL)
    twice = sum(1 for person, rows in people.items() if person and rows > 1)
    if twice:
        struck("plan.one_row_a_person")
        raise CollisionError(
            f"The plan of job {job_id} redials {twice} people in more than one row, so it is not kept. "
            "Run recover again, and report it if that does not help."
        )


def _not_begun(session: Session, recovery_id: str) -> None:
    if session.exec(select(Wave.n).where(Wave.recovery_id == recovery_id).limit(1)).first():
        raise LedgerError(
            f"Recovery {recovery_id} has begun its plan, so another cannot take its place. "
            "Cancel it and start a new one."
        )


def _insert(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    # In one go, without an object for a row. Of whom no calling hours were asked the column stays empty.
    timed = [row for row in rows if row["calling"] is not None]
    plain = [{k: v for k, v in row.items() if k != "calling"} for row in rows if row["calling"] is None]
    for some in (timed, plain):
        for start in range(0, len(some), CHUNK):
            session.connection().execute(_ROWS, some[start : start + CHUNK])


def _row(recovery_id: str, one: Judged, place: int | None) -> dict[str, Any]:
    contact = one.contact
    return {
        "recovery_id": recovery_id,
        "row": one.row,
        "contact_id": contact.id,
        "phone": one.phone,
        "disposition": one.disposition.value,
        "action": one.action.value,
        "code": one.code,
        "why": one.why,
        "attempts": one.attempts,
        "payload": dict(contact.payload),
        "seen": _seen(one),
        "calling": one.calling and one.calling.as_json(),
        "position": place,
        "state": DISPATCH.first.value if place is not None else None,
        "outcome_code": "",
        "fault": False,
        "outcome_why": "",
        "decision": one.decided.id if one.decided else None,
    }


def _seen(one: Judged) -> dict[str, Any]:
    contact = one.contact
    shown: dict[str, Any] = {
        "status": contact.status.value,
        "raw": contact.raw_status,
        "call_id": contact.call_id,
        **({CARRIER: one.carrier.as_json()} if one.carrier else {}),
    }
    # What is known of whoever is not done with: against that a later decision is held.
    done = one.action is Action.DROP or not one.traces
    return shown if done else shown | {"traces": sorted(one.traces)}


def contacts(ledger: Ledger, recovery_id: str) -> list[Planned]:
    """Return every contact of the plan in upload order."""
    with ledger.read() as session:
        query = select(Planned).where(Planned.recovery_id == recovery_id).order_by(col(Planned.row))
        return list(session.exec(query))


def stored(ledger: Ledger, recovery: Recovery) -> Plan:
    """Return the plan as it was frozen, as far as people are shown it."""
    rows = contacts(ledger, recovery.id)
    placed = sorted((row for row in rows if row.position is not None), key=lambda row: row.position or 0)
    sample = min(policy_of(recovery).sample_max, len(placed))
    order = tuple(row.contact_id for row in placed)
    return Plan(tuple(map(_judged, rows)), order, sample, recovery.plan_hash or "")


def _judged(row: Planned) -> Judged:
    seen = seen_before([row])[row.contact_id]
    disposition, action = Disposition(row.disposition), Action(row.action)
    return Judged(row.row, seen, Number(row.phone), disposition, action, row.code, row.why, row.attempts)


def next_up(ledger: Ledger, recovery_id: str, count: int, *, below: int | None = None) -> list[Planned]:
    """Return the next contacts to dispatch; `below` bounds their place, so that a sample stays one."""
    query = (
        select(Planned)
        .where(Planned.recovery_id == recovery_id, Planned.state == DispatchState.PLANNED.value)
        .order_by(col(Planned.position))
        .limit(count)
    )
    if below is not None:
        query = query.where(col(Planned.position) < below)
    with ledger.read() as session:
        return list(session.exec(query))


def waiting(ledger: Ledger, recovery_id: str, *, below: int | None = None) -> Iterator[list[Planned]]:
    """Stream everybody who waits for a wave, in the order of dispatch, some at a time."""
    after, size = -1, FIRST_PART
    while True:
        with ledger.read() as session:
            query = select(Planned).where(
                Planned.recovery_id == recovery_id,
                Planned.state == DispatchState.PLANNED.value,
                col(Planned.position) > after,
                col(Planned.position) < (NO_END if below is None else below),
            )
            rows = list(session.exec(query.order_by(col(Planned.position)).limit(size)))
        if not rows:
            return
        yield rows
        after, size = rows[-1].position or 0, min(2 * size, CHUNK)


def count_left(ledger: Ledger, recovery_id: str, *, below: int | None = None) -> int:
    """Count the contacts that wait for a wave; `below` bounds their place as in `next_up`."""
    query = select(func.count()).where(
        Planned.recovery_id == recovery_id, Planned.state == DispatchState.PLANNED.value
    )
    if below is not None:
        query = query.where(col(Planned.position) < below)
    with ledger.read() as session:
        return int(session.exec(query).one())


def is_anybody_left(ledger: Ledger, recovery_id: str, *, below: int | None = None) -> bool:
    """Tell whether any contact waits for a wave; `below` bounds their place as in `next_up`."""
    named = {"of_recovery": recovery_id, "below": NO_END if below is None else below}
    with ledger.read() as session:
        return session.connection().execute(_ANYBODY, named).first() is not None


def count_to_redial(ledger: Ledger, recovery_id: str) -> int:
    """Count the contacts that a plan redials."""
    query = select(func.count()).where(
        Planned.recovery_id == recovery_id, Planned.action == Action.REDIAL.value
    )
    with ledger.read() as session:
        return int(session.exec(query).one())


def waiting_with(ledger: Ledger, recovery_id: str, phones: Iterable[str]) -> list[str]:
    """Return the contacts that wait for a wave under one of some numbers."""
    asked, found = sorted(phones), list[str]()
    with ledger.read() as session:
        for start in range(0, len(asked), CHUNK):
            query = select(Planned.contact_id).where(
                Planned.recovery_id == recovery_id,
                Planned.state == DispatchState.PLANNED.value,
                col(Planned.phone).in_(asked[start : start + CHUNK]),
            )
            found += session.exec(query)
    return found


def last_end(ledger: Ledger, recovery_id: str) -> datetime | None:
    """Return when the last call of a recovery ended, None before the first has."""
    query = select(Planned.settled_at).where(
        Planned.recovery_id == recovery_id, col(Planned.settled_at).is_not(None)
    )
    with ledger.read() as session:
        return session.exec(query.order_by(col(Planned.settled_at).desc()).limit(1)).first()


def count_of(ledger: Ledger, recovery_id: str, disposition: Disposition) -> int:
    """Count the contacts of a plan that have a disposition."""
    query = select(func.count()).where(
        Planned.recovery_id == recovery_id, Planned.disposition == disposition.value
    )
    with ledger.read() as session:
        return int(session.exec(query).one())


def count_skipped(ledger: Ledger, recovery_id: str, code: str) -> int:
    """Count the contacts that were taken out of the dispatch under a code."""
    query = select(func.count()).where(
        Planned.recovery_id == recovery_id,
        Planned.state == DispatchState.SKIPPED.value,
        Planned.outcome_code == code,
    )
    with ledger.read() as session:
        return int(session.exec(query).one())


def skipped_under(ledger: Ledger, recovery_id: str, code: str) -> frozenset[str]:
    """Return the contacts that were taken out of the dispatch under a code."""
    query = select(Planned.contact_id).where(
        Planned.recovery_id == recovery_id,
        Planned.state == DispatchState.SKIPPED.value,
        Planned.outcome_code == code,
    )
    with ledger.read() as session:
        return frozenset(session.exec(query))


def sample_end(ledger: Ledger, recovery_id: str, size: int) -> int:
    """Return the place at which a sample of `size` ends: who has left the plan gives the seat to the next."""
    query = (
        select(Planned.position)
        .where(Planned.recovery_id == recovery_id, Planned.state != DispatchState.SKIPPED.value)
        .order_by(col(Planned.position))
        .offset(size)
    )
    with ledger.read() as session:
        after = session.exec(query.limit(1)).first()
    return NO_END if after is None else after


def as_seen(ledger: Ledger, recovery_id: str) -> Mapping[str, Contact]:
    """Return everybody of a plan as `seen_before` does, without the rest of their rows."""
    query = (
        select(Planned.contact_id, Planned.phone, Planned.seen)
        .where(Planned.recovery_id == recovery_id)
        .order_by(col(Planned.row))
    )
    with ledger.read() as session:
        return {contact_id: _seen_as(contact_id, *rest) for contact_id, *rest in session.exec(query)}


def states_of(ledger: Ledger, recovery_id: str, contact_ids: Iterable[str]) -> list[str]:
    """Return where the dispatch stands of those contacts among some that are redialled."""
    asked, found = sorted(contact_ids), list[str]()
    with ledger.read() as session:
        for start in range(0, len(asked), CHUNK):
            query = select(Planned.state).where(
                Planned.recovery_id == recovery_id,
                col(Planned.contact_id).in_(asked[start : start + CHUNK]),
            )
            found += [state for state in session.exec(query) if state]
    return found


def seen_before(rows: Iterable[Planned]) -> Mapping[str, Contact]:
    """Return the rows as they were before any cancel, for judging what a cancel overwrote."""
    return {row.contact_id: _seen_as(row.contact_id, row.phone, row.seen) for row in rows}


def carrier_of(row: Planned, which: str = CARRIER) -> CarrierCall | None:
    """Return the carrier's own word on a contact's call, None where it has told none."""
    told = row.seen.get(which)
    return carrier_call(told) if told else None


def _seen_as(contact_id: str, phone: str | None, seen: Mapping[str, Any]) -> Contact:
    return Contact(
        id=contact_id,
        phone=phone,
        status=ContactStatus(seen["status"]),
        raw_status=str(seen["raw"]),
        call_id=seen.get("call_id"),
    )


def skip(ledger: Ledger, claim: Claim, why: Mapping[str, str], kind: str, *, code: str = "") -> None:
    """Take contacts out of the dispatch that have moved or must not be called after all."""
    if not why:
        return
    with ledger.write(claim) as session:
        skipped = sum(_skip_one(session, claim.recovery_id, i, words, code) for i, words in why.items())
        if skipped:
            ledger.note(session, claim.recovery_id, "skipped", {"why": kind, "contacts": skipped})


def _skip_one(session: Session, recovery_id: str, contact_id: str, message: str, code: str) -> int:
    found = session.execute(
        update(Planned)
        .where(
            col(Planned.recovery_id) == recovery_id,
            col(Planned.contact_id) == contact_id,
            col(Planned.state) == DispatchState.PLANNED.value,
        )
        .values(
            state=DISPATCH.moved(DispatchState.PLANNED, DispatchState.SKIPPED, recovery_id),
            outcome_why=message,
            outcome_code=code,
        )
    )
    return int(found.rowcount)  # type: ignore[attr-defined]


def executed_hash(ledger: Ledger, recovery: Recovery) -> str:
    """Return the hash of the plan as it stands in the ledger now."""
    kept = (Planned.contact_id, Planned.phone, Planned.action, Planned.position, Planned.decision)
    query = columns(*map(col, kept)).where(col(Planned.recovery_id) == recovery.id)
    with ledger.read() as session:
        rows = session.execute(query.order_by(col(Planned.row))).all()
    lines = [(row.contact_id, row.phone or "", row.action) for row in rows]
    placed = sorted((row for row in rows if row.position is not None), key=lambda row: row.position)
    key = (recovery.workspace, recovery.platform, recovery.job_id)
    order = [row.contact_id for row in placed]
    made = [row.decision for row in rows if row.decision is not None]
    return plan_hash(
        key, lines, order, policy_of(recovery), bound_then(recovery), followed=_made(ledger, made)
    )


def _made(ledger: Ledger, ids: Sequence[int]) -> list[list[str]]:
    """Return the decisions that planned contacts follow, as the hash covers them."""
    if not ids:
        return []
    with ledger.read() as session:
        found = session.exec(select(KeptDecision).where(col(KeptDecision.id).in_(ids)))
        return [[one.contact_id, one.choice, one.by, one.because] for one in found]


def bound_then(recovery: Recovery) -> Mapping[str, Any] | None:
    """Return what of the platform a frozen plan relies on, None for one of before version 0.3."""
    return (recovery.source or {}).get(BOUND)


def walls_of(ledger: Ledger, recovery_id: str) -> frozenset[str]:
    """Return the codes by which nearly everybody of a recovery's waves was refused."""
    with ledger.read() as session:
        return walls_in(session, recovery_id)


def walls_in(session: Session, recovery_id: str) -> frozenset[str]:
    """Return the same within a transaction, with what it has written so far."""
    query = (
        select(Planned.outcome, Planned.outcome_code, func.count())
        .where(Planned.recovery_id == recovery_id, col(Planned.outcome).is_not(None))
        .group_by(col(Planned.outcome), col(Planned.outcome_code))
    )
    rows = session.exec(query)
    return walls({(Disposition(kind or "unknown"), code): count for kind, code, count in rows})
