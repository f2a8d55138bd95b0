"""Retell's calls in our words: what they say of a person, and what they cannot say."""

from typing import Any

import pytest

from models.disposition.refine import contact_disposition
from models.enums import ContactStatus, Disposition
from models.platform import Contact, Draft
from models.reasons.table import ReasonTable
from tasks.platforms.retell.wire import capacity, request, shown_call
from tests.unit.look_example import job

TABLE = ReasonTable.packaged()
BASE: dict[str, Any] = {
    "call_id": "call_1",
    "call_type": "phone_call",
    "agent_id": "agent_1",
    "agent_version": 3,
    "direction": "outbound",
    "from_number": "+14155550100",
    "to_number": "+14155550101",
}
ENDED = {"start_timestamp": 1_795_000_000_000, "end_timestamp": 1_795_000_030_500}


def shown(status: str, reason: str | None = None, **more: Any) -> Any:
    """Return a call as it is shown."""
    why = {"disconnection_reason": reason} if reason else {}
    return shown_call({**BASE, "call_status": status, **why, **more})


@pytest.mark.parametrize(
    ("status", "reason", "more", "expected"),
    [
        ("ended", "user_hangup", {**ENDED, "duration_ms": 30_500}, Disposition.REACHED),
        ("ended", "voicemail_reached", {**ENDED, "duration_ms": 9_000}, Disposition.REACHED),
        ("ended", "user_requested_dnc", {**ENDED, "duration_ms": 9_000}, Disposition.DO_NOT_CONTACT),
        ("ended", "user_requested_callback", {**ENDED, "duration_ms": 9_000}, Disposition.AMBIGUOUS),
        ("ended", "dial_busy", {**ENDED, "duration_ms": 0}, Disposition.UNKNOWN),
        ("ended", "a_new_reason", {**ENDED, "duration_ms": 9_000}, Disposition.REACHED),
        ("not_connected", "dial_busy", ENDED, Disposition.LATER),
        ("not_connected", "dial_no_answer", ENDED, Disposition.LATER),
        ("not_connected", "telephony_provider_unavailable", ENDED, Disposition.TRANSIENT),
        ("not_connected", "invalid_destination", ENDED, Disposition.PERMANENT),
        ("not_connected", "network_blocked", ENDED, Disposition.OPERATOR),
        ("not_connected", "user_declined", ENDED, Disposition.DECLINED),
        ("not_connected", "dial_busy", {**ENDED, "duration_ms": 4_000}, Disposition.REACHED),
        ("not_connected", "a_new_reason", ENDED, Disposition.UNKNOWN),
        ("not_connected", None, ENDED, Disposition.UNKNOWN),
        ("error", "credit_exhausted", {}, Disposition.OPERATOR),
        ("error", "budget_reached", {}, Disposition.OPERATOR),
        ("error", "concurrency_limit_reached", {}, Disposition.TRANSIENT),
        ("error", "error_asr", {**ENDED, "duration_ms": 60_000}, Disposition.REACHED),
        ("error", "error_unknown", {}, Disposition.AMBIGUOUS),
        ("ongoing", None, {"start_timestamp": 1}, Disposition.IN_FLIGHT),
        ("registered", None, {}, Disposition.IN_FLIGHT),
        ("a_new_status", "user_hangup", {}, Disposition.UNKNOWN),
    ],
)
def test_what_a_call_says_of_a_person(
    status: str, reason: str | None, more: dict[str, Any], expected: Disposition
) -> None:
    """A documented pair means what is documented; a contradiction, or a word nobody knows, holds."""
    one = shown(status, reason, **more)
    settled = contact_disposition(one.row("row-1"), one.call, TABLE, job_is_over=False, stuck=False)
    assert settled.disposition is expected


def test_times_are_milliseconds_and_calls_in_browsers_are_none() -> None:
    """A thousandth of a second is the unit, half a second on the line counts as one."""
    one = shown("ended", "user_hangup", **ENDED, duration_ms=400)
    assert (one.call.seconds, one.ended_at.year) == (1, 2026)
    assert shown_call({**BASE, "call_type": "web_call", "call_status": "ended"}) is None


@pytest.mark.parametrize("missing", ["call_id", "call_type", "to_number", "direction", "call_status"])
def test_what_the_types_require_is_required(missing: str) -> None:
    """A call without its id, its number or its status is nothing that could be believed."""
    body = {**BASE, "call_status": "ended"}
    del body[missing]
    with pytest.raises(KeyError):
        shown_call(body)


@pytest.mark.parametrize(
    ("body", "live", "limit"),
    [
        ({"current_concurrency": 3, "concurrency_limit": 20, "reserved_inbound_concurrency": 5}, 3, 15),
        ({"current_concurrency": 3, "concurrency_limit": 20}, 3, 20),
        ({"current_concurrency": 0, "concurrency_limit": 2, "reserved_inbound_concurrency": 5}, 0, 0),
        ({}, None, None),
    ],
)
def test_the_reserve_for_inbound_calls_is_not_ours(
    body: dict[str, int], live: int | None, limit: int | None
) -> None:
    """The limit is what is left for calls that go out; a burst is nobody's plan, nothing told is unknown."""
    found = capacity(body | {"concurrency_burst_limit": 60})
    assert (found.live, found.limit) == (live, limit)


def test_the_same_draft_is_the_same_request() -> None:
    """Asked again, a request is what it was; it names wave, contact and source, and nobody's number."""
    contact = Contact(
        "row-7", "+14155550107", ContactStatus.NOT_DIALED, "planned", payload={"first_name": "Ann", "n": 3}
    )
    draft = Draft("rb-r_1-2", job(agent_id="agent_1", number_id="+14155550100"), (contact,), 1)
    body = request(draft)
    assert body == request(draft)
    assert body["retell_llm_dynamic_variables"] == {"first_name": "Ann", "n": "3"}
    assert body["metadata"].keys() == {"ringback_wave", "ringback_contact", "ringback_job"}
    assert "+" not in str(body["metadata"]) + body["idempotency_key"]
