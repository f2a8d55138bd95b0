"""What caps count beside the job itself: the waves of other jobs' recoveries, and the opt-out list."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from models.calling.rule import Try
from models.enums import Action, Disposition
from models.policy.policy import Policy
from tasks.context import Case
from tasks.ledger import plans
from tasks.ledger.people import outcomes
from tasks.ledger.people.dialled import dialled
from tasks.ledger.people.opt_outs import add, listed
from tasks.ledger.people.outcomes import DispatchOutcome
from tasks.ledger.store import Ledger
from tasks.triage.suppression import suppressed
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
    outcome = DispatchOutcome(Disposition.TRANSIENT, "sip:503", "", "call-1")
    outcomes.settle(ledger, claim, wave, {first.contact_id: outcome}, done=False)
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
    taken_back = DispatchOutcome(Disposition.UNDELIVERED, "", "", None)
    everybody = [phone(n) for n in range(1, 9)]
    outcomes.settle(ledger, claim, wave, {row.contact_id: taken_back}, done=True)
    intended(ledger, claim, 2)
    assert dialled(ledger, "shop", everybody, ledger.clock.now() - DAY) == {}
    wave = accepted(ledger, claim, 1)
    assert dialled(ledger, "shop", everybody, ledger.clock.now() - DAY)
    assert dialled(ledger, "another", everybody, ledger.clock.now() - DAY) == {}
    assert dialled(ledger, "shop", everybody, ledger.clock.now() - DAY, but="r_1") == {}
    sent = {r.contact_id for r in rows_of(ledger, claim).values() if r.wave == wave.n}
    reached = dict.fromkeys(sent, DispatchOutcome(Disposition.REACHED, "", "", "call-2"))
    outcomes.settle(ledger, claim, wave, reached, done=True)
    ledger.clock.sleep(2 * DAY.total_seconds())
    assert dialled(ledger, "shop", everybody, ledger.clock.now() - DAY) == {}


def test_attempts_are_found_under_every_spelling(ledger: Ledger) -> None:
    """Whoever was dialled as +54 9 11 has used up that attempt as +54 11 too, and so have the others."""
    was = ["+5491123456789", "+525512345678", "+5511987654321", "+2290197123456"]
    now = ["+541123456789", "+5215512345678", "+551187654321", "+22997123456"]
    claim = claimed(ledger)
    plans.freeze(ledger, claim, plan_of([judged(n, number=number) for n, number in enumerate(was, 1)]))
    accepted(ledger, claim, 4)
    found = dialled(ledger, "shop", [*now, phone(1)], ledger.clock.now() - DAY)
    assert set(found) == set(now)
    assert all(len(tries) == 1 for tries in found.values())
    assert set(dialled(ledger, "shop", [was[0], now[0]], ledger.clock.now() - DAY)) == {was[0], now[0]}


@pytest.mark.parametrize(
    ("listed_as", "row"),
    [
        ("+5491123456789", "+541123456789"),
        ("+525512345678", "+5215512345678"),
        ("+551187654321", "+5511987654321"),
        ("+22997123456", "+2290197123456"),
        ("+2290197123456", "+22997123456"),
        ("+972599123456", "+970599123456"),
    ],
)
def test_an_opt_out_holds_for_every_spelling(
    ledger: Ledger, tmp_path: Path, listed_as: str, row: str
) -> None:
    """Whoever is on the ledger's list or in the file under one spelling is called under no other."""
    file = tmp_path / "opted-out.csv"
    file.write_text(f"phone,why\n{listed_as},asked us\n")
    policy = Policy.model_validate({})
    here = SimpleNamespace(
        ledger=ledger, workspace="shop", opted_out=file, policy=policy, case=Case("btcal_1")
    )
    assert {listed_as, row} <= suppressed(here)  # type: ignore[arg-type]
    assert add(ledger, "shop", [listed_as], "asked us") == 1
    assert add(ledger, "shop", [row], "asked again") == 0
    here.opted_out = None
    assert {listed_as, row} <= suppressed(here)  # type: ignore[arg-type]


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
    found = {
        row.contact_id: DispatchOutcome(kind, "", "", None) for row, kind in zip(mine, kinds, strict=True)
    }
    outcomes.settle(ledger, claim, wave, found, done=True)
    assert {one.phone for one in listed(ledger, "shop")} == {mine[0].phone, mine[1].phone}


def test_adding_says_how_many_are_new(ledger: Ledger) -> None:
    """A number that is there already stays as it is."""
    assert add(ledger, "shop", [phone(1), phone(2), phone(1)], "asked by mail") == 2
    assert add(ledger, "shop", [phone(2), phone(3)], "asked again") == 1
    assert {one.phone: one.why for one in listed(ledger, "shop")}[phone(2)] == "asked by mail"
    assert listed(ledger, "another") == []
