"""What a platform does when it is told to stop a job: as told, too late, not at all, or with an error."""

from collections.abc import Callable

from deployments.sandbox.engine.entities import Job
from deployments.sandbox.engine.world import World

Stop = Callable[[World, Job], None]
OK, BROKEN = 200, 500
OVER = frozenset({"completed", "failed", "cancelled"})


def ordered_stop(world: World, job: Job, where: str, stop: Stop = World.cancel) -> int:
    """Stop a job as this platform does, and return the status that it answers with.

    `stop` is how the platform does it once it does: by a cancel, or by a pause.
    """
    faults = world.faults
    if job.status in OVER and (refusal := faults.hits("cancel_over", where)):
        return refusal.n
    if faults.hits("cancel_lost", where):
        return OK
    if late := faults.hits("cancel_late", where):
        world.agenda.add(world.now + late.seconds, _stop, (world, job, stop))
        return OK
    stop(world, job)
    return BROKEN if faults.hits("cancel_then_500", where) else OK


def _stop(what: tuple[World, Job, Stop], _now: float) -> None:
    world, job, stop = what
    if job.id in world.jobs:
        stop(world, job)
