"""Cartesia's call batches: batches, recipients and calls as the JSON objects that its API answers.

Shapes follow docs.cartesia.ai, version 2026-03-01; each function names its schema there.
"""

from collections.abc import Mapping

from deployments.sandbox.batches.common import Json, iso, true_status
from deployments.sandbox.engine.entities import Agent, Call, Job, Row
from deployments.sandbox.engine.world import World
from deployments.sandbox.wire.disguise import shown_name, shown_phone

REASONS: Mapping[str, str] = {
    "answered": "client_hangup",
    "voicemail": "agent_hangup",
    "midcall": "error",
    "busy": "dial_busy",
    "declined": "dial_busy",
    "no_answer": "dial_no_answer",
    "ring_timeout": "dial_no_answer",
    "answered_503": "error",
    "voicemail_503": "error",
    "unexplained": "",
}
"""`end_reason` by how a call truly ended; any that is not here is `dial_failed`."""
_QUEUE = frozenset({"pending", "cancelled"})
_CALLS = {"dispatched": "created", "initiated": "created", "in_progress": "started"}


def batch_body(job: Job, world: World) -> Json:
    """Return an AgentCallBatch without its recipients."""
    order = job.order
    body: Json = {
        "id": job.id,
        "name": shown_name(world.faults, job),
        "agent_id": order.agent.id,
        "from_number_id": order.number_id,
        "region": "APAC",
        "target_concurrency_limit": order.cap or max(1, world.permits.limit // 2),
        "status": _status(job),
        "total_calls_scheduled": len(job.rows),
        "total_calls_dispatched": job.dispatched,
        "total_calls_finished": job.finished,
        "retry_count": job.retries,
        "created_at": iso(job.created_at, world),
        "last_updated_at": iso(job.updated_at, world),
    }
    if job.scheduled_at > job.created_at:
        body["scheduled_at"] = iso(job.scheduled_at, world)
    return body


def _status(job: Job) -> str:
    """Return the status that is derived from dispatch progress: all dispatched is completed."""
    if job.status == "in_progress" and job.dispatched >= len(job.rows):
        return "completed"
    return "completed" if job.status == "failed" else job.status


def recipient_body(row: Row, world: World, *, undocumented: bool = False) -> Json:
    """Return an AgentCallBatchRecipient."""
    status, call = true_status(row), row.call
    body: Json = {
        "id": row.id,
        "to_number": shown_phone(world.faults, row),
        "status": status if status in _QUEUE else _CALLS.get(status, "completed"),
        "created_at": iso(row.created_at, world),
        "metadata": dict(row.data or {}),
    }
    if undocumented:
        body["status"] = "draining"
    if call is not None:
        body |= {"agent_call_id": call.id, "status": body["status"] if undocumented else call_status(call)}
        if reason := end_reason(call):
            body["end_reason"] = reason
    return body


def call_status(call: Call) -> str:
    """Return the status of a call."""
    if call.ended_at is None:
        return "started" if call.accepted_at is not None else "created"
    return "completed" if call.outcome.row in {"completed", "voicemail"} else "failed"


def end_reason(call: Call) -> str:
    """Return why a call ended, empty for one that is up, or of which nothing is told."""
    return "" if call.ended_at is None else REASONS.get(call.outcome.key, "dial_failed")


def call_body(call: Call, world: World) -> Json:
    """Return an AgentCall."""
    number = world.numbers.get(call.row.job.order.number_id)
    body: Json = {
        "id": call.id,
        "agent_id": call.row.job.order.agent.id,
        "status": call_status(call),
        "start_time": iso(call.started_at, world),
        "telephony_params": {
            "to": call.row.phone,
            "from": number.phone if number else "",
            "call_sid": call.sid,
            "direction": "inbound" if call.row.inbound else "outbound",
        },
        "summary": "A private matter was talked about.",
        "metadata": dict(call.row.data or {}),
    }
    if call.ended_at is not None:
        body["end_time"] = iso(call.ended_at, world)
        if reason := end_reason(call):
            body["end_reason"] = reason
    return body


def agent_body(agent: Agent, world: World) -> Json:
    """Return an agent."""
    at = iso(world.began, world)
    return {"id": agent.id, "name": agent.name, "created_at": at, "updated_at": at}
