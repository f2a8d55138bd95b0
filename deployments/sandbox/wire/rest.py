"""A REST platform of our own making over the same dispatcher: what a mapping file is tried on.

It speaks as the dashboards of voice platforms do: campaigns of jobs, an upload whose variables no row shows,
numbered pages, ISO times, an error that is an object. No vendor speaks so; `examples/mappings/desk.toml`
describes it.
"""

import csv
import io
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel, Field, ValidationError

from deployments.sandbox.engine.entities import Call, Job, JobSubmission, Row
from deployments.sandbox.engine.faults import Faults
from deployments.sandbox.engine.world import World
from deployments.sandbox.wire.desk import registry_of
from deployments.sandbox.wire.disguise import shown_phone
from deployments.sandbox.wire.jobs import create_later
from deployments.sandbox.wire.listing import in_order
from deployments.sandbox.wire.objects import shown_accepted, shown_seconds
from deployments.sandbox.wire.stopping import OK, ordered_stop
from deployments.sandbox.wire.views import (
    listed_calls,
    listed_jobs,
    live_calls,
    recorded_call,
    shown_job_with_rows,
    visible_job,
)
from models.errors import RingbackError
from models.moments import unix

PREFIX = "/rest/v1"
MOST = 500
router = APIRouter(prefix=PREFIX)
JOB_STATES = {
    "pending": "Pending",
    "in_progress": "Running",
    "completed": "Completed",
    "failed": "Failed",
    "cancelled": "Stopped",
}
ROW_STATES = {
    "pending": "waiting",
    "dispatched": "dialling",
    "initiated": "dialling",
    "in_progress": "on_call",
    "completed": "answered",
    "voicemail": "voicemail",
    "failed": "failed",
    "cancelled": "stopped",
}


class DeskError(RingbackError):
    """A refusal; it is answered as this platform words them."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.answer = JSONResponse({"error": {"code": code, "message": message}}, status)


async def world_of(request: Request, authorization: Annotated[str, Header()] = "") -> World:
    """Return the world of the request's key, brought up to now; 401 for an unknown key."""
    scene = (await registry_of(request)).find(authorization.removeprefix("Bearer ").strip())
    if scene is None:
        raise DeskError(401, "unauthorized", "This key is unknown or has expired.")
    return scene.world


AWorld = Annotated[World, Depends(world_of)]


class ContactIn(BaseModel):
    """Somebody to call, with the variables of the agent."""

    id: str | None = None
    phone: str = Field(pattern=r"^\+[0-9]{6,15}$")
    variables: dict[str, str] = {}


class JobIn(BaseModel):
    """The body of a create."""

    label: str = Field(max_length=80)
    agent: str
    from_number: str | None = None
    limit: int | None = Field(default=None, ge=1)
    contacts: list[ContactIn] = Field(min_length=1, max_length=1000)


@router.get("/jobs")
async def jobs(world: AWorld, page: int = 1, per_page: int = 50) -> JSONResponse:
    """List the workspace's jobs, newest first."""
    found = in_order(listed_jobs(world, None), world.faults)
    return _page([_job(world, job) for job in found], page, per_page, world.faults)


@router.get("/jobs/{job_id}")
async def one_job(job_id: str, world: AWorld) -> JSONResponse:
    """Show a job with its counters."""
    return JSONResponse({"data": _job(world, _found(world, job_id))})


@router.get("/jobs/{job_id}/contacts")
async def contacts(job_id: str, world: AWorld, page: int = 1, per_page: int = 50) -> JSONResponse:
    """List the contacts of a job, without what the agent is told about them."""
    job = _found(world, job_id)
    states = {one["id"]: one["status"] for one in shown_job_with_rows(world, job)["recipients"]}
    shown = [_row(row, states.get(row.id, row.status), world.faults) for row in job.rows]
    return _page(shown, page, per_page, world.faults)


@router.get("/jobs/{job_id}/upload")
async def upload(job_id: str, world: AWorld) -> PlainTextResponse:
    """Return the file that a job was made of, with the variables that no row shows."""
    job = _found(world, job_id)
    told = [(row.data or {}).get("dynamic_variables") or {} for row in job.rows]
    names = sorted({name for one in told for name in one})
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["phone_number", *names])
    writer.writerows([row.phone, *map(one.get, names)] for row, one in zip(job.rows, told, strict=True))
    return PlainTextResponse(text.getvalue(), media_type="text/csv")


@router.get("/jobs/{job_id}/calls")
async def calls(job_id: str, world: AWorld, after: int = 0) -> JSONResponse:
    """List the calls of a job; `next` goes on."""
    found = [call for call in listed_calls(world, None, None, None) if call.row.job.id == job_id]
    part = found[after : after + MOST]
    following = after + MOST if after + MOST < len(found) else None
    return JSONResponse({"data": [_call(call, world.faults) for call in part], "next": following})


@router.get("/calls/{call_id}")
async def one_call(call_id: str, world: AWorld) -> JSONResponse:
    """Show one call."""
    call = recorded_call(world, call_id)
    if call is None:
        raise DeskError(404, "not_found", "No such call.")
    return JSONResponse({"data": _call(call, world.faults)})


@router.get("/capacity")
async def capacity(world: AWorld) -> JSONResponse:
    """Tell how many calls are in the air, and how many may be."""
    return JSONResponse({"on_call": live_calls(world, None), "allowed": world.permits.limit})


@router.get("/agents/{agent_id}")
async def agent(agent_id: str, world: AWorld) -> JSONResponse:
    """Show an agent."""
    if agent_id not in world.agents:
        raise DeskError(404, "not_found", "No such agent.")
    return JSONResponse({"data": {"id": agent_id, "name": world.agents[agent_id].name}})


@router.post("/jobs")
async def create(request: Request, world: AWorld) -> JSONResponse:
    """Create a job and start it; the same body twice is two jobs."""
    try:
        wanted = JobIn.model_validate_json(await request.body())
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise DeskError(422, "invalid", f"The field {where} cannot be used.") from None
    if wanted.agent not in world.agents:
        raise DeskError(404, "not_found", "No such agent.")
    number = wanted.from_number or next(iter(world.numbers), "")
    if number not in world.numbers:
        raise DeskError(404, "not_found", "No such number.")
    rows = tuple((one.id, one.phone, {"dynamic_variables": one.variables}) for one in wanted.contacts)
    order = JobSubmission(wanted.label, world.agents[wanted.agent], number, rows, cap=wanted.limit)
    late = world.faults.hits("slow_create", f"POST {request.url.path}")
    job = await create_later(request, world, order, late.seconds) if late else world.submit(order)
    return JSONResponse({"data": {"id": job.id, "label": job.order.name}}, 201)


@router.post("/jobs/{job_id}/stop")
async def stop(job_id: str, world: AWorld, request: Request) -> JSONResponse:
    """Stop a job: nobody more is called, and calls in the air go on."""
    job = _found(world, job_id)
    status = ordered_stop(world, job, request.url.path)
    if status != OK:
        raise DeskError(status, "not_stopped", f"The job is {job.status}.")
    return JSONResponse({"data": _job(world, job)})


def _found(world: World, job_id: str) -> Job:
    job = visible_job(world, job_id)
    if job is None:
        raise DeskError(404, "not_found", "No such job.")
    return job


def _page(items: Sequence[dict[str, Any]], page: int, size: int, faults: Faults) -> JSONResponse:
    size = min(max(1, size), MOST)
    if small := faults.standing("page_size"):
        small.strikes += len(items) > small.n
        size = min(size, max(1, small.n))
    start = (max(1, page) - 1) * size
    if start and faults.hits("pages_twice"):
        start -= size
    meta = {"page": page, "pages": -(-len(items) // size), "total": len(items)}
    return JSONResponse({"data": items[start : start + size], "meta": meta})


def _time(seconds: float, faults: Faults) -> str:
    return unix(seconds + faults.skew).isoformat()


def _job(world: World, job: Job) -> dict[str, Any]:
    shown, faults = shown_job_with_rows(world, job), world.faults
    return {
        "id": job.id,
        "label": shown["name"],
        "state": JOB_STATES.get(shown["status"], shown["status"]),
        "agent": job.order.agent.id,
        "from_number": job.order.number_id,
        "timezone": job.order.timezone,
        "created_at": _time(job.created_at, faults),
        "updated_at": _time(job.updated_at, faults),
        "starts_at": _time(job.scheduled_at, faults),
        "counts": {
            "contacts": len(job.rows),
            "dispatched": job.dispatched,
            "finished": job.finished,
            "reruns": job.retries,
        },
    }


def _row(row: Row, status: str, faults: Faults) -> dict[str, Any]:
    return {
        "id": row.id,
        "phone": shown_phone(faults, row),
        "state": ROW_STATES.get(status, status),
        "last_call": row.call.id if row.call else None,
        "updated_at": _time(row.updated_at, faults),
    }


def _call(call: Call, faults: Faults) -> dict[str, Any]:
    answered = shown_accepted(call) is not None
    state = "dialling" if call.is_live else "failed"
    if answered:
        state = "on_call" if call.is_live else "answered"
    over = not call.is_live and not answered
    return {
        "id": call.id,
        "job": call.row.job.id,
        "contact": call.row.id,
        "state": state,
        "answered": answered,
        "seconds": shown_seconds(call),
        "sip": call.outcome.sip if over else None,
        "q850": call.outcome.cause if over else None,
        "reason": call.outcome.phrase if over else None,
        "started_at": _time(call.started_at, faults),
    }
