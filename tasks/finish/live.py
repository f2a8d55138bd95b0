"""Reading a recovery for a live view: a handful of aggregates, nothing written, nobody named."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select as columns
from sqlmodel import Session, col, func, select

from models.enums import Disposition, Phase, State
from models.masking.quotes import without_numbers
from models.policy.policy import Policy
from models.report.live import LiveView, Step, Walk, WaveLine
from models.tables.ledger import LookRow, Planned, Recovery, Wave
from models.verdict.sprt import SprtPlan, bounds
from tasks.ledger import recoveries
from tasks.ledger.leases import is_held
from tasks.ledger.people.counting import counts_in
from tasks.ledger.people.pace import estimate_of
from tasks.ledger.store import Ledger

WAVES_SHOWN = 5
"""How many of the newest waves are shown beside those that are still open."""
LOOKS_SHOWN = 40
ETA_EVERY = timedelta(seconds=10)
"""An estimate looks at every contact of the plan, so it is not made anew for each look."""


@dataclass
class LiveReader:
    """Reads views of one ledger's recoveries; safe to ask every second, by several at once."""

    ledger: Ledger
    _etas: dict[str, tuple[datetime, str]] = field(default_factory=dict)

    def read(self, recovery_id: str) -> LiveView:
        """Return a recovery as it stands; raises NoSuchRecoveryError."""
        recovery = recoveries.get(self.ledger, recovery_id)
        policy = recoveries.policy_of(recovery)
        state = State(recovery.state)
        key = (recovery.workspace, recovery.platform, recovery.job_id)
        with self.ledger.read() as session:
            counts = counts_in(session, recovery_id)
            waves, in_all = _waves(session, recovery_id)
            walk = Walk(*bounds(_test(policy)), _steps(session, recovery_id))
        return LiveView(
            recovery_id=recovery.id,
            job_id=recovery.job_id,
            workspace=recovery.workspace,
            state=state,
            is_run=is_held(self.ledger, key),
            as_of=self.ledger.clock.now().isoformat(),
            counts=counts,
            walk=walk,
            waves=waves,
            waves_in_all=in_all,
            permits=_permits(policy),
            verdict=recovery.verdict,
            eta=self._eta(recovery, policy),
            next_action=without_numbers(recovery.next_action),
        )

    def _eta(self, recovery: Recovery, policy: Policy) -> str:
        if recovery.state != State.RUNNING.value or recovery.eta:
            return str((recovery.eta or {}).get("words", ""))
        now = self.ledger.clock.now()
        made, words = self._etas.get(recovery.id, (None, ""))
        if made is None or now - made >= ETA_EVERY:
            words = estimate_of(self.ledger, recovery.id, policy, _permits(policy)).message()
            self._etas = {recovery.id: (now, words)} if len(self._etas) > LOOKS_SHOWN else self._etas
            self._etas[recovery.id] = (now, words)
        return words


def _permits(policy: Policy) -> int:
    return max(1, policy.permits - policy.headroom)


def _test(policy: Policy) -> SprtPlan:
    return SprtPlan(policy.p0, policy.p1, policy.alpha, policy.beta, policy.sample_max, policy.max_unresolved)


def _waves(session: Session, recovery_id: str) -> tuple[tuple[WaveLine, ...], int]:
    ended, reached = _ends(session, recovery_id)
    told = (Wave.n, Wave.phase, Wave.state, Wave.size, Wave.cap, Wave.sent_at)
    query = columns(*map(col, told))
    rows = session.execute(query.where(col(Wave.recovery_id) == recovery_id).order_by(col(Wave.n))).all()
    lines = [
        WaveLine(
            n=n,
            phase=phase,
            state=state,
            size=size,
            ended=ended.get(n, 0),
            reached=reached.get(n, 0),
            sent_at=sent_at.isoformat() if sent_at else None,
            cap=cap,
        )
        for n, phase, state, size, cap, sent_at in rows
    ]
    first = len(lines) - WAVES_SHOWN
    return tuple(line for place, line in enumerate(lines) if place >= first or line.open), len(lines)


def _ends(session: Session, recovery_id: str) -> tuple[dict[int, int], dict[int, int]]:
    query = (
        select(Planned.wave, Planned.outcome, func.count())
        .where(
            Planned.recovery_id == recovery_id,
            col(Planned.wave).is_not(None),
            col(Planned.outcome).is_not(None),
        )
        .group_by(col(Planned.wave), col(Planned.outcome))
    )
    ended: dict[int, int] = {}
    reached: dict[int, int] = {}
    for wave, outcome, count in session.exec(query):
        ended[wave or 0] = ended.get(wave or 0, 0) + count
        if outcome == Disposition.REACHED.value:
            reached[wave or 0] = count
    return ended, reached


def _steps(session: Session, recovery_id: str) -> tuple[Step, ...]:
    query = (
        select(LookRow.n, LookRow.k, LookRow.statistic, LookRow.word)
        .where(LookRow.recovery_id == recovery_id, LookRow.phase == Phase.SAMPLE.value)
        .order_by(col(LookRow.id).desc())
        .limit(LOOKS_SHOWN)
    )
    return tuple(Step(*row) for row in reversed(session.exec(query).all()))
