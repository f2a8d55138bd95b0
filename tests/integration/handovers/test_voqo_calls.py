"""Calls that are started one by one: each once, whatever becomes of its answer and of its webhook."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import col, select

from models.enums import Choice
from models.platform import PlatformError
from models.tables.handovers import PlacedCall
from tasks.fault_points import arm
from tasks.ledger import plans, recoveries
from tasks.ledger.database import restores
from tasks.ledger.database.engine import make_engine
from tasks.ledger.errors import LeaseLostError
from tasks.ledger.people import decisions
from tasks.ledger.people.decisions import Wish
from tasks.platforms.port import StartsCalls
from tests.fakes.voqo import Fate, signed
from tests.integration.copies import Copy
from tests.integration.handovers.voqo_site import VoqoSite
from tests.integration.scenes import phone

LATER: dict[str, Any] = {
    "outcome_seconds": 300,
    "lease_seconds": 86400,
    "poll_seconds": 60,
    "visibility_seconds": 0,
    "permits": 11,
}


CLOSES = datetime(2026, 3, 4, 12, tzinfo=UTC)
"""A Wednesday's end of calling hours in London."""
OPENS = 9


class PowerCutError(BaseException):
    """The process is gone: nothing catches it."""


@pytest.fixture
def site(tmp_path: Path) -> VoqoSite:
    """Return a workspace with a stalled job of eight people, of whom six may be redialled."""
    made = VoqoSite(tmp_path, {"values": {"Trunk down": "transient"}}, approval="auto", **LATER)
    made.stalled(8, (1, "completed"), (2, "failed"))
    return made


def begun(site: VoqoSite) -> str:
    """Bring the recovery to its fence and say that the job is stopped."""
    recovery_id = str(site.run()["recovery_id"])
    site.stopped(recovery_id, report=site.report((1, "completed"), (2, "failed")), processed=2)
    return recovery_id


def states(site: VoqoSite, recovery_id: str) -> dict[int, tuple[str | None, str | None]]:
    """Return the state and the outcome of each row that was to be redialled."""
    rows = plans.contacts(site.handovers.ledger, recovery_id)
    return {row.row: (row.state, row.outcome) for row in rows if row.position is not None}


def test_everybody_is_called_once_and_the_webhooks_tell(site: VoqoSite) -> None:
    """A wave is so many calls, each with the person's variables; the webhooks bring the outcomes."""
    recovery_id = begun(site)
    told = site.run()
    assert told["state"] == "recovered", told["next_action"]
    assert sorted(site.fake.dials) == [phone(n) for n in range(3, 9)]
    assert told["counts"]["redialled"] == told["counts"]["reached"] == 6
    assert {one["parameters"]["name"] for one in site.fake.requests} == {f"Contact {n}" for n in range(3, 9)}
    assert all("+" not in str(one["parameters"]) for one in site.fake.requests)
    assert states(site, recovery_id)[3] == ("accepted", "reached")


@pytest.mark.parametrize(
    "answer", [500, 503, 302, 200, 429, httpx.ReadTimeout("slow"), httpx.ReadError("cut")], ids=str
)
@pytest.mark.strikes("place.unknown")
def test_a_lost_answer_is_never_asked_again(site: VoqoSite, answer: int | Exception) -> None:
    """Whatever is no documented answer may have been a call: its contact waits for a webhook, and no more."""
    site.fake.fates[phone(4)] = Fate(answer=answer, webhooks=0)
    recovery_id = begun(site)
    told = site.run()
    assert [one["to_phone"] for one in site.fake.requests].count(phone(4)) == 1
    assert site.fake.twice == {}
    assert states(site, recovery_id)[4] == ("unknown", "ambiguous")
    assert told["state"] == "recovered"
    assert told["counts"]["unknown"] == 1
    again = site.run()
    assert [one["to_phone"] for one in site.fake.requests].count(phone(4)) == 1
    assert again["state"] != "recovered"


def test_a_webhook_speaks_of_a_lost_answer(site: VoqoSite) -> None:
    """A request without an answer whose call is heard of has its outcome: nobody has to look."""
    site.fake.fates[phone(4)] = Fate(answer=503)
    recovery_id = begun(site)
    assert site.run()["state"] == "recovered"
    assert states(site, recovery_id)[4] == ("unknown", "reached")


def test_a_webhook_that_never_comes_holds(site: VoqoSite) -> None:
    """An accepted call without a webhook in time is held, never called again, and listed for a person."""
    site.fake.fates[phone(5)] = Fate(webhooks=0)
    recovery_id = begun(site)
    told = site.run()
    assert told["state"] == "recovered"
    assert states(site, recovery_id)[5] == ("accepted", "ambiguous")
    assert "kept back for a person" in told["next_action"]
    assert site.fake.twice == {}


def test_a_webhook_that_comes_twice_counts_once(site: VoqoSite) -> None:
    """Repeated deliveries of one event change nothing."""
    for n in range(3, 9):
        site.fake.fates[phone(n)] = Fate(webhooks=3)
    begun(site)
    assert site.run()["counts"]["reached"] == 6


@pytest.mark.parametrize(("code", "words"), [(403, "start_call"), (404, "agent"), (401, "key")])
def test_a_refused_set_up_holds_and_goes_on(site: VoqoSite, code: int, words: str) -> None:
    """A refusal that speaks of the set-up stops before anybody else is tried; once put right it goes on."""
    for n in range(3, 9):
        site.fake.fates[phone(n)] = Fate(answer=code)
    recovery_id = begun(site)
    held = site.run()
    assert (held["state"], site.fake.dials, len(site.fake.requests)) == ("held", [], 1)
    assert recoveries.get(site.handovers.ledger, recovery_id).resumable
    assert words in " ".join(one.body["why"] for one in _ends(site, recovery_id))
    site.fake.fates.clear()
    told = site.run()
    assert (told["state"], told["recovery_id"]) == ("recovered", recovery_id)
    assert sorted(site.fake.dials) == [phone(n) for n in range(3, 9)]


def _ends(site: VoqoSite, recovery_id: str) -> list[Any]:
    from tasks.ledger.audit import entries

    return [one for one in entries(site.handovers.ledger, recovery_id) if one.kind == "ended"]


def test_a_refused_number_keeps_nobody_else_waiting(site: VoqoSite) -> None:
    """422 is about one contact: it is kept back with the platform's words, and the others are called."""
    site.fake.fates[phone(6)] = Fate(answer=422)
    recovery_id = begun(site)
    told = site.run()
    assert told["state"] == "recovered"
    assert states(site, recovery_id)[6] == ("refused", "operator")
    assert len(site.fake.dials) == 5
    assert told["counts"]["refused"] == 1


def test_who_could_not_be_reached_at_all_is_tried_again(site: VoqoSite) -> None:
    """A connection that never stood sent nothing: the same contact is asked for again, and called once."""
    refusing: list[Exception] = [httpx.ConnectError("refused"), httpx.ConnectError("refused")]
    site.fake.before = lambda _body: _raise(refusing)
    begun(site)
    assert site.run()["state"] == "recovered"
    assert site.fake.twice == {}
    assert len(site.fake.dials) == 6


def _raise(errors: list[Exception]) -> None:
    if errors:
        raise errors.pop()


@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("nth", [1, 3, 6])
def test_a_kill_in_between_leaves_one_contact_unknown(site: VoqoSite, where: str, nth: int) -> None:
    """Killed around its nth request, the recovery goes on: the others once each, that one never again."""
    recovery_id = begun(site)
    left = iter([None] * (nth - 1))

    def cut(_body: dict[str, Any]) -> None:
        if next(left, True):
            setattr(site.fake, where, lambda _body: None)
            raise PowerCutError

    setattr(site.fake, where, cut)
    with pytest.raises(PowerCutError):
        site.run()
    told = site.run()
    assert told["recovery_id"] == recovery_id
    assert told["state"] == "recovered", told["next_action"]
    asked = [one["to_phone"] for one in site.fake.requests]
    assert sorted(asked) == [phone(n) for n in range(3, 9)]
    assert site.fake.twice == {}
    unknown = [row for row, (state, _) in states(site, recovery_id).items() if state == "unknown"]
    assert len(unknown) == 1
    counts = told["counts"]
    assert counts["planned"] == counts["accepted"] + counts["unknown"] + counts["refused"] + counts["skipped"]


@pytest.mark.strikes("voqo.foreign_call")
def test_a_call_that_nobody_of_ours_asked_for_leaves_the_plan(site: VoqoSite) -> None:
    """The source calls somebody on after all, and its webhook comes: that contact is not called by us."""
    recovery_id = begun(site)
    site.fake.call(phone(7), Fate())
    site.clock.sleep(300)
    site.fake.dials.clear()
    told = site.run()
    assert told["state"] == "recovered"
    assert phone(7) not in site.fake.dials
    assert states(site, recovery_id)[7][0] == "skipped"


@pytest.mark.strikes("voqo.foreign_call", "place.moved")
def test_a_strangers_call_between_two_of_ours_is_seen(site: VoqoSite) -> None:
    """Who is in a wave already and is called by somebody else before their turn is not called by us."""
    recovery_id = begun(site)
    done: list[str] = []

    def meddle(body: dict[str, Any]) -> None:
        if not done:
            done.append(body["to_phone"])
            for n in range(3, 9):
                if phone(n) != body["to_phone"]:
                    site.fake.call(phone(n), Fate(seconds=-29))

    site.fake.after = meddle
    told = site.run()
    assert [one["to_phone"] for one in site.fake.requests] == done
    assert site.fake.twice == {}
    assert {state for state, _ in states(site, recovery_id).values()} == {"accepted", "skipped"}
    assert told["counts"]["accepted"] == 1


def test_inbound_calls_and_other_agents_are_not_ours(site: VoqoSite) -> None:
    """A person who calls in, or is called by another agent, is no outcome of our request."""
    site.fake.fates[phone(5)] = Fate(webhooks=0)
    recovery_id = begun(site)
    site.fake.after = lambda body: _others(site, body["to_phone"])
    told = site.run()
    assert states(site, recovery_id)[5] == ("accepted", "ambiguous")
    assert told["counts"]["reached"] == 5


def _others(site: VoqoSite, number: str) -> None:
    if number == phone(5):
        site.fake.call("+447700900998", Fate(), direction="inbound")
        site.fake.call(number, Fate(), agent="agent_2")
        site.fake.dials.pop()


def test_failures_by_unknown_words_hold_the_sample(site: VoqoSite) -> None:
    """An error text that nobody has listed is no reason to redial: too many of them give no verdict."""
    for n in range(3, 9):
        site.fake.fates[phone(n)] = Fate("failed", 0, "the line went odd")
    begun(site)
    told = site.run()
    assert told["state"] == "held"
    assert site.fake.twice == {}


def test_a_webhook_after_the_hold_speaks_in_the_next_recovery(site: VoqoSite) -> None:
    """Held for want of a webhook, a contact is never called again, also where one comes after all."""
    site.fake.fates[phone(5)] = Fate(webhooks=0)
    recovery_id = begun(site)
    site.run()
    assert states(site, recovery_id)[5] == ("accepted", "ambiguous")
    late = Fate()
    site.fake.call(phone(5), late)
    site.fake.dials.pop()
    actions = {one.row: (one.action.value, one.disposition.value) for one in site.triage().case.judged}
    assert actions[5][0] in {"hold", "drop"}


def test_nothing_private_of_a_webhook_is_kept(site: VoqoSite) -> None:
    """Summary, transcript and recording stand in no table and in no file of the home."""
    begun(site)
    assert site.run()["state"] == "recovered"
    engine = make_engine(site.runtime.settings.ledger_url)
    with engine.connect() as connection:
        text = "\n".join(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]
    engine.dispose()
    assert "call_3" in text
    for private in ("private matter", "recordings.example.test", "whsec"):
        assert private not in text


def test_voqo_makes_no_jobs(site: VoqoSite) -> None:
    """Whoever asks the adapter for a job gets a refusal in words, and nobody is called."""
    from models.platform import Draft

    platform = site.context().platform
    with pytest.raises(PlatformError, match="creates no job"):
        platform.create_job(Draft("rb-r_1-1", platform.get_job("job_1"), (), 1))
    assert site.fake.requests == []


@pytest.mark.strikes("fence.called_too")
def test_who_is_called_by_us_and_by_somebody_else_too_ends_the_recovery(site: VoqoSite) -> None:
    """A stranger's call to somebody whom a wave has handed over is a job that goes on: engineering looks."""
    site.fake.fates[phone(3)] = Fate(webhooks=0)
    begun(site)
    moments: list[Any] = []

    def note(body: dict[str, Any]) -> None:
        if body["to_phone"] == phone(3):
            moments.append(site.clock.now())

    def meddle() -> None:
        if moments and (site.clock.now() - moments[0]).total_seconds() > 150:
            moments.clear()
            site.fake.call(phone(3), Fate(seconds=5), agent="agent_2")

    site.fake.after = note
    site.clock.passing.append(meddle)
    told = site.run()
    assert told["state"] == "escalated"
    assert len(site.fake.requests) < 6


@pytest.mark.strikes("send.begun_calls")
def test_a_cancel_in_the_middle_of_a_wave_asks_for_no_further_call(site: VoqoSite) -> None:
    """Whoever was not asked for yet is not called; the call in the air is watched to its end."""
    recovery_id = begun(site)
    site.fake.after = lambda _body: _cancel(site, recovery_id)
    told = site.run()
    assert (told["state"], len(site.fake.requests)) == ("cancelled", 1)
    counts = told["counts"]
    assert (counts["accepted"], counts["skipped"], counts["reached"]) == (1, 5, 1)


def _cancel(site: VoqoSite, recovery_id: str) -> None:
    recoveries.ask_cancel(site.handovers.ledger, recovery_id)


@pytest.mark.strikes("place.suppressed")
def test_who_opts_out_between_two_calls_is_not_called(site: VoqoSite) -> None:
    """The list is asked right before each call, not only before a wave."""
    begun(site)
    site.fake.after = lambda body: _opt_out(site, [n for n in range(3, 9) if phone(n) != body["to_phone"]])
    told = site.run()
    assert len(site.fake.requests) == 1
    assert told["counts"]["skipped"] == 5


def _opt_out(site: VoqoSite, people: list[int]) -> None:
    ledger = site.handovers.ledger
    with ledger.write() as session:
        plans.suppress(session, "ws_1", [phone(n) for n in people], "asked not to be called", ledger)


@pytest.mark.strikes("earlier.begun_calls")
def test_a_wave_that_an_ended_recovery_left_half_asked_for_is_closed(site: VoqoSite) -> None:
    """The next recovery neither takes such a wave for unsent nor calls anybody of it again."""
    first = begun(site)
    site.fake.after = lambda _body: _cut(site)
    with pytest.raises(PowerCutError):
        site.run()
    with site.handovers.ledger.write() as session:
        stored = recoveries.find(session, first)
        stored.state = "cancelled"
        session.add(stored)
    second = str(site.run()["recovery_id"])
    assert second != first
    site.stopped(second, processed=2)
    site.run()
    assert site.fake.twice == {}
    assert len(site.fake.dials) == 6


def _cut(site: VoqoSite) -> None:
    site.fake.after = lambda _body: None
    raise PowerCutError


def test_a_late_webhook_is_read_by_the_next_recovery(site: VoqoSite) -> None:
    """A call that was held for want of a webhook is reached once its own webhook comes after all."""
    late: list[bytes] = []
    number = phone(5).encode()
    site.fake.take = lambda body, headers: late.append(body) if number in body else site.hear(body, headers)
    recovery_id = begun(site)
    site.run()
    assert states(site, recovery_id)[5] == ("accepted", "ambiguous")
    assert late
    site.hear(late[0], signed(late[0], site.clock.now()))
    judged = {one.row: one for one in site.triage().case.judged}
    assert (judged[5].action.value, judged[5].disposition.value) == ("drop", "reached")


@pytest.mark.strikes("witness.lost_calls")
def test_a_ledger_put_back_calls_nobody_before_a_person_has_looked(site: VoqoSite) -> None:
    """No listing tells whom it has called since the copy: approved again it holds, and says what to do."""
    recovery_id = begun(site)
    ledger = site.handovers.ledger
    copied = Copy(ledger)
    assert site.run()["state"] == "recovered"
    called = list(site.fake.dials)
    copied.put_back(ledger)
    with ledger.write() as session:
        restores.note_restore(session, ledger, made_at="earlier", how="a test")
    restores.confirm_opt_outs(ledger, "ws_1", "Ana")
    assert approved_again(site, recovery_id)["state"] == "held"
    assert "confirm-restored" in recoveries.get(ledger, recovery_id).next_action
    assert site.fake.dials == called
    with ledger.write() as session:
        plans.suppress(session, "ws_1", called, "called since the copy", ledger)
    restores.confirm_calls(ledger, "ws_1", "Ana")
    approved_again(site, recovery_id)
    assert site.fake.dials == called
    assert site.fake.twice == {}


def approved_again(site: VoqoSite, recovery_id: str) -> dict[str, Any]:
    """Go on with a recovery, with a person who approves whatever it asks about."""
    told = site.run()
    if told["state"] == "awaiting_approval":
        recoveries.decide(site.handovers.ledger, recovery_id, approved=True, by="Ida", reason="looked at it")
        told = site.run()
    return told


@pytest.mark.strikes("place.hours")
def test_who_may_not_be_called_any_more_at_their_turn_is_left_out(tmp_path: Path) -> None:
    """Calls are paced: whoever's hours end before their turn is not called, and is named."""
    hours = {"calling_window": "gb", "open_weekdays": "09:00-12:00", "open_saturday": "closed", "permits": 40}
    site = VoqoSite(tmp_path, approval="auto", calls_per_second=0.01, **LATER | hours)
    site.clock.sleep((CLOSES - timedelta(minutes=20) - site.clock.now()).total_seconds())
    site.stalled(8, (1, "completed"), (2, "failed"))
    recovery_id = begun(site)
    site.clock.sleep((CLOSES - timedelta(seconds=300) - site.clock.now()).total_seconds())
    left_at: list[datetime] = []
    site.fake.before = lambda _body: left_at.append(site.clock.now())
    told = site.run()
    assert left_at
    assert all(OPENS <= at.hour < CLOSES.hour for at in left_at), left_at
    rows = plans.contacts(site.handovers.ledger, recovery_id)
    assert any("calling hours ended" in row.outcome_why for row in rows), told


def test_a_look_at_one_contact_shows_what_the_whole_list_does(site: VoqoSite) -> None:
    """Right before a call its row alone is read: whoever has called meanwhile, it reads as in the list."""
    site.fake.fates[phone(4)] = Fate(answer=503)
    site.fake.fates[phone(6)] = Fate("failed", 0, "Trunk down")
    begun(site)
    site.run()
    for n in (2, 5, 8):
        site.fake.call(phone(n), Fate())
    site.clock.sleep(600)
    platform = site.context().platform
    assert isinstance(platform, StartsCalls)
    listed = list(platform.list_contacts("job_1"))
    since = site.clock.now()
    shown = [platform.row_now("job_1", one.id, one.phone or "", since) for one in listed]
    assert shown == listed
    assert any(one.raw_status.startswith("called by somebody else") for one in listed)
    assert platform.row_now("job_1", "row 999", phone(999), since) is None


@pytest.mark.strikes("place.slept")
@pytest.mark.parametrize("nth", [1, 4])
def test_a_process_that_slept_before_its_request_asks_for_no_call(site: VoqoSite, nth: int) -> None:
    """Between the look at somebody and the request for their call a stranger calls them: they ring once."""
    recovery_id = begun(site)
    slept: list[str] = []

    def sleep(number: str) -> None:
        slept.append(number)
        site.fake.call(number, Fate())
        site.clock.sleep(120)

    between_write_and_request(site, nth, sleep)
    with pytest.raises(LeaseLostError, match="slept too long"):
        site.run()
    assert [one["to_phone"] for one in site.fake.requests].count(slept[0]) == 0
    site.run()
    assert site.fake.twice == {}
    row = next(n for n in range(1, 9) if phone(n) == slept[0])
    assert states(site, recovery_id)[row][0] == "unknown"


def between_write_and_request(site: VoqoSite, nth: int, act: Callable[[str], None]) -> None:
    """Let something happen once, where the nth call is written down and its request is not out yet."""

    def look(point: str) -> None:
        if point != "ledger.after_commit" or len(placed := asked_for(site)) < nth:
            return
        if len(placed) > len(site.fake.requests):
            arm(None)
            act(placed[-1])

    arm(look)


def asked_for(site: VoqoSite) -> list[str]:
    """Return the people whose calls are written down as asked for, in that order."""
    with site.handovers.ledger.read() as session:
        return list(session.exec(select(PlacedCall.person).order_by(col(PlacedCall.sent_at))))


@pytest.mark.strikes("place.decided")
def test_who_is_heard_of_between_two_calls_is_not_redialled_by_a_decision(site: VoqoSite) -> None:
    """Kept back for want of webhooks, decided about, heard of right before the redial: not called again."""
    for n in (4, 5):
        site.fake.fates[phone(n)] = Fate(late=10**7)
    first = begun(site)
    assert site.run()["counts"]["accepted"] == 6
    wish = Wish(Choice.REDIAL, by="Kim", because="no call in the console", rows=(4, 5))
    decisions.decide(site.handovers.ledger, first, wish)
    late = [body for _, body in site.fake.kept()["_due"]]
    for n in (4, 5):
        site.fake.fates[phone(n)] = Fate()
    second = str(site.run()["recovery_id"])
    site.stopped(second, report=site.report((1, "completed"), (2, "failed")), processed=2)
    asked = len(site.fake.requests)

    def hear_late(_body: dict[str, Any]) -> None:
        site.fake.go_on({"_due": [(site.clock.now(), body) for body in late]})
        site.clock.sleep(0)

    site.fake.after = hear_late
    site.run()
    assert len(site.fake.requests) == asked + 1
    assert sorted(site.fake.twice.values()) == [2]
    assert {state for state, _ in states(site, second).values()} == {"accepted", "skipped"}
