"""What a reader is shown of a world, which its faults may delay, turn, change or leave out."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

from deployments.sandbox.engine.entities import Call, Job
from deployments.sandbox.engine.world import World
from deployments.sandbox.wire.objects import job_body, row_body
from deployments.sandbox.wire.strangers import foreign_call, foreign_calls

_OVER = frozenset({"completed", "failed", "cancelled"})
_UNDOCUMENTED = "draining"


def shown_job(world: World, job: Job) -> dict[str, Any]:
    """Return a job's summary as it is shown now."""
    body = job_body(job, world.faults)
    if body["status"] in _OVER and world.faults.hits("status_flip"):
        body["status"] = "in_progress"
    if world.faults.hits("unknown_status", "job"):
        body["status"] = _UNDOCUMENTED
    return body


def shown_job_with_rows(world: World, job: Job) -> dict[str, Any]:
    """Return a job with all its rows, as they are shown now."""
    faults = world.faults
    rows = [row_body(row, faults) for row in job.rows]
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
    if job and (hidden := world.faults.hits("hidden_dispatch", "look")):
        world.hide(job, hidden)
    return job if job and job.readable_at <= world.now else None


def listed_jobs(world: World, agent_id: str | None) -> list[Job]:
    """Return the jobs that a listing shows now, newest first."""
    stale = world.faults.hits("stale_list")
    until = world.now - stale.seconds if stale else world.now
    jobs = [job for job in world.jobs.values() if job.visible_at <= world.now and job.created_at <= until]
    if agent_id:
        jobs = [job for job in jobs if job.order.agent.id == agent_id]
    jobs.reverse()  # so that of two jobs of one moment the later one comes first
    return sorted(jobs, key=lambda job: job.created_at, reverse=True)


def recorded_call(world: World, call_id: str) -> Call | None:
    """Return a call that the platform has a record of, those of others included."""
    call = world.calls.get(call_id)
    if call is None:
        return foreign_call(world.faults, world.agents, call_id, world.now)
    return None if call.hidden else call


def live_calls(world: World, agent_ids: Sequence[str] | None) -> int:
    """Return the conversations in the air, of some agents or of the whole workspace; leaks do not count."""
    if agent_ids is not None:
        return sum(world.line.live_by_agent[one] for one in agent_ids)
    foreign = world.faults.standing("foreign_live")
    if foreign is None:
        return world.permits.live
    foreign.strikes += 1
    return world.permits.live + foreign.n


def listed_calls(world: World, agent_id: str | None, after: float | None, before: float | None) -> list[Call]:
    """Return the recorded calls that a listing shows, newest first; the bounds are unix seconds."""
    skew = world.faults.skew
    agents = [agent for agent in world.agents.values() if agent_id in {None, agent.id}]
    others = (call for agent in agents for call in foreign_calls(world.faults, agent, world.now))
    return sorted(
        (
            call
            for call in chain(world.calls.values(), others)
            if not call.hidden
            and (agent_id is None or call.row.job.order.agent.id == agent_id)
            and (after is None or call.started_at + skew >= after)
            and (before is None or call.started_at + skew <= before)
        ),
        key=lambda call: (call.started_at, call.id),
        reverse=True,
    )
