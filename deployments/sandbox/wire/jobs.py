"""The batch-calling endpoints of the wire format."""

import asyncio

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from deployments.sandbox.engine.entities import Job, JobSubmission
from deployments.sandbox.engine.world import World
from deployments.sandbox.wire.batches import as_batch, batch_of, listed_batches
from deployments.sandbox.wire.bodies import SubmitIn
from deployments.sandbox.wire.desk import AWorld, problem
from deployments.sandbox.wire.listing import page, said
from deployments.sandbox.wire.objects import job_body
from deployments.sandbox.wire.stopping import OK, ordered_stop
from deployments.sandbox.wire.views import shown_job, shown_job_with_rows

_TICK = 0.05
router = APIRouter(prefix="/v1/convai/batch-calling")


@router.post("/submit")
async def submit(wanted: SubmitIn, world: AWorld, request: Request) -> JSONResponse:
    """Create a job; the same body twice is two jobs."""
    agent = world.agents.get(wanted.agent_id)
    if agent is None:
        raise problem(404, "agent_not_found", f"Agent {wanted.agent_id} not found.")
    number_id = _number_id(world, wanted.agent_phone_number_id)
    order = wanted.order(agent, number_id, world.faults.skew)
    late = world.faults.hits("slow_create", request.url.path)
    job = await create_later(request, world, order, late.seconds) if late else world.submit(order)
    return JSONResponse(job_body(job, world.faults))


async def create_later(request: Request, world: World, order: JobSubmission, seconds: float) -> Job:
    """Take a job in only after a while, whether the client still waits or not."""
    taken = world.submit_late(order, seconds)
    while not taken:
        await asyncio.sleep(min(_TICK, seconds))
        world.advance(request.app.state.registry.clock())
    return taken[0]


def _number_id(world: World, wanted: str | None) -> str:
    number_id = wanted or next(iter(world.numbers), None)
    if number_id not in world.numbers:
        raise problem(404, "phone_number_not_found", "The phone number to call from was not found.")
    return str(number_id)


@router.get("/workspace")
async def workspace(
    world: AWorld, limit: int = 100, last_doc: str | None = None, agent_id: str | None = None
) -> JSONResponse:
    """List the workspace's jobs, newest first."""
    try:
        part = page(listed_batches(world, agent_id), last_doc, max(1, limit), world.faults)
    except LookupError:
        raise problem(400, "invalid_cursor", f"No batch call {last_doc} to go on from.") from None
    bodies = [as_batch(world, job, shown_job(world, job)) for job in part.items]
    return JSONResponse({"batch_calls": bodies, "next_doc": part.cursor, **said(part)})


@router.get("/{batch_id}")
async def one_job(batch_id: str, world: AWorld) -> JSONResponse:
    """Show a job with all its rows."""
    job = batch_of(world, batch_id)
    return JSONResponse(as_batch(world, job, shown_job_with_rows(world, job)))


@router.post("/{batch_id}/cancel")
async def cancel(batch_id: str, world: AWorld, request: Request) -> JSONResponse:
    """Stop a job and overwrite the status of all its rows."""
    job = batch_of(world, batch_id)
    status = ordered_stop(world, job, request.url.path)
    if status != OK:
        raise problem(status, "cancel_failed", f"Batch call {batch_id} is {job.status}.")
    return JSONResponse(job_body(job, world.faults))


@router.post("/{batch_id}/retry")
async def retry(batch_id: str, world: AWorld) -> JSONResponse:
    """Call every failed row of a job again."""
    job = batch_of(world, batch_id)
    world.retry(job)
    return JSONResponse(job_body(job, world.faults))


@router.delete("/{batch_id}")
async def delete(batch_id: str, world: AWorld) -> Response:
    """Remove a job and its rows for good."""
    world.delete(batch_of(world, batch_id))
    return Response(status_code=204)
