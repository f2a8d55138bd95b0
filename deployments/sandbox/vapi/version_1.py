"""Vapi's campaigns of version 1: one shown by its id, with customers and counters; nothing is listed."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse

from deployments.sandbox.engine.entities import Job, Row
from deployments.sandbox.engine.world import World
from deployments.sandbox.vapi.aside import aside_of
from deployments.sandbox.vapi.objects import campaign_body
from deployments.sandbox.wire.desk import ARegistry, registry_of, scene_of
from deployments.sandbox.wire.disguise import shown_phone
from deployments.sandbox.wire.views import visible_job

router = APIRouter()


@router.get("/campaign/{campaign_id}")
async def campaign(
    campaign_id: str, request: Request, authorization: Annotated[str, Header()] = ""
) -> JSONResponse:
    """Show a campaign that was made as one of version 1."""
    scene = (await registry_of(request)).find(authorization.removeprefix("Bearer ").strip())
    if scene is None:
        return JSONResponse({"message": "Invalid Key.", "error": "Unauthorized", "statusCode": 401}, 401)
    job = visible_job(scene.world, campaign_id)
    if job is None or job.id not in aside_of(scene.world).version_1:
        return JSONResponse({"message": "Not found.", "error": "Not Found", "statusCode": 404}, 404)
    return JSONResponse(first_body(job, scene.world))


def first_body(job: Job, world: World) -> dict[str, Any]:
    """Return a Campaign with customers, and counters that tell of now."""
    calls = [row.call for row in job.rows if row.call]
    ended = [call for call in calls if call.ended_at is not None]
    return campaign_body(job, world, counters=False) | {
        "customers": [_customer(row, world) for row in job.rows],
        "calls": {call.id: {} for call in calls},
        "callsCounterScheduled": sum(row.status == "pending" for row in job.rows),
        "callsCounterQueued": sum(row.status == "dispatched" and row.call is None for row in job.rows),
        "callsCounterInProgress": len(calls) - len(ended),
        "callsCounterEndedVoicemail": sum(call.outcome.key == "voicemail" for call in ended),
        "callsCounterEnded": len(ended),
    }


def _customer(row: Row, world: World) -> dict[str, Any]:
    return {"number": shown_phone(world.faults, row), "assistantOverrides": {"variableValues": {}}}


@router.post("/sandbox/worlds/{key}/vapi/version-1")
async def as_version_1(key: str, registry: ARegistry) -> dict[str, Any]:
    """Have the source job be a campaign of version 1."""
    scene = scene_of(registry, key)
    aside_of(scene.world).version_1.add(scene.job.id)
    return {"job_id": scene.job.id}
