"""Jobs that need no recovery: one that runs, one that is over, one that waits for its hour."""

from deployments.sandbox.engine.entities import Job
from deployments.sandbox.scenarios.builder import HOURS, MINUTES, Stage
from models.enums import Cause, State

_DONE = 0.4
_ORDINARY = {
    "answered": 0.62,
    "voicemail": 0.14,
    "no_answer": 0.13,
    "busy": 0.06,
    "declined": 0.02,
    "invalid_404": 0.03,
}
_SETTLED = {
    "answered": 0.68,
    "voicemail": 0.18,
    "declined": 0.04,
    "invalid_404": 0.06,
    "incomplete_484": 0.04,
}
_PAUSE = 1.0


def healthy(stage: Stage, _seed: int) -> tuple[Job, State, Cause]:
    """Run a job that hands one contact over each second of the clock, at any speed."""
    done = int(stage.contacts * _DONE)
    job = stage.open(stage.people(), began=stage.world.now - done * _PAUSE - 2 * MINUTES)
    stage.tell(job.rows[:done], _ORDINARY, until=stage.world.now - _PAUSE)
    job.pause = _PAUSE
    stage.go(job)
    return job, State.HEALTHY, Cause.NONE


def finished(stage: Stage, _seed: int) -> tuple[Job, State, Cause]:
    """End a job in which everybody was reached, said no, or has a number that cannot be reached."""
    job = stage.open(stage.people())
    stage.tell(job.rows, _SETTLED)
    stage.end(job)
    return job, State.HEALTHY, Cause.ALREADY_FINISHED


def outside_window(stage: Stage, _seed: int) -> tuple[Job, State, Cause]:
    """Schedule a job that nobody has to touch before its hour, three to eight hours ahead."""
    job = stage.open(stage.people(), scheduled_at=stage.world.now + stage.rng.uniform(3, 8) * HOURS)
    job.status = "pending"
    stage.go(job)
    return job, State.HEALTHY, Cause.CALLING_WINDOW
