"""Waves in the ledger: written down before they are sent, and nobody in two of them."""

from datetime import timedelta

import pytest

from models.enums import Disposition, Phase, WaveState
from models.invariants import BrokenInvariantError
from models.tables.ledger import LookRow, Snapshot, Wave
from tasks.clock import VirtualClock
from tasks.ledger import plans, recoveries, waves
from tasks.ledger.audit import entries
from tasks.ledger.leases import release
from tasks.ledger.people import outcomes
from tasks.ledger.people.outcomes import DispatchOutcome
from tasks.ledger.store import Claim, Ledger
from tasks.marks import listen
from tests.integration.scenes import (
    JOB,
    accepted,
    claimed,
    frozen,
    intended,
    phone,
    rows_of,
    states,
)

ANSWERS = (WaveState.ACCEPTED, WaveState.REFUSED, WaveState.UNKNOWN)


def stored(ledger: Ledger, n: int = 1) -> Wave:
    """Return a wave as the ledger has it."""
    return next(wave for wave in waves.of(ledger, "r_1") if wave.n == n)


def ready(ledger: Ledger, redial: int = 6) -> Claim:
    """Claim the job and freeze a plan."""
    claim = claimed(ledger)
    frozen(ledger, claim, redial=redial, drop=0)
    return claim


def outcome(kind: Disposition, call_id: str | None = None) -> DispatchOutcome:
    """Return how a dispatch ended."""
    return DispatchOutcome(kind, "sip:0", "because", call_id)


def test_an_intent_is_committed_before_anything_is_sent(ledger: Ledger) -> None:
    """The wave, its contacts and the hash of its body stand in the ledger, and it was sent no time."""
    claim = ready(ledger)
    wave = intended(ledger, claim, 3)
    found = stored(ledger)
    assert (found.state, found.sends, found.size, found.cap, found.sent_at) == ("intent", 0, 3, 3, None)
    assert found.marker == "rb-r_1-1"
    assert found.body_hash == wave.body_hash
    assert sorted(row.state or "" for row in waves.contacts_of(ledger, found)) == ["intent"] * 3


def test_sending_is_unknown_until_it_is_answered(ledger: Ledger, clock: VirtualClock) -> None:
    """From just before the send, a crash leaves the wave and its contacts unknown, never to be resent."""
    claim = ready(ledger)
    wave = intended(ledger, claim, 2)
    clock.sleep(5)
    waves.sending(ledger, claim, wave)
    found = stored(ledger)
    assert (found.state, found.sends, found.sent_at, found.token) == ("unknown", 1, clock.now(), claim.token)
    assert [row.state for row in waves.contacts_of(ledger, found)] == ["unknown"] * 2


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_moves_the_wave_and_its_contacts(ledger: Ledger, answer: WaveState) -> None:
    """Accepted, refused and unknown are written on the wave and on every contact of it, on nobody else."""
    claim = ready(ledger, redial=4)
    wave = waves.sending(ledger, claim, intended(ledger, claim, 2))
    waves.answered(ledger, claim, wave, answer, message="said", platform_job="pj")
    found = stored(ledger)
    assert (found.state, found.answer, found.platform_job) == (answer.value, "said", "pj")
    assert sorted(state or "" for state in states(ledger, claim)) == sorted(
        [answer.value] * 2 + ["planned"] * 2
    )
    assert entries(ledger, "r_1")[-1].body["answer"] == answer.value


def test_a_refused_wave_goes_again_under_its_marker(ledger: Ledger) -> None:
    """A proved refusal may be sent again: same wave, same marker, one send more."""
    claim = ready(ledger)
    wave = waves.sending(ledger, claim, intended(ledger, claim, 2))
    wave = waves.answered(ledger, claim, wave, WaveState.REFUSED, message="429")
    again = waves.sending(ledger, claim, wave)
    assert (again.marker, again.sends, again.state) == (wave.marker, 2, "unknown")
    assert [row.state for row in waves.contacts_of(ledger, again)] == ["unknown"] * 2


@pytest.mark.parametrize("answer", [WaveState.ACCEPTED, WaveState.UNKNOWN])
def test_a_wave_that_may_be_there_is_not_sent_again(ledger: Ledger, answer: WaveState) -> None:
    """Accepted or unknown, a wave has to be looked up: a second send is refused before it happens."""
    claim = ready(ledger)
    wave = waves.sending(ledger, claim, intended(ledger, claim, 2))
    wave = waves.answered(ledger, claim, wave, answer, message="")
    with pytest.raises(BrokenInvariantError, match="look it up"):
        waves.sending(ledger, claim, wave)
    assert stored(ledger).sends == 1


@pytest.mark.parametrize("late", ANSWERS)
def test_an_accepted_wave_keeps_its_answer(ledger: Ledger, late: WaveState) -> None:
    """An answer that comes after the yes cannot take it back."""
    claim = ready(ledger)
    wave = accepted(ledger, claim, 2)
    with pytest.raises(BrokenInvariantError, match="has its answer already"):
        waves.answered(ledger, claim, wave, late, message="late")
    assert (stored(ledger).state, stored(ledger).platform_job) == ("accepted", "job-of-wave-1")


def test_an_unknown_wave_is_settled_by_its_look_up(ledger: Ledger) -> None:
    """Found under its marker it becomes accepted; proved absent it becomes refused."""
    claim = ready(ledger)
    for n, (answer, job) in enumerate(((WaveState.ACCEPTED, "pj"), (WaveState.REFUSED, None)), start=1):
        wave = waves.sending(ledger, claim, intended(ledger, claim, 2))
        waves.answered(ledger, claim, wave, WaveState.UNKNOWN, message="lost")
        waves.answered(ledger, claim, wave, answer, message="looked up", platform_job=job)
        assert (stored(ledger, n).state, stored(ledger, n).platform_job) == (answer.value, job)


def test_a_contact_is_in_one_wave_only(ledger: Ledger) -> None:
    """A second wave with a contact of the first is not written, not even in part."""
    claim = ready(ledger, redial=3)
    rows = plans.next_up(ledger, "r_1", 3)
    waves.intend(ledger, claim, Phase.SAMPLE, rows[:1], 1)
    before = states(ledger, claim)
    with pytest.raises(BrokenInvariantError, match="already in another one"):
        waves.intend(ledger, claim, Phase.SAMPLE, rows, 3)
    assert states(ledger, claim) == before
    assert len(waves.of(ledger, "r_1")) == 1


def test_a_contact_is_in_a_wave_once(ledger: Ledger) -> None:
    """A wave that names one contact twice is not written."""
    claim = ready(ledger)
    rows = plans.next_up(ledger, "r_1", 1)
    with pytest.raises(BrokenInvariantError, match="already in another one"):
        waves.intend(ledger, claim, Phase.SAMPLE, rows * 2, 2)
    assert waves.of(ledger, "r_1") == []


def test_outcomes_are_written_on_their_contacts(ledger: Ledger, clock: VirtualClock) -> None:
    """Each dispatch keeps how it ended, when, and its call; a wave with all of them is settled."""
    claim = ready(ledger)
    wave = accepted(ledger, claim, 2)
    one, other = (row.contact_id for row in waves.contacts_of(ledger, wave))
    outcomes.settle(ledger, claim, wave, {one: outcome(Disposition.REACHED, "call-1")}, done=False)
    assert stored(ledger).state == "accepted"
    clock.sleep(3)
    outcomes.settle(ledger, claim, wave, {other: outcome(Disposition.LATER)}, done=True)
    assert stored(ledger).state == "settled"
    rows = rows_of(ledger, claim)
    assert (rows[one].outcome, rows[one].call_id) == ("reached", "call-1")
    assert (rows[other].outcome, rows[other].settled_at) == ("later", clock.now())
    assert entries(ledger, "r_1")[-1].body == {"wave": 1, "done": True, "later": 1}


def test_an_outcome_of_one_wave_touches_no_other(ledger: Ledger) -> None:
    """A platform that shows a contact under the wrong wave changes nothing of it."""
    claim = ready(ledger)
    first, second = accepted(ledger, claim, 2), accepted(ledger, claim, 2)
    strange = waves.contacts_of(ledger, first)[0].contact_id
    outcomes.settle(ledger, claim, second, {strange: outcome(Disposition.REACHED)}, done=False)
    assert rows_of(ledger, claim)[strange].outcome is None


def test_nothing_new_is_not_written(ledger: Ledger) -> None:
    """A look that found nothing adds nothing to the audit."""
    claim = ready(ledger)
    wave = accepted(ledger, claim, 2)
    before = len(entries(ledger, "r_1"))
    outcomes.settle(ledger, claim, wave, {}, done=False)
    assert len(entries(ledger, "r_1")) == before


@pytest.mark.parametrize("kind", list(Disposition))
def test_who_said_no_is_suppressed(ledger: Ledger, kind: Disposition) -> None:
    """A number that declined or asked not to be called is never dialled again by this workspace."""
    claim = ready(ledger)
    wave = accepted(ledger, claim, 1)
    contact = waves.contacts_of(ledger, wave)[0]
    outcomes.settle(ledger, claim, wave, {contact.contact_id: outcome(kind)}, done=True)
    said_no = kind in {Disposition.DECLINED, Disposition.DO_NOT_CONTACT}
    assert plans.suppressed(ledger, "shop") == ({contact.phone} if said_no else set())


def refused(ledger: Ledger, claim: Claim, size: int) -> Wave:
    """Let everybody of the next wave decline with one code."""
    wave = accepted(ledger, claim, size)
    rows = waves.contacts_of(ledger, wave)
    outcomes.settle(
        ledger, claim, wave, {r.contact_id: outcome(Disposition.DECLINED) for r in rows}, done=True
    )
    return wave


def test_one_refusal_for_everybody_opts_nobody_out(ledger: Ledger) -> None:
    """Two who decline are on the list; once five of five have, it was the network and nobody is on it."""
    claim = ready(ledger)
    first = refused(ledger, claim, 2)
    people = {row.phone for row in waves.contacts_of(ledger, first)}
    assert plans.suppressed(ledger, "shop") == people
    with listen() as heard:
        refused(ledger, claim, 3)
    assert plans.suppressed(ledger, "shop") == frozenset()
    assert heard["refusals.wall"] == 1
    assert plans.walls_of(ledger, "r_1") == {"sip:0"}


def test_a_person_who_asked_stays_on_the_list_when_a_wall_is_seen(ledger: Ledger) -> None:
    """What a person asks for confirms what a call said, and is not taken back with it."""
    claim = ready(ledger)
    first = refused(ledger, claim, 2)
    asked = waves.contacts_of(ledger, first)[0].phone or ""
    with ledger.write() as session:
        plans.suppress(session, "shop", [asked], "asked by mail", ledger)
    refused(ledger, claim, 3)
    assert plans.suppressed(ledger, "shop") == {asked}


def test_an_opt_out_spoken_in_a_call_stands_beside_a_wall(ledger: Ledger) -> None:
    """Who asked in words not to be called is no part of the network's answer."""
    claim = ready(ledger)
    wave = accepted(ledger, claim, 1)
    (row,) = waves.contacts_of(ledger, wave)
    spoken = DispatchOutcome(Disposition.DO_NOT_CONTACT, "retell:user_requested_dnc", "asked", None)
    outcomes.settle(ledger, claim, wave, {row.contact_id: spoken}, done=True)
    refused(ledger, claim, 5)
    assert plans.suppressed(ledger, "shop") == {row.phone}


def test_waves_are_found_by_their_state(ledger: Ledger) -> None:
    """Waves come in the order of sending, those in the wanted states only."""
    claim = ready(ledger)
    accepted(ledger, claim, 1)
    intended(ledger, claim, 1)
    accepted(ledger, claim, 1)
    assert [wave.n for wave in waves.of(ledger, "r_1")] == [1, 2, 3]
    assert [wave.n for wave in waves.of(ledger, "r_1", (WaveState.ACCEPTED,))] == [1, 3]


def test_the_waves_of_earlier_recoveries_are_not_forgotten(ledger: Ledger) -> None:
    """A job's waves are listed over all its recoveries, oldest first, and no other job's."""
    for job, recovery in (("job-1", "r_1"), ("job-2", "r_x")):
        claim = claimed(ledger, recovery, ("shop", "fake", job))
        frozen(ledger, claim)
        outcomes.settle(ledger, claim, accepted(ledger, claim, 1), {}, done=True)
        recoveries.update(ledger, claim, "ended", {}, state="recovered")
        release(ledger, claim)
    claim = claimed(ledger, "r_2")
    frozen(ledger, claim)
    accepted(ledger, claim, 1)
    assert [(one.id, wave.n) for one, wave in waves.of_job(ledger, JOB)] == [("r_1", 1), ("r_2", 1)]


def test_movement_and_withdrawal_are_kept(ledger: Ledger, clock: VirtualClock) -> None:
    """When a wave last moved and when it was taken back can be read afterwards."""
    claim = ready(ledger)
    wave = accepted(ledger, claim, 1)
    clock.sleep(7)
    said = outcomes.DispatchOutcome(Disposition.REACHED, "", "", None)
    outcomes.settle(ledger, claim, wave, {"c1": said}, done=False, in_air=0)
    moved = clock.now()
    clock.sleep(7)
    waves.withdrawn(ledger, claim, [wave], "aborted")
    assert (stored(ledger).moved_at, stored(ledger).withdrawn_at) == (moved, clock.now())
    assert entries(ledger, "r_1")[-1].body == {"waves": [1], "why": "aborted"}


def test_looks_are_kept_in_their_order(ledger: Ledger) -> None:
    """Every look of the sample stands in the ledger with its figures, oldest first, before it is acted on."""
    claim = ready(ledger)
    for n, word in enumerate(("continue", "go"), start=1):
        waves.write_look(
            ledger,
            claim,
            LookRow(
                recovery_id="r_1",
                at=ledger.clock.now(),
                phase="sample",
                n=n,
                k=0,
                unresolved=1,
                statistic=-0.3,
                word=word,
                why="because",
            ),
        )
    assert [(look.n, look.word) for look in recoveries.looks(ledger, "r_1")] == [(1, "continue"), (2, "go")]
    assert entries(ledger, "r_1")[-1].body["verdict"] == "go"


def snapshot(at: VirtualClock, dispatched: int, job: str = "job-1") -> Snapshot:
    """Return the counters of a job now."""
    return Snapshot(
        workspace="shop",
        platform="fake",
        job_id=job,
        at=at.now(),
        status="in_progress",
        total=10,
        dispatched=dispatched,
        finished=0,
        counts={"live": 1},
        live=1,
        limit=5,
    )


def test_snapshots_come_back_oldest_first(ledger: Ledger, clock: VirtualClock) -> None:
    """The newest snapshots of this job are returned in the order of time, with an aware UTC time."""
    for dispatched in range(5):
        waves.add_snapshot(ledger, snapshot(clock, dispatched))
        waves.add_snapshot(ledger, snapshot(clock, 99, job="job-2"))
        clock.sleep(60)
    found = waves.snapshots(ledger, JOB, limit=3)
    assert [one.dispatched for one in found] == [2, 3, 4]
    assert found[-1].at == clock.now() - timedelta(minutes=1)
    assert found[-1].at.utcoffset() == timedelta(0)
    assert found[-1].counts == {"live": 1}


def test_the_phones_of_a_wave_are_those_of_its_contacts(ledger: Ledger) -> None:
    """Contacts of a wave come in their order of dispatch with the numbers of the plan."""
    claim = claimed(ledger)
    plan = frozen(ledger, claim, redial=4, drop=0)
    wave = accepted(ledger, claim, 4)
    rows = waves.contacts_of(ledger, wave)
    assert [row.contact_id for row in rows] == list(plan.order)
    assert {row.phone for row in rows} == {phone(n) for n in range(1, 5)}
