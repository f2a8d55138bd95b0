"""What caps count beside the job itself: the waves of other jobs' recoveries, and the opt-out list."""

from dataclasses import replace
from datetime import timedelta

from models.calling import Try
from models.words import Action, Disposition
from tasks.ledger import plans, waves
from tasks.ledger.dialled import dialled
from tasks.ledger.opt_outs import add, listed
from tasks.ledger.store import Ledger
from tasks.ledger.waves import Outcome
from tests.integration.scenes import accepted, claimed, frozen, intended, judged, phone, plan_of, rows_of

OTHER = ("shop", "fake", "job-2")
DAY = timedelta(days=1)


def test_waves_of_other_jobs_count(ledger: Ledger) -> None:
    """An attempt of another job's recovery is found by its number, at the time its outcome was written."""
    claim = claimed(ledger)
    frozen(ledger, claim)
    wave = accepted(ledger, claim, 2)
    first, second = (row for row in rows_of(ledger, claim).values() if row.wave == wave.n)
    ended = ledger.clock.now()
    outcome = Outcome(Disposition.TRANSIENT, "sip:503", "", "call-1")
    waves.settle(ledger, claim, wave, {first.contact_id: outcome}, done=False)
    ledger.clock.sleep(3600)
    found = dialled(ledger, "shop", [phone(row) for row in range(1, 9)], ledger.clock.now() - DAY)
    # Without an outcome the second may have been called up to this moment.
    assert found == {
        first.phone: (Try(ended, "job-of-wave-1"),),
        second.phone: (Try(ledger.clock.now(), "job-of-wave-1"),),
    }


def test_what_is_no_attempt_does_not_count(ledger: Ledger) -> None:
    """Written down and not sent, taken back undialled, too long ago, another workspace's, or one's own."""
    claim = claimed(ledger)
    frozen(ledger, claim)
    wave = accepted(ledger, claim, 1)
    (row,) = (row for row in rows_of(ledger, claim).values() if row.wave == wave.n)
    taken_back = Outcome(Disposition.UNDELIVERED, "", "", None)
    everybody = [phone(n) for n in range(1, 9)]
    waves.settle(ledger, claim, wave, {row.contact_id: taken_back}, done=True)
    intended(ledger, claim, 2)
    assert dialled(ledger, "shop", everybody, ledger.clock.now() - DAY) == {}
    wave = accepted(ledger, claim, 1)
    assert dialled(ledger, "shop", everybody, ledger.clock.now() - DAY)
    assert dialled(ledger, "another", everybody, ledger.clock.now() - DAY) == {}
    assert dialled(ledger, "shop", everybody, ledger.clock.now() - DAY, but="r_1") == {}
    sent = {r.contact_id for r in rows_of(ledger, claim).values() if r.wave == wave.n}
    reached = dict.fromkeys(sent, Outcome(Disposition.REACHED, "", "", "call-2"))
    waves.settle(ledger, claim, wave, reached, done=True)
    ledger.clock.sleep(2 * DAY.total_seconds())
    assert dialled(ledger, "shop", everybody, ledger.clock.now() - DAY) == {}


def test_who_declined_in_a_job_is_called_by_no_other(ledger: Ledger) -> None:
    """A decline that the source job's calls show goes on the list with the plan."""
    claim = claimed(ledger, key=OTHER)
    said_no = replace(judged(1, Action.DROP), past=Disposition.DECLINED)
    plans.freeze(ledger, claim, plan_of([said_no, judged(2)], OTHER))
    assert [(one.phone, one.why) for one in listed(ledger, "shop")] == [(phone(1), "declined in job job-2")]


def test_a_decline_in_a_wave_opts_out(ledger: Ledger) -> None:
    """Whoever declines, or answers that calls are unwanted, is on the list before the next wave."""
    claim = claimed(ledger)
    frozen(ledger, claim)
    wave = accepted(ledger, claim, 3)
    mine = [row for row in rows_of(ledger, claim).values() if row.wave == wave.n]
    kinds = (Disposition.DECLINED, Disposition.DO_NOT_CONTACT, Disposition.OPERATOR)
    found = {row.contact_id: Outcome(kind, "", "", None) for row, kind in zip(mine, kinds, strict=True)}
    waves.settle(ledger, claim, wave, found, done=True)
    assert {one.phone for one in listed(ledger, "shop")} == {mine[0].phone, mine[1].phone}


def test_adding_says_how_many_are_new(ledger: Ledger) -> None:
    """A number that is there already stays as it is."""
    assert add(ledger, "shop", [phone(1), phone(2), phone(1)], "asked by mail") == 2
    assert add(ledger, "shop", [phone(2), phone(3)], "asked again") == 1
    assert {one.phone: one.why for one in listed(ledger, "shop")}[phone(2)] == "asked by mail"
    assert listed(ledger, "another") == []
