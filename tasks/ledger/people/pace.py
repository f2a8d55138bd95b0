"""How far the redials of a recovery are and how fast they move, as the ledger shows it."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Row, bindparam, func, select
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

OPEN = frozenset({DispatchState.PLANNED.value, DispatchState.INTENT.value})
"""States of those who wait for their call."""
MOST_ENDS = 200
"""Calls whose end is looked at, the latest ones: enough for the longest of twenty."""
CAREFUL = frozenset({Phase.SAMPLE.value, Phase.WATCH.value})
"""Phases whose waves go one after the other."""
NO_WAVE = 1_000_000_000
"""A number that no wave reaches."""

# Asked after every wave: built once.
_MINE = col(Planned.recovery_id) == bindparam("of_recovery")
_WAITS = (_MINE, col(Planned.state).in_(OPEN))
_LEFT = select(func.count()).where(*_WAITS)
_ZONES = col(Planned.calling)["zones"].as_string()
_KINDS = (
    select(_ZONES, col(Planned.calling)["country"].as_string()).where(*_WAITS, _ZONES.is_not(None)).distinct()
)
_TAKEN = (
    select(col(Wave.n), col(Wave.answered_at), col(Wave.size), col(Wave.cap), col(Wave.phase))
    .where(col(Wave.recovery_id) == bindparam("of_recovery"), col(Wave.answered_at).is_not(None))
    .order_by(col(Wave.n))
)
_FIRST_RAMPED = _TAKEN.where(col(Wave.phase) == Phase.RAMP.value).limit(1)
_BEFORE = _TAKEN.where(col(Wave.n) < bindparam("below"))
_NUMBERED = _TAKEN.where(col(Wave.n).in_(bindparam("waves", expanding=True)))
_ENDS = select(col(Planned.wave), col(Planned.settled_at)).where(_MINE)
_LATEST = (
    _ENDS.where(col(Planned.settled_at).is_not(None))
    .order_by(col(Planned.settled_at).desc())
    .limit(MOST_ENDS)
)
# Without a condition on the end, so that the rows are found by their wave and not among all that ended.
_OF_WAVES = _ENDS.where(col(Planned.wave).in_(bindparam("waves", expanding=True)))
_LIVE = select(col(Wave.n)).where(
    col(Wave.recovery_id) == bindparam("of_recovery"), col(Wave.state) != WaveState.SETTLED.value
)
_UNENDED = (
    select(col(Planned.wave), col(Planned.state), func.count())
    .where(_MINE, col(Planned.wave).in_(bindparam("waves", expanding=True)), col(Planned.outcome).is_(None))
    .group_by(col(Planned.wave), col(Planned.state))
)


def estimate_of(ledger: Ledger, recovery_id: str, policy: Policy, permits: int) -> Eta:
    """Return the estimate of a recovery that runs; `permits` is what its waves may use together."""
    with ledger.read() as session:
        gates = _gates(session, recovery_id, policy) if is_on(policy) else []
        progress = _progress(session, recovery_id, policy, permits)
    return estimate_waves(progress, ledger.clock.now(), open_clock(gates))


def _gates(session: Session, recovery_id: str, policy: Policy) -> list[tuple[DailyWindow, ...]]:
    """Return the gates of those who wait, each kind once."""
    found = session.connection().execute(_KINDS, {"of_recovery": recovery_id})
    return [gates_of(Facts(tuple(json.loads(zones)), country), policy) for zones, country in found]


def _progress(session: Session, recovery_id: str, policy: Policy, permits: int) -> WavesProgress:
    connection, mine = session.connection(), {"of_recovery": recovery_id}
    left = int(connection.execute(_LEFT, mine).scalar_one())
    first = connection.execute(_FIRST_RAMPED, mine).first()
    careful = 0 if first else min(left, _careful(session, recovery_id, policy))
    waves = _waves(session, recovery_id, first.n if first else None)
    return WavesProgress(left, careful, waves, permits, first.answered_at if first else None)


def _waves(session: Session, recovery_id: str, ramped: int | None) -> tuple[TakenWave, ...]:
    """Return the waves that are open, those whose calls have ended last, and the careful ones, oldest first.

    The careful ones are those before the first that doubles, `ramped`; no later wave is looked at for that.
    """
    connection, mine = session.connection(), {"of_recovery": recovery_id}
    below = NO_WAVE if ramped is None else ramped
    careful = connection.execute(_BEFORE, mine | {"below": below}).scalars()
    ended = _ended(session, recovery_id)
    ended |= _ends_of(session, recovery_id, list(careful))
    live = _unended(session, recovery_id)
    taken = connection.execute(_NUMBERED, mine | {"waves": list(ended.keys() | live.keys())})
    return tuple(
        TakenWave(at, size, cap, live.get(n, 0), ended.get(n, ()), phase in CAREFUL)
        for n, at, size, cap, phase in taken
        if at is not None
    )


def _ended(session: Session, recovery_id: str) -> dict[int, list[datetime]]:
    """Return by wave when the calls ended that ended last."""
    return _by_wave(session.connection().execute(_LATEST, {"of_recovery": recovery_id}))


def _ends_of(session: Session, recovery_id: str, numbers: Sequence[int]) -> dict[int, list[datetime]]:
    named = {"of_recovery": recovery_id, "waves": list(numbers)}
    return _by_wave(session.connection().execute(_OF_WAVES, named))


def _by_wave(ends: Iterable[Row[tuple[int | None, datetime | None]]]) -> dict[int, list[datetime]]:
    found: dict[int, list[datetime]] = defaultdict(list)
    for wave, at in ends:
        if wave is not None and at is not None:
            found[wave].append(at)
    return found


def _unended(session: Session, recovery_id: str) -> dict[int, int]:
    """Count by wave who is with the platform and has no end yet; of a settled wave nobody is."""
    connection, mine = session.connection(), {"of_recovery": recovery_id}
    live = list(connection.execute(_LIVE, mine).scalars())
    found = connection.execute(_UNENDED, mine | {"waves": live})
    return {wave: count for wave, state, count in found if state == DispatchState.ACCEPTED.value}


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
