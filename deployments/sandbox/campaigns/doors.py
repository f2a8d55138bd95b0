"""The campaign endpoints of ElevenLabs; an account without campaigns refuses all of them."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse

from deployments.sandbox.campaigns import objects
from deployments.sandbox.campaigns.bodies import CampaignIn, ResolveIn
from deployments.sandbox.engine.campaigns import Attention, Made
from deployments.sandbox.engine.entities import Job, JobSubmission
from deployments.sandbox.engine.world import World
from deployments.sandbox.wire.desk import AWorld, problem
from deployments.sandbox.wire.listing import page, said
from deployments.sandbox.wire.stopping import OK, ordered_stop
from deployments.sandbox.wire.views import listed_jobs, visible_job
from models.canonical import digest

router = APIRouter(prefix="/v1/convai/outbound-campaigns")
CAMPAIGNS = "/campaigns"
_MOST, _TICK, _STOPPING = 100, 0.05, 202
_UNDOCUMENTED = "draining"
Size = Annotated[int, Query(ge=1, le=_MOST)]


async def _with_campaigns(world: AWorld) -> World:
    known = world.campaigns
    if not known.enabled:
        raise problem(known.refusal, "not_found", "Outbound campaigns are not enabled for this workspace.")
    return world


CWorld = Annotated[World, Depends(_with_campaigns)]


@dataclass(frozen=True)
class _Member:
    """One member of a listing, under the id that pages go by."""

    id: str
    body: Mapping[str, Any]


def _paged(world: World, key: str, found: Sequence[_Member], cursor: str | None, size: int) -> JSONResponse:
    try:
        part = page(found, cursor, size, world.faults)
    except LookupError:
        raise problem(400, "invalid_cursor", "The cursor is not one that this listing gave.") from None
    shown = [one.body for one in part.items]
    return JSONResponse({key: shown, "next_cursor": part.cursor, "has_more": False, **said(part)})


def _shown(world: World, job: Job) -> dict[str, Any]:
    body = objects.campaign_body(world, job)
    if body["status"] in {"stopped", "completed"} and world.faults.hits("status_flip"):
        body["status"] = "active"
    if world.faults.hits("unknown_status", "job"):
        body["status"] = _UNDOCUMENTED
    return body


def _found(world: World, campaign_id: str) -> Job:
    job = visible_job(world, campaign_id)
    if job is None or campaign_id not in world.campaigns.made:
        raise problem(404, "not_found", f"Campaign {campaign_id} not found.")
    return job


@router.get(CAMPAIGNS)
async def campaigns(
    world: CWorld, cursor: str | None = None, page_size: Size = 30, search: str | None = None
) -> JSONResponse:
    """List the campaigns, newest first."""
    jobs = [job for job in listed_jobs(world, None) if job.id in world.campaigns.made]
    jobs = [job for job in jobs if search is None or search.lower() in job.order.name.lower()]
    found = [_Member(job.id, _shown(world, job)) for job in jobs]
    return _paged(world, "campaigns", found, cursor, page_size)


@router.post(f"{CAMPAIGNS}/submit")
async def submit(wanted: CampaignIn, world: CWorld, request: Request) -> JSONResponse:
    """Create a campaign, or return the one that its key, or the same body, has made before."""
    agent = world.agents.get(wanted.agent_id)
    if agent is None:
        raise problem(404, "agent_not_found", f"Agent {wanted.agent_id} not found.")
    if wanted.channel_config.agent_phone_number_id not in world.numbers:
        raise problem(404, "phone_number_not_found", "The phone number to call from was not found.")
    key = wanted.idempotency_key or digest(wanted.model_dump(mode="json"))
    if (known := world.campaigns.keys.get(key)) in world.jobs:
        return _submitted(world, world.jobs[known], created=False)
    order = wanted.order(agent, world.faults.skew)
    late = world.faults.hits("slow_create", request.url.path)
    job = await _made(request, world, (wanted, key, order), late.seconds if late else None)
    return _submitted(world, job, created=True)


async def _made(
    request: Request, world: World, what: tuple[CampaignIn, str, JobSubmission], seconds: float | None
) -> Job:
    taken: list[Job] = []
    wish = (world, what, world.now, taken)
    if seconds is None:
        _take(wish, world.now)
    else:
        world.agenda.add(world.now + seconds, _take, wish)
    while not taken:
        await asyncio.sleep(_TICK)
        world.advance(request.app.state.registry.clock())
    return taken[0]


def _take(wish: tuple[World, tuple[CampaignIn, str, JobSubmission], float, list[Job]], _now: float) -> None:
    world, (wanted, key, order), asked_at, taken = wish
    taken.append(job := world.submit(order))
    job.asked_at, job.campaign_id = asked_at, job.id
    mode = wanted.channel_config.mode_config
    shown = mode.model_dump(exclude_none=True) if mode else None
    world.campaigns.made[job.id] = Made(wanted.variant, wanted.policy, shown)
    world.campaigns.keys.setdefault(key, job.id)


def _submitted(world: World, job: Job, *, created: bool) -> JSONResponse:
    body = {
        "campaign": objects.campaign_body(world, job),
        "created": created,
        "within_calling_window": job.scheduled_at <= world.now,
    }
    return JSONResponse(body, 201 if created else 200)


@router.get(f"{CAMPAIGNS}/{{campaign_id}}")
async def campaign(campaign_id: str, world: CWorld) -> JSONResponse:
    """Show a campaign."""
    return JSONResponse(_shown(world, _found(world, campaign_id)))


@router.get(f"{CAMPAIGNS}/{{campaign_id}}/progress")
async def progress(campaign_id: str, world: CWorld) -> JSONResponse:
    """Show where a campaign's leads and calls stand."""
    return JSONResponse(objects.progress_body(world, _found(world, campaign_id)))


@router.get(f"{CAMPAIGNS}/{{campaign_id}}/leads")
async def leads(
    campaign_id: str, world: CWorld, cursor: str | None = None, page_size: Size = 30
) -> JSONResponse:
    """List a campaign's leads, one for each recipient."""
    job = _found(world, campaign_id)
    found = [_Member(f"lead_{row.id}", objects.lead_body(world, row)) for row in job.rows]
    return _paged(world, "leads", found, cursor, page_size)


@router.get(f"{CAMPAIGNS}/{{campaign_id}}/calls")
async def calls(
    campaign_id: str, world: CWorld, cursor: str | None = None, page_size: Size = 30
) -> JSONResponse:
    """List a campaign's calls, newest first, queued ones included."""
    job = _found(world, campaign_id)
    views = objects.call_views(world, job)
    if views and world.faults.hits("unknown_status", "row"):
        views[0]["status"] = _UNDOCUMENTED
    found = [_Member(one["intent_id"], one) for one in views]
    return _paged(world, "calls", found, cursor, page_size)


@router.post(f"{CAMPAIGNS}/{{campaign_id}}/stop")
async def stop(campaign_id: str, world: CWorld, request: Request) -> JSONResponse:
    """Stop a campaign for good; 202 while calls already placed are still finishing."""
    job = _found(world, campaign_id)
    status = ordered_stop(world, job, request.url.path)
    if status != OK:
        raise problem(status, "stop_failed", f"Campaign {campaign_id} was not stopped.")
    body = objects.campaign_body(world, job)
    return JSONResponse(body, OK if body["status"] == "stopped" else _STOPPING)


@router.post(f"{CAMPAIGNS}/{{campaign_id}}/pause")
async def pause(campaign_id: str, world: CWorld) -> JSONResponse:
    """Pause a campaign: it places no new calls until it is resumed."""
    job = _found(world, campaign_id)
    world.campaigns.made[job.id].paused = job.dead = True
    return JSONResponse(objects.campaign_body(world, job))


@router.post(f"{CAMPAIGNS}/{{campaign_id}}/resume")
async def resume(campaign_id: str, world: CWorld) -> JSONResponse:
    """Resume a paused campaign."""
    job = _found(world, campaign_id)
    _go_on(world, job)
    return JSONResponse(objects.campaign_body(world, job))


def _go_on(world: World, job: Job) -> None:
    world.campaigns.made[job.id].paused = job.dead = False
    world.dispatcher.start(job)


@router.get("/attention")
async def attention(
    world: CWorld,
    campaign_id: str | None = None,
    include_resolved: bool = False,
    cursor: str | None = None,
    page_size: Size = 30,
) -> JSONResponse:
    """List what in the campaigns needs a person to act."""
    pairs = _attention(world)
    shown = [
        _Member(one.id, objects.attention_body(world, job, one))
        for job, one in pairs
        if campaign_id in {None, job.id} and (include_resolved or one.status != "resolved")
    ]
    return _paged(world, "attention", shown, cursor, page_size)


def _attention(world: World) -> list[tuple[Job, Attention]]:
    made = world.campaigns.made.items()
    return [(world.jobs[job_id], one) for job_id, kept in made for one in kept.attention]


@router.post("/attention/{attention_id}/retry")
async def retry(attention_id: str, world: CWorld) -> JSONResponse:
    """Place the calls that an item holds back, and resume its campaign."""
    job, one = _item(world, attention_id)
    one.status = "resolved"
    _go_on(world, job)
    return JSONResponse(objects.attention_body(world, job, one))


@router.post("/attention/{attention_id}/resolve")
async def resolve(attention_id: str, wanted: ResolveIn, world: CWorld) -> JSONResponse:
    """Close an item that cannot be retried."""
    job, one = _item(world, attention_id)
    one.status, one.resolution = "resolved", wanted.resolution
    return JSONResponse(objects.attention_body(world, job, one))


def _item(world: World, attention_id: str) -> tuple[Job, Attention]:
    found = next((pair for pair in _attention(world) if pair[1].id == attention_id), None)
    if found is None:
        raise problem(404, "not_found", f"Attention item {attention_id} not found.")
    return found
