"""Jobs that read completed and are not: rows forgotten, failed for a passing reason, or with bad numbers."""

from deployments.sandbox.engine.entities import Job
from deployments.sandbox.engine.people import POISON
from deployments.sandbox.scenarios.builder import Stage
from models.enums import Cause, State

_GOOD = {"answered": 0.68, "voicemail": 0.16, "no_answer": 0.08, "busy": 0.03, "invalid_404": 0.05}
_PASSING = {"unavailable_503": 0.4, "congested_503": 0.3, "timeout_504": 0.2, "fault_500": 0.1}
_INVALID = {"invalid_404": 0.6, "incomplete_484": 0.4}
_LEAST_TRANSIENT = 12
_LEAST_POISONED = 160
_BROKEN_OFF = 0.02


def fell_short(stage: Stage, _seed: int) -> tuple[Job, State, Cause]:
    """End a job in which a provider fault of the past failed some rows and others were never dialled."""
    job = stage.open(stage.people())
    some = len(job.rows)
    good, failed = int(some * 0.58), int(some * 0.78)
    stage.tell(job.rows[:good], _GOOD | {"midcall": _BROKEN_OFF}, until=_between(stage, job, 0.7))
    stage.tell(job.rows[good:failed], _PASSING)
    stage.end(job)
    return job, State.RECOVERED, Cause.FELL_SHORT


def invalid_segment(stage: Stage, _seed: int) -> tuple[Job, State, Cause]:
    """End a job in which a third of the numbers is wrong and a few rows failed for a passing reason."""
    job = stage.open(stage.people())
    some = len(job.rows)
    bad = some // 3
    transient = min(max(_LEAST_TRANSIENT, some // 10), some - bad)
    rows = stage.rng.sample(job.rows, some)
    stage.tell(rows[:bad], _INVALID)
    stage.tell(rows[bad : bad + transient], _PASSING)
    stage.tell(rows[bad + transient :], {"answered": 0.75, "voicemail": 0.25})
    stage.end(job)
    return job, State.RECOVERED, Cause.INVALID_NUMBERS


def poison(stage: Stage, _seed: int) -> tuple[Job, State, Cause]:
    """End a job short whose redial begins well and then fails; at least 120 contacts are left to redial."""
    stage.contacts = max(stage.contacts, _LEAST_POISONED)
    job = stage.open(stage.people())
    some = len(job.rows)
    good, failed = int(some * 0.2), int(some * 0.35)
    stage.tell(job.rows[:good], {"answered": 0.8, "voicemail": 0.2}, until=_between(stage, job, 0.6))
    stage.tell(job.rows[good:failed], _PASSING)
    stage.end(job)
    stage.world.people.weather = POISON
    return job, State.ESCALATED, Cause.PROVIDER


def _between(stage: Stage, job: Job, share: float) -> float:
    return job.created_at + (stage.last_move - job.created_at) * share
