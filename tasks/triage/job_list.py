"""The jobs of a platform as people choose one: state, counters, and whether a recovery of ours is there."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from models.masking.quotes import without_numbers
from models.plan.markers import read_marker
from models.platform import Job
from tasks.context import LONG_AGO, RunContext
from tasks.ledger import recoveries, waves


def job_list(ctx: RunContext, *, everything: bool) -> dict[str, Any]:
    """Return the jobs that run or ended lately, the newest first; `everything` adds older ones and our waves.

    Reads only. Raises PlatformError where the platform does not list them.
    """
    since = LONG_AGO if everything else ctx.clock.now() - timedelta(hours=ctx.policy.sweep_hours)
    own = waves.platform_jobs(ctx.ledger, ctx.workspace, ctx.platform.name)
    # A job may run for longer than the time in which ended ones count as lately ended.
    listed = list(ctx.platform.list_jobs(LONG_AGO if everything else since - LONGEST_RUN))
    shown = [
        job
        for job in listed
        if everything or (not _is_ours(job, own) and (not job.status.is_over or job.created_at >= since))
    ]
    shown.sort(key=lambda job: job.created_at, reverse=True)
    return {
        "workspace": ctx.workspace,
        "platform": ctx.platform.name,
        "lists_all": ctx.platform.capabilities.can_list_jobs,
        "jobs": [_job(ctx, job, ours=_is_ours(job, own)) for job in shown],
    }


LONGEST_RUN = timedelta(days=7)
"""How long before that a running job may have been made, to be listed; `everything` knows no bound."""


def _is_ours(job: Job, own: Iterable[str]) -> bool:
    return read_marker(job.name) is not None or job.id in own


def _job(ctx: RunContext, job: Job, *, ours: bool) -> dict[str, Any]:
    found = recoveries.of_job(ctx.ledger, (ctx.workspace, ctx.platform.name, job.id))[-1:]
    recovery = [{"recovery_id": one.id, "state": one.state} for one in found]
    return {
        "job_id": job.id,
        "name": without_numbers(job.name),
        "status": job.status.value,
        "raw_status": job.raw_status,
        "dispatched": job.dispatched,
        "processed": job.finished,
        "expected": job.total,
        "created_at": job.created_at.isoformat(timespec="seconds"),
        "wave_of_ours": ours,
        "recovery": recovery[0] if recovery else None,
    }
