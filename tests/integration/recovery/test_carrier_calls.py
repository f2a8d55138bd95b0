"""What a look asks of the carrier and makes of the answers: few calls, of those people, once each."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path as FilePath
from typing import Any

import pytest

from models.carrier import CarrierCall
from models.disposition.carried_out import carry_out
from models.disposition.decision import Decided, call_trace
from models.disposition.strategy import Judged
from models.enums import Action, Cause, Check, Choice, ContactStatus, Disposition, Severity
from models.platform import Call, Contact, Reason
from tasks.carriers.port import CarrierAnswer
from tasks.triage.carrier_calls import MOST
from tests.shelf import BEGAN, LAST, NOW, Shelf, Told, base, look_at, phone, put

NOT_DIALED, IN_DOUBT, LIVE, REACHED, NOT_REACHED, CANCELLED, UNKNOWN = ContactStatus
OUTAGE = Reason("sip", "503")
TALKED = CarrierCall("twilio", "completed", answered_by="human", seconds=40)
FAILED = CarrierCall("twilio", "failed")


def sid(n: int) -> str:
    """Return the carrier's id of the call to the nth person."""
    return f"CA{n:032x}"


class Line:
    """A carrier that tells what a test has laid down, and keeps what it was asked."""

    name = "twilio"

    def __init__(self, told: Mapping[int, CarrierCall], to: str | None = None) -> None:
        self.told = {sid(n): CarrierAnswer(call, to or phone(n)) for n, call in told.items()}
        self.asked: list[str] = []
        self.said: list[str] = []

    def is_id(self, carrier_id: str) -> bool:
        """Tell whether it is an id of ours."""
        return carrier_id.startswith("CA")

    def remembers(self, carrier_id: str) -> bool:
        """Tell whether it was asked for before."""
        return carrier_id in self.asked

    def look_up(self, carrier_ids: Iterable[str]) -> Mapping[str, CarrierAnswer]:
        """Return what is told."""
        ids = list(carrier_ids)
        self.asked += [one for one in ids if one not in self.asked]
        return {one: self.told[one] for one in ids if one in self.told}

    def untold(self, message: str) -> None:
        """Keep a gap."""
        self.said.append(message)

    def gaps(self) -> tuple[str, ...]:
        """Return what was not told."""
        return tuple(self.said)

    def check(self) -> str:
        """Say that all is well."""
        return "The line answers."


def failed(*people: int, reason: Reason = OUTAGE, **call: Any) -> Shelf:
    """Return a job in which some people's calls failed."""
    shelf = base()
    for n in people:
        put(shelf, n, NOT_REACHED, reason, ended=LAST + timedelta(seconds=n), carrier_id=sid(n), **call)
    return shelf


def meaning(it: Told, *people: int) -> set[tuple[Action, Disposition]]:
    """Return what the plan does with some people, and as what it has them."""
    return {(one.action, one.disposition) for one in it.of(*people)}


def strategy(it: Told) -> Any:
    """Return what check 4 saw."""
    return next(one for one in it.ctx.case.findings if one.check is Check.STRATEGY)


def test_only_calls_that_the_platforms_word_leaves_open_are_asked_about(tmp_path: FilePath) -> None:
    """Whom the platform itself knows reached is no question; nor is a call whose id is another carrier's."""
    shelf = failed(31, 32)
    put(shelf, 33, NOT_REACHED, OUTAGE, answered=True, seconds=30, carrier_id=sid(33))
    put(shelf, 34, NOT_REACHED, OUTAGE, carrier_id="SCL_34")
    put(shelf, 35, NOT_REACHED, OUTAGE)
    line = Line({31: TALKED, 32: FAILED})
    it = look_at(shelf, tmp_path, carrier=line)
    assert line.asked == [sid(31), sid(32)]
    assert meaning(it, 31) == {(Action.HOLD, Disposition.AMBIGUOUS)}
    assert meaning(it, 32, 34, 35) == {(Action.REDIAL, Disposition.TRANSIENT)}
    assert [one.carrier for one in it.of(31, 32, 34)] == [TALKED, FAILED, None]
    assert (strategy(it).severity, strategy(it).evidence["carrier"]) == (
        Severity.OK,
        {"completed": 1, "failed": 1},
    )


def test_what_row_and_call_mean_together_says_whether_the_carrier_is_asked(tmp_path: FilePath) -> None:
    """The call blames the number and the row an outage, which weighs more: by that they are redialled."""
    shelf = failed(31, reason=Reason("retell", "invalid_destination"))
    shelf.rows[30] = replace(shelf.rows[30], reasons=(OUTAGE,))
    assert meaning(look_at(shelf, tmp_path / "plain"), 31) == {(Action.REDIAL, Disposition.TRANSIENT)}
    it = look_at(shelf, tmp_path / "told", carrier=Line({31: TALKED}))
    assert meaning(it, 31) == {(Action.HOLD, Disposition.AMBIGUOUS)}


@pytest.mark.strikes("carrier.other_number")
def test_an_answer_about_somebody_else_says_nothing(tmp_path: FilePath) -> None:
    """The carrier's call went to another number: whoever's it was, it is not this person's."""
    line = Line({31: TALKED}, to=phone(999))
    it = look_at(failed(31), tmp_path, carrier=line)
    assert meaning(it, 31) == {(Action.REDIAL, Disposition.TRANSIENT)}
    assert it.of(31)[0].carrier is None
    assert "another number" in it.said
    assert phone(999) not in it.said


@pytest.mark.parametrize("written", ["07700 900031", "447700900031", "+44 7700 900 031"])
def test_a_number_is_one_however_it_is_written(tmp_path: FilePath, written: str) -> None:
    """The carrier writes E.164, the platform as it likes: it is one person."""
    shelf = failed(31)
    shelf.rows[30] = replace(shelf.rows[30], phone=written)
    it = look_at(shelf, tmp_path, carrier=Line({31: TALKED}), default_region="GB")
    assert meaning(it, 31) == {(Action.HOLD, Disposition.AMBIGUOUS)}


@pytest.mark.strikes("carrier.bound")
def test_one_look_asks_about_so_many_and_says_what_it_left(tmp_path: FilePath) -> None:
    """Of a large job a part is asked about; for the rest the platform's word stands alone, which is said."""
    people = range(1, MOST + 31)
    shelf = base(done=0, waiting=len(people))
    for n in people:
        put(shelf, n, NOT_REACHED, OUTAGE, ended=LAST, carrier_id=sid(n))
    line = Line(dict.fromkeys(people, TALKED))
    it = look_at(shelf, tmp_path, carrier=line)
    assert len(line.asked) == MOST
    assert "was not asked about 30 calls" in strategy(it).message
    assert it.count(Action.REDIAL) == 30
    look_at(shelf, tmp_path / "again", carrier=line)
    assert len(line.asked) == len(people)


def test_a_call_of_another_job_counts_as_much(tmp_path: FilePath) -> None:
    """A second job's call to the person failed on the platform and was answered by the carrier: held."""
    shelf = failed(31)
    other = replace(shelf.job, id="job-2", name="Again", total=1, dispatched=1, finished=1)
    row = Contact("d1", phone(31), NOT_REACHED, "failed", "z1", BEGAN, LAST)
    shelf.others["job-2"] = (other, [row])
    shelf.calls["z1"] = Call("z1", NOT_REACHED, "failed", False, (OUTAGE,), "job-2", "d1", carrier_id=sid(77))
    line = Line({31: FAILED})
    line.told[sid(77)] = CarrierAnswer(TALKED, phone(31))
    it = look_at(shelf, tmp_path, carrier=line)
    assert meaning(it, 31) == {(Action.HOLD, Disposition.AMBIGUOUS)}
    assert "job-2" in it.of(31)[0].why


def test_a_call_that_no_row_names_is_asked_about_too(tmp_path: FilePath) -> None:
    """The counter tells of one dispatch more, the listing of its call, and the carrier of its end."""
    shelf = failed(31)
    shelf.job = replace(shelf.job, dispatched=shelf.job.dispatched + 1)
    lost = Call("u1", NOT_REACHED, "failed", False, (OUTAGE,), shelf.job.id, "c40", carrier_id=sid(40))
    shelf.unlisted.append(lost)
    plain = look_at(shelf, tmp_path / "plain")
    assert meaning(plain, 40) == {(Action.REDIAL, Disposition.TRANSIENT)}
    it = look_at(shelf, tmp_path / "told", carrier=Line({31: FAILED, 40: TALKED}))
    assert meaning(it, 40) == {(Action.HOLD, Disposition.AMBIGUOUS)}
    assert it.of(40)[0].carrier == TALKED


def test_rows_that_the_carrier_has_queued_are_no_stall(tmp_path: FilePath) -> None:
    """A carrier at its calls per second queues them: the job only waits, and is not stopped for it."""
    shelf = base()
    for n in (31, 32):
        put(shelf, n, IN_DOUBT, ended=LAST, status=IN_DOUBT, carrier_id=sid(n))
    plain = look_at(shelf, tmp_path / "plain")
    queued = Line(dict.fromkeys((31, 32), CarrierCall("twilio", "queued")))
    it = look_at(shelf, tmp_path / "told", carrier=queued)
    assert meaning(plain, 31, 32) == {(Action.HOLD, Disposition.AMBIGUOUS)}
    assert meaning(it, 31, 32) == {(Action.WAIT, Disposition.IN_FLIGHT)}
    health = [next(f for f in one.ctx.case.findings if f.check is Check.HEALTH) for one in (plain, it)]
    assert health[0].cause is not Cause.NONE
    assert (health[1].severity, health[1].cause) == (Severity.OK, Cause.NONE)


def test_a_completed_row_is_not_called_wrong_where_the_carrier_bears_it_out(tmp_path: FilePath) -> None:
    """The platform's call denies the row, the carrier's does not: nobody is redialled, nobody else held."""
    shelf = base()
    put(shelf, 30, REACHED, OUTAGE, ended=LAST, status=NOT_REACHED, carrier_id=sid(30))
    plain = look_at(shelf, tmp_path / "plain")
    it = look_at(shelf, tmp_path / "told", carrier=Line({30: TALKED}))
    assert plain.ctx.case.look is not None
    assert it.ctx.case.look is not None
    assert plain.ctx.case.look.denied == {"c30"}
    assert not it.ctx.case.look.denied
    assert meaning(it, 30) == {(Action.DROP, Disposition.REACHED)}


def test_without_keys_everything_is_as_it_was(tmp_path: FilePath) -> None:
    """No carrier, no question, no word of one in any finding."""
    it = look_at(failed(31), tmp_path)
    assert meaning(it, 31) == {(Action.REDIAL, Disposition.TRANSIENT)}
    assert "carrier" not in it.said
    assert "carrier" not in strategy(it).evidence


@pytest.mark.parametrize("at_first", ["ringing", "nothing"])
def test_a_redial_that_was_decided_before_the_carrier_told_of_an_answer_is_not_made(
    tmp_path: FilePath, at_first: str
) -> None:
    """Kim decides while the phone rings, or while nothing tells; by the next plan somebody has talked."""
    shelf = failed(31)
    if at_first == "nothing":
        put(shelf, 31, IN_DOUBT, ended=LAST, status=IN_DOUBT, carrier_id=sid(31))
    ringing = {31: CarrierCall("twilio", "ringing")} if at_first == "ringing" else {}
    (before,) = look_at(shelf, tmp_path / "before", carrier=Line(ringing)).of(31)
    made = decided(before)
    it = look_at(shelf, tmp_path / "after", carrier=Line({31: TALKED}))
    (found,) = carry_out(it.of(31), {"c31": made}, {}, it.ctx.policy, lambda one: one)
    assert (found.action, found.decided) == (Action.HOLD, None)
    assert "the carrier tells since then that the call was answered" in found.why


def test_a_redial_that_was_decided_with_the_carriers_word_on_the_table_is_made(tmp_path: FilePath) -> None:
    """Who has read that the call was answered may still know better; nothing new has become known."""
    it = look_at(failed(31), tmp_path, carrier=Line({31: TALKED}))
    (before,) = it.of(31)
    (found,) = carry_out([before], {"c31": decided(before)}, {}, it.ctx.policy, lambda one: one)
    assert found.action is Action.REDIAL


def test_whoever_decides_about_a_doubt_reads_what_the_carrier_has_heard(tmp_path: FilePath) -> None:
    """The row is in doubt by itself; that somebody talked stands beside it all the same."""
    shelf = base()
    put(shelf, 31, CANCELLED, ended=LAST, carrier_id=sid(31))
    it = look_at(shelf, tmp_path, carrier=Line({31: TALKED}))
    assert meaning(it, 31) == {(Action.HOLD, Disposition.AMBIGUOUS)}
    assert (
        "the carrier says that the call was answered (completed, answered by human, 40 s)" in it.of(31)[0].why
    )


def decided(before: Judged) -> Decided:
    """Return Kim's decision to redial somebody, on the strength of what was known then."""
    known = before.traces | {call_trace(before.contact.call_id or "")}
    choice, about = Choice.REDIAL, before.disposition
    phone_then = before.contact.phone or ""
    return Decided(
        1, before.contact.id, phone_then, choice, "Kim", "no call", NOW, about, before.contact, known
    )
