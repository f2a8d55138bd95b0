"""Voqo's wire format over the same dispatcher: start-call, and what people and webhooks bring away from it.

Facts: notes of January 2026 on docs.voqo.ai. A job's files are what an operator would download; the webhooks
are handed out whole and signed, so that whoever carries them to a gateway may lose one or bring it twice.
"""

import csv
import hmac
import io
import json
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from deployments.sandbox.engine.entities import Call, JobSubmission, Row
from deployments.sandbox.engine.world import World
from deployments.sandbox.scenarios import Scene
from deployments.sandbox.wire.desk import ARegistry, registry_of, scene_of
from deployments.sandbox.wire.jobs import create_later
from models.moments import unix

router = APIRouter()
MARK = "call of"
"""How the job of a single call is named here, before whoever is called."""
STATES = {"pending": "Pending", "in_progress": "Running", "completed": "Completed", "cancelled": "Paused"}


class StartIn(BaseModel):
    """The body of start-call; only the number is required."""

    to_phone: str | None = None
    from_phone: str | None = None
    record: bool | None = None
    parameters: dict[str, str] | None = None


@router.post("/api/v1/workspaces/{workspace}/agents/{agent}/start-call")
async def start_call(
    workspace: str,
    agent: str,
    wanted: StartIn,
    request: Request,
    authorization: Annotated[str, Header()] = "",
) -> JSONResponse:
    """Call one person; the same body twice is two calls."""
    scene = (await registry_of(request)).find(authorization.removeprefix("Bearer ").strip())
    if scene is None:
        return _refused(401, "Invalid API key")
    world = scene.world
    if workspace != world.workspace_id:
        return _refused(403, "This key is of another workspace")
    if agent not in world.agents:
        return _refused(404, "Agent not found")
    if not (wanted.to_phone or "").startswith("+"):
        return _refused(422, "to_phone is missing or malformed")
    rows = ((None, str(wanted.to_phone), {"dynamic_variables": wanted.parameters or {}}),)
    number = next(iter(world.numbers), "")
    order = JobSubmission(f"{MARK} {len(world.jobs)}", world.agents[agent], number, rows, cap=1)
    if late := world.faults.hits("slow_create", request.url.path):
        await create_later(request, world, order, late.seconds)
    else:
        world.submit(order)
    told = {
        "to_phone": wanted.to_phone,
        "created_by": "api",
        "from_phone": wanted.from_phone,
        "record": wanted.record is not False,
        "status": "created",
        "created_at": unix(world.now).isoformat(),
    }
    return JSONResponse(told, 201)


def _refused(status: int, words: str) -> JSONResponse:
    return JSONResponse({"detail": words}, status)


@router.get("/sandbox/worlds/{key}/voqo/files")
async def files(key: str, registry: ARegistry) -> dict[str, Any]:
    """Return what an operator sees of the source job: its state and counters, upload and report."""
    job = scene_of(registry, key).job
    reported = [row for row in job.rows if row.status != "pending" and row.call is not None]
    people = ((row.phone, f"Contact {n}") for n, row in enumerate(job.rows, start=1))
    return {
        "status": STATES.get(job.status, job.status),
        "expected": len(job.rows),
        "processed": len(reported),
        "upload": _table(("phone_number", "name"), people),
        "report": _table(("phone_number", "status", "duration", "end_time", "error"), map(_line, reported)),
    }


def _line(row: Row) -> tuple[object, ...]:
    call = row.call
    if call is None or call.ended_at is None:
        return (row.phone, "initiated", 0, "", "")
    return (row.phone, _status(call), call.seconds, unix(call.ended_at).isoformat(), _error(call) or "")


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue()


def _status(call: Call) -> str:
    return "completed" if call.outcome.answered else "failed"


def _error(call: Call) -> str | None:
    return None if call.outcome.answered else call.outcome.phrase or "unexplained"


@router.get("/sandbox/worlds/{key}/voqo/webhooks")
async def webhooks(key: str, secret: str, registry: ARegistry) -> dict[str, Any]:
    """Return a signed `call_ended` for every call that has ended so far, the oldest first."""
    scene = scene_of(registry, key)
    ended = [call for call in scene.world.calls.values() if call.ended_at is not None]
    return {"webhooks": [signed_webhook(scene, call, secret.encode()) for call in ended]}


def signed_webhook(scene: Scene, call: Call, secret: bytes) -> dict[str, Any]:
    """Return body and headers of the webhook that tells of a call, signed with the workspace's secret."""
    body = json.dumps(_event(scene.world, call))
    mac = hmac.new(secret, body.encode(), sha256).hexdigest()
    stamp = str(int(scene.world.now))
    return {
        "call_id": call.id,
        "phone": call.row.phone,
        "ours": call.row.job.order.name.startswith(MARK),
        "body": body,
        "headers": {"X-Webhook-Signature": mac, "X-Webhook-Timestamp": stamp},
    }


def _event(world: World, call: Call) -> dict[str, Any]:
    order = call.row.job.order
    started, ended = unix(call.started_at).isoformat(), unix(call.ended_at or world.now).isoformat()
    data: dict[str, Any] = {
        "id": call.id,
        "agent_id": order.agent.id,
        "status": _status(call),
        "from_phone": world.numbers[order.number_id].phone if order.number_id in world.numbers else None,
        "to_phone": call.row.phone,
        "direction": "outbound",
        "call_summary": "A private matter was talked about.",
        "transcript": "A private matter.",
        "duration": call.seconds,
        "error": _error(call),
        "created_at": started,
        "start_time": started,
        "end_time": ended,
        "recording_url": None,
        "recording_url_expires_at": None,
        "post_call_action_results": [],
        "timestamps": [],
    }
    return {"_id": f"evt_{call.id}", "event_type": "call_ended", "timestamp": ended, "data": data}
