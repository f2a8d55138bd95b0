"""Retell's JSON in our words and back: pure translations, no I/O.

Facts: the types of the official client, retell-sdk 6.2.13 (call_list_response, phone_call_response,
call_create_phone_call_params, concurrency_retrieve_response).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from models.enums import ContactStatus
from models.masking.quotes import plain_word
from models.moments import unix
from models.plan.markers import CONTACT as CONTACT_ID
from models.plan.markers import VARIABLE
from models.plan.tokens import token_of
from models.platform import Call, Capacity, Contact, Draft, Reason

SYSTEM = "retell"
"""The system of the reason tables that `disconnection_reason` is looked up under."""
WAVE, CONTACT, JOB = VARIABLE, CONTACT_ID, "ringback_job"
"""Keys of a call's metadata: our marker, and which contact of which source it is for."""
STATUS: Mapping[str, ContactStatus] = {
    "registered": ContactStatus.IN_DOUBT,
    "not_connected": ContactStatus.NOT_REACHED,
    "ongoing": ContactStatus.LIVE,
    "ended": ContactStatus.REACHED,
    "error": ContactStatus.NOT_REACHED,
}
UNCONNECTED = frozenset(
    {"dial_busy", "dial_failed", "dial_no_answer", "invalid_destination", "user_declined", "marked_as_spam"}
    | {"telephony_provider_permission_denied", "telephony_provider_unavailable", "sip_routing_error"}
    | {"network_blocked"}
)
"""Reasons that belong to calls that nobody took: a call that ended by one of them contradicts itself."""
NEWEST_FIRST = (
    ContactStatus.LIVE,
    ContactStatus.REACHED,
    ContactStatus.UNKNOWN,
    ContactStatus.IN_DOUBT,
    ContactStatus.NOT_REACHED,
)
"""Of several calls to one person the first of these speaks, for it forbids the most."""


@dataclass(frozen=True, slots=True)
class ShownCall:
    """One call as Retell shows it, with what a `Call` has no place for."""

    call: Call
    phone: str = field(repr=False)
    agent_id: str | None
    number: str | None
    outbound: bool
    ended_at: datetime | None
    source: str | None
    """The source job that a call of ours was made for."""

    @property
    def moment(self) -> datetime | None:
        """Return when it last moved, None before it has begun."""
        return self.ended_at or self.call.started_at

    @property
    def strictness(self) -> tuple[int, float]:
        """Return by what the calls of one person are put into order: what forbids most, then the latest."""
        at = self.moment
        return NEWEST_FIRST.index(self.call.status), -(at.timestamp() if at else float("inf"))

    def row(self, contact_id: str, phone: str | None = None, **more: Any) -> Contact:
        """Return the call as a row of a job."""
        call = self.call
        return Contact(
            contact_id,
            self.phone if phone is None else phone,
            call.status,
            call.raw_status,
            call.id,
            created_at=call.started_at,
            updated_at=self.moment,
            reasons=call.reasons,
            marker=call.marker,
            **more,
        )


def shown_call(body: Mapping[str, Any]) -> ShownCall | None:
    """Return a phone call, None for one in a browser; raises KeyError where a field is missing."""
    if body["call_type"] != "phone_call":
        return None
    call_id, raw = str(body["call_id"]), str(body["call_status"])
    why, seconds = body.get("disconnection_reason"), _seconds(body.get("duration_ms"))
    status = STATUS.get(raw, ContactStatus.UNKNOWN)
    if raw == "ended" and why in UNCONNECTED and not seconds:
        status, raw = ContactStatus.UNKNOWN, f"{raw}, {why}"
    meta = body.get("metadata")
    meta = meta if isinstance(meta, Mapping) else {}
    started, ended = _moment(body.get("start_timestamp")), _moment(body.get("end_timestamp"))
    call = Call(
        id=call_id,
        status=status,
        raw_status=raw,
        answered=_answered(status, body, seconds),
        reasons=(Reason(SYSTEM, plain_word(str(why))),) if why else (),
        job_id=None,
        contact_id=_text(meta.get(CONTACT)),
        started_at=started,
        seconds=seconds,
        carrier_id=_text((body.get("telephony_identifier") or {}).get("twilio_call_sid")),
        result="voicemail" if (body.get("call_analysis") or {}).get("in_voicemail") is True else None,
        marker=_text(meta.get(WAVE)),
    )
    return ShownCall(
        call,
        str(body["to_number"]),
        _text(body.get("agent_id")),
        _text(body.get("from_number")),
        body["direction"] == "outbound",
        ended,
        _text(meta.get(JOB)),
    )


def _text(value: Any) -> str | None:
    return str(value) if isinstance(value, str) and value else None


def _moment(value: Any) -> datetime | None:
    # Times come in milliseconds.
    return unix(float(value) / 1000) if isinstance(value, int | float) and value > 0 else None


def _seconds(value: Any) -> int | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return max(1, round(value / 1000)) if value > 0 else 0


def _answered(status: ContactStatus, body: Mapping[str, Any], seconds: int | None) -> bool | None:
    if seconds or status in {ContactStatus.LIVE, ContactStatus.REACHED}:
        return True
    return False if body["call_status"] == "not_connected" else None


def capacity(body: Mapping[str, Any]) -> Capacity:
    """Return the calls in the air, and the limit without what is reserved for calls that come in."""
    live, limit = body.get("current_concurrency"), body.get("concurrency_limit")
    reserved = _natural(body.get("reserved_inbound_concurrency") or 0)
    return Capacity(
        live=None if live is None else _natural(live),
        limit=None if limit is None else max(0, _natural(limit) - reserved),
    )


def _natural(value: Any) -> int:
    if isinstance(value, bool) or int(value) < 0:
        raise ValueError
    return int(value)


def request(draft: Draft) -> dict[str, Any]:
    """Return the body of a create: the source's numbers and agent, the row's variables, our marker, a token.

    The same draft is the same body: sent again, it makes no second call while its token holds.
    """
    (contact,) = draft.contacts
    return {
        "from_number": draft.source.number_id,
        "to_number": contact.phone,
        "override_agent_id": draft.source.agent_id,
        "retell_llm_dynamic_variables": {name: str(value) for name, value in contact.payload.items()},
        "metadata": {WAVE: draft.marker, CONTACT: contact.id, JOB: draft.source.id},
        "honor_internal_dnc": True,
        "idempotency_key": token_of(draft.marker, contact.id),
    }
