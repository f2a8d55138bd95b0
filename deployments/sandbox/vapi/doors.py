"""Vapi's endpoints: campaigns of version 2, their contacts, calls, assistants and numbers."""

import asyncio
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ValidationError

from deployments.sandbox.engine.entities import Job, JobSubmission
from deployments.sandbox.engine.world import World
from deployments.sandbox.vapi import objects
from deployments.sandbox.vapi.aside import aside_of
from deployments.sandbox.vapi.bodies import CampaignIn, CredentialIn
from deployments.sandbox.vapi.predial import Gate
from deployments.sandbox.wire.desk import ARegistry, registry_of, scene_of
from deployments.sandbox.wire.listing import in_order
from deployments.sandbox.wire.stopping import OK, ordered_stop
from deployments.sandbox.wire.views import listed_calls, listed_jobs, recorded_call, visible_job

router = APIRouter()
_TICK = 0.05
_MOST = 1000
_OVER = frozenset({"completed", "failed", "cancelled"})
Bearer = Annotated[str, Header()]


class PatchIn(BaseModel):
    """The body of PATCH /v2/campaign/{id}: nothing but a cancel is taken."""

    model_config = {"extra": "forbid"}

    status: str


def _problem(status: int, words: str | list[str]) -> JSONResponse:
    names = {400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 500: "Internal Server Error"}
    return JSONResponse({"message": words, "error": names.get(status, ""), "statusCode": status}, status)


async def _world(request: Request, authorization: str) -> World | None:
    scene = (await registry_of(request)).find(authorization.removeprefix("Bearer ").strip())
    return scene.world if scene else None


_STRANGER = "Invalid Key. Hot tip, you may be using the public key instead of the private key, or vice versa."


@router.post("/v2/campaign")
async def create(wanted: dict[str, Any], request: Request, authorization: Bearer = "") -> JSONResponse:
    """Create a campaign, which starts at once; the same body twice is two campaigns."""
    world = await _world(request, authorization)
    if world is None:
        return _problem(401, _STRANGER)
    try:
        asked = CampaignIn.model_validate(wanted)
    except ValidationError as error:
        return _problem(
            400, [f"{one['loc'][-1] if one['loc'] else ''} {one['msg']}" for one in error.errors()]
        )
    agent = world.agents.get(asked.assistantId or "")
    if agent is None or asked.phoneNumberId not in world.numbers:
        return _problem(400, "Couldn't find the assistant or the phone number.")
    data = [one.model_dump(exclude_none=True) for one in asked.customers]
    rows = tuple((None, one["number"], one) for one in data)
    order = JobSubmission(asked.name, agent, asked.phoneNumberId, rows, cap=asked.maxConcurrency)
    late = world.faults.hits("slow_create", request.url.path)
    taken: list[Job] = []
    wish = (world, order, asked, wanted, world.now, taken)
    if late is None:
        _take(wish, world.now)
    else:
        world.agenda.add(world.now + late.seconds, _take, wish)
    while not taken:
        await asyncio.sleep(_TICK)
        world.advance(request.app.state.registry.clock())
    return JSONResponse(objects.created_body(taken[0], world), 201)


def _take(
    wish: tuple[World, JobSubmission, CampaignIn, dict[str, Any], float, list[Job]], _now: float
) -> None:
    world, order, asked, wanted, asked_at, taken = wish
    taken.append(world.submit(order))
    taken[0].asked_at = asked_at
    _set_up(world, taken[0], asked, wanted)


def _set_up(world: World, job: Job, asked: CampaignIn, wanted: dict[str, Any]) -> None:
    kept = ("server", "predialPlan", "assistantOverrides", "squadOverrides")
    aside_of(world).told[job.id] = {name: wanted[name] for name in kept if name in wanted}
    if asked.predialPlan and asked.predialPlan.enabled and asked.server:
        world.dispatcher.gates[job.id] = Gate(world, asked.server.model_dump())


@router.get("/v2/campaign")
async def campaigns(
    request: Request,
    authorization: Bearer = "",
    *,
    page: int = 1,
    limit: int = 100,
    sortOrder: str = "DESC",  # noqa: N803  as the format has it
    includeCounters: bool = False,  # noqa: N803
) -> JSONResponse:
    """List the campaigns, newest first unless told otherwise."""
    world = await _world(request, authorization)
    if world is None:
        return _problem(401, _STRANGER)
    jobs = in_order(listed_jobs(world, None), world.faults)
    jobs = [job for job in jobs if job.id not in aside_of(world).version_1]
    if sortOrder == "ASC":
        jobs = jobs[::-1]
    shown = [_shown(world, job, counters=includeCounters) for job in jobs]
    return JSONResponse(_paged(shown, page, limit, world))


def _second(world: World, campaign_id: str) -> Job | None:
    return None if campaign_id in aside_of(world).version_1 else visible_job(world, campaign_id)


def _shown(world: World, job: Job, *, counters: bool) -> objects.Json:
    body = objects.campaign_body(job, world, counters=counters)
    if body["status"] in {"ended", "cancelled"} and world.faults.hits("status_flip"):
        body["status"] = "in-progress"
    if world.faults.hits("unknown_status", "job"):
        body["status"] = "draining"
    return body


def _paged(found: list[objects.Json], page: int, limit: int, world: World) -> objects.Json:
    size = min(limit, _MOST)
    if small := world.faults.standing("page_size"):
        small.strikes += len(found) > small.n
        size = min(size, max(1, small.n))
    first = (max(1, page) - 1) * size
    if first and world.faults.hits("pages_twice"):
        first -= size
    meta: objects.Json = {"itemsPerPage": size, "totalItems": len(found), "currentPage": page}
    if (ends := world.faults.standing("page_ends")) is None:
        meta |= {"totalPages": -(-len(found) // size), "hasNextPage": first + size < len(found)}
    elif ends.word == "endless":
        ends.strikes += 1
        return {"results": found[:size], "metadata": meta | {"hasNextPage": True}}
    return {"results": found[first : first + size], "metadata": meta}


@router.get("/v2/campaign/{campaign_id}")
async def campaign(
    campaign_id: str,
    request: Request,
    authorization: Bearer = "",
    includeCounters: bool = False,  # noqa: N803
) -> JSONResponse:
    """Show a campaign."""
    world = await _world(request, authorization)
    if world is None:
        return _problem(401, _STRANGER)
    job = _second(world, campaign_id)
    if job is None:
        return _problem(404, "Campaign not found.")
    return JSONResponse(_shown(world, job, counters=includeCounters))


@router.get("/v2/campaign/{campaign_id}/contacts")
async def contacts(
    campaign_id: str, request: Request, authorization: Bearer = "", page: int = 1, limit: int = 50
) -> JSONResponse:
    """List a campaign's contacts in the order of its upload."""
    world = await _world(request, authorization)
    if world is None:
        return _problem(401, _STRANGER)
    job = _second(world, campaign_id)
    if job is None:
        return _problem(404, "Campaign not found.")
    odd = bool(world.faults.hits("unknown_status", "row"))
    rows = [objects.contact_body(row, world, undocumented=odd and n == 0) for n, row in enumerate(job.rows)]
    return JSONResponse(_paged(rows, page, limit, world))


@router.patch("/v2/campaign/{campaign_id}")
async def update(
    campaign_id: str, wanted: dict[str, Any], request: Request, authorization: Bearer = ""
) -> JSONResponse:
    """Cancel a campaign, which is all that can be changed of one; calls in the air go on."""
    world = await _world(request, authorization)
    if world is None:
        return _problem(401, _STRANGER)
    job = _second(world, campaign_id)
    if job is None:
        return _problem(404, "Campaign not found.")
    try:
        asked = PatchIn.model_validate(wanted)
    except ValidationError:
        return _problem(400, "V2 campaigns are immutable after creation.")
    if asked.status != "cancelled" or job.status in _OVER:
        return _problem(400, f"Campaign is {objects.STATUS.get(job.status, job.status)}.")
    status = ordered_stop(world, job, request.url.path)
    if status != OK:
        return _problem(status, "Something went wrong.")
    return JSONResponse(objects.created_body(job, world))


@router.get("/call")
async def calls(
    request: Request,
    authorization: Bearer = "",
    *,
    limit: int = 100,
    phoneNumberId: str | None = None,  # noqa: N803
    createdAtGe: datetime | None = None,  # noqa: N803
    createdAtLe: datetime | None = None,  # noqa: N803
) -> JSONResponse:
    """List calls, newest first, no more than asked for and no pages."""
    world = await _world(request, authorization)
    if world is None:
        return _problem(401, _STRANGER)
    after = createdAtGe.timestamp() if createdAtGe else None
    before = createdAtLe.timestamp() if createdAtLe else None
    found = listed_calls(world, None, after, before)
    found = [one for one in found if phoneNumberId in {None, one.row.job.order.number_id}]
    return JSONResponse([objects.call_body(one, world) for one in found[: min(limit, _MOST)]])


@router.get("/call/{call_id}")
async def call(call_id: str, request: Request, authorization: Bearer = "") -> JSONResponse:
    """Show one call."""
    world = await _world(request, authorization)
    found = recorded_call(world, call_id) if world else None
    if world is None or found is None:
        return _problem(401, _STRANGER) if world is None else _problem(404, "Call not found.")
    return JSONResponse(objects.call_body(found, world))


@router.get("/assistant/{agent_id}")
async def assistant(agent_id: str, request: Request, authorization: Bearer = "") -> JSONResponse:
    """Show an assistant."""
    world = await _world(request, authorization)
    if world is None:
        return _problem(401, _STRANGER)
    agent = world.agents.get(agent_id)
    return JSONResponse(objects.assistant_body(agent, world)) if agent else _problem(404, "Not found.")


@router.get("/phone-number/{number_id}")
async def number(number_id: str, request: Request, authorization: Bearer = "") -> JSONResponse:
    """Show a number."""
    world = await _world(request, authorization)
    if world is None:
        return _problem(401, _STRANGER)
    found = world.numbers.get(number_id)
    return JSONResponse(objects.number_body(found, world)) if found else _problem(404, "Not found.")


@router.post("/sandbox/worlds/{key}/vapi/credential")
async def credential(key: str, wanted: CredentialIn, registry: ARegistry) -> dict[str, Any]:
    """Keep the token of a credential, by which servers are asked before calls."""
    aside_of(scene_of(registry, key).world).credentials[wanted.id] = wanted.token
    return {"id": wanted.id}
