"""Vogent's adapter on a wire of the test's own: drafts, hours, and people who stand in neither list."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from models.enums import ContactStatus, JobStatus
from models.plan.markers import CONTACT, VARIABLE
from models.platform import Contact, Draft, Job, PlatformError, SubmitRefusedError
from tasks.platforms.vogent.adapter import Vogent
from tasks.platforms.vogent.hours import goes_on_at
from tasks.platforms.vogent.roll import Roll
from tests.fakes.voqo import TickingClock

JOB = "b0b3a2f4"


def hours(start: str, end: str, days: Iterable[int] = range(7), zone: str = "UTC") -> dict[str, Any]:
    """Return a schedule of the same hours on some days of the week, 0 being Sunday."""
    slot = {"startTime": start, "endTime": end}
    return {"days": [{"dayOfWeek": day, "timeSlots": [slot]} for day in days], "timezone": zone}


OFFICE = hours("09:00", "17:00", range(1, 6), "America/New_York")
DOCUMENTED = {
    "id": JOB,
    "maxConcurrentDials": 5,
    "name": "Customer Survey Campaign",
    "status": "ACTIVE",
    "callAgentId": "agent_1",
    "createdAt": "2023-11-07T05:31:56Z",
    "fromPhoneNumberIds": ["pn_1"],
}
"""A BatchDialJob as the reference shows it."""
SPOKEN = [{"speaker": "HUMAN", "text": "Hello"}]
FRIDAY_NIGHT, MONDAY_MORNING = datetime(2026, 3, 6, 23, tzinfo=UTC), datetime(2026, 3, 9, 13, tzinfo=UTC)
DATE = "Fri, 06 Mar 2026 15:00:00 GMT"
"""Ten in the morning in New York."""


def queued(n: int, **inputs: Any) -> dict[str, Any]:
    """Return a queued row as the reference shows one."""
    told = {"id": f"spec_{n}", "toNumber": f"+6149157000{n}", "batchDialJobId": JOB, "inputs": inputs}
    return told | {"createdAt": "2023-11-07T05:31:56Z"}


def dial(
    n: int, status: str = "completed", result: str | None = "COUNTERPARTY_HANGUP", **more: Any
) -> dict[str, Any]:
    """Return a dial as the reference shows one."""
    told: dict[str, Any] = {"id": f"dial_{n}", "toNumber": f"+6149157000{n}", "status": status, "inputs": {}}
    times = {"startedAt": "2023-11-07T06:00:00Z", "endedAt": "2023-11-07T06:01:00Z"}
    return told | times | {"systemResultType": result, "durationSeconds": 0, "transcript": []} | more


class People:
    """Who is in a job, as far as the test says."""

    region = "AU"

    def __init__(self, *people: Contact) -> None:
        self.roll = Roll(people, whole=bool(people))

    def of(self, _job_id: str, _name: str) -> Roll:
        """Return them."""
        return self.roll


class Wire:
    """A workspace with one job: what it answers, and what it was asked."""

    def __init__(self, queue: Sequence[Any] = (), dials: Sequence[Any] = (), **job: Any) -> None:
        self.asked: list[httpx.Request] = []
        self.job = {**DOCUMENTED, **job}
        self.parts = {"queue": list(queue), "dials": list(dials)}
        self.answer: Callable[[httpx.Request], httpx.Response | None] = lambda _request: None

    def platform(self, *people: Contact) -> Vogent:
        """Return the adapter."""
        transport = httpx.MockTransport(self._answer)
        return Vogent(
            "https://x.example/api", "key", People(*people), clock=TickingClock(), transport=transport
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if found := self.answer(request):
            return found
        part = request.url.path.rsplit("/", 1)[-1]
        body: Any = {"data": self.parts[part], "cursor": None} if part in self.parts else self.job
        if part == "batch_dial_jobs" and request.method == "GET":
            body = {"data": [self.job], "cursor": None}
        return httpx.Response(200, json=body, headers={"date": DATE})

    @property
    def writes(self) -> list[tuple[str, Any]]:
        """Return what was posted, and where."""
        return [(one.url.path, json.loads(one.content)) for one in self.asked if one.method == "POST"]


def wave(settings: Mapping[str, Any] | None = None) -> Draft:
    """Return a wave of one contact."""
    at = datetime(2026, 3, 1, tzinfo=UTC)
    source = Job(
        JOB, "x", JobStatus.PAUSED, "PAUSED", 1, 0, 0, at, at, agent_id="agent_1", settings=settings or {}
    )
    row = Contact("row-1", "+61491570001", ContactStatus.NOT_DIALED, "planned", payload={"name": "Kim"})
    return Draft("rb-r_05a9f21adc-1", source, (row,), 2)


def test_a_create_sends_documented_fields_and_calls_nobody() -> None:
    """One request with marker and contact in the inputs; what comes back is a draft, and is not started."""
    wire = Wire(status="INIT")
    made = wire.platform().create_job(wave({"fromPhoneNumberIds": ["pn_1"]}))
    assert (made.status, made.halted, made.is_stopped) == (JobStatus.DRAFT, True, True)
    inputs = {"name": "Kim", VARIABLE: "rb-r_05a9f21adc-1", CONTACT: "row-1"}
    body = {
        "name": "rb-r_05a9f21adc-1",
        "callAgentId": "agent_1",
        "maxConcurrentDials": 2,
        "rows": [{"toNumber": "+61491570001", "inputs": inputs}],
        "fromPhoneNumberIds": ["pn_1"],
    }
    assert wire.writes == [("/api/batch_dial_jobs", body)]
    assert wire.asked[0].headers["authorization"] == "Bearer key"


@pytest.mark.parametrize("status", ["ACTIVE", "PAUSED", "COMPLETE", "CANCELLED"])
def test_only_a_draft_is_started(status: str) -> None:
    """What somebody has paused since is not had go on from here, nor is what runs begun twice."""
    wire = Wire(status=status)
    wire.platform().start_job(JOB)
    assert wire.writes == []


def test_a_draft_is_started_by_the_documented_request() -> None:
    """`paused: false` is the start of a job in INIT."""
    wire = Wire(status="INIT")
    wire.platform().start_job(JOB)
    assert wire.writes == [(f"/api/batch_dial_jobs/{JOB}/paused", {"paused": False})]


@pytest.mark.parametrize("status", ["COMPLETE", "CANCELLED"])
def test_what_is_over_is_not_paused(status: str) -> None:
    """Nobody documents what a pause makes of a job that has ended: it is left as it is."""
    wire = Wire(status=status)
    wire.platform().stop_job(JOB)
    assert wire.writes == []


def test_a_stop_that_is_refused_is_none_while_the_job_runs() -> None:
    """The job is read again: as long as it runs, the refusal is said."""
    wire = Wire()
    wire.answer = lambda request: (
        httpx.Response(422, json={"message": "no"}) if request.method == "POST" else None
    )
    with pytest.raises(PlatformError, match="refused to stop"):
        wire.platform().stop_job(JOB)


def test_a_wave_knows_its_contacts_by_their_own_id() -> None:
    """Queued or dialled, a row carries the contact's id in its inputs; ours are no part of the payload."""
    ours = {VARIABLE: "rb-r_05a9f21adc-1", CONTACT: "row-1", "name": "Kim"}
    wire = Wire([queued(1, **ours)], [dial(2, inputs=ours | {CONTACT: "row-2"})])
    rows = {one.id: one for one in wire.platform().list_contacts(JOB)}
    assert rows.keys() == {"row-1", "row-2"}
    assert rows["row-1"].payload == {"name": "Kim"}
    assert rows["row-1"].marker == "rb-r_05a9f21adc-1"


def test_counters_are_made_of_queue_dials_and_whoever_is_in_neither() -> None:
    """A row that left the queue and ended nowhere was handed over: it counts, it is in doubt, it is held."""
    wire = Wire([queued(1)], [dial(2)])
    missing = Contact("row-3", "+61491570003", ContactStatus.IN_DOUBT, "neither")
    platform = wire.platform(
        Contact("row-1", "+61491570001", ContactStatus.IN_DOUBT, "neither"),
        Contact("row-2", "0491 570 002", ContactStatus.IN_DOUBT, "neither"),
        missing,
    )
    job = platform.get_job(JOB)
    assert (job.total, job.dispatched, job.finished, job.cap) == (3, 2, 1, 5)
    found = {one.id: one.status for one in platform.list_contacts(JOB)}
    assert found == {
        "row-1": ContactStatus.NOT_DIALED,
        "row-2": ContactStatus.REACHED,
        "row-3": ContactStatus.IN_DOUBT,
    }


def test_who_left_the_queue_is_as_old_as_when_it_was_seen_there_last() -> None:
    """Silence counts from the last look that showed somebody waiting, not from when the job was made."""
    wire = Wire([queued(1)])
    platform = wire.platform(Contact("row-1", "+61491570001", ContactStatus.IN_DOUBT, "neither"))
    platform.get_job(JOB)
    wire.parts["queue"] = []
    platform.get_job(JOB)
    row = next(iter(platform.list_contacts(JOB)))
    assert (row.status, row.updated_at) == (ContactStatus.IN_DOUBT, datetime(2026, 3, 6, 15, tzinfo=UTC))


def test_two_dials_of_one_contact_are_one_row_and_a_call_beside_it() -> None:
    """The one that forbids most is shown, and the other is told as a call that nobody asked for."""
    wire = Wire((), [dial(1, "busy", "BUSY"), dial(1) | {"id": "dial_9"}])
    platform = wire.platform()
    row = next(iter(platform.list_contacts(JOB)))
    assert (row.id, row.call_id, row.status) == ("dial_1", "dial_9", ContactStatus.REACHED)
    calls = list(
        platform.list_calls(platform.get_job(JOB), datetime(2020, 1, 1, tzinfo=UTC), frozenset({"dial_9"}))
    )
    assert [(one.id, one.contact_id) for one in calls] == [("dial_1", "dial_1")]


@pytest.mark.parametrize(
    ("told", "status", "answered"),
    [
        (dial(1, "completed", "BUSY"), ContactStatus.REACHED, True),
        (dial(1, "busy", "USER_HANGUP"), ContactStatus.NOT_REACHED, None),
        (dial(1, "no-answer", None), ContactStatus.NOT_REACHED, False),
        (dial(1, "failed", "FAILED", transcript=SPOKEN), ContactStatus.NOT_REACHED, True),
        (dial(1, "ringing", None), ContactStatus.IN_DOUBT, None),
        (dial(1, "parked", None), ContactStatus.UNKNOWN, None),
    ],
)  # fmt: skip
def test_of_two_witnesses_the_one_that_forbids_is_believed(
    told: Mapping[str, Any], status: ContactStatus, answered: bool | None
) -> None:
    """A status, a result and a word of a human may disagree: whatever keeps from a redial counts."""
    call = Wire((), [told]).platform()
    row = next(iter(call.list_contacts(JOB)))
    assert row.status is status
    if status.is_over:
        assert call.get_calls([str(row.call_id)])[str(row.call_id)].answered is answered


def test_nothing_private_of_a_dial_is_kept() -> None:
    """Transcript, result of the agent and recordings are read past."""
    told = dial(1, transcript=[{"speaker": "HUMAN", "text": "my secret"}], aiResult={"x": "my secret"})
    platform = Wire((), [told]).platform()
    rows = list(platform.list_contacts(JOB))
    assert "my secret" not in repr([*rows, platform.get_calls(["dial_1"])])


def test_an_input_that_is_no_text_is_not_sent_again() -> None:
    """The platform takes texts alone: a call that cannot be repeated as it was is held."""
    row = next(iter(Wire([queued(1, amount=12)]).platform().list_contacts(JOB)))
    assert row.problem


@pytest.mark.parametrize(
    ("schedule", "now", "opens"),
    [
        (None, FRIDAY_NIGHT, None),
        (OFFICE | {"disableSchedule": True}, FRIDAY_NIGHT, None),
        (OFFICE, FRIDAY_NIGHT, MONDAY_MORNING),
        (OFFICE, datetime(2026, 3, 6, 15, tzinfo=UTC), None),
        (OFFICE, datetime(2026, 3, 6, 22, tzinfo=UTC), MONDAY_MORNING),
        (OFFICE, datetime(2026, 3, 6, 13, 59, tzinfo=UTC), datetime(2026, 3, 6, 14, tzinfo=UTC)),
    ],
)
def test_a_schedule_tells_when_a_job_goes_on(
    schedule: dict[str, Any] | None, now: datetime, opens: datetime | None
) -> None:
    """Zero is Sunday, times are the zone's own, and summer time begins where it begins there."""
    assert goes_on_at(schedule, now) == opens


@pytest.mark.parametrize(
    "schedule",
    [
        {"days": [], "timezone": "UTC"},
        hours("09:00", "17:00", zone="Mars/Olympus"),
        hours("22:00", "06:00"),
        {"timezone": "UTC"},
    ],
)  # fmt: skip
def test_a_schedule_that_cannot_be_read_leaves_the_job_unknown(schedule: dict[str, Any]) -> None:
    """It may wait, or it may have stalled: unknown holds, and nothing repeats such hours."""
    wire = Wire(schedule=schedule)
    assert wire.platform().get_job(JOB).status is JobStatus.UNKNOWN
    with pytest.raises(SubmitRefusedError, match="cannot be read"):
        wire.platform().create_job(wave({"schedule": schedule}))
    assert wire.writes == []


def test_hours_of_the_source_are_kept_by_its_waves() -> None:
    """A job within its hours runs, one outside them waits for the next; a wave is made within them alone."""
    night = hours("20:00", "21:00", [5])
    job = Wire(schedule=night).platform().get_job(JOB)
    assert (job.status, job.scheduled_at) == (JobStatus.RUNNING, datetime(2026, 3, 6, 20, tzinfo=UTC))
    assert Wire(schedule=OFFICE).platform().get_job(JOB).scheduled_at is None
    wire = Wire(status="INIT")
    always = hours("00:00", "23:59")
    wire.platform().create_job(wave({"schedule": always}))
    assert wire.writes[0][1]["schedule"] == always


def test_a_wave_outside_the_hours_is_refused_until_they_begin() -> None:
    """Nothing is sent, and the same wave may go once the source's own hours have come."""
    wire = Wire()
    never = hours("00:00", "00:01")
    clock = TickingClock()
    clock.sleep((datetime(2030, 1, 1, 12, tzinfo=UTC) - clock.now()).total_seconds())
    platform = Vogent(
        "https://x.example/api", "key", People(), clock=clock, transport=httpx.MockTransport(wire._answer)
    )
    with pytest.raises(SubmitRefusedError) as refused:
        platform.create_job(wave({"schedule": never}))
    assert (refused.value.retry_after, refused.value.fatal) == (12 * 3600, False)
    assert wire.asked == []


@pytest.mark.strikes("calls.unread")
def test_a_dial_that_cannot_be_read_is_a_gap() -> None:
    """What became of it is unknown, which holds; one that is gone is left out."""
    wire = Wire()
    gone = httpx.Response(404)
    wire.answer = lambda one: (
        (gone if "gone" in one.url.path else httpx.Response(403)) if "/dials/" in one.url.path else None
    )
    platform = wire.platform()
    found = platform.get_calls(["dial_1", "gone"])
    assert {one: call.status for one, call in found.items()} == {"dial_1": ContactStatus.UNKNOWN}
    assert any("could not be read" in gap for gap in platform.gaps())
