"""Cartesia's JSON in our words: pure translations, no I/O.

Facts: docs.cartesia.ai/api-reference/agents, call-batches and calls, of version 2026-03-01, and the types
that github.com/tryAGI/Cartesia generates from the platform's own document (AgentCallBatch and its recipient).
The official client, 4.2.0, has no batches.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from models.enums import ContactStatus, JobStatus
from models.masking.quotes import plain_word
from models.moments import aware
from models.plan.markers import CONTACT, VARIABLE
from models.platform import Call, Contact, Job, Reason

END, PREDIAL = "cartesia.end", "cartesia.predial"
"""Systems of the reason tables: `end_reason` of a call, and a failure before there was one."""
NO_CALL = "error_message"
"""The field, and here the code, of a recipient that never came to a call; its text says why."""
JOB_STATUS: Mapping[str, JobStatus] = {
    "pending": JobStatus.SCHEDULED,
    "in_progress": JobStatus.RUNNING,
    "completed": JobStatus.FINISHED,  # once its calls are over as well
    "failed": JobStatus.FAILED,
    "cancelled": JobStatus.CANCELLED,
}
QUEUE = frozenset({"pending", "queued"})
"""Words of a recipient that waits, without a call and without an error."""
CALL_STATUS: Mapping[str, ContactStatus] = {
    "created": ContactStatus.IN_DOUBT,
    "started": ContactStatus.LIVE,
    "active": ContactStatus.LIVE,
    "completed": ContactStatus.REACHED,
    "failed": ContactStatus.NOT_REACHED,
    "cancelled": ContactStatus.NOT_REACHED,
}
"""Statuses of a call, of this version of the interface and of the older ones that the client has."""
ANSWERED: Mapping[str, bool] = {
    "agent_hangup": True,
    "client_hangup": True,
    "max_duration": True,
    "inactivity": True,
    "dial_busy": False,
    "dial_failed": False,
    "dial_no_answer": False,
}
"""What the reason of a call's end says of an answer; the others say nothing."""
NO_DATA = "its metadata is no object, so the call cannot be repeated"


def batch(body: Mapping[str, Any], seen_at: datetime) -> Job:
    """Return a batch as a job; raises KeyError or ValueError on what is not documented."""
    raw, scheduled = str(body["status"]), body.get("scheduled_at")
    dispatched, finished = _natural(body["total_calls_dispatched"]), _natural(body["total_calls_finished"])
    status = JOB_STATUS.get(raw, JobStatus.UNKNOWN)
    # Completed says that every call was dispatched: while some of them are up it is not over.
    lasts = status is JobStatus.FINISHED and finished < dispatched
    return Job(
        id=str(body["id"]),
        name=str(body["name"]),
        status=JobStatus.RUNNING if lasts else status,
        raw_status=raw,
        total=_natural(body["total_calls_scheduled"]),
        dispatched=dispatched,
        finished=finished,
        created_at=aware(body["created_at"]),
        seen_at=seen_at,
        scheduled_at=aware(scheduled) if scheduled else None,
        retries=_natural(body.get("retry_count") or 0),
        cap=_natural(body["target_concurrency_limit"]) if body.get("target_concurrency_limit") else None,
        agent_id=body.get("agent_id") or None,
        number_id=body.get("from_number_id") or None,
        halted=lasts,
    )


def contact(body: Mapping[str, Any], moved_at: datetime) -> Contact:
    """Return a recipient of a batch that moved last at a time.

    A wave of ours knows it by the contact's own id, which stands in its metadata beside our marker.
    """
    raw, call_id, error = str(body["status"]), body.get("agent_call_id") or None, body.get("error_message")
    given = body.get("metadata")
    data = dict(given) if isinstance(given, Mapping) else {}
    marker, own_id = data.pop(VARIABLE, None), data.pop(CONTACT, None)
    status = _status(body)
    return Contact(
        id=str(own_id) if marker and own_id else str(body["id"]),
        phone=str(body["to_number"]) if body.get("to_number") else None,
        status=status,
        raw_status=raw,
        call_id=str(call_id) if call_id else None,
        created_at=aware(body["created_at"]),
        updated_at=None if status is ContactStatus.NOT_DIALED else moved_at,
        reasons=_reasons(body) or ((Reason(PREDIAL, NO_CALL, str(error)),) if error and not call_id else ()),
        payload=data,
        marker=str(marker) if marker else None,
        problem=None if given is None or isinstance(given, Mapping) else NO_DATA,
    )


def _status(body: Mapping[str, Any]) -> ContactStatus:
    raw, ended = str(body["status"]), body.get("end_reason")
    if body.get("agent_call_id") or ended:
        return _of_call(raw, ended)
    if body.get("error_message"):
        return ContactStatus.NOT_REACHED
    if raw in QUEUE:
        return ContactStatus.NOT_DIALED
    if raw == "cancelled":
        return ContactStatus.CANCELLED
    # Without a call none of the words of a call is proof of an end.
    return ContactStatus.IN_DOUBT if raw in CALL_STATUS else ContactStatus.UNKNOWN


def _of_call(raw: str, ended: Any) -> ContactStatus:
    found = CALL_STATUS.get(raw, ContactStatus.UNKNOWN)
    if found is ContactStatus.REACHED and ANSWERED.get(str(ended)) is False:
        return ContactStatus.NOT_REACHED
    return found


def _reasons(body: Mapping[str, Any]) -> tuple[Reason, ...]:
    ended = body.get("end_reason")
    return (Reason(END, plain_word(str(ended)), str(body.get("error_message") or "")),) if ended else ()


def call(body: Mapping[str, Any]) -> Call:
    """Return a call; raises KeyError where it is not documented."""
    raw, ended = str(body["status"]), body.get("end_reason")
    data, phone = body.get("metadata"), body.get("telephony_params")
    told = data if isinstance(data, Mapping) else {}
    return Call(
        id=str(body["id"]),
        status=_of_call(raw, ended),
        raw_status=raw,
        answered=ANSWERED.get(str(ended)),
        reasons=_reasons(body),
        started_at=aware(body["start_time"]) if body.get("start_time") else None,
        carrier_id=(phone or {}).get("call_sid") or None,
        contact_id=str(told[CONTACT]) if told.get(CONTACT) else None,
        marker=str(told[VARIABLE]) if told.get(VARIABLE) else None,
    )


def _natural(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("a counter is no whole number")
    return value
