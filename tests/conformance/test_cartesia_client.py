"""Cartesia's adapter on a wire of the test's own: what a recipient's fields prove, and what they do not."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from models.enums import ContactStatus, Disposition, JobStatus
from models.plan.markers import CONTACT, VARIABLE
from models.platform import Contact, Draft, InvalidResponseError, Job, PlatformError
from models.reasons.table import ReasonTable
from tasks.platforms.cartesia.adapter import Cartesia
from tests.fakes.voqo import TickingClock

BATCH = {
    "id": "acb_PDWFN995PzAudChwFDqVZ2",
    "name": "March outreach",
    "agent_id": "agent_Fo7pKNBUwLZxrTd6jvhpaE",
    "from_number_id": "ap_Q8PRh7lXyZsawXJmN2KcT5",
    "region": "US",
    "target_concurrency_limit": 10,
    "status": "in_progress",
    "total_calls_scheduled": 2,
    "total_calls_dispatched": 1,
    "total_calls_finished": 1,
    "retry_count": 0,
    "created_at": "2026-03-01T12:00:00Z",
    "last_updated_at": "2026-03-01T12:05:00Z",
}
"""A batch as the guide shows it."""
ID = str(BATCH["id"])
TABLE = ReasonTable.packaged()


def recipient(n: int = 1, status: str = "pending", **more: Any) -> dict[str, Any]:
    """Return a recipient as the reference describes one."""
    told = {"id": f"acr_{n}", "to_number": f"+1415555987{n}", "status": status}
    return told | {"created_at": "2026-03-01T12:00:00Z", "metadata": {"customer_id": "cust_1"}} | more


class Wire:
    """An organisation with one batch: what it answers, and what it was asked."""

    def __init__(self, *recipients: Any, **batch: Any) -> None:
        self.asked: list[httpx.Request] = []
        self.batch = {**BATCH, **batch}
        self.recipients = list(recipients)
        self.calls: dict[str, Any] = {}
        self.answer: Callable[[httpx.Request], httpx.Response | None] = lambda _request: None

    def platform(self) -> Cartesia:
        """Return the adapter."""
        transport = httpx.MockTransport(self._answer)
        return Cartesia("https://x.example", "key", clock=TickingClock(), transport=transport)

    def row(self) -> Contact:
        """Return the first recipient as it is read."""
        return next(iter(self.platform().list_contacts(ID)))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if found := self.answer(request):
            return found
        last = request.url.path.rsplit("/", 1)[-1]
        if last == "batches":
            page = {"data": [self.batch], "has_more": False}
            return (
                httpx.Response(201, json=self.batch)
                if request.method == "POST"
                else httpx.Response(200, json=page)
            )
        if last in self.calls:
            return httpx.Response(200, json=self.calls[last])
        if last in {ID, "cancel"}:
            return httpx.Response(200, json={**self.batch, "recipients": self.recipients})
        return httpx.Response(404, json={"message": "no"})


def wave() -> Draft:
    """Return a wave of one contact."""
    at = datetime(2026, 3, 1, tzinfo=UTC)
    source = Job(
        ID, "x", JobStatus.CANCELLED, "cancelled", 1, 0, 0, at, at, agent_id="agent_1", number_id="ap_1"
    )
    row = Contact(
        "acr_1", "+14155559871", ContactStatus.NOT_DIALED, "planned", payload={"customer_id": "cust_1"}
    )
    return Draft("rb-r_05a9f21adc-1", source, (row,), 2)


def test_a_wave_is_one_batch_of_documented_fields() -> None:
    """Name, agent, number, limit, and each number with its metadata beside marker and contact."""
    wire = Wire(name="rb-r_05a9f21adc-1", status="pending")
    made = wire.platform().create_job(wave())
    assert (made.id, made.name) == (ID, "rb-r_05a9f21adc-1")
    said = {"customer_id": "cust_1", VARIABLE: "rb-r_05a9f21adc-1", CONTACT: "acr_1"}
    body = {
        "name": "rb-r_05a9f21adc-1",
        "agent_id": "agent_1",
        "from_number_id": "ap_1",
        "target_concurrency_limit": 2,
        "recipients": [{"to_number": "+14155559871", "metadata": said}],
    }
    assert [json.loads(one.content) for one in wire.asked] == [body]
    headers = wire.asked[0].headers
    assert (headers["authorization"], headers["cartesia-version"]) == ("Bearer key", "2026-03-01")


def test_a_recipient_of_a_wave_is_known_by_the_contacts_own_id() -> None:
    """The platform gives ids of its own: ours comes back in the metadata, and is no part of what is said."""
    said = {"customer_id": "cust_1", VARIABLE: "rb-r_05a9f21adc-1", CONTACT: "c7"}
    row = Wire(recipient(metadata=said)).row()
    assert (row.id, row.marker, row.payload) == ("c7", "rb-r_05a9f21adc-1", {"customer_id": "cust_1"})


@pytest.mark.parametrize(
    ("told", "status"),
    [
        (recipient(), ContactStatus.NOT_DIALED),
        (recipient(status="queued"), ContactStatus.NOT_DIALED),
        (recipient(agent_call_id="ac_1"), ContactStatus.UNKNOWN),
        (recipient(error_message="no route"), ContactStatus.NOT_REACHED),
        (recipient(status="waiting"), ContactStatus.UNKNOWN),
        (recipient(status="cancelled"), ContactStatus.CANCELLED),
        (recipient(status="created"), ContactStatus.IN_DOUBT),
        (recipient(status="failed"), ContactStatus.IN_DOUBT),
        (recipient(status="created", agent_call_id="ac_1"), ContactStatus.IN_DOUBT),
        (recipient(status="started", agent_call_id="ac_1"), ContactStatus.LIVE),
        (recipient(status="completed", agent_call_id="ac_1"), ContactStatus.REACHED),
        (
            recipient(status="completed", agent_call_id="ac_1", end_reason="dial_busy"),
            ContactStatus.NOT_REACHED,
        ),
        (
            recipient(status="failed", agent_call_id="ac_1", end_reason="agent_hangup"),
            ContactStatus.NOT_REACHED,
        ),
    ],
)
def test_only_who_waits_without_a_call_and_without_an_error_counts_as_not_called(
    told: dict[str, Any], status: ContactStatus
) -> None:
    """`agent_call_id` is set once a call was dispatched; a word that nobody has listed proves nothing."""
    assert Wire(told).row().status is status


def test_whoever_failed_before_a_call_is_for_a_person_to_look_at() -> None:
    """The text says why, and no number of it is kept: the request did not come to a dial."""
    row = Wire(recipient(error_message="no route to +14155559871")).row()
    assert [one.system for one in row.reasons] == ["cartesia.predial"]
    assert "5559871" not in row.reasons[0].text
    assert TABLE.rule(row.reasons).disposition is Disposition.OPERATOR


def test_completed_says_dispatched_and_the_calls_say_how_they_ended() -> None:
    """The batch calls nobody more while a call of it is up; what a call denies is not believed of its row."""
    up = recipient(1, "started", agent_call_id="ac_1")
    counted = {"status": "completed", "total_calls_dispatched": 2}
    wire = Wire(up, recipient(2, "completed", agent_call_id="ac_2"), **counted)
    wire.calls["ac_1"] = {"id": "ac_1", "agent_id": "a", "status": "started"}
    wire.calls["ac_2"] = {"id": "ac_2", "agent_id": "a", "status": "failed", "end_reason": "dial_no_answer"}
    platform = wire.platform()
    job = platform.get_job(ID)
    assert (job.status, job.is_stopped) == (JobStatus.RUNNING, True)
    assert Wire(**counted | {"total_calls_finished": 2}).platform().get_job(ID).status is JobStatus.FINISHED
    assert [one.status for one in platform.list_contacts(ID)] == [ContactStatus.LIVE, ContactStatus.REACHED]
    calls = platform.get_calls(["ac_1", "ac_2"])
    assert calls["ac_1"].status is ContactStatus.LIVE
    assert (calls["ac_2"].status, calls["ac_2"].answered) == (ContactStatus.NOT_REACHED, False)
    assert TABLE.rule(calls["ac_2"].reasons).disposition is Disposition.LATER


def test_a_batch_that_was_retried_shows_it() -> None:
    """A retry on request calls failed recipients again: the count of them reaches every rule that asks."""
    assert Wire(retry_count=2).platform().get_job(ID).retries == 2


def test_two_people_under_one_id_are_not_believed() -> None:
    """A body that shows an id twice cannot be trusted."""
    with pytest.raises(InvalidResponseError, match="two people"):
        list(Wire(recipient(1), recipient(1)).platform().list_contacts(ID))


def test_pages_go_on_after_the_last_id_until_there_are_no_more() -> None:
    """`starting_after` is the last id of a page; the end is `has_more: false`, or an empty page."""
    pages = [
        {"data": [{**BATCH, "id": "acb_1"}], "has_more": True},
        {"data": [{**BATCH, "id": "acb_2"}]},
        {"data": []},
    ]
    wire = Wire()
    wire.answer = lambda _request: httpx.Response(200, json=pages.pop(0))
    found = wire.platform().list_jobs(datetime(2020, 1, 1, tzinfo=UTC))
    assert [one.id for one in found] == ["acb_1", "acb_2"]
    asked = [one.url.params.get("starting_after") for one in wire.asked]
    assert asked == [None, "acb_1", "acb_2"]


def test_a_cancel_is_sent_and_a_refused_one_is_read_again() -> None:
    """Once is enough where it is heard; a refusal is none where the batch is over already."""
    wire = Wire()
    wire.platform().stop_job(ID)
    assert [one.url.path for one in wire.asked] == [f"/agents/calls/batches/{ID}/cancel"]
    wire.answer = lambda one: httpx.Response(409, json={"message": "no"}) if one.method == "POST" else None
    with pytest.raises(PlatformError, match="refused to stop"):
        wire.platform().stop_job(ID)
    wire.batch["status"] = "completed"
    wire.platform().stop_job(ID)


@pytest.mark.strikes("calls.unread")
def test_a_call_that_cannot_be_read_is_a_gap() -> None:
    """What became of it is unknown, which holds; one that is gone is left out."""
    wire = Wire()
    wire.answer = lambda one: httpx.Response(403) if one.url.path.endswith("ac_1") else None
    platform = wire.platform()
    found = platform.get_calls(["ac_1", "ac_2"])
    assert {one: call.status for one, call in found.items()} == {"ac_1": ContactStatus.UNKNOWN}
    assert any("could not be read" in gap for gap in platform.gaps())
