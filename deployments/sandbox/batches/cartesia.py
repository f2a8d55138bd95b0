"""Cartesia's endpoints: call batches, calls one by one, agents."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, StringConstraints, ValidationError

from deployments.sandbox.batches import cartesia_objects as objects
from deployments.sandbox.batches.common import Bearer, problem, submitted, world_of
from deployments.sandbox.engine.entities import JobSubmission
from deployments.sandbox.engine.world import World
from deployments.sandbox.wire.listing import page, said
from deployments.sandbox.wire.stopping import OK, ordered_stop
from deployments.sandbox.wire.views import listed_jobs, recorded_call, visible_job

VERSION = "2026-03-01"
router = APIRouter()
Phone = Annotated[str, StringConstraints(pattern=r"^\+[1-9]\d{1,14}$")]
Version = Annotated[str, Header(alias="Cartesia-Version")]
_PATH = "/agents/calls/batches"
_STRANGER = "Invalid API key."


class RecipientIn(BaseModel):
    """An AgentOutboundCallItem."""

    to_number: Phone
    metadata: dict[str, Any] | None = None


class BatchIn(BaseModel):
    """An AgentCallBatchRequest."""

    name: str
    agent_id: str
    from_number_id: str
    recipients: list[RecipientIn] = Field(min_length=1, max_length=5_000)
    target_concurrency_limit: int | None = Field(default=None, ge=1)
    ringing_timeout_seconds: int = Field(default=60, ge=5, le=80)
    max_call_duration_minutes: int = Field(default=480, ge=1, le=480)


async def _entered(request: Request, authorization: str, version: str) -> World | JSONResponse:
    world = await world_of(request, authorization)
    if world is None:
        return problem(401, _STRANGER)
    return world if version == VERSION else problem(400, "Cartesia-Version is missing or unknown.")


@router.post(_PATH)
async def create(
    wanted: dict[str, Any], request: Request, version: Version = "", authorization: Bearer = ""
) -> JSONResponse:
    """Create a batch, which starts at once; the same body twice is two batches."""
    world = await _entered(request, authorization, version)
    if isinstance(world, JSONResponse):
        return world
    try:
        asked = BatchIn.model_validate(wanted)
    except ValidationError as error:
        return problem(400, f"Invalid request body: {error.errors()[0]['msg']}.")
    agent = world.agents.get(asked.agent_id)
    if agent is None or asked.from_number_id not in world.numbers:
        return problem(404, "Agent or phone number not found.")
    if (asked.target_concurrency_limit or 1) > world.permits.limit:
        return problem(400, "target_concurrency_limit exceeds the organization's concurrency limit.")
    rows = tuple((None, one.to_number, one.metadata) for one in asked.recipients)
    order = JobSubmission(
        asked.name,
        agent,
        asked.from_number_id,
        rows,
        cap=asked.target_concurrency_limit,
        ringing_seconds=asked.ringing_timeout_seconds,
    )
    job = await submitted(request, world, order)
    return JSONResponse(objects.batch_body(job, world), 201)


@router.get(_PATH)
async def batches(
    request: Request,
    version: Version = "",
    authorization: Bearer = "",
    *,
    starting_after: str | None = None,
    agent_id: str | None = None,
    limit: int = 100,
) -> JSONResponse:
    """List the batches, newest first."""
    world = await _entered(request, authorization, version)
    if isinstance(world, JSONResponse):
        return world
    try:
        part = page(listed_jobs(world, agent_id), starting_after, max(1, min(limit, 100)), world.faults)
    except LookupError:
        return problem(400, "No batch has the id to start after.")
    bodies = [_shown(world, job) for job in part.items]
    return JSONResponse({"data": bodies, **said(part)})


def _shown(world: World, job: Any) -> dict[str, Any]:
    body = objects.batch_body(job, world)
    if body["status"] in {"completed", "cancelled"} and world.faults.hits("status_flip"):
        body["status"] = "in_progress"
    if world.faults.hits("unknown_status", "job"):
        body["status"] = "draining"
    return body


@router.get(f"{_PATH}/{{batch_id}}")
async def batch(
    batch_id: str, request: Request, version: Version = "", authorization: Bearer = ""
) -> JSONResponse:
    """Show a batch with its recipients."""
    world = await _entered(request, authorization, version)
    if isinstance(world, JSONResponse):
        return world
    job = visible_job(world, batch_id)
    if job is None:
        return problem(404, "Batch not found.")
    odd = bool(world.faults.hits("unknown_status", "row"))
    rows = [objects.recipient_body(row, world, undocumented=odd and n == 0) for n, row in enumerate(job.rows)]
    turn = world.faults.hits("rotate_rows")
    if turn and rows:
        cut = turn.strikes % len(rows)
        rows = rows[cut:] + rows[:cut]
    return JSONResponse({**_shown(world, job), "recipients": rows})


@router.post(f"{_PATH}/{{batch_id}}/cancel")
async def cancel(
    batch_id: str, request: Request, version: Version = "", authorization: Bearer = ""
) -> JSONResponse:
    """Stop dialling what is queued; calls in the air finish."""
    world = await _entered(request, authorization, version)
    if isinstance(world, JSONResponse):
        return world
    job = visible_job(world, batch_id)
    if job is None:
        return problem(404, "Batch not found.")
    over = job.status in {"completed", "failed", "cancelled"}
    status = (
        ordered_stop(world, job, request.url.path) if not over or world.faults.stands("cancel_over") else OK
    )
    if status != OK:
        return problem(status, "The batch could not be cancelled.")
    return JSONResponse(objects.batch_body(job, world))


@router.get("/agents/calls/{call_id}")
async def call(
    call_id: str, request: Request, version: Version = "", authorization: Bearer = ""
) -> JSONResponse:
    """Show one call."""
    world = await _entered(request, authorization, version)
    if isinstance(world, JSONResponse):
        return world
    found = recorded_call(world, call_id)
    return JSONResponse(objects.call_body(found, world)) if found else problem(404, "Call not found.")


@router.get("/agents/{agent_id}")
async def agent(
    agent_id: str, request: Request, version: Version = "", authorization: Bearer = ""
) -> JSONResponse:
    """Show an agent."""
    world = await _entered(request, authorization, version)
    if isinstance(world, JSONResponse):
        return world
    found = world.agents.get(agent_id)
    return JSONResponse(objects.agent_body(found, world)) if found else problem(404, "Agent not found.")
