"""Jobs that would call people twice: one started again by accident, one with numbers twice in its upload."""

from deployments.sandbox.engine.entities import Job
from deployments.sandbox.engine.phones import respelled
from deployments.sandbox.scenarios.builder import MINUTES, Stage
from models.enums import Cause, State

_WELL = {"answered": 0.7, "voicemail": 0.18, "no_answer": 0.12}
_DUPLICATES = 0.1


def duplicate_job(stage: Stage, _seed: int) -> tuple[Job, State, Cause]:
    """Stall a job and its accidental twin, created three minutes later, after both have dialled."""
    numbers = stage.people()
    first = stage.open(numbers)
    second = stage.open(numbers, began=first.created_at + 3 * MINUTES)
    stage.tell(first.rows[: int(len(numbers) * 0.6)], _WELL)
    stage.tell(second.rows[: int(len(numbers) * 0.5)], _WELL)
    first.dead = second.dead = True
    return first, State.ESCALATED, Cause.DUPLICATE_JOB


def duplicate_upload(stage: Stage, seed: int) -> tuple[Job, State, Cause]:
    """Leave a job unfinished whose upload spells some people twice; by seed it stalled or fell short."""
    extra = max(2, int(stage.contacts * _DUPLICATES))
    numbers = stage.people(max(0, stage.contacts - extra))
    dialled = int(stage.contacts * 0.5)
    # Half of the doubles follow a row that was dialled, half a row that is pending as well.
    twice = numbers[: extra // 2] + numbers[-(extra - extra // 2) :]
    numbers += [respelled(phone, stage.rng) for phone in twice]
    job = stage.open(numbers)
    stage.tell(job.rows[:dialled], _WELL)
    job.dead = seed % 2 == 0
    if not job.dead:
        stage.end(job)
    return job, State.RECOVERED, Cause.DUPLICATE_UPLOAD
