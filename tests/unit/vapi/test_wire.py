"""Campaigns, contacts and calls of Vapi in our words: what nobody documented is unknown, and holds."""

from datetime import UTC, datetime
from typing import Any

import pytest

from models.enums import ContactStatus, Disposition, JobStatus
from models.reasons.table import ReasonTable
from tasks.platforms.vapi import wire

SEEN = datetime(2026, 11, 1, 12, tzinfo=UTC)
CAMPAIGN: dict[str, Any] = {
    "id": "c1",
    "orgId": "o1",
    "name": "Renewals",
    "status": "in-progress",
    "assistantId": "a1",
    "phoneNumberId": "p1",
    "maxConcurrency": 5,
    "createdAt": "2026-11-01T10:00:00.000Z",
    "updatedAt": "2026-11-01T11:00:00.000Z",
    "contactCounters": {
        "pending": 4,
        "dispatched": 1,
        "completed": 2,
        "failed": 1,
        "skipped": 1,
        "predialFailed": 1,
    },
}
TABLE = ReasonTable.packaged()


def campaign(**changes: Any) -> wire.Campaign:
    """Return a campaign; a change to `...` leaves the field out."""
    return wire.campaign({k: v for k, v in (CAMPAIGN | changes).items() if v is not ...}, SEEN)


def contact(of: wire.Campaign | None = None, **fields: Any) -> Any:
    """Return a contact of a campaign."""
    return wire.contact({"id": "x", "number": "+61491570006", **fields}, of or campaign())


def test_counters_tell_whole_dispatched_and_finished() -> None:
    """Whoever is not pending was taken up; whoever is neither pending nor dispatched has an end."""
    job = campaign().job
    assert (job.total, job.dispatched, job.finished) == (10, 6, 5)
    assert (job.agent_id, job.number_id, job.cap) == ("a1", "p1", 5)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("scheduled", JobStatus.SCHEDULED),
        ("in-progress", JobStatus.RUNNING),
        ("ended", JobStatus.FINISHED),
        ("cancelled", JobStatus.CANCELLED),
        ("archived", JobStatus.CANCELLED),
        ("paused", JobStatus.UNKNOWN),
    ],
)
def test_a_status_that_nobody_documented_is_unknown(word: str, status: JobStatus) -> None:
    """The five documented words are read, any other holds the job."""
    assert campaign(status=word).job.status is status


@pytest.mark.parametrize(
    "changes",
    [
        {"contactCounters": ...},
        {"contactCounters": {"pending": 1}},
        {"contactCounters": CAMPAIGN["contactCounters"] | {"pending": -1}},
        {"contactCounters": CAMPAIGN["contactCounters"] | {"pending": True}},
        {"contactCounters": CAMPAIGN["contactCounters"] | {"pending": 1.5}},
        {"createdAt": "2026-11-01T10:00:00"},
        {"createdAt": "yesterday"},
        {"name": ...},
        {"maxConcurrency": "five"},
    ],
)
def test_what_is_not_documented_is_not_read(changes: dict[str, Any]) -> None:
    """Counters that lack one, are negative or no numbers, and times without a zone are not guessed."""
    with pytest.raises((KeyError, ValueError, TypeError)):
        campaign(**changes)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({}, None),
        ({"squadId": "s1", "assistantId": ...}, None),
        ({"squadId": "s1"}, wire.NO_TARGET),
        ({"assistantId": ...}, wire.NO_TARGET),
        ({"predialPlan": {"enabled": True}}, wire.OWN_PREDIAL),
        ({"predialPlan": {}}, wire.OWN_PREDIAL),
        ({"predialPlan": {"enabled": False}}, None),
        ({"assistantOverrides": {"variableValues": {"company": "TechFlow"}}}, None),
        ({"assistantOverrides": {"variableValues": {}, "hooks": []}}, None),
        ({"assistantOverrides": {"model": {"provider": "openai"}}}, wire.OTHER_OVERRIDES),
        ({"squadOverrides": {"server": {"url": "https://x"}}}, wire.OTHER_OVERRIDES),
    ],
)
def test_a_call_that_a_redial_would_not_repeat_is_held(changes: dict[str, Any], problem: str | None) -> None:
    """Whoever is asked before each call, or overrides more than variables, is not redialled without that."""
    assert campaign(**changes).problem == problem
    assert contact(campaign(**changes), status="contact.pending").problem == problem


@pytest.mark.parametrize(
    ("word", "fields", "over", "status"),
    [
        ("contact.pending", {}, False, ContactStatus.NOT_DIALED),
        ("contact.dispatched", {"callId": "k"}, False, ContactStatus.IN_DOUBT),
        ("contact.completed", {"callId": "k"}, False, ContactStatus.NOT_REACHED),
        ("contact.failed", {"callId": "k"}, False, ContactStatus.NOT_REACHED),
        ("contact.failed", {}, False, ContactStatus.IN_DOUBT),
        ("contact.failed", {}, True, ContactStatus.NOT_REACHED),
        ("contact.predial-failed", {}, False, ContactStatus.IN_DOUBT),
        ("contact.predial-failed", {}, True, ContactStatus.NOT_REACHED),
        ("contact.skipped", {}, False, ContactStatus.NOT_REACHED),
        ("contact.parked", {}, True, ContactStatus.UNKNOWN),
    ],
)
def test_a_failure_without_a_call_is_in_doubt_while_its_campaign_runs(
    word: str, fields: dict[str, Any], over: bool, status: ContactStatus
) -> None:
    """The platform tries for up to an hour: nobody is given up for redialling before its campaign is over."""
    of = campaign(status="ended" if over else "in-progress")
    assert contact(of, status=word, **fields).status is status


@pytest.mark.parametrize(
    ("word", "reason", "disposition"),
    [
        ("contact.completed", "customer-ended-call", Disposition.REACHED),
        ("contact.completed", "customer-busy", Disposition.LATER),
        ("contact.completed", "sip-outbound-unallocated-number", Disposition.PERMANENT),
        ("contact.completed", "a-reason-of-tomorrow", Disposition.UNKNOWN),
        ("contact.completed", None, Disposition.UNKNOWN),
        ("contact.failed", None, Disposition.UNKNOWN),
        ("contact.failed", "a-reason-of-tomorrow", Disposition.UNKNOWN),
        ("contact.failed", "call.start.error-subscription-concurrency-limit-reached", Disposition.TRANSIENT),
        ("contact.failed", "worker-shutdown", Disposition.AMBIGUOUS),
    ],
)
def test_the_ended_reason_decides_and_the_status_alone_proves_little(
    word: str, reason: str | None, disposition: Disposition
) -> None:
    """What a contact's end means stands in the packaged tables; a reason that is not there holds."""
    told = {"endedReason": reason} if reason else {}
    row = contact(campaign(status="ended"), status=word, callId="k", **told)
    assert TABLE.rule(row.reasons).disposition is disposition


def test_without_a_call_the_status_is_all_that_is_told() -> None:
    """Who was never dialled by a campaign that is over may be called; whom a hook refused may not."""
    over = campaign(status="ended")
    told = {
        word: TABLE.rule(contact(over, status=f"contact.{word}").reasons) for word in ("failed", "skipped")
    }
    assert told["failed"].disposition is Disposition.TRANSIENT
    assert told["skipped"].disposition is Disposition.UNKNOWN


def test_a_row_tells_its_call_whole_only_with_its_reason() -> None:
    """A call is asked for by its id unless the row tells how it ended."""
    told = contact(status="contact.completed", callId="k", endedReason="customer-busy")
    untold = contact(status="contact.completed", callId="k")
    flying = contact(status="contact.dispatched", callId="k", endedReason="customer-busy")
    call = wire.call_of_row(told)
    assert call is not None
    assert (call.id, call.status, call.answered) == ("k", ContactStatus.NOT_REACHED, None)
    assert wire.call_of_row(untold) is wire.call_of_row(flying) is None


CALL: dict[str, Any] = {"id": "k", "orgId": "o", "createdAt": "2026-11-01T11:00:00Z", "campaignId": "c1"}


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("scheduled", ContactStatus.IN_DOUBT),
        ("queued", ContactStatus.IN_DOUBT),
        ("ringing", ContactStatus.IN_DOUBT),
        ("in-progress", ContactStatus.LIVE),
        ("forwarding", ContactStatus.LIVE),
        ("ended", ContactStatus.NOT_REACHED),
        ("not-found", ContactStatus.UNKNOWN),
        ("deletion-failed", ContactStatus.UNKNOWN),
        ("", ContactStatus.UNKNOWN),
    ],
)
def test_a_calls_status(word: str, status: ContactStatus) -> None:
    """A call that is over is judged by its reason; one whose state nobody knows is unknown."""
    found = wire.shown_call(CALL | {"status": word, "type": "outboundPhoneCall"})
    assert found is not None
    assert found.call.status is status
    assert found.campaign_id == "c1"


def test_calls_that_came_in_or_were_made_in_a_browser_are_none_of_a_campaign() -> None:
    """Only outbound phone calls are read."""
    assert wire.shown_call(CALL | {"status": "ended", "type": "webCall"}) is None
    assert wire.shown_call(CALL | {"status": "ended", "type": "inboundPhoneCall"}) is None
