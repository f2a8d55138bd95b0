"""How far the redials of a recovery are and how fast they move, as the ledger shows it."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

from models.calling.clock import DailyWindow
from models.calling.rule import Facts, gates_of, is_on
from models.enums import DispatchState, WaveState
from models.estimate.eta import Eta, estimate
from models.estimate.open_time import open_clock
from models.estimate.pace import Progress
from models.policy.policy import Policy
from models.tables.ledger import Planned, Wave
from tasks.ledger.store import Ledger

OPEN = frozenset({DispatchState.PLANNED.value, DispatchState.INTENT.value})
"""States of those who wait for their call."""
MOST_LENGTHS = 200
"""Calls whose length is looked at, the latest ones: enough for the longest of twenty."""
MOST_EVENTS = 5000
"""Dispatches that a pace is measured over at the most, the latest ones."""


def estimate_of(ledger: Ledger, recovery_id: str, policy: Policy, permits: int) -> Eta:
    """Return the estimate of a recovery that runs; `permits` is what its waves may use together."""
    with ledger.read() as session:
        gates = _gates(session, recovery_id, policy) if is_on(policy) else []
        progress = _progress(session, recovery_id, permits)
    return estimate(progress, ledger.clock.now(), open_clock(gates))


def _gates(session: Session, recovery_id: str, policy: Policy) -> list[tuple[DailyWindow, ...]]:
    """Return the gates of those who wait, each kind once."""
    facts = col(Planned.calling)
    kinds = (facts["zones"].as_string(), facts["country"].as_string())
    query = select(*kinds).where(*_open(recovery_id), facts["zones"].as_string().is_not(None)).distinct()
    found = (Facts(tuple(json.loads(zones)), country) for zones, country in session.execute(query))
    return [gates_of(one, policy) for one in found]


def _open(recovery_id: str) -> tuple[ColumnElement[bool], ...]:
    return col(Planned.recovery_id) == recovery_id, col(Planned.state).in_(OPEN)


def _progress(session: Session, recovery_id: str, permits: int) -> Progress:
    sent = _sent(session, recovery_id)
    ended = _ended(session, recovery_id)
    pairs = ((at, sent.get(wave)) for wave, at in reversed(ended))
    return Progress(
        pending=int(session.execute(select(func.count()).where(*_open(recovery_id))).scalar_one()),
        in_air=_in_air(session, recovery_id),
        dispatched_at=_dispatched(sent),
        ended_at=[at for _, at in ended],
        durations=[(at - wave.at).total_seconds() for at, wave in pairs if wave],
        permits=permits,
    )


class _Sent(NamedTuple):
    at: datetime
    size: int


def _sent(session: Session, recovery_id: str) -> dict[int, _Sent]:
    """Return when each wave was taken, and how many contacts it has, oldest first."""
    query = select(col(Wave.n), col(Wave.answered_at), col(Wave.size)).where(
        col(Wave.recovery_id) == recovery_id, col(Wave.answered_at).is_not(None)
    )
    return {n: _Sent(at, size) for n, at, size in session.execute(query.order_by(col(Wave.answered_at)))}


def _dispatched(sent: Mapping[int, _Sent]) -> list[datetime]:
    found: list[datetime] = []
    for wave in reversed(list(sent.values())):
        found += [wave.at] * wave.size
        if len(found) >= MOST_EVENTS:
            break
    return found


def _ended(session: Session, recovery_id: str) -> list[tuple[int, datetime]]:
    """Return wave and moment of the calls that ended last, the newest first."""
    query = select(col(Planned.wave), col(Planned.settled_at)).where(
        col(Planned.recovery_id) == recovery_id, col(Planned.settled_at).is_not(None)
    )
    newest = query.order_by(col(Planned.settled_at).desc()).limit(MOST_LENGTHS)
    return [(wave, at) for wave, at in session.execute(newest)]


def _in_air(session: Session, recovery_id: str) -> int:
    """Count who is with the platform and has no end yet; of a settled wave nobody is."""
    live = select(col(Wave.n)).where(
        col(Wave.recovery_id) == recovery_id, col(Wave.state) != WaveState.SETTLED.value
    )
    unended = select(col(Planned.state)).where(
        col(Planned.recovery_id) == recovery_id,
        col(Planned.wave).in_(list(session.execute(live).scalars())),
        col(Planned.outcome).is_(None),
    )
    return list(session.execute(unended).scalars()).count(DispatchState.ACCEPTED.value)
