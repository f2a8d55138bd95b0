"""What a platform does when it is told to stop a job: as told, too late, not at all, or with an error."""

from deployments.sandbox.engine.entities import Job
from deployments.sandbox.engine.world import World

OK, BROKEN = 200, 500
OVER = frozenset({"completed", "failed", "cancelled"})


def ordered_stop(world: World, job: Job, where: str) -> int:
    """Stop a job as this platform does, and return the status that it answers with."""
    faults = world.faults
    if job.status in OVER and (refusal := faults.hits("cancel_over", where)):
        return refusal.n
    if faults.hits("cancel_lost", where):
        return OK
    if late := faults.hits("cancel_late", where):
        world.agenda.add(world.now + late.seconds, _cancel, (world, job))
        return OK
    world.cancel(job)
    return BROKEN if faults.hits("cancel_then_500", where) else OK


def _cancel(what: tuple[World, Job], _now: float) -> None:
    world, job = what
    if job.id in world.jobs:
        world.cancel(job)
