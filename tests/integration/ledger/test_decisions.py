"""Decisions about contacts that were kept back, in the ledger: whose word counts, and of which list."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from models.enums import Choice, State
from tasks.ledger import plans, recoveries
from tasks.ledger.audit import entries, examine
from tasks.ledger.database.restores import note_restore
from tasks.ledger.errors import NotKeptBackError, OldListError
from tasks.ledger.people import decisions
from tasks.ledger.people.decided import any_made, in_force, void_among
from tasks.ledger.people.decisions import listed
from tasks.ledger.people.standing import people_to_decide
from tasks.ledger.store import Ledger
from tests.integration.kept import kept, wish
from tests.integration.scenes import JOB, KEYS, accepted, claimed, end, everything, judged, phone, plan_of


def choices(ledger: Ledger) -> dict[str, str]:
    """Return what stands about whom."""
    return {contact_id: one.choice.value for contact_id, one in in_force(ledger, JOB).items()}


def test_a_decision_is_kept_with_name_reason_and_way(ledger: Ledger) -> None:
    """Who decided what about whom, why, and on which list: in the chain, which verifies."""
    state = kept(ledger)
    assert people_to_decide(ledger, ["r_1"]) == {"r_1": 3}
    assert not any_made(ledger, JOB)
    done = decisions.decide(ledger, "r_1", wish(state=state[:12]))
    assert [one.row for one in done.chosen] == [2, 3]
    assert [(one.row, one.rule) for one in done.left] == [(4, "time zone unknown")]
    assert choices(ledger) == {"c2": "redial", "c3": "redial"}
    assert entries(ledger, "r_1")[-1].body == {
        "as": "redial", "by": "Kim", "because": "listened", "rows": [2, 3], "state": state,
        "by_claimed": "Kim", "via": "command line",
    }  # fmt: skip
    assert examine(ledger, "r_1", KEYS).ok
    assert listed(ledger, "r_1").state != state


def test_the_last_word_about_somebody_counts(ledger: Ledger) -> None:
    """A change of mind is a decision too, about the list that shows the first one."""
    kept(ledger)
    decisions.decide(ledger, "r_1", wish(rows=(2,)))
    decisions.decide(ledger, "r_1", wish(Choice.REACHED, rows=(2,)))
    assert choices(ledger) == {"c2": "reached"}
    assert [one.row for one in listed(ledger, "r_1").open] == [3, 4]


def test_never_is_a_suppression(ledger: Ledger) -> None:
    """It stands on the list of the workspace, and nobody there is redialled by a decision."""
    kept(ledger)
    decisions.decide(ledger, "r_1", wish(Choice.NEVER, rows=(2,), because="asked not to be called"))
    assert plans.suppressed(ledger, "shop") == {phone(2)}
    before = everything(ledger)
    with pytest.raises(NotKeptBackError, match=r"row 2: its number is on the suppression list.*Nothing was"):
        decisions.decide(ledger, "r_1", wish(rows=(2,)))
    assert everything(ledger) == before


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"rows": (2, 5, 9)},
            r"row 5: it is reached: because; row 9: there is none.*ringback decide r_1.*Nothing",
        ),
        ({"rows": (1,)}, r"row 1: it was left out"),
        ({"rows": (4,)}, r"overrides a rule .*row 4: a rule keeps it back: time zone unknown"),
        ({"reason": "q850:57"}, r"No reason 'q850:57' .*Those that do: ambiguous, lost, pending, transient"),
        ({"reason": "transient"}, r"can be redialled by a decision: time zone unknown"),
    ],
)
def test_who_cannot_be_decided_about_is_named(ledger: Ledger, given: dict[str, Any], said: str) -> None:
    """Nothing of a wish is written where a part of it cannot be meant, and each row says why."""
    kept(ledger)
    before = everything(ledger)
    with pytest.raises(NotKeptBackError, match=said):
        decisions.decide(ledger, "r_1", wish(**given))
    assert everything(ledger) == before


def test_a_reason_is_a_disposition_or_a_code(ledger: Ledger) -> None:
    """Whatever the list shows as the reason can be given as one."""
    kept(ledger)
    decisions.decide(ledger, "r_1", wish(Choice.REACHED, reason="lost"))
    decisions.decide(ledger, "r_1", wish(Choice.REACHED, reason="transient"))
    assert choices(ledger) == dict.fromkeys(("c2", "c3", "c4"), "reached")
    assert recoveries.get(ledger, "r_1").next_action == (
        "All 3 contacts that were kept back are decided about. Nothing to do."
    )


def test_an_old_list_is_refused(ledger: Ledger) -> None:
    """What was shown before another decision, or before another recovery looked, is not decided about."""
    state = kept(ledger)
    decisions.decide(ledger, "r_1", wish(Choice.REACHED, rows=(2,), state=state))
    before = everything(ledger)
    with pytest.raises(OldListError, match=r"not the one any more .*Kim has decided reached about row 2"):
        decisions.decide(ledger, "r_1", wish(state=state))
    assert everything(ledger) == before
    claimed(ledger, "r_2")
    with pytest.raises(
        OldListError, match=r"not the last of job job-1: r_2 has looked again since .running."
    ):
        decisions.decide(ledger, "r_1", wish())
    with pytest.raises(OldListError, match=r"r_2 goes on .running."):
        decisions.decide(ledger, "r_2", wish())
    assert listed(ledger, "r_1").open == ()


def test_a_later_recovery_that_made_no_list_takes_none_away(ledger: Ledger) -> None:
    """Somebody kept back stays decidable where the next recovery came to nothing."""
    kept(ledger)
    end(ledger, claimed(ledger, "r_2"), State.CANCELLED)
    assert decisions.decide(ledger, "r_1", wish()).chosen


def test_of_two_at_once_one_wins_and_the_other_is_told(ledger: Ledger) -> None:
    """Both have read the same list: one decision is written, and the second hears who was faster."""
    state, gate = kept(ledger), Barrier(2)

    def one(name: str) -> str:
        gate.wait()
        try:
            decisions.decide(ledger, "r_1", wish(Choice.REACHED, by=name, state=state))
        except OldListError as late:
            return str(late)
        return name

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(one, ("Ana", "Ben")))
    (winner,) = [words for words in said if words in {"Ana", "Ben"}]
    (other,) = [words for words in said if words != winner]
    assert f"{winner} has decided reached" in other
    assert {made.by for made in in_force(ledger, JOB).values()} == {winner}


def test_a_restore_takes_decisions_to_redial_back(ledger: Ledger) -> None:
    """Since the copy the person may have been called: redials are decided anew, the rest stays decided."""
    kept(ledger)
    decisions.decide(ledger, "r_1", wish(Choice.REACHED, rows=(2,)))
    decisions.decide(ledger, "r_1", wish(rows=(2,)))
    (redial,) = [one.id for one in in_force(ledger, JOB).values()]
    decisions.decide(ledger, "r_1", wish(Choice.REACHED, rows=(3,)))
    with ledger.write() as session:
        note_restore(session, ledger, made_at="earlier", how="a test")
    assert choices(ledger) == {"c3": "reached"}
    assert [one.row for one in listed(ledger, "r_1").open] == [2, 4]
    assert people_to_decide(ledger, ["r_1", "r_9"]) == {"r_1": 2}
    assert "copy of earlier" in listed(ledger, "r_1").taken_back["c2"].void_why
    assert void_among(ledger, [redial]) == {redial}
    assert entries(ledger, "ledger")[-1].body["decisions_void"] == 1


def test_a_decision_is_used_up_by_the_next_hand_over(ledger: Ledger) -> None:
    """By the recovery that comes later, whatever the clock says; its own waves go on under it."""
    kept(ledger)
    decisions.decide(ledger, "r_1", wish(rows=(2,)))
    claim = claimed(ledger, "r_2")
    plans.freeze(ledger, claim, plan_of([judged(2)]))
    accepted(ledger, claim, 1)
    assert in_force(ledger, JOB)["c2"].handed_since
    assert not in_force(ledger, JOB, but="r_2")["c2"].handed_since
