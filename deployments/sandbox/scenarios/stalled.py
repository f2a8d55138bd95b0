"""Jobs that read in_progress and do not move: leaked permits, and a dispatcher that died."""

from itertools import cycle

from deployments.sandbox.engine.entities import Job, Row
from deployments.sandbox.scenarios.builder import MINUTES, Stage
from models.enums import Cause, State

_BEFORE = {
    "answered": 0.6, "voicemail": 0.14, "no_answer": 0.1, "busy": 0.04,
    "invalid_404": 0.04, "unavailable_503": 0.08,
}  # fmt: skip
_ENDINGS = ("lost", "reached", "lost", "failed")


def permit_leak(stage: Stage, _seed: int) -> tuple[Job, State, Cause]:
    """Stall a job on permits that its own dead calls never gave back."""
    permits = stage.world.permits
    permits.limit = min(stage.permits_asked or stage.rng.randint(6, 8), max(1, stage.contacts // 2))
    job = stage.open(stage.people(), cap=permits.limit)
    done = int(len(job.rows) * 0.45)
    stage.tell(job.rows[:done], _BEFORE, until=stage.last_move - 2 * MINUTES)
    for row, ending in zip(job.rows[done : done + permits.limit], cycle(_ENDINGS), strict=False):
        _leak(stage, row, ending)
    stage.go(job)
    return job, State.RECOVERED, Cause.PERMITS


def _leak(stage: Stage, row: Row, ending: str) -> None:
    """Leave a row stuck: reached, failed, or with no record although it may well have been dialled."""
    at = stage.last_move - stage.rng.random() * MINUTES
    if ending == "lost":
        if stage.rng.random() < 0.5:  # noqa: PLR2004
            stage.called(row, "answered", at).hidden = True
            row.call = None
        stage.stuck(row, at, "dispatched")
        return
    stage.called(row, "answered" if ending == "reached" else "unavailable_503", at)
    stage.stuck(row, at, "initiated")


def dead_dispatcher(stage: Stage, _seed: int) -> tuple[Job, State, Cause]:
    """Stall a job whose dispatcher died: permits are free, nothing is in the air, rows are pending."""
    job = stage.open(stage.people())
    stage.tell(job.rows[: len(job.rows) // 2], _BEFORE)
    job.dead = True
    return job, State.RECOVERED, Cause.DEAD_DISPATCHER
