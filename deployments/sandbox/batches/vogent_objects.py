"""Vogent's batch dial jobs: jobs, queued rows and dials as the JSON objects that its API answers.

Shapes follow docs.vogent.ai/api-reference; each function names its schema there.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from deployments.sandbox.batches.common import Json, iso
from deployments.sandbox.engine.entities import Agent, Call, Job, Number, Row
from deployments.sandbox.engine.world import DRAFT, World
from deployments.sandbox.wire.disguise import shown_name, shown_phone
from deployments.sandbox.wire.objects import shown_seconds

RESULTS: Mapping[str, tuple[str, str | None]] = {
    "answered": ("completed", "COUNTERPARTY_HANGUP"),
    "voicemail": ("completed", "VOICEMAIL_DETECTED_HANGUP"),
    "busy": ("busy", "BUSY"),
    "declined": ("busy", "BUSY"),
    "no_answer": ("no-answer", "NO_ANSWER"),
    "ring_timeout": ("no-answer", "NO_ANSWER"),
    "unexplained": ("failed", None),
}
"""Status and `systemResultType` by how a call truly ended; any that is not here has failed, without a why."""
_STATUS = {"completed": "COMPLETE", "failed": "COMPLETE", "cancelled": "CANCELLED"}


def job_body(job: Job, world: World) -> Json:
    """Return a BatchDialJob, which counts nothing."""
    order = job.order
    body: Json = {
        "id": job.id,
        "name": shown_name(world.faults, job),
        "status": status(job, world),
        "callAgentId": order.agent.id,
        "maxConcurrentDials": order.cap or max(1, world.permits.limit // 2),
        "fromPhoneNumberIds": [order.number_id],
        "createdAt": iso(job.created_at, world),
    }
    if job.scheduled_at > job.created_at:
        body["schedule"] = _schedule(job, world)
    return body


def status(job: Job, world: World) -> str:
    """Return a job's status."""
    if job.status in _STATUS:
        return _STATUS[job.status]
    halted = world.halted.get(job.id)
    return "ACTIVE" if halted is None else ("INIT" if halted == DRAFT else "PAUSED")


def _schedule(job: Job, world: World) -> Json:
    """Return the weekly schedule whose next hours begin with the minute in which a job is to go on."""
    zone = job.order.timezone or "UTC"
    start = datetime.fromtimestamp(job.scheduled_at + world.faults.skew, ZoneInfo(zone))
    end = min(start + timedelta(hours=1), start.replace(hour=23, minute=59))
    slot = {"startTime": f"{start:%H:%M}", "endTime": f"{end:%H:%M}"}
    return {"days": [{"dayOfWeek": (start.weekday() + 1) % 7, "timeSlots": [slot]}], "timezone": zone}


def queued_rows(job: Job) -> list[Row]:
    """Return the rows that nobody has dialled; whoever is on the line stands in no list."""
    return [row for row in job.rows if row.status == "pending" and not row.hidden]


def queued_body(row: Row, world: World) -> Json:
    """Return a BatchDialSpec."""
    return {
        "id": row.id,
        "toNumber": shown_phone(world.faults, row),
        "batchDialJobId": row.job.id,
        "createdAt": iso(row.created_at, world),
        "inputs": inputs(row),
    }


def inputs(row: Row) -> dict[str, str]:
    """Return what the agent is told of a contact."""
    given = (row.data or {}).get("dynamic_variables") or {}
    return {name: str(value) for name, value in given.items()}


def ended_dials(job: Job, world: World) -> list[Call]:
    """Return the calls of a job that are over and of which there is a record, the oldest first."""
    mine = [call for call in world.calls.values() if call.row.job is job and not call.hidden]
    return sorted((call for call in mine if call.ended_at is not None), key=lambda call: call.started_at)


def dial_body(call: Call, world: World) -> Json:
    """Return a Dial."""
    order = call.row.job.order
    body: Json = {
        "id": call.id,
        "toNumber": shown_phone(world.faults, call.row),
        "agent": {"id": order.agent.id, "name": order.agent.name, "language": "en"},
        "inputs": inputs(call.row),
        "status": "in-progress" if call.accepted_at is not None else "ringing",
        "dialTaskId": f"task_{call.id}",
        "fromNumberId": order.number_id,
        "startedAt": iso(call.started_at, world),
        "createdAt": iso(call.started_at, world),
        "updatedAt": iso(call.ended_at or call.started_at, world),
        "systemResultType": None,
        "transcript": [],
        "aiResult": {"summary": "A private matter was talked about."},
    }
    if call.ended_at is None:
        return body
    told, result = RESULTS.get(call.outcome.key, ("failed", "FAILED"))
    return body | {
        "status": told,
        "systemResultType": result,
        "endedAt": iso(call.ended_at, world),
        "durationSeconds": shown_seconds(call),
        "transcript": [{"speaker": "AI", "text": "A private matter."}] if shown_seconds(call) else [],
    }


def agent_body(agent: Agent) -> Json:
    """Return an agent."""
    return {"id": agent.id, "name": agent.name, "language": "en"}


def number_body(number: Number) -> Json:
    """Return a phone number."""
    return {"id": number.id, "number": number.phone, "type": "PSTN", "agentId": number.agent.id}
