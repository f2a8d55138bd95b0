"""I2: a recovery that was interrupted and went on leaves the ledger that an uninterrupted one leaves."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from sqlmodel import Session, col, select

from deployments.sandbox.engine.people import same_phone
from models.enums import DispatchState
from models.masking.phone import mask_phone
from models.tables.ledger import Planned, Recovery
from tests.invariants.facts import Store, engine_of

Row = tuple[str, str, str]
"""The digits of the phone, the disposition, the action."""


@dataclass(frozen=True, slots=True)
class _Told:
    """One recovery as far as two runs of one world must agree; ids differ from run to run."""

    state: str
    rows: dict[int, Row]
    dispatched: Counter[str]


def same_ledger(a: Store, b: Store) -> tuple[str, ...]:
    """Compare two ledgers of one world and seed; empty when they tell the same.

    Compared are, recovery by recovery in their order: every contact's disposition and action, who was
    dispatched, and the state at the end; nobody may be dispatched twice in either.
    """
    one, other = _read(a), _read(b)
    if len(one) != len(other):
        return (f"One ledger holds {len(one)} recoveries, the other {len(other)}.",)
    return tuple(
        f"Recovery {n}: {words}"
        for n, pair in enumerate(zip(one, other, strict=True), start=1)
        for words in _differences(*pair)
    )


def _read(store: Store) -> list[_Told]:
    with Session(engine_of(store)) as session:
        recoveries = session.exec(select(Recovery).order_by(col(Recovery.started_at), col(Recovery.epoch)))
        return [_told(session, recovery) for recovery in recoveries.all()]


def _told(session: Session, recovery: Recovery) -> _Told:
    rows = session.exec(select(Planned).where(Planned.recovery_id == recovery.id)).all()
    accepted = [row for row in rows if row.state == DispatchState.ACCEPTED.value]
    return _Told(
        recovery.state,
        {row.row: (same_phone(row.phone or ""), row.disposition, row.action) for row in rows},
        Counter(same_phone(row.phone or f"row {row.row}") for row in accepted),
    )


def _differences(one: _Told, other: _Told) -> Iterator[str]:
    if one.state != other.state:
        yield f"one ended {one.state}, the other {other.state}."
    for row in sorted(one.rows.keys() | other.rows.keys()):
        here, there = one.rows.get(row), other.rows.get(row)
        if here != there:
            yield f"row {row} is {_shown(here)} in one and {_shown(there)} in the other."
    for who in sorted(one.dispatched.keys() ^ other.dispatched.keys()):
        yield f"{mask_phone(f'+{who}')} was dispatched in one and not in the other."
    for who in sorted(who for who, count in (one.dispatched | other.dispatched).items() if count > 1):
        yield f"{mask_phone(f'+{who}')} was dispatched more than once."


def _shown(row: Row | None) -> str:
    return f"{mask_phone(f'+{row[0]}')}, {row[1]}, {row[2]}" if row else "missing"
