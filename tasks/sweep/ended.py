"""Jobs that ended short, failed or badly: which are news to a sweep, and which it has looked at."""

from collections.abc import Iterable
from datetime import timedelta

from models.enums import Cause, JobStatus, Reads, State
from models.platform import Job
from models.tables.ledger import Snapshot
from models.triage.standing import in_the_way
from tasks.context import RunContext
from tasks.ledger import recoveries, waves

SEEN = {"swept_after_end": 1}
"""What the snapshot of an ended job says once a sweep has looked at it."""


MOST_FULL = 10
"""How many ended jobs with full counters one sweep looks at: each is read in whole, the others come next."""
_ORDINARY = frozenset({Cause.NONE, Cause.ALREADY_FINISHED, Cause.FELL_SHORT})
"""What a job whose every contact was processed is found to have where nothing is wrong with it but some
calls, as in any job."""


def ended_to_see(ctx: RunContext, jobs: Iterable[Job]) -> list[Job]:
    """Return the jobs that ended lately and that no sweep or recovery has dealt with.

    Counters do not tell how calls ended: of jobs whose counters are full a few are looked at in each sweep.
    """
    ended = [job for job in jobs if _ended_lately(ctx, job)]
    full = sorted((job for job in ended if is_full(job)), key=lambda job: job.created_at)
    return [job for job in ended if not is_full(job)] + full[:MOST_FULL]


def is_full(job: Job) -> bool:
    """Tell whether a job ended by itself with everybody processed, however their calls ended."""
    return job.status is JobStatus.FINISHED and 0 < job.total <= min(job.dispatched, job.finished)


def is_news(job: Job, cause: str) -> bool:
    """Tell whether a look is worth saying: of a job with full counters only a cause of its own is."""
    return not is_full(job) or cause not in {one.value for one in _ORDINARY}


def _ended_lately(ctx: RunContext, job: Job) -> bool:
    # A cancelled job was stopped by somebody: no sweep takes that decision back.
    if job.status not in {JobStatus.FINISHED, JobStatus.FAILED}:
        return False
    if ctx.platform.capabilities.reads is Reads.HANDOVERS:
        return False  # its counters are not the platform's own
    begun = max(job.created_at, job.scheduled_at or job.created_at)
    if begun < ctx.clock.now() - timedelta(hours=ctx.policy.sweep_hours):
        return False
    return (job.status is JobStatus.FAILED or job.total > 0) and not _is_known(ctx, job)


def _is_known(ctx: RunContext, job: Job) -> bool:
    key = (ctx.workspace, ctx.platform.name, job.id)
    latest = recoveries.of_job(ctx.ledger, key)[-1:]
    if any(in_the_way(one.id, State(one.state)) for one in latest):
        return True
    kept = waves.snapshots(ctx.ledger, key, limit=1)
    return any(one.counts == SEEN and _counters(one) == _listed(job) for one in kept)


def remember(ctx: RunContext, jobs: Iterable[Job]) -> None:
    """Write down that a sweep has looked at these ended jobs as they are listed now."""
    for job in jobs:
        raw_status, total, dispatched, finished = _listed(job)
        snapshot = Snapshot(
            workspace=ctx.workspace,
            platform=ctx.platform.name,
            job_id=job.id,
            at=ctx.clock.now(),
            status=raw_status,
            total=total,
            dispatched=dispatched,
            finished=finished,
            counts=dict(SEEN),
        )
        waves.add_snapshot(ctx.ledger, snapshot)


def _listed(job: Job) -> tuple[str, int, int, int]:
    return job.raw_status, job.total, job.dispatched, job.finished


def _counters(one: Snapshot) -> tuple[str, int, int, int]:
    return one.status, one.total, one.dispatched, one.finished
