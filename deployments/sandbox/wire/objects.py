"""The ElevenLabs wire format: jobs, rows, calls, agents and numbers as the JSON objects that its API answers.

Shapes follow the published OpenAPI document; each function names its schema there.
`faults` shift every timestamp, and change what this platform does not hand back as it was given.
"""

from typing import Any

from deployments.sandbox.engine.entities import Agent, Call, Job, Number, Row
from deployments.sandbox.engine.faults import Faults
from deployments.sandbox.wire.disguise import shown_data, shown_name, shown_phone

Json = dict[str, Any]
PROVIDER = "sip_trunk"
_WHATSAPP = {
    "whatsapp_phone_number_id": "whatsapp_1",
    "whatsapp_call_permission_request_template_name": "ask",
}


def job_body(job: Job, faults: Faults) -> Json:
    """Return a BatchCallResponse."""
    order = job.order
    return {
        "id": job.id,
        "name": shown_name(faults, job),
        "agent_id": order.agent.id,
        "agent_name": order.agent.name,
        "phone_number_id": order.number_id,
        "phone_provider": job.provider,
        "whatsapp_params": _WHATSAPP if job.provider == "whatsapp" else None,
        "branch_id": order.branch_id,
        "branch_name": None,
        "environment": order.environment,
        "created_at_unix": int(job.created_at + faults.skew),
        "scheduled_time_unix": int(job.scheduled_at + faults.skew),
        "last_updated_at_unix": int(job.updated_at + faults.skew),
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


def row_body(row: Row, faults: Faults) -> Json:
    """Return an OutboundCallRecipientResponseModel."""
    return {
        "id": row.id,
        "phone_number": shown_phone(faults, row),
        "whatsapp_user_id": row.whatsapp,
        "status": row.status,
        "created_at_unix": int(row.created_at + faults.skew),
        "updated_at_unix": int(row.updated_at + faults.skew),
        "conversation_id": row.call.id if row.call else None,
        "conversation_initiation_client_data": shown_data(faults, row.data),
    }


def agent_body(agent: Agent, numbers: list[Number], since: float, faults: Faults) -> Json:
    """Return a GetAgentResponseModel."""
    begun = int(since + faults.skew)
    return {
        "agent_id": agent.id,
        "name": agent.name,
        "conversation_config": {},
        "metadata": {"created_at_unix_secs": begun, "updated_at_unix_secs": begun},
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


def call_summary(call: Call, faults: Faults) -> Json:
    """Return a ConversationSummaryResponseModel."""
    agent = call.row.job.order.agent
    return {
        "agent_id": agent.id,
        "agent_name": agent.name,
        "conversation_id": call.id,
        "start_time_unix_secs": int(call.started_at + faults.skew),
        "call_duration_secs": shown_seconds(call),
        "message_count": 0,
        "status": call.status,
        "termination_reason": _ending(call),
        "call_successful": _successful(call),
        "direction": "inbound" if call.row.inbound else "outbound",
        "conversation_initiation_source": PROVIDER,
    }


def call_body(call: Call, number: Number | None, faults: Faults) -> Json:
    """Return a GetConversationResponseModel."""
    agent, answered = call.row.job.order.agent, shown_accepted(call) is not None
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
        "metadata": _metadata(call, number, faults),
        "conversation_initiation_client_data": shown_data(faults, call.row.data),
    }


def _metadata(call: Call, number: Number | None, faults: Faults) -> Json:
    error = None if call.is_live else call.outcome.error
    picked_up = shown_accepted(call)
    accepted = None if picked_up is None else int(picked_up + faults.skew)
    return {
        "start_time_unix_secs": int(call.started_at + faults.skew),
        "accepted_time_unix_secs": accepted,
        "call_duration_secs": shown_seconds(call),
        "termination_reason": _ending(call),
        "error": {"code": error[0], "reason": error[1]} if error else None,
        "warnings": [],
        "batch_call": None if call.row.inbound else _batch_call(call),
        "phone_call": {
            "type": "sip_trunking",
            "direction": "inbound" if call.row.inbound else "outbound",
            "phone_number_id": call.row.job.order.number_id,
            "agent_number": number.phone if number else "",
            "external_number": shown_phone(faults, call.row),
            "call_sid": carrier_id(call, faults),
            "call_id": sip_call_id(call),
            **({"call_result": result} if (result := shown_result(call, faults)) else {}),
        },
    }


def _batch_call(call: Call) -> Json:
    job, campaign_id = call.row.job, call.row.job.campaign_id
    owner = {
        "campaign_id": campaign_id,
        "campaign_lead_id": f"lead_{call.row.id}",
        "cold_attempt": call.delivery,
        "conversation_type": "initial" if call.delivery == 1 else "retry",
    }
    return {
        "batch_call_id": inner_batch(job.id) if campaign_id == job.id else job.id,
        "batch_call_recipient_id": call.row.id,
        **({"campaign": owner} if campaign_id else {}),
    }


def inner_batch(campaign_id: str) -> str:
    """Return the id of the batch by which a campaign makes its calls."""
    return f"inner_{campaign_id}"


def shown_accepted(call: Call) -> float | None:
    """Return when a call was picked up as far as the platform has noticed (unix seconds, its true clock)."""
    return None if call.outcome.blind else call.accepted_at


def shown_seconds(call: Call) -> int:
    """Return the talk time as the platform has it, 0 where it has noticed none."""
    return 0 if shown_accepted(call) is None else call.seconds


def shown_result(call: Call, faults: Faults) -> str | None:
    """Return the carrier's word for how the person was reached, where this platform hands it on."""
    says = faults.standing("call_results")
    if says is None or call.is_live:
        return None
    says.strikes += 1
    return call.outcome.result


def carrier_id(call: Call, faults: Faults) -> str:
    """Return the carrier's id of a call: that of the trunk, or Twilio's where the trunk is Twilio's."""
    trunk = faults.standing("twilio_sids")
    if trunk is None:
        return sip_call_id(call)
    trunk.strikes += 1
    return call.sid


def sip_call_id(call: Call) -> str:
    """Return the trunk's id of a call."""
    return f"SCL_{call.id.removeprefix('conv_')}"


def _ending(call: Call) -> str:
    return "" if call.is_live else call.outcome.ending


def _successful(call: Call) -> str:
    if call.status == "done":
        return "success"
    return "failure" if call.status == "failed" else "unknown"
