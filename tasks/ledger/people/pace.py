"""How far the redials of a recovery are and how fast they move, as the ledger shows it."""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select
from sqlmodel import Session, col

from models.calling.clock import DailyWindow
from models.calling.rule import Facts, gates_of, is_on
from models.enums import DispatchState, Phase, VerdictWord, WaveState
from models.estimate.eta import Eta
from models.estimate.open_time import open_clock
from models.estimate.waves import CAREFUL_WAVE, TakenWave, WavesProgress, estimate_waves
from models.policy.policy import Policy
from models.tables.ledger import LookRow, Planned, Recovery, Wave
from models.verdict.sprt import SprtPlan, crossing
from tasks.ledger.store import Ledger

_Ends = Select[tuple[int | None, datetime | None]]

OPEN = frozenset({DispatchState.PLANNED.value, DispatchState.INTENT.value})
"""States of those who wait for their call."""
MOST_ENDS = 200
"""Calls whose end is looked at, the latest ones: enough for the longest of twenty."""
CAREFUL = frozenset({Phase.SAMPLE.value, Phase.WATCH.value})
"""Phases whose waves go one after the other."""


def estimate_of(ledger: Ledger, recovery_id: str, policy: Policy, permits: int) -> Eta:
    """Return the estimate of a recovery that runs; `permits` is what its waves may use together."""
    with ledger.read() as session:
        gates = _gates(session, recovery_id, policy) if is_on(policy) else []
        progress = _progress(session, recovery_id, policy, permits)
    return estimate_waves(progress, ledger.clock.now(), open_clock(gates))


def _gates(session: Session, recovery_id: str, policy: Policy) -> list[tuple[DailyWindow, ...]]:
    """Return the gates of those who wait, each kind once."""
    facts = col(Planned.calling)
    kinds = (facts["zones"].as_string(), facts["country"].as_string())
    query = select(*kinds).where(*_open(recovery_id), facts["zones"].as_string().is_not(None)).distinct()
    found = (Facts(tuple(json.loads(zones)), country) for zones, country in session.execute(query))
    return [gates_of(one, policy) for one in found]


def _open(recovery_id: str) -> tuple[ColumnElement[bool], ...]:
    return col(Planned.recovery_id) == recovery_id, col(Planned.state).in_(OPEN)


def _progress(session: Session, recovery_id: str, policy: Policy, permits: int) -> WavesProgress:
    left = int(session.execute(select(func.count()).where(*_open(recovery_id))).scalar_one())
    ramped = _waves_query(recovery_id).where(col(Wave.phase) == Phase.RAMP.value)
    first = session.execute(ramped.order_by(col(Wave.n)).limit(1)).first()
    careful = 0 if first else min(left, _careful(session, recovery_id, policy))
    waves = _waves(session, recovery_id, first.n if first else None)
    return WavesProgress(left, careful, waves, permits, first.answered_at if first else None)


def _waves_query(recovery_id: str) -> Select[tuple[int, datetime | None, int, int, str]]:
    told = (col(Wave.n), col(Wave.answered_at), col(Wave.size), col(Wave.cap), col(Wave.phase))
    taken = col(Wave.answered_at).is_not(None)
    return select(*told).where(col(Wave.recovery_id) == recovery_id, taken)


def _waves(session: Session, recovery_id: str, ramped: int | None) -> tuple[TakenWave, ...]:
    """Return the waves that are open, those whose calls have ended last, and the careful ones, oldest first.

    The careful ones are those before the first that doubles, `ramped`; no later wave is looked at for that.
    """
    careful = _waves_query(recovery_id)
    careful = careful if ramped is None else careful.where(col(Wave.n) < ramped)
    ended = _ended(session, recovery_id)
    ended |= _ends_of(session, recovery_id, [wave.n for wave in session.execute(careful)])
    live = _unended(session, recovery_id)
    query = _waves_query(recovery_id).where(col(Wave.n).in_(ended.keys() | live.keys()))
    return tuple(
        TakenWave(at, size, cap, live.get(n, 0), ended.get(n, ()), phase in CAREFUL)
        for n, at, size, cap, phase in session.execute(query.order_by(col(Wave.n)))
        if at is not None
    )


def _ended(session: Session, recovery_id: str) -> dict[int, list[datetime]]:
    """Return by wave when the calls ended that ended last."""
    ended = _ends(recovery_id).where(col(Planned.settled_at).is_not(None))
    return _by_wave(session, ended.order_by(col(Planned.settled_at).desc()).limit(MOST_ENDS))


def _ends_of(session: Session, recovery_id: str, numbers: Sequence[int]) -> dict[int, list[datetime]]:
    # Without a condition on the end, so that the rows are found by their wave and not among all that ended.
    return _by_wave(session, _ends(recovery_id).where(col(Planned.wave).in_(numbers)))


def _ends(recovery_id: str) -> _Ends:
    return select(col(Planned.wave), col(Planned.settled_at)).where(col(Planned.recovery_id) == recovery_id)


def _by_wave(session: Session, query: _Ends) -> dict[int, list[datetime]]:
    found: dict[int, list[datetime]] = defaultdict(list)
    for wave, at in session.execute(query):
        if wave is not None and at is not None:
            found[wave].append(at)
    return found


def _unended(session: Session, recovery_id: str) -> dict[int, int]:
    """Count by wave who is with the platform and has no end yet; of a settled wave nobody is."""
    live = select(col(Wave.n)).where(
        col(Wave.recovery_id) == recovery_id, col(Wave.state) != WaveState.SETTLED.value
    )
    query = select(col(Planned.wave), col(Planned.state)).where(
        col(Planned.recovery_id) == recovery_id,
        col(Planned.wave).in_(list(session.execute(live).scalars())),
        col(Planned.outcome).is_(None),
    )
    found: dict[int, int] = defaultdict(int)
    for wave, state in session.execute(query):
        if wave is not None and state == DispatchState.ACCEPTED.value:
            found[wave] += 1
    return found


def _careful(session: Session, recovery_id: str, policy: Policy) -> int:
    """Return how many still go in careful waves where nothing more fails: the sample, then watched ones."""
    sizes = select(col(Wave.phase), func.sum(col(Wave.size))).where(col(Wave.recovery_id) == recovery_id)
    sent = {phase: int(count) for phase, count in session.execute(sizes.group_by(col(Wave.phase)))}
    watch = max(0, policy.watch_first - sent.get(Phase.WATCH.value, 0))
    verdict = select(col(Recovery.verdict)).where(col(Recovery.id) == recovery_id)
    if session.execute(verdict).scalar_one_or_none() is not None:
        return watch
    return watch + _sample_left(session, recovery_id, policy, sent.get(Phase.SAMPLE.value, 0))


def _sample_left(session: Session, recovery_id: str, policy: Policy, sent: int) -> int:
    looks = select(col(LookRow.k)).where(col(LookRow.recovery_id) == recovery_id)
    failed = session.execute(looks.order_by(col(LookRow.id).desc()).limit(1)).scalar_one_or_none() or 0
    test = SprtPlan(policy.p0, policy.p1, policy.alpha, policy.beta, policy.sample_max)
    sizes = range(CAREFUL_WAVE, policy.sample_max, CAREFUL_WAVE)
    enough = (n for n in sizes if n >= failed and crossing(n, failed, test) is VerdictWord.GO)
    return max(0, next(enough, policy.sample_max) - sent)
