"""ElevenLabs' JSON in our words and back: pure translations, no I/O."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from models.moments import unix
from models.platform import Call, Config, Contact, Draft, Job, Reason
from models.sip import final_response
from models.words import ContactStatus, JobStatus

JOB_STATUS = {
    "pending": JobStatus.SCHEDULED,
    "in_progress": JobStatus.RUNNING,
    "completed": JobStatus.FINISHED,
    "failed": JobStatus.FAILED,
    "cancelled": JobStatus.CANCELLED,
}
ROW_STATUS = {
    "pending": ContactStatus.NOT_DIALED,
    "dispatched": ContactStatus.IN_DOUBT,
    "initiated": ContactStatus.IN_DOUBT,
    "in_progress": ContactStatus.LIVE,
    "completed": ContactStatus.REACHED,
    "voicemail": ContactStatus.REACHED,
    "failed": ContactStatus.NOT_REACHED,
    "no_response": ContactStatus.NOT_REACHED,
    "cancelled": ContactStatus.CANCELLED,
}
CALL_STATUS = {
    "initiated": ContactStatus.IN_DOUBT,
    "in-progress": ContactStatus.LIVE,
    "processing": ContactStatus.REACHED,
    "done": ContactStatus.REACHED,
    "failed": ContactStatus.NOT_REACHED,
}
REFUSALS = frozenset({400, 401, 402, 403, 404, 405, 413, 415, 422})
"""Answers given before anything is created; every other error may have come after."""
SIP_CODES = range(300, 700)
"""An error code in this range is a final SIP status; the platform has no table of its own."""
KEPT = ("branch_id", "environment", "telephony_call_config", "timezone", "whatsapp_params")
"""What a redial repeats from its source so that it is the same call."""


def job(body: Mapping[str, Any], seen_at: datetime) -> Job:
    """Return a batch as a job; raises KeyError or ValueError on what is not documented."""
    raw = str(body["status"])
    scheduled = body.get("scheduled_time_unix")
    return Job(
        id=str(body["id"]),
        name=str(body.get("name") or ""),
        status=JOB_STATUS.get(raw, JobStatus.UNKNOWN),
        raw_status=raw,
        total=int(body.get("total_calls_scheduled") or 0),
        dispatched=int(body.get("total_calls_dispatched") or 0),
        finished=int(body.get("total_calls_finished") or 0),
        created_at=unix(int(body["created_at_unix"])),
        seen_at=seen_at,
        scheduled_at=unix(int(scheduled)) if scheduled else None,
        timezone=body.get("timezone"),
        retries=int(body.get("retry_count") or 0),
        cap=body.get("target_concurrency_limit"),
        agent_id=body.get("agent_id"),
        number_id=body.get("phone_number_id"),
        settings={key: body[key] for key in KEPT if body.get(key) is not None},
    )


def contact(body: Mapping[str, Any]) -> Contact:
    """Return a recipient as a contact."""
    raw = str(body["status"])
    updated, created = body.get("updated_at_unix"), body.get("created_at_unix")
    return Contact(
        id=str(body["id"]),
        phone=body.get("phone_number"),
        status=ROW_STATUS.get(raw, ContactStatus.UNKNOWN),
        raw_status=raw,
        call_id=body.get("conversation_id") or None,
        created_at=unix(int(created)) if created else None,
        updated_at=unix(int(updated)) if updated else None,
        payload=body.get("conversation_initiation_client_data") or {},
    )


def call(body: Mapping[str, Any], sip_messages: Callable[[str], list[str]]) -> Call:
    """Return a conversation as a call; SIP messages are asked for only where nobody answered."""
    raw, meta = str(body["status"]), body.get("metadata") or {}
    call_id, seconds = str(body["conversation_id"]), int(meta.get("call_duration_secs") or 0)
    status = CALL_STATUS.get(raw, ContactStatus.UNKNOWN)
    answered = _answered(status, meta, seconds)
    batch, phone = meta.get("batch_call") or {}, meta.get("phone_call") or {}
    started = meta.get("start_time_unix_secs")
    silent = answered is False and not status.is_in_flight
    return Call(
        id=call_id,
        status=status,
        raw_status=raw,
        answered=answered,
        reasons=(*(final_response(sip_messages(call_id)) if silent else ()), *_reasons(meta)),
        job_id=batch.get("batch_call_id"),
        contact_id=batch.get("batch_call_recipient_id"),
        started_at=unix(int(started)) if started else None,
        seconds=seconds,
        carrier_id=phone.get("call_sid"),
    )


def _answered(status: ContactStatus, meta: Mapping[str, Any], seconds: int) -> bool | None:
    if meta.get("accepted_time_unix_secs") or seconds > 0 or status is ContactStatus.LIVE:
        return True
    if status is ContactStatus.NOT_REACHED:
        return False
    return None


def _reasons(meta: Mapping[str, Any]) -> tuple[Reason, ...]:
    found: list[Reason] = []
    error = meta.get("error") or {}
    if error.get("code") is not None:
        code = int(error["code"])
        system = "sip" if code in SIP_CODES else "elevenlabs.error"
        found.append(Reason(system, str(code), str(error.get("reason") or "")))
    if words := str(meta.get("termination_reason") or ""):
        found.append(Reason("elevenlabs.termination", words, words))
    return tuple(found)


def config(agent: Mapping[str, Any] | None, number: Mapping[str, Any] | None, *, has_number: bool) -> Config:
    """Return what still exists of a job's set-up; a limit of -1 is none."""
    limits = ((agent or {}).get("platform_settings") or {}).get("call_limits") or {}
    limit = int(limits.get("agent_concurrency_limit") or -1)
    return Config(
        agent_exists=agent is not None,
        number_exists=number is not None if has_number else None,
        agent_limit=limit if limit > 0 else None,
        caller=(number or {}).get("phone_number"),
    )


def submission(draft: Draft) -> dict[str, Any]:
    """Return the body of a submit: the source's set-up, the chosen rows, our marker as the name."""
    source = draft.source
    body: dict[str, Any] = {
        **source.settings,
        "call_name": draft.marker,
        "agent_id": source.agent_id,
        "target_concurrency_limit": draft.cap,
        "recipients": [_recipient(row) for row in draft.contacts],
    }
    if source.number_id:
        body["agent_phone_number_id"] = source.number_id
    return body


def _recipient(row: Contact) -> dict[str, Any]:
    found: dict[str, Any] = {"id": row.id, "phone_number": row.phone}
    if row.payload:
        found["conversation_initiation_client_data"] = dict(row.payload)
    return found
