"""Retell's wire format: calls, concurrency and agents as the JSON objects that its API answers.

Shapes follow the types of the official client, retell-sdk 6.2.13; each function names its type there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deployments.sandbox.engine.entities import Agent, Call, Job, Row
from deployments.sandbox.engine.world import World

Json = dict[str, Any]
MARK = "call of"
"""How the job of a single call is named here, before whoever is called."""
_REASONS: Mapping[str, str] = {
    "answered": "user_hangup",
    "voicemail": "voicemail_reached",
    "midcall": "error_llm_websocket_lost_connection",
    "busy": "dial_busy",
    "no_answer": "dial_no_answer",
    "ring_timeout": "dial_no_answer",
    "declined": "user_declined",
    "unwanted": "user_declined",
    "unavailable_503": "telephony_provider_unavailable",
    "congested_503": "telephony_provider_unavailable",
    "outage_503": "telephony_provider_unavailable",
    "timeout_504": "dial_failed",
    "fault_500": "dial_failed",
    "invalid_404": "invalid_destination",
    "incomplete_484": "invalid_destination",
    "caller_id_403": "telephony_provider_permission_denied",
    "geo_403": "telephony_provider_permission_denied",
    "balance_402": "no_valid_payment",
    "blocked_603": "network_blocked",
    "rejected_608": "marked_as_spam",
    "answered_503": "error_unknown",
    "voicemail_503": "error_unknown",
}
_ERRORS = frozenset({"midcall", "balance_402", "answered_503", "voicemail_503", "unexplained"})


@dataclass(frozen=True, slots=True)
class Shown:
    """One call as it is shown: its id and its place in time for a listing, and where it belongs."""

    id: str
    at: float
    row: Row
    call: Call | None
    """None for a call that was asked for and has not begun."""

    @property
    def status(self) -> str:
        """Return its `call_status`."""
        call = self.call
        if call is None or (call.ended_at is None and call.accepted_at is None):
            return "registered"
        if call.ended_at is None:
            return "ongoing"
        if call.outcome.key in _ERRORS:
            return "error"
        return "ended" if call.outcome.answered else "not_connected"

    @property
    def batch(self) -> str | None:
        """Return the batch that it is of, None for a single call."""
        return None if is_single(self.row.job) else self.row.job.id

    @property
    def metadata(self) -> Mapping[str, Any]:
        """Return what was stored with it."""
        found: Mapping[str, Any] = (self.row.data or {}).get("metadata") or {}
        return found


def is_single(job: Job) -> bool:
    """Tell whether a job is one call that was asked for by itself."""
    return job.order.name.startswith(MARK)


def shown_calls(world: World) -> list[Shown]:
    """Return every call of a world that the platform has a record of, the newest first."""
    begun = [_begun(call) for call in world.calls.values() if not call.hidden]
    dialled = {one.id for one in begun}
    waiting = [
        Shown(single_id(job), job.created_at, job.rows[0], None)
        for job in world.jobs.values()
        if is_single(job) and single_id(job) not in dialled
    ]
    return sorted((*begun, *waiting), key=lambda one: one.at, reverse=True)


def _begun(call: Call) -> Shown:
    single = is_single(call.row.job) and call.delivery == 1
    call_id = single_id(call.row.job) if single else f"call_{call.id.removeprefix('conv_')}"
    return Shown(call_id, call.started_at, call.row, call)


def single_id(job: Job) -> str:
    """Return the id of the call that was asked for by itself: known before it is dialled."""
    return f"call_{job.id.removeprefix('btcal_')}"


def call_body(shown: Shown, world: World) -> Json:
    """Return a PhoneCallResponse, which a listing shows as ItemV3PhoneCallResponse."""
    order, call = shown.row.job.order, shown.call
    number = world.numbers.get(order.number_id)
    body: Json = {
        "call_id": shown.id,
        "call_type": "phone_call",
        "agent_id": order.agent.id,
        "agent_version": 1,
        "agent_name": order.agent.name,
        "call_status": shown.status,
        "direction": "inbound" if shown.row.inbound else "outbound",
        "from_number": number.phone if number else "",
        "to_number": shown.row.phone,
        "metadata": dict(shown.metadata),
        "retell_llm_dynamic_variables": _variables(shown.row),
        "data_storage_setting": "everything",
        "opt_in_signed_url": False,
    }
    if call is None or shown.status == "registered":
        return body
    body["start_timestamp"] = _millis(call.started_at, world)
    if call.ended_at is not None:
        body |= _ended(call, world)
    return body


def _variables(row: Row) -> dict[str, str]:
    given = (row.data or {}).get("dynamic_variables") or {}
    return {name: str(value) for name, value in given.items()}


def _ended(call: Call, world: World) -> Json:
    reason = _REASONS.get(call.outcome.key)
    return {
        "end_timestamp": _millis(call.ended_at or 0.0, world),
        "duration_ms": call.seconds * 1000,
        **({"disconnection_reason": reason} if reason else {}),
        "call_analysis": {
            "in_voicemail": call.outcome.key == "voicemail",
            "call_summary": "A private matter was talked about.",
        },
        "transcript": "A private matter.",
        "telephony_identifier": {"twilio_call_sid": call.sid},
    }


def _millis(at: float, world: World) -> int:
    return int((at + world.faults.skew) * 1000)


def agent_body(agent: Agent, since: float) -> Json:
    """Return an AgentResponse."""
    return {
        "agent_id": agent.id,
        "agent_name": agent.name,
        "version": 1,
        "is_published": True,
        "last_modification_timestamp": int(since * 1000),
        "response_engine": {"type": "retell-llm", "llm_id": f"llm_{agent.id}", "version": 1},
        "voice_id": "11labs-Adrian",
        "language": "en-AU",
    }
