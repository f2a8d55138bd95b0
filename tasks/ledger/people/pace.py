"""How far the redials of a recovery are and how fast they move, as the ledger shows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from models.calling.rule import Facts, gates_of
from models.enums import DispatchState
from models.estimate.eta import Eta, estimate
from models.estimate.open_time import open_clock
from models.estimate.pace import Progress
from models.policy.policy import Policy
from models.tables.ledger import Planned
from tasks.ledger import waves
from tasks.ledger.store import Ledger

OPEN = frozenset({DispatchState.PLANNED.value, DispatchState.INTENT.value})
"""States of those who wait for their call."""


@dataclass(frozen=True, slots=True)
class Moved:
    """How far one redial is."""

    state: str | None
    wave: int | None
    settled_at: datetime | None
    calling: dict[str, Any] | None


def estimate_of(ledger: Ledger, recovery_id: str, policy: Policy, permits: int) -> Eta:
    """Return the estimate of a recovery that runs; `permits` is what its waves may use together."""
    rows = _redialled(ledger, recovery_id)
    waiting = [row.calling for row in rows if row.state in OPEN and row.calling]
    clock = open_clock(gates_of(Facts.from_json(facts), policy) for facts in waiting)
    return estimate(_progress(ledger, recovery_id, rows, permits), ledger.clock.now(), clock)


def _redialled(ledger: Ledger, recovery_id: str) -> list[Moved]:
    # Only what moves: names and variables of ten thousand people are not read for it.
    query = (
        select(Planned.state, Planned.wave, Planned.settled_at, Planned.calling)
        .where(Planned.recovery_id == recovery_id, col(Planned.position).is_not(None))
        .order_by(col(Planned.row))
    )
    with ledger.read() as session:
        return [Moved(*row) for row in session.exec(query)]


def _progress(ledger: Ledger, recovery_id: str, rows: list[Moved], permits: int) -> Progress:
    sent = {wave.n: wave.answered_at for wave in waves.of(ledger, recovery_id) if wave.answered_at}
    ended = [row for row in rows if row.settled_at]
    return Progress(
        pending=sum(row.state in OPEN for row in rows),
        in_air=sum(row.state == DispatchState.ACCEPTED.value and row.settled_at is None for row in rows),
        dispatched_at=[sent[row.wave] for row in rows if row.wave in sent],
        ended_at=[row.settled_at for row in ended if row.settled_at],
        durations=[seconds for row in ended if (seconds := _seconds(row, sent)) is not None],
        permits=permits,
    )


def _seconds(row: Moved, sent: Mapping[int, datetime]) -> float | None:
    begun = sent.get(row.wave or 0)
    return (row.settled_at - begun).total_seconds() if row.settled_at and begun else None
