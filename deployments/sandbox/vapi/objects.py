"""Vapi's version 2: campaigns, contacts and calls as the JSON objects that its API answers.

Shapes follow the types of the official client, vapi_server_sdk 3.0.0; each function names its type there.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from deployments.sandbox.engine.entities import Agent, Call, Job, Number, Row
from deployments.sandbox.engine.world import World
from deployments.sandbox.vapi.aside import aside_of
from deployments.sandbox.wire.disguise import shown_name, shown_phone

Json = dict[str, Any]
STATUS = {"pending": "scheduled", "in_progress": "in-progress", "completed": "ended", "failed": "ended"}
"""What a campaign's status is called where it is called otherwise."""
_COUNTED = {"contact.predial-failed": "predialFailed"}
_SIP = "call.in-progress.error-providerfault-outbound-sip-"
REASONS: Mapping[str, str] = {
    "answered": "customer-ended-call",
    "voicemail": "voicemail",
    "midcall": "call.in-progress.error-vapifault-worker-died",
    "busy": "customer-busy",
    "no_answer": "customer-did-not-answer",
    "ring_timeout": "customer-did-not-answer",
    "declined": "customer-busy",
    "unwanted": "customer-busy",
    "unavailable_503": f"{_SIP}503-service-unavailable",
    "congested_503": f"{_SIP}503-service-unavailable",
    "outage_503": f"{_SIP}503-service-unavailable",
    "timeout_504": f"{_SIP}408-request-timeout",
    "fault_500": "call.in-progress.error-sip-outbound-call-failed-to-connect",
    "invalid_404": "sip-outbound-unallocated-number",
    "incomplete_484": "twilio-reported-customer-misdialed",
    "caller_id_403": f"{_SIP}403-forbidden",
    "geo_403": f"{_SIP}403-forbidden",
    "balance_402": "call.start.error-subscription-insufficient-credits",
    "blocked_603": "vonage-rejected",
    "rejected_608": "vonage-rejected",
    "answered_503": "call.in-progress.error-vapifault-transport-never-connected",
    "voicemail_503": "call.in-progress.error-vapifault-transport-never-connected",
}
"""`endedReason` by how a call truly ended; one that is not here has none."""
_FAILED = frozenset({"fault_500", "balance_402", "unexplained"})


def iso(at: float, world: World) -> str:
    """Return a moment as the format has it, on the platform's own clock."""
    told = datetime.fromtimestamp(at + world.faults.skew, UTC)
    return told.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def contact_status(row: Row) -> str:
    """Return a contact's status: of its call where there is one, else how far it came before any cancel."""
    if row.call is not None:
        if row.call.ended_at is None:
            return "contact.dispatched"
        return "contact.failed" if row.call.outcome.key in _FAILED else "contact.completed"
    shown = row.was if row.status == "cancelled" else row.status
    if shown in {"skipped", "predial-failed", "pending"}:
        return f"contact.{shown}"
    return "contact.dispatched"


def contact_body(row: Row, world: World, *, undocumented: bool = False) -> Json:
    """Return a CampaignContactWithOutcome, which tells nothing of the variables."""
    status, call = contact_status(row), row.call
    body: Json = {
        "id": row.id,
        "number": shown_phone(world.faults, row),
        "status": "contact.parked" if undocumented else status,
    }
    if name := (row.data or {}).get("name"):
        body["name"] = name
    if status not in {"contact.pending", "contact.skipped", "contact.predial-failed"}:
        body["dispatchedAt"] = iso(call.started_at if call else row.updated_at, world)
    if call is not None:
        body["callId"] = call.id
        if call.ended_at is not None and (reason := REASONS.get(call.outcome.key)):
            body["endedReason"] = reason
    return body


def campaign_body(job: Job, world: World, *, counters: bool) -> Json:
    """Return a CampaignSummary."""
    order, told = job.order, aside_of(world).told.get(job.id, {})
    body: Json = {
        "id": job.id,
        "orgId": world.workspace_id,
        "name": shown_name(world.faults, job),
        "status": STATUS.get(job.status, job.status),
        "assistantId": order.agent.id,
        "phoneNumberId": order.number_id,
        "maxConcurrency": order.cap or 10,
        "createdAt": iso(job.created_at, world),
        "updatedAt": iso(job.updated_at, world),
        **told,
    }
    if job.scheduled_at > job.created_at:
        body["schedulePlan"] = {"earliestAt": iso(job.scheduled_at, world)}
    if counters:
        body["contactCounters"] = _counters(job)
        calls = [row.call for row in job.rows if row.call]
        connected = sum(1 for call in calls if call.outcome.key == "answered")
        body["callMetrics"] = {"dialed": len(calls), "connected": connected}
    return body


def _counters(job: Job) -> Json:
    found = Counter(contact_status(row) for row in job.rows)
    hidden = sum(1 for row in job.rows if row.hidden and contact_status(row) == "contact.pending")
    silent = max(0, min(hidden, job.dispatched - sum(found.values()) + found["contact.pending"]))
    found["contact.pending"] -= silent
    found["contact.dispatched"] += silent
    names = ("pending", "dispatched", "completed", "failed", "skipped", "predial-failed")
    return {_COUNTED.get(f"contact.{name}", name): found[f"contact.{name}"] for name in names}


def created_body(job: Job, world: World) -> Json:
    """Return the Campaign that a create is answered with."""
    names = ("Scheduled", "Queued", "InProgress", "EndedVoicemail", "Ended")
    none = {f"callsCounter{name}": 0 for name in names}
    return campaign_body(job, world, counters=False) | {"calls": {}} | none


def call_body(call: Call, world: World) -> Json:
    """Return a Call."""
    row, order = call.row, call.row.job.order
    status = "ended" if call.ended_at is not None else ("in-progress" if call.accepted_at else "ringing")
    body: Json = {
        "id": call.id,
        "orgId": world.workspace_id,
        "type": "inboundPhoneCall" if row.inbound else "outboundPhoneCall",
        "status": status,
        "createdAt": iso(call.started_at, world),
        "updatedAt": iso(call.ended_at or call.started_at, world),
        "assistantId": order.agent.id,
        "phoneNumberId": order.number_id,
        "campaignId": row.job.id,
        "customer": {"number": shown_phone(world.faults, row)},
        "phoneCallProviderId": call.sid,
    }
    if call.accepted_at is not None:
        body["startedAt"] = iso(call.accepted_at, world)
    if given := (row.data or {}).get("assistantOverrides"):
        body["assistantOverrides"] = given
    if call.ended_at is not None:
        reason = REASONS.get(call.outcome.key)
        body |= {"endedAt": iso(call.ended_at, world), **({"endedReason": reason} if reason else {})}
    return body


def assistant_body(agent: Agent, world: World) -> Json:
    """Return an Assistant."""
    at = iso(world.began, world)
    return {"id": agent.id, "orgId": world.workspace_id, "name": agent.name, "createdAt": at, "updatedAt": at}


def number_body(number: Number, world: World) -> Json:
    """Return a TwilioPhoneNumber."""
    at = iso(world.began, world)
    return {
        "id": number.id,
        "orgId": world.workspace_id,
        "provider": "twilio",
        "number": number.phone,
        "name": number.label,
        "twilioAccountSid": "AC0",
        "createdAt": at,
        "updatedAt": at,
    }
