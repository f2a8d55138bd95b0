"""What calls say against rows, codes and counters: situations that people have reported, rebuilt small.

Each is looked at by the whole triage. The numbers of the cases are those of the reports they came from.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path as FilePath
from typing import Any

import pytest

from models.disposition.spotcheck import LATEST, RANDOM
from models.enums import Action, Cause, ContactStatus, Disposition, JobStatus, Path
from models.platform import Call, Contact, Reason
from tests.shelf import BEGAN, LAST, NOW, Shelf, base, look_at, phone, put

NOT_DIALED, IN_DOUBT, LIVE, REACHED, NOT_REACHED, CANCELLED, UNKNOWN = ContactStatus
WAITING = range(31, 61)
TRIED = range(31, 53)
"""The 22 people who were called last and not reached; eight more wait behind them."""
LEFT = range(53, 61)
DONE_DROPPED = 30
"""Of the first thirty, called two hours ago, everybody has been reached or was busy."""


def tried(
    *reasons: Reason, row: ContactStatus = NOT_REACHED, people: Iterable[int] = TRIED, **call: Any
) -> Shelf:
    """Return a job whose last calls all ended one way."""
    shelf = base()
    for n in people:
        put(shelf, n, row, *reasons, ended=LAST + timedelta(seconds=n), **call)
    return shelf


def sip(code: int, text: str) -> Reason:
    """Return a SIP status with the text that came along."""
    return Reason("sip", str(code), text)


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (sip(500, "twirp error unknown: INVITE failed: sip status: 603: Decline"), "sip:603~"),
        (sip(503, "upstream answered: SIP/2.0 603 Decline"), "sip:603~"),
        (Reason("elevenlabs.error", "500", "INVITE failed: sip status: 603: Decline"), "sip:603~"),
        (sip(500, "INVITE failed: sip status: 486: Busy Here"), "sip:486~"),
        (sip(502, "gateway: sip code 404 Not Found"), "sip:404~"),
    ],
)
def test_d15_a_gateways_status_gives_way_to_the_status_in_its_text(
    tmp_path: FilePath, reason: Reason, code: str
) -> None:
    """Nobody is redialled for a gateway's 500 whose text says that the person's side refused."""
    it = look_at(tried(reason), tmp_path)
    assert {one.code for one in it.of(*TRIED)} == {code}
    assert all(one.action is not Action.REDIAL for one in it.of(*TRIED))
    assert it.diagnosis.path is Path.HOLD


@pytest.mark.parametrize(
    "text",
    [
        "twirp error unknown: unexpected status from INVITE response: sip status: 482: Request merged",
        "sip status: 488: Not Acceptable Here",
        "sip status: 407: Proxy Authentication Required",
        "twirp error not_found: object cannot be found: outbound trunk ST_1",
    ],
)
def test_d16_a_set_up_fault_in_the_text_holds(tmp_path: FilePath, text: str) -> None:
    """A 500 that hides a fault of the set-up is repaired by a person and not redialled into."""
    it = look_at(tried(sip(500, text)), tmp_path)
    assert it.count(Action.REDIAL) == len(LEFT)
    assert (it.diagnosis.path, it.diagnosis.cause) == (Path.HOLD, Cause.CONFIG)


@pytest.mark.parametrize(
    "reasons",
    [
        (sip(603, "Decline"),),
        (Reason("q850", "21", "Call rejected"),),
        (sip(607, "Unwanted"),),
        (sip(603, "Decline"), Reason("q850", "21", "Call rejected")),
    ],
)
def test_d17_one_answer_for_everybody_is_nobodys_refusal(
    tmp_path: FilePath, reasons: tuple[Reason, ...]
) -> None:
    """All of the latest were declined at once: held, nobody on the opt-out list, the rest not called."""
    it = look_at(tried(*reasons), tmp_path)
    assert (it.diagnosis.path, it.diagnosis.cause) == (Path.HOLD, Cause.PROVIDER)
    assert it.opted_out == set()
    assert it.count(Action.DROP) == DONE_DROPPED
    assert {one.action for one in it.of(*TRIED)} == {Action.HOLD}
    assert "not each person's" in it.said


def test_d17_nearly_everybody_is_enough_and_a_few_are_not(tmp_path: FilePath) -> None:
    """Two answered among twenty refusals change nothing; twelve answered make the eight people's own."""
    mostly = tried(sip(603, "Decline"))
    for n in (33, 44):
        put(mostly, n, REACHED, ended=LAST + timedelta(seconds=n), answered=True, seconds=30)
    it = look_at(mostly, tmp_path)
    assert (it.diagnosis.path, it.opted_out) == (Path.HOLD, set())
    some = tried(sip(603, "Decline"), people=range(31, 39))
    for n in range(39, 53):
        put(some, n, REACHED, ended=LAST + timedelta(seconds=n), answered=True, seconds=30)
    it = look_at(some, tmp_path)
    assert it.opted_out == {phone(n) for n in range(31, 39)}
    assert it.diagnosis.path is Path.RECOVER


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        (Reason("x", "never seen"), Cause.PROVIDER),
        (sip(486, "Busy Here"), Cause.PROVIDER),
        (sip(404, "Not Found"), Cause.CONFIG),
        (sip(503, "Service Unavailable"), Cause.PROVIDER),
        (Reason("elevenlabs.conversation", "failed"), Cause.PROVIDER),
    ],
)
def test_every_latest_call_failing_for_one_reason_holds(
    tmp_path: FilePath, reason: Reason, cause: Cause
) -> None:
    """Known or not: where all of the latest calls end alike, the others are not called into the same."""
    it = look_at(tried(reason), tmp_path)
    assert (it.diagnosis.path, it.diagnosis.cause) == (Path.HOLD, cause)
    assert all(one.action is not Action.DROP for one in it.of(*TRIED))


def test_a_wall_is_left_behind_once_a_person_says_that_it_is_repaired(tmp_path: FilePath) -> None:
    """After --operator-fixed the rest is redialled; whoever got the one answer stays for a person."""
    it = look_at(tried(sip(603, "Decline")), tmp_path, fixed=True)
    assert it.diagnosis.path is Path.RECOVER
    assert it.count(Action.REDIAL) == len(LEFT)
    assert {one.action for one in it.of(*TRIED)} == {Action.HOLD}
    assert it.opted_out == set()


@pytest.mark.parametrize(
    "reason",
    [
        sip(480, "Channel capacity violation"),
        sip(403, "Maxcalls exceeded"),
        sip(486, "CPS exceeded"),
        sip(603, "Concurrent call limit reached"),
        Reason("elevenlabs.error", "480", "too many channels"),
        Reason("q850", "21", "channel limit"),
    ],
)
def test_d18_d19_a_text_that_says_capacity_outranks_its_code(tmp_path: FilePath, reason: Reason) -> None:
    """The carrier's call limit is named as such, nobody is dropped for it, and the set-up is not accused."""
    it = look_at(tried(reason), tmp_path)
    assert it.count(Action.DROP) == DONE_DROPPED
    assert {one.disposition for one in it.of(*TRIED)} == {Disposition.TRANSIENT}
    assert "call limit" in it.said
    assert "set-up fault" not in it.said
    assert it.diagnosis.path in {Path.RECOVER, Path.HOLD}


QUOTA = "This request exceeds your quota limit."


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        (Reason("elevenlabs.error", "1002", QUOTA), Cause.CONFIG),
        (Reason("elevenlabs.error", "1008", "Your credits are used up"), Cause.CONFIG),
        (Reason("elevenlabs.error", "1011", "Agent media stream lost"), Cause.PROVIDER),
        (Reason("elevenlabs.error", "1011", "LLM failed"), Cause.CONFIG),
        (Reason("vapi", "pipeline-error-openai-401-unauthorized"), Cause.CONFIG),
    ],
)
def test_d20_a_call_that_the_platform_kills_is_no_conversation(
    tmp_path: FilePath, reason: Reason, cause: Cause
) -> None:
    """A moving job whose calls die after four seconds is held, and who heard them is not redialled."""
    shelf = tried(reason, answered=True, seconds=4, status=NOT_REACHED)
    shelf.rows = [replace(row, updated_at=NOW) if row.id == "c52" else row for row in shelf.rows]
    it = look_at(shelf, tmp_path)
    assert (it.diagnosis.path, it.diagnosis.cause) == (Path.HOLD, cause)
    assert {one.action for one in it.of(*TRIED)} == {Action.HOLD}
    again = look_at(shelf, tmp_path, fixed=True)
    assert {one.action for one in again.of(*TRIED)} == {Action.HOLD}


def test_a_long_conversation_that_a_fault_ended_was_one(tmp_path: FilePath) -> None:
    """A call that breaks off after two minutes has reached its person."""
    shelf = tried(Reason("elevenlabs.error", "1011", "media lost"), answered=True, seconds=120, people=[31])
    (one,) = look_at(shelf, tmp_path).of(31)
    assert (one.disposition, one.action) == (Disposition.REACHED, Action.DROP)


def completed(shelf: Shelf) -> Shelf:
    """Let the platform say that the job is completed."""
    shelf.job = replace(shelf.job, status=JobStatus.FINISHED, raw_status="completed")
    return shelf


@pytest.mark.parametrize("call", [{}, {"result": "failed"}, {"result": "no_answer"}, {"result": "busy"}])
def test_d21_completed_rows_whose_calls_failed_are_not_believed(
    tmp_path: FilePath, call: dict[str, str]
) -> None:
    """Thirty people whom nobody reached are redialled or kept back, never called done."""
    it = look_at(completed(tried(sip(503, ""), row=REACHED, people=WAITING, **call)), tmp_path)
    assert it.diagnosis.path is Path.HOLD
    assert "contradicts itself" in it.said or "same answer" in it.said
    assert Disposition.REACHED not in {one.disposition for one in it.of(*WAITING)}


def test_d21_after_a_person_has_looked_they_are_redialled(tmp_path: FilePath) -> None:
    """With --operator-fixed the rows are judged by their calls."""
    it = look_at(completed(tried(sip(503, ""), row=REACHED, people=WAITING)), tmp_path, fixed=True)
    assert it.diagnosis.path is Path.RECOVER
    assert {one.action for one in it.of(*WAITING)} == {Action.REDIAL}


def test_d22_a_provider_is_named_behind_completed_rows(tmp_path: FilePath) -> None:
    """Twenty of the twenty-four latest completed rows have a failed call: held, and the provider accused."""
    shelf = tried(sip(503, ""), row=REACHED, people=range(31, 51))
    for n in range(51, 55):
        put(shelf, n, REACHED, ended=NOW, answered=True, seconds=30)
    it = look_at(shelf, tmp_path)
    assert (it.diagnosis.path, it.diagnosis.cause) == (Path.HOLD, Cause.PROVIDER)
    assert {one.disposition for one in it.of(*range(31, 51))} == {Disposition.TRANSIENT}


@pytest.mark.parametrize(
    ("code", "failed", "status"),
    [(502, 20, JobStatus.RUNNING), (503, 24, JobStatus.RUNNING), (504, 20, JobStatus.PAUSED),
     (503, 22, JobStatus.FINISHED)],
)  # fmt: skip
def test_d22_completed_rows_with_failed_calls_lose_nobody(
    tmp_path: FilePath, code: int, failed: int, status: JobStatus
) -> None:
    """Whatever the code, the share and the job's own word: people of failed calls are not done."""
    shelf = tried(sip(code, ""), row=REACHED, people=range(31, 31 + failed))
    shelf.job = replace(shelf.job, status=status, raw_status=status.value)
    for n in range(31 + failed, 55):
        put(shelf, n, REACHED, ended=NOW, answered=True, seconds=30)
    it = look_at(shelf, tmp_path)
    assert it.diagnosis.path is not Path.NOTHING
    assert {one.action for one in it.of(*range(31, 31 + failed))} <= {Action.HOLD, Action.REDIAL}


def test_a_job_that_tells_the_truth_costs_only_the_sample(tmp_path: FilePath) -> None:
    """Of a hundred completed rows a bounded, seeded few are checked, the same at every look."""
    shelf = completed(base(done=0, waiting=100))
    for n in range(1, 101):
        put(shelf, n, REACHED, ended=BEGAN + timedelta(seconds=n), answered=True, seconds=30)
    it = look_at(shelf, tmp_path)
    first = list(shelf.read)
    assert it.diagnosis.path is Path.NOTHING
    assert len(first) == LATEST + RANDOM
    shelf.read.clear()
    look_at(shelf, tmp_path)
    assert shelf.read == first


def test_what_no_call_vouches_for_is_held_once_others_were_wrong(tmp_path: FilePath) -> None:
    """A completed row without a call is believed only on a platform that was not caught."""
    shelf = completed(tried(sip(503, ""), row=REACHED, people=WAITING))
    shelf.rows[0] = replace(shelf.rows[0], call_id=None)
    del shelf.calls["k2"]
    it = look_at(shelf, tmp_path)
    assert [one.action for one in it.of(1, 2, 3)] == [Action.HOLD, Action.HOLD, Action.DROP]


def test_d23_the_rows_of_a_copy_outrank_its_counter(tmp_path: FilePath) -> None:
    """A cancelled copy counts no dispatch and names twenty answered calls: those people were reached."""
    shelf = base()
    copy = replace(
        shelf.job, id="job-2", name="Spring copy", status=JobStatus.CANCELLED, raw_status="cancelled",
        total=20, dispatched=0, finished=0,
    )  # fmt: skip
    rows = [Contact(f"d{n}", phone(n), CANCELLED, "cancelled", f"z{n}", BEGAN, LAST) for n in range(31, 51)]
    shelf.others["job-2"] = (copy, rows)
    for n in range(31, 51):
        shelf.calls[f"z{n}"] = Call(f"z{n}", REACHED, "done", True, job_id="job-2", seconds=20)
    it = look_at(shelf, tmp_path)
    assert all(one.action is not Action.REDIAL for one in it.of(*range(31, 51)))
    assert it.count(Action.REDIAL) == 10


@pytest.mark.parametrize(
    ("status", "row", "dispatched", "called"),
    [(JobStatus.PAUSED, CANCELLED, 0, REACHED), (JobStatus.FINISHED, NOT_DIALED, 0, REACHED),
     (JobStatus.CANCELLED, NOT_DIALED, 1, REACHED), (JobStatus.RUNNING, CANCELLED, 0, LIVE)],
)  # fmt: skip
def test_d23_no_counter_of_a_copy_makes_its_calls_undone(
    tmp_path: FilePath, status: JobStatus, row: ContactStatus, dispatched: int, called: ContactStatus
) -> None:
    """However the copy ended, nobody whom its calls reached or ring is called again."""
    shelf = base()
    copy = replace(
        shelf.job, id="job-2", name="Spring again", status=status, raw_status=status.value,
        total=20, dispatched=dispatched, finished=0,
    )  # fmt: skip
    rows = [Contact(f"d{n}", phone(n), row, str(row), f"z{n}", BEGAN, LAST) for n in range(31, 51)]
    shelf.others["job-2"] = (copy, rows)
    for n in range(31, 51):
        shelf.calls[f"z{n}"] = Call(f"z{n}", called, str(called), True, job_id="job-2", seconds=20)
    it = look_at(shelf, tmp_path)
    assert all(one.action is not Action.REDIAL for one in it.of(*range(31, 51)))


def by_whatsapp(shelf: Shelf, people: Iterable[int]) -> Shelf:
    """Let some people be reached by WhatsApp, with a user id and no number."""
    for n in people:
        shelf.rows[n - 1] = replace(shelf.rows[n - 1], phone=None, channel="whatsapp")
    return shelf


def test_d24_people_without_a_phone_are_held_and_said(tmp_path: FilePath) -> None:
    """Thirty WhatsApp recipients are neither malformed nor done."""
    it = look_at(by_whatsapp(base(), WAITING), tmp_path)
    assert it.diagnosis.path is Path.HOLD
    assert {one.action for one in it.of(*WAITING)} == {Action.HOLD}
    assert "not all a phone batch" in it.said
    assert "30 people are held" in it.said


@pytest.mark.parametrize("status", [JobStatus.RUNNING, JobStatus.FINISHED, JobStatus.FAILED])
def test_d24_a_job_of_only_such_people_is_no_phone_batch(tmp_path: FilePath, status: JobStatus) -> None:
    """Whatever its status, such a job never ends healthy while somebody of it was not reached."""
    shelf = by_whatsapp(base(done=0), range(1, 31))
    shelf.job = replace(shelf.job, status=status, raw_status=str(status))
    it = look_at(shelf, tmp_path)
    assert it.diagnosis.path is Path.HOLD
    assert "not a phone batch" in it.said


def test_a_number_on_another_channel_is_not_dialled_by_phone(tmp_path: FilePath) -> None:
    """A WhatsApp recipient may have a number as well: it was not given to be rung."""
    shelf = base()
    shelf.rows[40] = replace(shelf.rows[40], channel="whatsapp")
    (one,) = look_at(shelf, tmp_path).of(41)
    assert one.action is Action.HOLD
    assert "whatsapp" in one.why


def test_d59_a_completed_job_with_people_never_dialled_fell_short(tmp_path: FilePath) -> None:
    """Thirty who were never dialled are redialled."""
    it = look_at(completed(base()), tmp_path)
    assert (it.diagnosis.cause, it.count(Action.REDIAL)) == (Cause.FELL_SHORT, 30)


@pytest.mark.parametrize(("done", "waiting"), [(30, 1), (0, 30), (55, 5), (12, 48)])
def test_d59_whatever_a_completed_job_left_is_redialled(tmp_path: FilePath, done: int, waiting: int) -> None:
    """One person, everybody, or most of the list: whoever was never dialled is, and nobody else."""
    it = look_at(completed(base(done=done, waiting=waiting)), tmp_path)
    assert (it.diagnosis.cause, it.count(Action.REDIAL)) == (Cause.FELL_SHORT, waiting)
    assert all(one.action is Action.REDIAL for one in it.of(*range(done + 1, done + waiting + 1)))


@pytest.mark.parametrize("count", [1, 2, 4])
def test_d60_a_few_who_decline_mean_it(tmp_path: FilePath, count: int) -> None:
    """One person who declines alone stays a decline, and goes on the list of opt-outs."""
    people = range(31, 31 + count)
    it = look_at(tried(sip(603, "Decline"), people=people), tmp_path)
    assert it.count(Action.REDIAL) == 30 - count
    assert it.opted_out == {phone(n) for n in people}


def test_d61_a_job_without_contacts_says_so(tmp_path: FilePath) -> None:
    """A job that was started without its list names that."""
    it = look_at(base(done=0, waiting=0), tmp_path)
    assert it.diagnosis.path in {Path.NOTHING, Path.HOLD}
    assert "no contacts" in it.said


@pytest.mark.parametrize("status", [JobStatus.FINISHED, JobStatus.CANCELLED, JobStatus.PAUSED])
def test_d61_a_job_without_contacts_says_so_however_it_ended(tmp_path: FilePath, status: JobStatus) -> None:
    """An empty list is named whether the job waits, ended by itself or was stopped."""
    shelf = base(done=0, waiting=0)
    shelf.job = replace(shelf.job, status=status, raw_status=status.value)
    it = look_at(shelf, tmp_path)
    assert it.diagnosis.path in {Path.NOTHING, Path.HOLD}
    assert "no contacts" in it.said


@pytest.mark.parametrize("result", ["answered", "voicemail"])
@pytest.mark.parametrize("row", [NOT_REACHED, IN_DOUBT, CANCELLED, NOT_DIALED])
def test_who_the_carrier_says_was_reached_is_never_redialled(
    tmp_path: FilePath, result: str, row: ContactStatus
) -> None:
    """A row that failed with 503 while the carrier says answered was reached."""
    it = look_at(tried(sip(503, ""), row=row, people=range(31, 36), result=result), tmp_path)
    assert {one.disposition for one in it.of(*range(31, 36))} == {Disposition.REACHED}


@pytest.mark.parametrize(
    ("call", "disposition"),
    [
        ({"result": "busy"}, Disposition.LATER),
        ({"result": "no_answer"}, Disposition.LATER),
        ({"result": "failed"}, Disposition.TRANSIENT),
        ({"result": "no_answer", "seconds": 5}, Disposition.REACHED),
        ({"result": "busy", "answered": True, "status": NOT_REACHED}, Disposition.REACHED),
        ({"result": "rejected"}, Disposition.AMBIGUOUS),
    ],
)
def test_what_the_carrier_says_goes_before_vague_codes(
    tmp_path: FilePath, call: dict[str, Any], disposition: Disposition
) -> None:
    """Busy and no answer outrank a 503, a contradiction is read carefully, an unknown word holds."""
    (one,) = look_at(tried(sip(503, ""), people=[31], **call), tmp_path).of(31)
    assert one.disposition is disposition


@pytest.mark.parametrize(
    ("code", "disposition"),
    [
        ("user_requested_dnc", Disposition.DO_NOT_CONTACT),
        ("user_requested_callback", Disposition.AMBIGUOUS),
    ],
)
@pytest.mark.parametrize("row", [REACHED, NOT_REACHED])
def test_what_a_person_asked_for_in_the_call_is_kept(
    tmp_path: FilePath, code: str, disposition: Disposition, row: ContactStatus
) -> None:
    """An opt-out that was spoken suppresses; a callback waits for its time or a person."""
    shelf = tried(Reason("retell", code), row=row, people=[31], answered=True, seconds=60)
    it = look_at(shelf, tmp_path)
    (one,) = it.of(31)
    assert one.disposition is disposition
    assert (one.action is Action.HOLD) is (code == "user_requested_callback")
    assert it.opted_out == ({phone(31)} if code == "user_requested_dnc" else set())


@pytest.mark.parametrize(
    ("reason", "disposition"),
    [
        (Reason("elevenlabs.error", "21215", "Geo permission"), Disposition.OPERATOR),
        (Reason("elevenlabs.error", "13224", ""), Disposition.PERMANENT),
        (Reason("elevenlabs.termination", "t", "Twilio error 21211: Invalid To"), Disposition.PERMANENT),
        (Reason("retell", "dial_failed", "twilio.com/docs/errors/21215"), Disposition.OPERATOR),
        (Reason("elevenlabs.error", "99999", "Twilio error 99999"), Disposition.UNKNOWN),
        (Reason("elevenlabs.error", "480", "Temporarily Unavailable"), Disposition.UNKNOWN),
    ],
)
def test_the_carriers_own_codes_are_looked_up(
    tmp_path: FilePath, reason: Reason, disposition: Disposition
) -> None:
    """A Twilio code is known wherever a platform hands it through; a bare 480 is no SIP status."""
    (one,) = look_at(tried(reason, people=[31]), tmp_path).of(31)
    assert one.disposition is disposition
