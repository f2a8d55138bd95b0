"""Vogent's JSON in our words: pure translations, no I/O.

Facts: docs.vogent.ai/api-reference (batch_dial_jobs, dials) and /developers/dial-statuses, as
github.com/crowe452/vogent-docs @d7fb808 mirrors them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.enums import ContactStatus, JobStatus
from models.masking.quotes import plain_word
from models.moments import aware
from models.plan.markers import CONTACT, VARIABLE
from models.platform import UNREAD, Call, Contact, Job, Reason
from tasks.platforms.vogent.hours import goes_on_at

DIAL, RESULT = "vogent.dial", "vogent.result"
"""Systems of the reason tables: `status` and `systemResultType` of a dial."""
NUMBERS, SCHEDULE = "fromPhoneNumberIds", "schedule"
"""Keys of a job's settings, which a wave repeats."""
JOB_STATUS: Mapping[str, JobStatus] = {
    "INIT": JobStatus.DRAFT,
    "ACTIVE": JobStatus.RUNNING,
    "PAUSED": JobStatus.PAUSED,
    "COMPLETE": JobStatus.FINISHED,
    "CANCELLED": JobStatus.CANCELLED,
}
HALTED = frozenset({"INIT", "PAUSED"})
STATUS: Mapping[str, ContactStatus] = {
    "queued": ContactStatus.IN_DOUBT,
    "ringing": ContactStatus.IN_DOUBT,
    "in-progress": ContactStatus.LIVE,
    "completed": ContactStatus.REACHED,
    "failed": ContactStatus.NOT_REACHED,
    "canceled": ContactStatus.NOT_REACHED,
    "busy": ContactStatus.NOT_REACHED,
    "no-answer": ContactStatus.NOT_REACHED,
}
STRICTNESS = (
    ContactStatus.REACHED,
    ContactStatus.LIVE,
    ContactStatus.IN_DOUBT,
    ContactStatus.UNKNOWN,
    ContactStatus.NOT_REACHED,
)
"""Of several dials of one contact the one that forbids most is shown."""
UNANSWERED = frozenset({"BUSY", "NO_ANSWER", "RATE_LIMITED"})
QUEUED, NEITHER = "queued", "neither queued nor among the dials"
UNREADABLE = "with a schedule that cannot be read"
NO_TEXT = "one of its inputs is no text, so the call cannot be repeated"


@dataclass(frozen=True, slots=True)
class Counted:
    """How many contacts a job has, and how many were handed over and ended."""

    total: int = 0
    dispatched: int = 0
    finished: int = 0


def job(body: Mapping[str, Any], seen_at: datetime, counted: Counted) -> Job:
    """Return a batch dial job; raises KeyError or ValueError on what is not documented."""
    raw, numbers = str(body["status"]), body.get(NUMBERS) or []
    status, opens, trouble = JOB_STATUS.get(raw, JobStatus.UNKNOWN), None, ""
    if status is JobStatus.RUNNING:
        try:
            opens = goes_on_at(body.get(SCHEDULE), seen_at)
        except (KeyError, ValueError, TypeError, AttributeError):
            # It may wait for hours that nobody can tell: that is neither a stall nor none.
            status, trouble = JobStatus.UNKNOWN, f" {UNREADABLE}"
    return Job(
        id=str(body["id"]),
        name=str(body["name"]),
        status=status,
        raw_status=f"{raw}{trouble}",
        total=counted.total,
        dispatched=counted.dispatched,
        finished=counted.finished,
        created_at=aware(body["createdAt"]),
        seen_at=seen_at,
        scheduled_at=opens,
        timezone=(body.get(SCHEDULE) or {}).get("timezone"),
        cap=int(body["maxConcurrentDials"]),
        agent_id=str(body["callAgentId"]),
        number_id=str(numbers[0]) if numbers else None,
        settings={key: body[key] for key in (NUMBERS, SCHEDULE) if body.get(key)},
        halted=raw in HALTED,
    )


def queued(body: Mapping[str, Any]) -> Contact:
    """Return a row that waits; raises KeyError on what is not documented."""
    return Contact(
        id=own_id(body) or str(body["id"]),
        phone=str(body["toNumber"]),
        status=ContactStatus.NOT_DIALED,
        raw_status=QUEUED,
        created_at=aware(body["createdAt"]),
        **_told(body),
    )


def own_id(body: Mapping[str, Any]) -> str | None:
    """Return the contact's own id that a row or a dial of a wave of ours carries, None for any other."""
    given = _inputs(body)
    return str(given[CONTACT]) if given.get(VARIABLE) and given.get(CONTACT) else None


def _inputs(body: Mapping[str, Any]) -> Mapping[str, Any]:
    found = body.get("inputs") or {}
    if not isinstance(found, Mapping):
        raise TypeError("inputs are no object")
    return found


def _told(body: Mapping[str, Any]) -> dict[str, Any]:
    given = dict(_inputs(body))
    marker = given.pop(VARIABLE, None)
    given.pop(CONTACT, None)
    odd = any(not isinstance(value, str) for value in given.values())
    return {
        "payload": given,
        "marker": str(marker) if marker else None,
        "problem": NO_TEXT if odd else None,
    }


@dataclass(frozen=True, slots=True)
class Dial:
    """One dial: the call that it is, whom it was to, and when anything of it moved last."""

    call: Call
    phone: str | None
    inputs: str
    moved_at: datetime
    told: Mapping[str, Any]

    @property
    def strictness(self) -> int:
        """Return its place among dials of one contact, the most forbidding first."""
        return STRICTNESS.index(self.call.status)

    def row(self, contact_id: str) -> Contact:
        """Return the row of the contact that was dialled."""
        return Contact(
            contact_id, self.phone, self.call.status, self.call.raw_status, self.call.id,
            created_at=self.call.started_at, updated_at=self.moved_at, reasons=self.call.reasons, **self.told,
        )  # fmt: skip


def dial(body: Mapping[str, Any], seen_at: datetime) -> Dial:
    """Return a dial; raises KeyError or ValueError on what is not documented."""
    raw, result = str(body.get("status") or UNREAD), body.get("systemResultType")
    told, begun = _told(body), body.get("startedAt") or body.get("createdAt")
    ended = body.get("endedAt") or body.get("updatedAt") or begun
    phone = str(body["toNumber"]) if body.get("toNumber") else None
    call = Call(
        id=str(body["id"]),
        status=STATUS.get(raw, ContactStatus.UNKNOWN),
        raw_status=raw,
        answered=_answered(body, raw, result),
        reasons=_reasons(raw, result),
        contact_id=own_id(body),
        started_at=aware(begun) if begun else None,
        seconds=int(body.get("durationSeconds") or 0),
        marker=told["marker"],
    )
    return Dial(call, phone, _canonical(_inputs(body)), aware(ended) if ended else seen_at, told)


def _canonical(inputs: Mapping[str, Any]) -> str:
    return json.dumps(inputs, sort_keys=True, default=str)


def _answered(body: Mapping[str, Any], raw: str, result: Any) -> bool | None:
    if any(
        isinstance(one, Mapping) and one.get("speaker") == "HUMAN" for one in body.get("transcript") or ()
    ):
        return True
    if raw in {"completed", "in-progress"}:
        return True
    return False if raw in {"busy", "no-answer"} and result in {None, *UNANSWERED} else None


def _reasons(raw: str, result: Any) -> tuple[Reason, ...]:
    told = (Reason(RESULT, plain_word(str(result))),) if result else ()
    return (*told, Reason(DIAL, plain_word(raw))) if raw in STATUS else told
