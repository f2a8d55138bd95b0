"""Which jobs a sweep may leave alone: judged by the listing and the counters that earlier sweeps kept."""

from collections.abc import Sequence
from datetime import timedelta

from models.enums import JobStatus, Reads
from models.platform import Job
from models.triage.movement import Movement, movement, rose
from models.triage.observation import Tally
from tasks.context import RunContext
from tasks.ledger.waiting import waiting_in
from tasks.sweep.kept import add_listed, latest_tallies, recent_tallies

MOVING = frozenset({JobStatus.RUNNING, JobStatus.SCHEDULED})
_ROSE = Movement(is_new=False, quiet_seconds=0)
TOO_LONG = 3
"""Stall times between two looks after which a risen counter proves nothing: the job may have stopped since.

Looks further back tell nothing either: one stall time of silence is enough to look again.
So a ledger put back to a copy, snapshots lost or sweeps left out lead to a look, never to a quick word.
"""


def left_alone(ctx: RunContext, jobs: Sequence[Job]) -> dict[str, str]:
    """Return, by id, the jobs that need no look, each with a sentence; keep the counters of all judged.

    A job that is new, silent for too long, or whose recovery waits for a decision is not among them.
    """
    # A sweep after the other sees the same hand-over again: that it has not moved means nothing.
    if ctx.platform.capabilities.reads is Reads.HANDOVERS:
        return {}
    waiting = {one.job_id for one in waiting_in(ctx.ledger, ctx.workspace)}
    asked = [job for job in jobs if job.status in MOVING and job.id not in waiting]
    now = ctx.clock.now()
    since = now - timedelta(seconds=TOO_LONG * ctx.policy.stall_seconds)
    place = ctx.ledger, ctx.workspace, ctx.platform.name
    latest = latest_tallies(*place, [job.id for job in asked], since)
    lately = {job.id: Tally(now, job.dispatched, job.finished, {}) for job in asked if job.id in latest}
    found = {name: _ROSE for name, tally in lately.items() if rose(latest[name], tally)}
    # Counters that fell tell nothing: another look has to.
    still = [name for name, tally in lately.items() if name not in found and not tally.moved(latest[name])]
    for name, kept in recent_tallies(*place, still, since).items():
        found[name] = movement([*kept, lately[name]], now)
    judged = [job for job in asked if job.id in found]
    add_listed(ctx.ledger, ctx.workspace, ctx.platform.name, judged)
    calm = ctx.policy.stall_seconds
    return {job_id: one.message for job_id, one in found.items() if not one.needs_a_look(calm)}
