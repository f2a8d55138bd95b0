"""The reading endpoints of the wire format: conversations, SIP messages, live count, agents, numbers."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from deployments.sandbox.engine.entities import Call, Number
from deployments.sandbox.engine.world import World
from deployments.sandbox.wire.desk import AWorld, problem
from deployments.sandbox.wire.listing import page, said
from deployments.sandbox.wire.objects import agent_body, call_body, call_summary, number_body
from deployments.sandbox.wire.sip import sip_messages
from deployments.sandbox.wire.views import listed_calls, live_calls, recorded_call

_AGENT_AGE = 30 * 86_400.0
router = APIRouter(prefix="/v1/convai")


@router.get("/conversations")
async def conversations(
    *,
    world: AWorld,
    cursor: str | None = None,
    agent_id: str | None = None,
    call_start_after_unix: int | None = None,
    call_start_before_unix: int | None = None,
    page_size: Annotated[int, Query(ge=1, le=100)] = 30,
) -> JSONResponse:
    """List recorded calls, newest first."""
    calls = listed_calls(world, agent_id, call_start_after_unix, call_start_before_unix)
    try:
        part = page(calls, cursor, page_size, world.faults)
    except LookupError:
        raise problem(400, "invalid_cursor", "The cursor is not one that this listing gave.") from None
    bodies = [call_summary(call, world.faults) for call in part.items]
    return JSONResponse({"conversations": bodies, "next_cursor": part.cursor, **said(part)})


@router.get("/conversations/{conversation_id}")
async def conversation(conversation_id: str, world: AWorld) -> JSONResponse:
    """Show one call."""
    call = _call(world, conversation_id)
    return JSONResponse(call_body(call, _number(world, call), world.faults))


@router.get("/conversations/{conversation_id}/sip-messages")
async def messages(
    conversation_id: str,
    world: AWorld,
    page_size: Annotated[int, Query(ge=1, le=20)] = 20,
    cursor: str | None = None,
) -> JSONResponse:
    """Show the SIP messages of one call, in order."""
    call = _call(world, conversation_id)
    number = _number(world, call)
    logged = sip_messages(call, number.phone if number else "anonymous", world.faults.skew)
    if small := world.faults.standing("page_size"):
        page_size = min(page_size, small.n)
    start = int(cursor) if cursor and cursor.isdecimal() else 0
    more = start + page_size < len(logged)
    return JSONResponse(
        {
            "sip_messages": logged[start : start + page_size],
            "next_cursor": str(start + page_size) if more else None,
            "has_more": more,
        }
    )


@router.get("/analytics/live-count")
async def live_count(
    world: AWorld,
    agent_id: str | None = None,
    agent_ids: Annotated[list[str] | None, Query()] = None,
) -> JSONResponse:
    """Count the calls in the air now; a permit that is held for nothing does not count."""
    wanted = agent_ids or ([agent_id] if agent_id else None)
    return JSONResponse({"count": live_calls(world, wanted)})


@router.get("/agents/{agent_id}")
async def agent(agent_id: str, world: AWorld) -> JSONResponse:
    """Show an agent with its call limits."""
    found = world.agents.get(agent_id)
    if found is None:
        raise problem(404, "agent_not_found", f"Agent {agent_id} not found.")
    numbers = [number for number in world.numbers.values() if number.agent is found]
    return JSONResponse(agent_body(found, numbers, world.began - _AGENT_AGE, world.faults))


@router.get("/phone-numbers")
async def phone_numbers(world: AWorld, agent_id: str | None = None) -> JSONResponse:
    """List the numbers that calls can go out from."""
    numbers = world.numbers.values()
    return JSONResponse([number_body(one) for one in numbers if agent_id in {None, one.agent.id}])


def _call(world: World, call_id: str) -> Call:
    call = recorded_call(world, call_id)
    if call is None:
        raise problem(404, "not_found", f"Conversation {call_id} not found.")
    return call


def _number(world: World, call: Call) -> Number | None:
    return world.numbers.get(call.row.job.order.number_id)
