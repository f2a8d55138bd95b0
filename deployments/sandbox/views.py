"""What a reader is shown of a world, which its faults may delay, turn, repeat or cut short."""

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from deployments.sandbox.faults import Faults
from deployments.sandbox.things import Call, Job
from deployments.sandbox.wire import job_body, row_body
from deployments.sandbox.world import World

_OVER = frozenset({"completed", "failed", "cancelled"})
_UNDOCUMENTED = "draining"


class _Named(Protocol):
    @property
    def id(self) -> str: ...


_T = TypeVar("_T", bound=_Named)


def shown_job(world: World, job: Job) -> dict[str, Any]:
    """Return a job's summary as it is shown now."""
    body = job_body(job, world.faults.skew)
    if body["status"] in _OVER and world.faults.hits("status_flip"):
        body["status"] = "in_progress"
    if world.faults.hits("unknown_status", "job"):
        body["status"] = _UNDOCUMENTED
    return body


def shown_job_with_rows(world: World, job: Job) -> dict[str, Any]:
    """Return a job with all its rows, as they are shown now."""
    faults, skew = world.faults, world.faults.skew
    rows = [row_body(row, skew) for row in job.rows]
    turn = faults.hits("rotate_rows")
    if turn and rows:
        cut = turn.strikes % len(rows)
        rows = rows[cut:] + rows[:cut]
    if rows and faults.hits("unknown_status", "row"):
        rows[0]["status"] = _UNDOCUMENTED
    return {**shown_job(world, job), "recipients": rows}


def visible_job(world: World, job_id: str) -> Job | None:
    """Return a job that readers can see by now."""
    job = world.jobs.get(job_id)
    return job if job and job.visible_at <= world.now else None


def listed_jobs(world: World, agent_id: str | None) -> list[Job]:
    """Return the jobs that a listing shows now, newest first."""
    stale = world.faults.hits("stale_list")
    until = world.now - stale.seconds if stale else world.now
    jobs = [job for job in world.jobs.values() if job.visible_at <= world.now and job.created_at <= until]
    if agent_id:
        jobs = [job for job in jobs if job.order.agent.id == agent_id]
    jobs.reverse()  # so that of two jobs of one moment the later one comes first
    return sorted(jobs, key=lambda job: job.created_at, reverse=True)


def listed_calls(world: World, agent_id: str | None, after: float | None, before: float | None) -> list[Call]:
    """Return the recorded calls that a listing shows, newest first; the bounds are unix seconds."""
    skew = world.faults.skew
    return sorted(
        (
            call
            for call in world.calls.values()
            if not call.hidden
            and (agent_id is None or call.row.job.order.agent.id == agent_id)
            and (after is None or call.started_at + skew >= after)
            and (before is None or call.started_at + skew <= before)
        ),
        key=lambda call: (call.started_at, call.id),
        reverse=True,
    )


def page(items: Sequence[_T], last: str | None, limit: int, faults: Faults) -> tuple[list[_T], str | None]:
    """Return the items after the one named `last`, and the name to go on from (None at the end).

    An unknown `last` is a LookupError.
    """
    start = _after(items, last)
    if start and faults.hits("pages_twice"):
        start = max(0, start - limit)
    if faults.hits("pages_short"):
        limit = max(1, limit // 2)
    shown = list(items[start : start + limit])
    return shown, shown[-1].id if start + limit < len(items) else None


def _after(items: Sequence[_T], last: str | None) -> int:
    if not last:
        return 0
    for place, item in enumerate(items):
        if item.id == last:
            return place + 1
    raise LookupError(last)
