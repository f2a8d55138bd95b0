"""Campaigns, leads, calls and attention items as the JSON objects that ElevenLabs' API answers.

Shapes follow the types of the official client, elevenlabs 2.78.0; each function names its type there.
"""

from collections import Counter
from typing import Any

from deployments.sandbox.engine.campaigns import Attention, Made
from deployments.sandbox.engine.entities import ROW_ENDS, Call, Job, Row
from deployments.sandbox.engine.world import World
from deployments.sandbox.wire.disguise import shown_data, shown_name, shown_phone
from models.enums import Disposition

Json = dict[str, Any]
OVER = frozenset({"completed", "failed", "cancelled"})
ALWAYS = [{"weekdays": [0, 1, 2, 3, 4, 5, 6], "intervals": [{"start": "00:00", "end": "24:00"}]}]
SIMPLE: Json = {
    "timezone": "UTC",
    "retry": {"max_total_calls": 1},
    "calling_periods": ALWAYS,
    "data_collection": {},
    "followup_context": {},
}
"""The policy of a simple campaign: one attempt, windows always on, nothing collected."""


def is_flying(row: Row) -> bool:
    """Tell whether a call of a row may be under way."""
    return row.in_air > 0 or (row.call is not None and row.call.is_live)


def status_of(job: Job, made: Made) -> str:
    """Return a CampaignStatus."""
    if job.status == "cancelled":
        return "stopping" if any(map(is_flying, job.rows)) else "stopped"
    if job.status in OVER:
        return job.status
    if made.paused:
        return "paused"
    return "attention" if any(one.status == "open" for one in made.attention) else "active"


def campaign_body(world: World, job: Job) -> Json:
    """Return a CampaignResponse."""
    order, made, skew = job.order, world.campaigns.made[job.id], world.faults.skew
    starts_later = job.scheduled_at > job.created_at
    return {
        "campaign_id": job.id,
        "call_name": shown_name(world.faults, job),
        "agent_id": order.agent.id,
        "agent_name": order.agent.name,
        "channel_config": {
            "channel": "phone",
            "agent_phone_number_id": order.number_id,
            "mode_config": {"mode": "voice", **(made.mode_config or {})},
        },
        "status": status_of(job, made),
        "policy": dict(made.policy or SIMPLE),
        "variant": made.variant,
        "source": "api",
        "created_at_unix": int(job.created_at + skew),
        "scheduled_time_unix": int(job.scheduled_at + skew) if starts_later else None,
        "updated_at_unix": int(job.updated_at + skew),
        "branch_id": order.branch_id,
        "environment": order.environment,
        "target_concurrency_limit": order.cap,
        "channel": "phone",
        "mode": "voice",
        "counts": {
            "leads": len(job.rows),
            "terminal_leads": sum(1 for row in job.rows if disposition(row, made)),
            "open_attention": sum(one.status == "open" for one in made.attention),
        },
    }


def disposition(row: Row, made: Made) -> str | None:
    """Return a lead's TerminalDisposition, None while it may be called."""
    job, call = row.job, row.call
    if is_flying(row):
        return None
    if call is not None and call.outcome.disposition is Disposition.DO_NOT_CONTACT:
        return "do_not_call"
    if call is not None and call.outcome.answered:
        return "completed"
    if job.status == "cancelled":
        return "campaign_ended"
    if job.status in OVER:
        return "attempt_ceiling_reached" if attempts(row) else "couldnt_process"
    simple_end = made.variant == "simple" and row.status in ROW_ENDS
    return "attempt_ceiling_reached" if simple_end else None


def attempts(row: Row) -> int:
    """Return how many calls were placed for a row, those that were handed over and never rang included."""
    placed = row.was if row.status == "cancelled" else row.status
    return row.deliveries or int(placed != "pending" or row.holds > 0)


def lead_body(world: World, row: Row) -> Json:
    """Return a LeadView."""
    made, faults = world.campaigns.made[row.job.id], world.faults
    data = shown_data(faults, row.data) or {}
    phone, ended = shown_phone(faults, row), disposition(row, made)
    over = (data.get("conversation_config_override") or {}) or {}
    agent = over.get("agent") or {}
    return {
        "lead_id": f"lead_{row.id}",
        "recipient_id": row.asked_id,
        "phone_number": phone or "",
        "phone_numbers": [phone],
        "phone_numbers_index": 0,
        "user_id": data.get("user_id") or phone or "",
        "attempt_count": attempts(row),
        "failure_count": int(row.status == "failed"),
        "callback_count": 0,
        "redirect_count": 0,
        "do_not_call": ended == "do_not_call" or row.job.status == "cancelled",
        "terminal_disposition": ended,
        "created_at_unix": int(row.created_at + faults.skew),
        "updated_at_unix": int(row.updated_at + faults.skew),
        "dynamic_variables": data.get("dynamic_variables") or {},
        "overrides": {
            "language": agent.get("language"),
            "first_message": agent.get("first_message"),
            "prompt": (agent.get("prompt") or {}).get("prompt"),
            "voice_id": (over.get("tts") or {}).get("voice_id"),
        },
    }


def call_views(world: World, job: Job) -> list[Json]:
    """Return a CallView for each call of a campaign, the newest first."""
    mine = {row.id: row for row in job.rows}
    made = [one for one in world.calls.values() if one.row.job is job and not one.hidden]
    called = {one.row.id for one in made}
    waits = [_without_call(world, row) for row in mine.values() if row.id not in called]
    told = [*waits, *(_with_call(world, one) for one in made)]
    return sorted(told, key=lambda one: (one["scheduled_time_unix"], one["intent_id"]), reverse=True)


def _view(world: World, row: Row, name: str, at: float) -> Json:
    return {
        "intent_id": f"intent_{name}",
        "lead_id": f"lead_{row.id}",
        "intent_type": "initial",
        "cold_attempt": 1,
        "phone_number": shown_phone(world.faults, row) or "",
        "scheduled_time_unix": int(at + world.faults.skew),
    }


def _without_call(world: World, row: Row) -> Json:
    made = world.campaigns.made[row.job.id]
    status = "submitted" if attempts(row) else "queued"
    if status == "queued" and row.job.status in OVER:
        status = "cancelled"
    elif status == "queued" and any(one.status == "open" for one in made.attention):
        status = "attention"
    stopped = status == "cancelled" and row.job.status == "cancelled"
    decided = {"decision_disposition": "suppressed_after_stop"} if stopped else {}
    return _view(world, row, row.id, row.job.scheduled_at) | {"status": status} | decided


def _with_call(world: World, call: Call) -> Json:
    row, made = call.row, world.campaigns.made[call.row.job.id]
    more = call.delivery - 1
    told = _view(world, row, call.id, call.started_at) | {
        "intent_type": "retry" if more else "initial",
        "cold_attempt": call.delivery,
        "status": "submitted" if call.is_live else "completed",
        "conversation_id": call.id,
    }
    if call.ended_at is None:
        return told
    ended = disposition(row, made)
    return told | {
        "outcome": call.outcome.row,
        "call_result": None if call.outcome.blind else call.outcome.result,
        "outcome_at_unix": int(call.ended_at + world.faults.skew),
        "decision_disposition": ended if ended in {"completed", "do_not_call"} else "attempt_ceiling_reached",
    }


def progress_body(world: World, job: Job) -> Json:
    """Return a CampaignProgressResponse."""
    made = world.campaigns.made[job.id]
    ends = [disposition(row, made) for row in job.rows]
    open_rows = [row for row, end in zip(job.rows, ends, strict=True) if end is None]
    uncalled = sum(1 for row in open_rows if not attempts(row))
    flying = sum(map(is_flying, job.rows))
    held = uncalled if status_of(job, made) == "attention" else 0
    later = job.scheduled_at if uncalled and not held and job.status not in OVER else None
    return {
        "leads": {
            "total": len(job.rows),
            "uncalled": uncalled - held,
            "leads_needing_attention": held,
            "active": len(open_rows) - uncalled,
            "finished": len(ends) - len(open_rows),
            "finished_by_disposition": dict(Counter(end for end in ends if end)),
        },
        "conversations": {
            "scheduled": uncalled,
            "scheduled_by_type": {"initial": uncalled} if uncalled else {},
            "awaiting_permission": 0,
            "in_progress": flying,
            "awaiting_analysis": 0,
        },
        "next_call_time_unix": None if later is None else int(later + world.faults.skew),
    }


def attention_body(world: World, job: Job, one: Attention) -> Json:
    """Return an AttentionView."""
    at = int(job.updated_at + world.faults.skew)
    return {
        "attention_id": one.id,
        "campaign_id": job.id,
        "reason": one.reason,
        "detail": one.detail,
        "status": one.status,
        "retryable": one.retryable,
        "resolution": one.resolution,
        "created_at_unix": at,
        "updated_at_unix": at,
    }
