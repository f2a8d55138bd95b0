"""What people decide about a recovery, and what they find in the listing."""

import pytest

from models.enums import State
from models.invariants import BrokenInvariantError
from models.verdict.ending import Ending
from tasks.clock import VirtualClock
from tasks.ledger import recoveries
from tasks.ledger.audit import entries
from tasks.ledger.errors import NoSuchRecoveryError, NothingToDecideError
from tasks.ledger.store import Ledger
from tasks.ledger.waiting import end_waiting
from tests.integration.scenes import claimed, end, everything, frozen, states


def test_an_unknown_recovery_is_named(ledger: Ledger) -> None:
    """Asking for a recovery that is not there says so, and how to find those that are."""
    with pytest.raises(NoSuchRecoveryError, match=r"knows no recovery r_nope.*ringback status"):
        recoveries.get(ledger, "r_nope")


@pytest.mark.parametrize("state", [one for one in State if one.is_end])
@pytest.mark.parametrize("approved", [True, False])
def test_nobody_decides_about_an_ended_recovery(ledger: Ledger, state: State, approved: bool) -> None:
    """An approval that comes too late revives nothing, and a late decline rewrites no end."""
    end(ledger, claimed(ledger), state)
    before = everything(ledger)
    with pytest.raises(NothingToDecideError, match=f"has ended .{state.value}.*ringback recover job-1"):
        recoveries.decide(ledger, "r_1", approved=approved, by="Kim", reason="late")
    assert everything(ledger) == before


def test_an_approval_binds_the_plan_that_stands(ledger: Ledger) -> None:
    """Approving keeps who, why and the plan's hash, and the recovery may go on."""
    claim = claimed(ledger)
    plan = frozen(ledger, claim)
    stored = recoveries.decide(ledger, "r_1", approved=True, by="Kim", reason="looks right")
    assert (stored.approved_hash, stored.state) == (plan.hash, "running")
    assert "Approved by Kim" in stored.next_action


@pytest.mark.parametrize("approved", [True, False])
def test_the_audit_says_how_a_decision_came(ledger: Ledger, approved: bool) -> None:
    """A name is what somebody said; beside it stands how it came, in a chain that nobody rewrites."""
    frozen(ledger, claimed(ledger))
    via = "command line as kim@desk-4, the name as it was given"
    recoveries.decide(ledger, "r_1", approved=approved, by="Kim", reason="read it", via=via)
    kept = entries(ledger, "r_1")[-1]
    assert (kept.body["by"], kept.body["via"]) == ("Kim", via)


def test_a_decline_ends_the_recovery_with_nobody_called(ledger: Ledger) -> None:
    """Declining holds the recovery for good, says by whom and why, and leaves no contact without an end."""
    claim = claimed(ledger)
    frozen(ledger, claim, redial=3, drop=1)
    stored = recoveries.decide(ledger, "r_1", approved=False, by="Kim", reason="wrong list")
    assert (stored.state, stored.approved_hash, stored.ended_at) == ("held", None, ledger.clock.now())
    assert stored.next_action == "Declined by Kim: wrong list. Nobody was called."
    assert states(ledger, claim) == ["skipped"] * 3 + [None]


def test_nobody_declines_what_has_been_approved(ledger: Ledger) -> None:
    """A plan on its way is cancelled, not declined: a decline would end it in the ledger alone."""
    claim = claimed(ledger)
    frozen(ledger, claim)
    recoveries.decide(ledger, "r_1", approved=True, by="Kim", reason="looks right")
    before = everything(ledger)
    with pytest.raises(NothingToDecideError, match="ringback cancel r_1"):
        recoveries.decide(ledger, "r_1", approved=False, by="Lee", reason="too late")
    assert everything(ledger) == before


def test_a_cancel_is_kept_for_whoever_runs_it(ledger: Ledger) -> None:
    """Asking to cancel needs no lease and is seen by the holder."""
    claimed(ledger)
    recoveries.ask_cancel(ledger, "r_1")
    assert recoveries.get(ledger, "r_1").cancel_asked


def test_the_newest_recoveries_are_listed_first(ledger: Ledger, clock: VirtualClock) -> None:
    """The listing goes back in time and stops at its limit."""
    for n in range(3):
        claimed(ledger, f"r_{n}", ("shop", "fake", f"job-{n}"))
        clock.sleep(60)
    assert [one.id for one in recoveries.listing(ledger, limit=2)] == ["r_2", "r_1"]


def test_a_decision_counts_for_the_plan_that_was_shown(ledger: Ledger) -> None:
    """A plan that has become another one since a person read it is not approved by that person."""
    claim = claimed(ledger)
    shown = frozen(ledger, claim, redial=3)
    now = frozen(ledger, claim, redial=4)
    before = everything(ledger)
    with pytest.raises(NothingToDecideError, match=f"{shown.hash[:12]}.*it is {now.hash[:12]} now"):
        recoveries.decide(ledger, "r_1", approved=True, by="Kim", reason="looks right", plan=shown.hash)
    assert everything(ledger) == before
    decided = recoveries.decide(ledger, "r_1", approved=True, by="Kim", reason="read anew", plan=now.hash)
    assert decided.approved_hash == now.hash


def test_a_wait_ends_once(ledger: Ledger) -> None:
    """Of a person who decides and a sweep that closes, the first one counts and the other changes nothing."""
    claim = claimed(ledger)
    frozen(ledger, claim, redial=3, drop=1)
    recoveries.update(ledger, claim, "waiting", {}, state=State.AWAITING_APPROVAL.value)
    ending = Ending(State.HEALTHY, "The job moves again.", "Nothing to do.")
    assert end_waiting(ledger, "r_1", ending)
    assert states(ledger, claim) == ["skipped"] * 3 + [None]
    before = everything(ledger)
    assert not end_waiting(ledger, "r_1", ending)
    with pytest.raises(NothingToDecideError):
        recoveries.decide(ledger, "r_1", approved=True, by="Kim", reason="late")
    assert everything(ledger) == before


@pytest.mark.parametrize("state", [State.RECOVERED, State.HEALTHY, State.ESCALATED, State.CANCELLED])
def test_an_end_is_never_written_over(ledger: Ledger, state: State) -> None:
    """Whoever still holds a recovery that has ended cannot bring it back, nor end it in another way."""
    claim = claimed(ledger)
    recoveries.update(ledger, claim, "ended", {}, state=state.value)
    before = everything(ledger)
    for other in set(State) - {state}:
        with pytest.raises(BrokenInvariantError, match=f"r_1 is {state.value}.*{other.value}"):
            recoveries.update(ledger, claim, "again", {}, state=other.value)
    assert everything(ledger) == before
