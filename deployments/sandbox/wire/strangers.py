"""Conversations of others in the workspace: they fill the listings, and no dial of ours is among them."""

from functools import cache

from deployments.sandbox.engine.entities import Agent, Call, Job, JobSubmission, Row
from deployments.sandbox.engine.faults import Faults
from deployments.sandbox.engine.outcomes import OUTCOMES
from deployments.sandbox.engine.seeded_random import token

_EVERY = 7.0
"""Seconds between two of them."""


def foreign_calls(faults: Faults, agent: Agent, now: float) -> list[Call]:
    """Return the inbound conversations that an agent has had, newest first; none without such traffic."""
    busy = faults.standing("foreign_calls")
    if busy is None:
        return []
    busy.strikes += 1
    return list(_conversations(agent, busy.n, now - now % 3600))


def foreign_call(faults: Faults, agents: dict[str, Agent], call_id: str, now: float) -> Call | None:
    """Return one of them by its id."""
    calls = (call for agent in agents.values() for call in foreign_calls(faults, agent, now))
    return next((call for call in calls if call.id == call_id), None)


@cache
def _conversations(agent: Agent, count: int, until: float) -> tuple[Call, ...]:
    order = JobSubmission(name="", agent=agent, number_id="", rows=())
    job = Job("", order, until, until, until)
    return tuple(_conversation(job, place, until - place * _EVERY) for place in range(count))


def _conversation(job: Job, place: int, ended_at: float) -> Call:
    row = Row("", f"+6125550{place % 10_000:04d}", job, ended_at, ended_at, inbound=True)
    call = Call(f"conv_{token(job.order.agent.id, place)}", row, OUTCOMES["answered"], 1, ended_at - _EVERY)
    call.status, call.accepted_at, call.ended_at = "done", ended_at - _EVERY, ended_at
    return call
