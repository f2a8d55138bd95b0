"""Jobs that ended short or failed: which of them are news to a sweep, and which it has looked at."""

from collections.abc import Iterable
from datetime import timedelta

from models.enums import JobStatus, Reads, State
from models.platform import Job
from models.tables.ledger import Snapshot
from models.triage.standing import in_the_way
from tasks.context import RunContext
from tasks.ledger import recoveries, waves

SEEN = {"swept_after_end": 1}
"""What the snapshot of an ended job says once a sweep has looked at it."""


def ended_short(ctx: RunContext, job: Job) -> bool:
    """Tell whether a job ended lately with somebody left, and no sweep or recovery has dealt with it."""
    # A cancelled job was stopped by somebody: no sweep takes that decision back.
    if job.status not in {JobStatus.FINISHED, JobStatus.FAILED}:
        return False
    if ctx.platform.capabilities.reads is Reads.HANDOVERS:
        return False  # its counters are not the platform's own
    begun = max(job.created_at, job.scheduled_at or job.created_at)
    if begun < ctx.clock.now() - timedelta(hours=ctx.policy.sweep_hours):
        return False
    is_short = job.status is JobStatus.FAILED or min(job.dispatched, job.finished) < job.total
    return is_short and not _is_known(ctx, job)


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
