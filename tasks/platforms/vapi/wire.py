"""Vapi's JSON in our words: pure translations, no I/O.

Facts: the types of the official client, vapi_server_sdk 3.0.0 (CampaignSummary, CampaignContactWithOutcome,
Call), and docs.vapi.ai/outbound-campaigns.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from models.enums import ContactStatus, JobStatus
from models.masking.quotes import plain_word
from models.plan.markers import VARIABLE
from models.platform import UNREAD, Call, Contact, Job, Reason

SYSTEM, CONTACT_SYSTEM = "vapi", "vapi.contact"
"""Systems of the reason tables: `endedReason`, and the status of a contact."""
ASSISTANT, SQUAD = "assistantId", "squadId"
TARGET, OVERRIDES = "target", "overrides"
"""Keys of a job's settings: which of the two takes the calls, and the variables of every call."""
OVERRIDES_OF = {ASSISTANT: "assistantOverrides", SQUAD: "squadOverrides"}
VALUES = "variableValues"
JOB_STATUS: Mapping[str, JobStatus] = {
    "scheduled": JobStatus.SCHEDULED,
    "in-progress": JobStatus.RUNNING,
    "ended": JobStatus.FINISHED,
    "cancelled": JobStatus.CANCELLED,
    "archived": JobStatus.CANCELLED,  # an active campaign is cancelled before it is archived
}
CONTACT_STATUS: Mapping[str, ContactStatus] = {
    "contact.pending": ContactStatus.NOT_DIALED,
    "contact.dispatched": ContactStatus.IN_DOUBT,
    "contact.completed": ContactStatus.NOT_REACHED,
    "contact.failed": ContactStatus.NOT_REACHED,
    "contact.skipped": ContactStatus.NOT_REACHED,
    "contact.predial-failed": ContactStatus.NOT_REACHED,
}
"""A completed contact is one whose call is over, however it ended: its `endedReason` tells that."""
TRIED_AGAIN = frozenset({"contact.failed", "contact.predial-failed"})
"""Ends without a call that the platform may take back: it tries again by itself while lines are busy."""
TRIES_FOR = timedelta(hours=1)
"""For how long it does (docs.vapi.ai/outbound-campaigns, of version 1; taken for version 2 too)."""
COUNTERS = ("pending", "dispatched", "completed", "failed", "skipped", "predialFailed")
CALL_STATUS: Mapping[str, ContactStatus] = {
    "scheduled": ContactStatus.IN_DOUBT,
    "queued": ContactStatus.IN_DOUBT,
    "ringing": ContactStatus.IN_DOUBT,
    "in-progress": ContactStatus.LIVE,
    "forwarding": ContactStatus.LIVE,
    "ended": ContactStatus.NOT_REACHED,
}
OTHER_OVERRIDES = "the campaign overrides more of its assistant than variables, which is not repeated"
OWN_PREDIAL = "the campaign asks a server of its own before each call, which a redial would not ask"
NO_TARGET = "the campaign names neither one assistant nor one squad, so the call cannot be repeated"


@dataclass(frozen=True, slots=True)
class Campaign:
    """One campaign: the job that it is, when it moved last, and why its calls cannot be repeated, if so."""

    job: Job
    updated_at: datetime
    problem: str | None


def campaign(body: Mapping[str, Any], seen_at: datetime) -> Campaign:
    """Return a campaign; raises KeyError or ValueError on what is not documented."""
    raw, counters = str(body["status"]), [natural(body["contactCounters"][name]) for name in COUNTERS]
    pending, dispatched = counters[0], counters[1]
    plan = body.get("schedulePlan") or {}
    target = SQUAD if body.get(SQUAD) else ASSISTANT
    overrides = (body.get(OVERRIDES_OF[target]) or {}).get(VALUES) or {}
    found = Job(
        id=str(body["id"]),
        name=str(body["name"]),
        status=JOB_STATUS.get(raw, JobStatus.UNKNOWN),
        raw_status=raw,
        total=sum(counters),
        dispatched=sum(counters) - pending,
        finished=sum(counters) - pending - dispatched,
        created_at=moment(body["createdAt"]),
        seen_at=seen_at,
        scheduled_at=moment(plan["earliestAt"]) if plan.get("earliestAt") else None,
        cap=natural(body["maxConcurrency"]) if body.get("maxConcurrency") is not None else None,
        agent_id=body.get(target) or None,
        number_id=body.get("phoneNumberId") or None,
        settings={TARGET: target, OVERRIDES: dict(overrides)},
    )
    return Campaign(found, moment(body["updatedAt"]), _problem(body))


def _problem(body: Mapping[str, Any]) -> str | None:
    if bool(body.get(ASSISTANT)) == bool(body.get(SQUAD)):
        return NO_TARGET
    plan = body.get("predialPlan")
    if plan is not None and plan.get("enabled") is not False:
        return OWN_PREDIAL
    for name in OVERRIDES_OF.values():
        if any(value not in (None, [], {}) for key, value in (body.get(name) or {}).items() if key != VALUES):
            return OTHER_OVERRIDES
    return None


def contact(body: Mapping[str, Any], of: Campaign) -> Contact:
    """Return a contact of a campaign that was read before it.

    One that failed without a call is in doubt for as long as its campaign goes on; where that was cancelled,
    for the time of the platform's own further tries as well: nothing says that a cancel ends them.
    """
    raw, call_id = str(body["status"]), body.get("callId") or None
    status = CONTACT_STATUS.get(raw, ContactStatus.UNKNOWN)
    waited = of.job.status.is_over and of.job.seen_at - of.updated_at >= TRIES_FOR
    settled = of.job.status is JobStatus.FINISHED or waited
    if raw in TRIED_AGAIN and call_id is None and not settled:
        status = ContactStatus.IN_DOUBT
    at = moment(body["dispatchedAt"]) if body.get("dispatchedAt") else None
    waits = status is ContactStatus.NOT_DIALED
    return Contact(
        id=str(body["id"]),
        phone=str(body["number"]),
        status=status,
        raw_status=raw,
        call_id=str(call_id) if call_id else None,
        created_at=of.job.created_at,
        updated_at=at or (None if waits else of.updated_at),
        reasons=() if waits else _reasons(body, raw),
        problem=of.problem,
    )


def _reasons(body: Mapping[str, Any], raw: str) -> tuple[Reason, ...]:
    # A status counts only without a call: beside a reason that no table knows it would win.
    if body.get("endedReason") or body.get("callId"):
        return _ended(body)
    return (Reason(CONTACT_SYSTEM, plain_word(raw)),)


def _ended(body: Mapping[str, Any]) -> tuple[Reason, ...]:
    why = body.get("endedReason")
    return (Reason(SYSTEM, plain_word(str(why))),) if why else ()


def call_of_row(row: Contact) -> Call | None:
    """Return the call that a row tells of whole: its own reason of the end stands on it. None otherwise."""
    told = tuple(reason for reason in row.reasons if reason.system == SYSTEM)
    if row.call_id is None or not row.status.is_over or not told:
        return None
    return Call(row.call_id, row.status, row.raw_status, answered=None, reasons=told, contact_id=row.id)


@dataclass(frozen=True, slots=True)
class ShownCall:
    """One phone call, whose campaign it is of, and the number that it was made to."""

    call: Call
    campaign_id: str | None
    phone: str | None


def shown_call(body: Mapping[str, Any]) -> ShownCall | None:
    """Return an outbound phone call, None for any other; raises KeyError where a field is missing."""
    if body.get("type") not in {"outboundPhoneCall", None}:
        return None
    raw = str(body.get("status") or "")
    given: dict[str, Any] = {}
    for name in OVERRIDES_OF.values():
        given |= (body.get(name) or {}).get(VALUES) or {}
    found = Call(
        id=str(body["id"]),
        status=CALL_STATUS.get(raw, ContactStatus.UNKNOWN),
        raw_status=raw or UNREAD,
        answered=None,
        reasons=_ended(body),
        job_id=body.get("campaignId") or None,
        started_at=moment(body.get("startedAt") or body["createdAt"]),
        carrier_id=body.get("phoneCallProviderId") or None,
        marker=str(given[VARIABLE]) if given.get(VARIABLE) else None,
    )
    return ShownCall(found, found.job_id, (body.get("customer") or {}).get("number") or None)


def moment(value: Any) -> datetime:
    """Return an ISO 8601 time with a zone; raises ValueError for any other."""
    found = datetime.fromisoformat(str(value))
    if found.tzinfo is None:
        raise ValueError("a time without a zone is no moment")
    return found


def natural(value: Any) -> int:
    """Return a count; raises ValueError for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0 or value != int(value):
        raise ValueError
    return int(value)
