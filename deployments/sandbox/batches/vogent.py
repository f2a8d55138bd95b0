"""Vogent's endpoints: batch dial jobs with their queue and their dials, agents, numbers."""

from collections.abc import Callable, Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from deployments.sandbox.batches import vogent_objects as objects
from deployments.sandbox.batches.common import Bearer, problem, submitted, world_of
from deployments.sandbox.engine.entities import Job, JobSubmission
from deployments.sandbox.engine.world import World
from deployments.sandbox.wire.listing import page
from deployments.sandbox.wire.stopping import OK, ordered_stop
from deployments.sandbox.wire.views import listed_jobs, recorded_call, visible_job

router = APIRouter()
_JOBS = "/batch_dial_jobs"
_STRANGER, _NOT_THERE = "Unauthorized", "Not found"
_OVER = frozenset({"COMPLETE", "CANCELLED"})


class RowIn(BaseModel):
    """A row of a create; its inputs are texts."""

    toNumber: str = Field(min_length=1)  # noqa: N815  as the format has it
    inputs: dict[str, str] = {}


class JobIn(BaseModel):
    """A CreateBatchDialJobInput."""

    model_config = ConfigDict(extra="forbid")

    name: str
    callAgentId: str  # noqa: N815
    maxConcurrentDials: int = Field(ge=1)  # noqa: N815
    rows: list[RowIn]
    fromPhoneNumberIds: list[str] | None = None  # noqa: N815
    schedule: dict[str, Any] | None = None


class PausedIn(BaseModel):
    """The body of a pause, a resume, or a start."""

    paused: bool


@router.post(_JOBS)
async def create(wanted: dict[str, Any], request: Request, authorization: Bearer = "") -> JSONResponse:
    """Make a draft, which calls nobody; the same body twice is two drafts."""
    world = await world_of(request, authorization)
    if world is None:
        return problem(401, _STRANGER)
    try:
        asked = JobIn.model_validate(wanted)
    except ValidationError as error:
        return problem(422, f"{error.errors()[0]['loc'][-1]}: {error.errors()[0]['msg']}")
    agent, numbers = world.agents.get(asked.callAgentId), asked.fromPhoneNumberIds or list(world.numbers)[:1]
    if agent is None or not set(numbers) <= world.numbers.keys() or not numbers:
        return problem(400, "No such agent or phone number.")
    rows = tuple((None, one.toNumber, {"dynamic_variables": one.inputs}) for one in asked.rows)
    order = JobSubmission(asked.name, agent, numbers[0], rows, cap=asked.maxConcurrentDials)
    job = await submitted(request, world, order, World.draft)
    return JSONResponse(objects.job_body(job, world))


@router.get(_JOBS)
async def jobs(
    request: Request, authorization: Bearer = "", limit: int = 100, cursor: str | None = None
) -> JSONResponse:
    """List the jobs, newest first, drafts too."""
    world = await world_of(request, authorization)
    if world is None:
        return problem(401, _STRANGER)
    return _paged(listed_jobs(world, None), cursor, limit, world, lambda job: _shown(world, job))


def _paged(
    found: Sequence[Any], cursor: str | None, limit: int, world: World, body: Callable[[Any], dict[str, Any]]
) -> JSONResponse:
    try:
        part = page(found, cursor, max(1, min(limit, 100)), world.faults)
    except LookupError:
        return problem(400, "Invalid cursor.")
    return JSONResponse({"data": [body(one) for one in part.items], "cursor": part.cursor})


def _shown(world: World, job: Job) -> dict[str, Any]:
    body = objects.job_body(job, world)
    if body["status"] in _OVER and world.faults.hits("status_flip"):
        body["status"] = "ACTIVE"
    if world.faults.hits("unknown_status", "job"):
        body["status"] = "DRAINING"
    return body


@router.get(f"{_JOBS}/{{job_id}}")
async def one_job(job_id: str, request: Request, authorization: Bearer = "") -> JSONResponse:
    """Show a job, without a counter."""
    world = await world_of(request, authorization)
    job = visible_job(world, job_id) if world else None
    if world is None or job is None:
        return problem(401, _STRANGER) if world is None else problem(404, _NOT_THERE)
    return JSONResponse(_shown(world, job))


@router.get(f"{_JOBS}/{{job_id}}/queue")
async def queue(
    job_id: str, request: Request, authorization: Bearer = "", limit: int = 100, cursor: str | None = None
) -> JSONResponse:
    """List the rows that are neither on the line nor over."""
    world = await world_of(request, authorization)
    job = visible_job(world, job_id) if world else None
    if world is None or job is None:
        return problem(401, _STRANGER) if world is None else problem(404, _NOT_THERE)
    rows = objects.queued_rows(job)
    return _paged(rows, cursor, limit, world, lambda row: objects.queued_body(row, world))


@router.get(f"{_JOBS}/{{job_id}}/dials")
async def dials(
    job_id: str, request: Request, authorization: Bearer = "", limit: int = 100, cursor: str | None = None
) -> JSONResponse:
    """List the dials that are over."""
    world = await world_of(request, authorization)
    job = visible_job(world, job_id) if world else None
    if world is None or job is None:
        return problem(401, _STRANGER) if world is None else problem(404, _NOT_THERE)
    odd = bool(world.faults.hits("unknown_status", "row"))
    ended = objects.ended_dials(job, world)

    def shown(call: Any) -> dict[str, Any]:
        return objects.dial_body(call, world) | ({"status": "parked"} if odd and call is ended[0] else {})

    return _paged(ended, cursor, limit, world, shown)


@router.post(f"{_JOBS}/{{job_id}}/paused")
async def set_paused(
    job_id: str, wanted: PausedIn, request: Request, authorization: Bearer = ""
) -> JSONResponse:
    """Pause a job, let it go on, or start a draft; calls in the air go on."""
    world = await world_of(request, authorization)
    job = visible_job(world, job_id) if world else None
    if world is None or job is None:
        return problem(401, _STRANGER) if world is None else problem(404, _NOT_THERE)
    if objects.status(job, world) in _OVER:
        return problem(422, f"Job is {objects.status(job, world)}.")
    if not wanted.paused:
        world.resume(job)
    elif (status := ordered_stop(world, job, request.url.path, World.pause)) != OK:
        return problem(status, "Something went wrong.")
    return JSONResponse(objects.job_body(job, world))


@router.get("/dials/{dial_id}")
async def dial(dial_id: str, request: Request, authorization: Bearer = "") -> JSONResponse:
    """Show one dial, also one that is on the line."""
    world = await world_of(request, authorization)
    found = recorded_call(world, dial_id) if world else None
    if world is None or found is None:
        return problem(401, _STRANGER) if world is None else problem(404, _NOT_THERE)
    return JSONResponse(objects.dial_body(found, world))


@router.get("/agents")
async def agents(
    request: Request, authorization: Bearer = "", limit: int = 100, cursor: str | None = None
) -> JSONResponse:
    """List the agents."""
    world = await world_of(request, authorization)
    if world is None:
        return problem(401, _STRANGER)
    return _paged(list(world.agents.values()), cursor, limit, world, objects.agent_body)


@router.get("/phone_numbers/{number_id}")
async def number(number_id: str, request: Request, authorization: Bearer = "") -> JSONResponse:
    """Show a number."""
    world = await world_of(request, authorization)
    found = world.numbers.get(number_id) if world else None
    if world is None or found is None:
        return problem(401, _STRANGER) if world is None else problem(404, _NOT_THERE)
    return JSONResponse(objects.number_body(found))
