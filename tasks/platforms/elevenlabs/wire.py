"""ElevenLabs' JSON in our words and back: pure translations, no I/O."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from models.enums import ContactStatus, JobStatus
from models.moments import unix
from models.plan.markers import VARIABLE
from models.platform import PHONE, Call, Config, Contact, Job, Reason
from models.reasons.sip import final_response
from tasks.platforms.elevenlabs.submit import DATA, REDACTED, SETTINGS, VARIABLES, is_redacted, unmarked

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
SIP_CODES = range(300, 700)
"""An error code in this range is a final SIP status where the call went over a SIP trunk, else anything."""
TRUNKS = frozenset({"sip_trunk", "sip_trunking"})
"""How a job and a conversation spell a SIP trunk."""
ANSWERED = {"answered": True, "voicemail": True, "busy": False, "no_answer": False, "failed": False}
"""What `call_result` says of an answer; a machine that takes a call has taken it."""
WHATSAPP = "whatsapp"


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
        campaign_id=_campaign(body),
        owner=_campaign(body),
        settings={key: body[key] for key in SETTINGS if body.get(key) is not None},
        provider=body.get("phone_provider") or (WHATSAPP if body.get("whatsapp_params") else None),
    )


def _campaign(body: Mapping[str, Any]) -> str | None:
    found = (body.get("campaign") or {}).get("campaign_id") or body.get("campaign_id")
    return str(found) if found else None


def contact(body: Mapping[str, Any]) -> Contact:
    """Return a recipient as a contact; our own variable is its marker and no part of its payload."""
    raw, phone = str(body["status"]), body.get("phone_number")
    payload, marker = unmarked(body.get(DATA) or {})
    chat = not phone and bool(body.get("whatsapp_user_id"))
    updated, created = body.get("updated_at_unix"), body.get("created_at_unix")
    return Contact(
        id=str(body["id"]),
        phone=None if phone is None else str(phone),
        status=ROW_STATUS.get(raw, ContactStatus.UNKNOWN),
        raw_status=raw,
        call_id=body.get("conversation_id") or None,
        created_at=unix(int(created)) if created else None,
        updated_at=unix(int(updated)) if updated else None,
        payload=payload,
        channel=WHATSAPP if chat else PHONE,
        marker=marker,
        problem=REDACTED if is_redacted(payload) else None,
    )


def job_of(body: Mapping[str, Any]) -> str | None:
    """Return the job that a conversation belongs to, None where it is no job's."""
    batch = (body.get("metadata") or {}).get("batch_call") or {}
    return batch.get("batch_call_id")


def call(
    body: Mapping[str, Any],
    sip_messages: Callable[[str], list[str]],
    provider_of: Callable[[str | None], str | None] = lambda _job_id: None,
) -> Call:
    """Return a conversation as a call; `provider_of` knows the carrier of a job.

    SIP messages are asked for only where nobody answered, and of SIP trunks only: others have none.
    """
    raw, meta = str(body["status"]), body.get("metadata") or {}
    call_id, seconds = str(body["conversation_id"]), int(meta.get("call_duration_secs") or 0)
    status = CALL_STATUS.get(raw, ContactStatus.UNKNOWN)
    answered = _answered(status, meta, seconds)
    batch, phone = meta.get("batch_call") or {}, meta.get("phone_call") or {}
    started = meta.get("start_time_unix_secs")
    trunk = (phone.get("type") or provider_of(job_of(body))) in TRUNKS
    silent = trunk and answered is False and not status.is_in_flight
    given = (body.get(DATA) or {}).get(VARIABLES) or {}
    return Call(
        id=call_id,
        status=status,
        raw_status=raw,
        answered=answered,
        reasons=(*(final_response(sip_messages(call_id)) if silent else ()), *_reasons(meta, trunk=trunk)),
        job_id=job_of(body),
        contact_id=batch.get("batch_call_recipient_id"),
        started_at=unix(int(started)) if started else None,
        seconds=seconds,
        carrier_id=phone.get("call_sid"),
        result=str(phone["call_result"]) if phone.get("call_result") else None,
        campaign_id=_campaign(batch),
        marker=str(given[VARIABLE]) if given.get(VARIABLE) else None,
    )


def _answered(status: ContactStatus, meta: Mapping[str, Any], seconds: int) -> bool | None:
    result = (meta.get("phone_call") or {}).get("call_result")
    if result and status is not ContactStatus.LIVE:
        return ANSWERED.get(str(result))
    if meta.get("accepted_time_unix_secs") or seconds > 0 or status is ContactStatus.LIVE:
        return True
    if status is ContactStatus.NOT_REACHED:
        return False
    return None


def _reasons(meta: Mapping[str, Any], *, trunk: bool) -> tuple[Reason, ...]:
    found: list[Reason] = []
    error = meta.get("error") or {}
    if error.get("code") is not None:
        code = str(error["code"])
        sip = trunk and code.isdecimal() and int(code) in SIP_CODES
        found.append(Reason("sip" if sip else "elevenlabs.error", code, str(error.get("reason") or "")))
    if words := str(meta.get("termination_reason") or ""):
        found.append(Reason("elevenlabs.termination", words, words))
    return tuple(found)


def config(
    agent: Mapping[str, Any] | None,
    number: Mapping[str, Any] | None,
    *,
    agent_read: bool,
    numbers_read: bool,
) -> Config:
    """Return what still exists of a job's set-up, as far as it could be read; a limit of -1 is none."""
    limits = ((agent or {}).get("platform_settings") or {}).get("call_limits") or {}
    limit = int(limits.get("agent_concurrency_limit") or -1)
    return Config(
        agent_exists=agent is not None if agent_read else None,
        number_exists=number is not None if numbers_read else None,
        agent_limit=limit if limit > 0 else None,
        caller=(number or {}).get("phone_number"),
    )
