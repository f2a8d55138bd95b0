"""Leads with their calls as rows: whatever keeps somebody from a redial is believed, and the rest is held."""

from datetime import UTC, datetime
from typing import Any

import pytest

from models.disposition.refine import contact_disposition
from models.enums import ContactStatus, Disposition, JobStatus
from models.platform import Contact, Reason
from models.reasons.table import ReasonTable
from tasks.platforms.elevenlabs.campaigns import wire
from tasks.platforms.elevenlabs.campaigns.wire import LEAD

NOW = datetime(2026, 11, 27, tzinfo=UTC)
BEGAN = 1_795_000_000
TABLE = ReasonTable.packaged()


def body(status: str = "active", leads: int = 2, terminal: int = 0, **fields: Any) -> dict[str, Any]:
    """Return a CampaignResponse."""
    plain = {
        "campaign_id": "camp_1", "call_name": "Spring", "agent_id": "agent_1", "agent_name": "A",
        "channel_config": {"channel": "phone", "agent_phone_number_id": "num_1", "mode_config": None},
        "status": status, "policy": {"timezone": "UTC", "retry": {"max_total_calls": 4}},
        "variant": "advanced", "created_at_unix": BEGAN, "updated_at_unix": BEGAN, "channel": "phone",
        "mode": "voice", "counts": {"leads": leads, "terminal_leads": terminal, "open_attention": 0},
    }  # fmt: skip
    return plain | fields


def lead(**fields: Any) -> dict[str, Any]:
    """Return a LeadView that nobody has called."""
    plain = {
        "lead_id": "lead_1", "recipient_id": "c1", "phone_number": "+61491570006",
        "phone_numbers": ["+61491570006"], "phone_numbers_index": 0, "user_id": "+61491570006",
        "attempt_count": 0, "failure_count": 0, "callback_count": 0, "redirect_count": 0,
        "do_not_call": False, "terminal_disposition": None, "updated_at_unix": BEGAN,
        "dynamic_variables": {"name": "Kim"}, "overrides": {},
    }  # fmt: skip
    return plain | fields


def view(status: str = "completed", n: int = 1, **fields: Any) -> dict[str, Any]:
    """Return a CallView."""
    plain = {
        "intent_id": f"intent_{n}", "lead_id": "lead_1", "intent_type": "initial", "status": status,
        "phone_number": "+61491570006", "scheduled_time_unix": BEGAN + n,
    }  # fmt: skip
    return plain | fields


def row(told: dict[str, Any], *views: dict[str, Any], status: str = "stopped") -> Contact:
    """Return a lead of a campaign as a row."""
    return wire.contact(told, views, wire.campaign(body(status, terminal=2), NOW))


def meaning(found: Contact) -> Disposition:
    """Return what a row means where its campaign is over and no call tells more."""
    return contact_disposition(found, None, TABLE, job_is_over=True, stuck=True).disposition


CALLED: dict[str, Any] = {"attempt_count": 1}
CASES = {
    "never called": (lead(), (view("queued"),), Disposition.UNDELIVERED),
    "never called, and stopped": (
        lead(do_not_call=True, terminal_disposition="campaign_ended"),
        (view("cancelled", decision_disposition="suppressed_after_stop"),),
        Disposition.UNDELIVERED,
    ),
    "asked not to be called": (
        lead(do_not_call=True, terminal_disposition="do_not_call"), (), Disposition.DO_NOT_CONTACT,
    ),
    "not to be called, and no word why": (lead(do_not_call=True), (), Disposition.UNKNOWN),
    "taken out by somebody": (lead(terminal_disposition="removed"), (), Disposition.UNKNOWN),
    "suppressed": (lead(terminal_disposition="suppressed"), (), Disposition.UNKNOWN),
    "an end that nobody has documented": (lead(terminal_disposition="parked"), (), Disposition.UNKNOWN),
    "busy": (lead(**CALLED), (view(outcome="failed", call_result="busy"),), Disposition.LATER),
    "failed, and nothing tells how": (
        lead(**CALLED), (view(outcome="failed", call_result="failed"),), Disposition.AMBIGUOUS,
    ),
    "answered, whatever the row says": (
        lead(**CALLED), (view(outcome="failed", call_result="answered"),), Disposition.REACHED,
    ),
    "answered once, then busy": (
        lead(attempt_count=2),
        (view(n=2, outcome="failed", call_result="busy"), view(n=1, outcome="completed")),
        Disposition.REACHED,
    ),
    "handed off": (lead(**CALLED), (view("submitted"),), Disposition.AMBIGUOUS),
    "called more often than calls are listed": (
        lead(attempt_count=2), (view(outcome="failed", call_result="busy"),), Disposition.AMBIGUOUS,
    ),
    "called, and no call is listed": (lead(**CALLED), (), Disposition.AMBIGUOUS),
    "a call that was cancelled and has a conversation": (
        lead(), (view("cancelled", conversation_id="conv_1"),), Disposition.UNKNOWN,
    ),
    "a call in a state that nobody has documented": (lead(), (view("draining"),), Disposition.UNKNOWN),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_lead_means_what_its_calls_and_its_end_say(name: str) -> None:
    """Nobody is taken for free of whom a word says otherwise, and a stop is no opt-out."""
    told, views, wanted = CASES[name]
    assert meaning(row(told, *views)) is wanted


def test_a_result_is_a_reason_and_an_end_is_one_where_calls_tell_less() -> None:
    """Reasons are of the systems that the table knows."""
    busy = row(lead(attempt_count=1), view(outcome="failed", call_result="busy"))
    assert busy.reasons == (Reason("call_result", "busy"),)
    assert row(lead(terminal_disposition="removed")).reasons == (Reason(LEAD, "removed"),)


@pytest.mark.parametrize(
    "fields",
    [
        {"phone_numbers": ["+61491570006", "+61491570156"]},
        {"phone_numbers_index": 1},
        {"redirect_count": 1},
        {"callback_count": 1},
        {"dynamic_variables": {"secret__pin": "***"}},
    ],
)
def test_a_lead_whose_call_cannot_be_repeated_says_so(fields: dict[str, Any]) -> None:
    """Other numbers, a wish for another time, a secret that is covered: none of them is called again."""
    assert row(lead(**fields)).problem


def test_a_row_keeps_our_id_its_variables_and_its_overrides() -> None:
    """What a wave says again is what the lead was submitted with, without our own variable."""
    told = lead(
        dynamic_variables={"name": "Kim", "ringback_wave": "rb-r_1-1"},
        overrides={"language": "de", "first_message": None, "prompt": "Be kind", "voice_id": "v1"},
        user_id="u-7",
    )
    found = row(told)
    assert (found.id, found.marker) == ("c1", "rb-r_1-1")
    assert found.payload == {
        "conversation_config_override": {
            "agent": {"language": "de", "prompt": {"prompt": "Be kind"}},
            "tts": {"voice_id": "v1"},
        },
        "user_id": "u-7",
        "dynamic_variables": {"name": "Kim"},
    }
    assert row(lead(recipient_id=None)).id == "lead_1"


@pytest.mark.parametrize(
    ("status", "terminal", "wanted"),
    [
        ("active", 0, JobStatus.RUNNING),
        ("attention", 0, JobStatus.RUNNING),
        ("stopping", 1, JobStatus.RUNNING),
        ("paused", 0, JobStatus.PAUSED),
        ("stopped", 2, JobStatus.CANCELLED),
        ("completed", 2, JobStatus.FINISHED),
        ("failed", 2, JobStatus.FAILED),
        ("stopped", 1, JobStatus.UNKNOWN),
        ("completed", 1, JobStatus.UNKNOWN),
        ("draining", 2, JobStatus.UNKNOWN),
    ],
)
def test_a_campaign_is_over_only_when_no_lead_may_be_called(
    status: str, terminal: int, wanted: JobStatus
) -> None:
    """It owns its people until then, and says what it does with them by itself."""
    job = wire.campaign(body(status, terminal=terminal), NOW).job
    assert job.status is wanted
    assert (job.owner is None) is wanted.is_over
    assert bool(job.own_rules) is not wanted.is_over


def test_a_message_or_whatsapp_campaign_is_no_phone_call() -> None:
    """Its people are reached by another way, which is not ours to repeat."""
    of = wire.campaign(body("stopped", terminal=2, channel="whatsapp", mode="message"), NOW)
    found = wire.contact(lead(), (), of)
    assert (found.channel, found.problem) == ("message", wire.NO_VOICE)


def test_a_call_that_was_never_placed_is_no_call() -> None:
    """A queued one has no conversation; one that was placed tells its result."""
    assert wire.call(view("queued"), "c1", "camp_1") is None
    made = wire.call(view(conversation_id="conv_1", call_result="busy", outcome="failed"), "c1", "camp_1")
    assert made is not None
    assert (made.status, made.answered, made.campaign_id) == (ContactStatus.NOT_REACHED, False, "camp_1")
