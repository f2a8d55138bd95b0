"""The ElevenLabs wire format: jobs, rows, calls, agents and numbers as the JSON objects that its API answers.

Shapes follow the published OpenAPI document; each function names its schema there.
`skew` shifts every timestamp by that many seconds.
"""

from typing import Any

from deployments.sandbox.things import Agent, Call, Job, Number, Row

Json = dict[str, Any]
PROVIDER = "sip_trunk"


def job_body(job: Job, skew: float) -> Json:
    """Return a BatchCallResponse."""
    order = job.order
    return {
        "id": job.id,
        "name": order.name,
        "agent_id": order.agent.id,
        "agent_name": order.agent.name,
        "phone_number_id": order.number_id,
        "phone_provider": PROVIDER,
        "whatsapp_params": None,
        "branch_id": order.branch_id,
        "branch_name": None,
        "environment": order.environment,
        "created_at_unix": int(job.created_at + skew),
        "scheduled_time_unix": int(job.scheduled_at + skew),
        "last_updated_at_unix": int(job.updated_at + skew),
        "timezone": order.timezone,
        "total_calls_scheduled": len(job.rows),
        "total_calls_dispatched": job.dispatched,
        "total_calls_finished": job.finished,
        "status": job.status,
        "retry_count": job.retries,
        "target_concurrency_limit": order.cap,
        "telephony_call_config": {
            "ringing_timeout_secs": order.ringing_seconds,
            "twilio_call_recording_enabled": False,
        },
    }


def row_body(row: Row, skew: float) -> Json:
    """Return an OutboundCallRecipientResponseModel."""
    return {
        "id": row.id,
        "phone_number": row.phone or None,
        "whatsapp_user_id": None,
        "status": row.status,
        "created_at_unix": int(row.created_at + skew),
        "updated_at_unix": int(row.updated_at + skew),
        "conversation_id": row.call.id if row.call else None,
        "conversation_initiation_client_data": row.data,
    }


def agent_body(agent: Agent, numbers: list[Number], since: float, skew: float) -> Json:
    """Return a GetAgentResponseModel."""
    return {
        "agent_id": agent.id,
        "name": agent.name,
        "conversation_config": {},
        "metadata": {"created_at_unix_secs": int(since + skew), "updated_at_unix_secs": int(since + skew)},
        "platform_settings": {
            "call_limits": {
                "agent_concurrency_limit": agent.limit,
                "daily_limit": 100_000,
                "bursting_enabled": False,
            }
        },
        "phone_numbers": [number_body(number) for number in numbers],
        "tags": [],
    }


def number_body(number: Number) -> Json:
    """Return a GetPhoneNumberSIPTrunkResponseModel."""
    return {
        "phone_number": number.phone,
        "label": number.label,
        "supports_inbound": True,
        "supports_outbound": True,
        "phone_number_id": number.id,
        "assigned_agent": {"agent_id": number.agent.id, "agent_name": number.agent.name},
        "provider": PROVIDER,
        "provider_config": None,
        "outbound_trunk": None,
        "inbound_trunk": None,
        "livekit_stack": "standard",
        "store_sip_messages": True,
    }


def call_summary(call: Call, skew: float) -> Json:
    """Return a ConversationSummaryResponseModel."""
    agent = call.row.job.order.agent
    return {
        "agent_id": agent.id,
        "agent_name": agent.name,
        "conversation_id": call.id,
        "start_time_unix_secs": int(call.started_at + skew),
        "call_duration_secs": call.seconds,
        "message_count": 0,
        "status": call.status,
        "termination_reason": _ending(call),
        "call_successful": _successful(call),
        "direction": "outbound",
        "conversation_initiation_source": PROVIDER,
    }


def call_body(call: Call, number: Number | None, skew: float) -> Json:
    """Return a GetConversationResponseModel."""
    agent, answered = call.row.job.order.agent, call.accepted_at is not None
    return {
        "agent_id": agent.id,
        "agent_name": agent.name,
        "conversation_id": call.id,
        "status": call.status,
        "has_audio": answered,
        "has_user_audio": answered,
        "has_response_audio": answered,
        "has_auxiliary_audio": False,
        "transcript": [],
        "metadata": _metadata(call, number, skew),
        "conversation_initiation_client_data": call.row.data,
    }


def _metadata(call: Call, number: Number | None, skew: float) -> Json:
    error = None if call.is_live else call.outcome.error
    accepted = None if call.accepted_at is None else int(call.accepted_at + skew)
    return {
        "start_time_unix_secs": int(call.started_at + skew),
        "accepted_time_unix_secs": accepted,
        "call_duration_secs": call.seconds,
        "termination_reason": _ending(call),
        "error": {"code": error[0], "reason": error[1]} if error else None,
        "warnings": [],
        "batch_call": {"batch_call_id": call.row.job.id, "batch_call_recipient_id": call.row.id},
        "phone_call": {
            "type": "sip_trunking",
            "direction": "outbound",
            "phone_number_id": call.row.job.order.number_id,
            "agent_number": number.phone if number else "",
            "external_number": call.row.phone,
            "call_sid": sip_call_id(call),
            "call_id": sip_call_id(call),
        },
    }


def sip_call_id(call: Call) -> str:
    """Return the carrier's id of a call."""
    return f"SCL_{call.id.removeprefix('conv_')}"


def _ending(call: Call) -> str:
    return "" if call.is_live else call.outcome.ending


def _successful(call: Call) -> str:
    if call.status == "done":
        return "success"
    return "failure" if call.status == "failed" else "unknown"
