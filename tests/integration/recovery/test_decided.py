"""The whole road of whom a recovery kept back: shown, decided about, carried out by the next recovery."""

from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from deployments.sandbox.engine.history import history
from models.enums import Choice, State
from models.tables.decisions import KeptDecision
from models.tables.ledger import Planned
from tasks.ledger import plans, recoveries
from tasks.ledger.audit import entries, examine
from tasks.ledger.database import restores
from tasks.ledger.database.restores import note_restore
from tasks.ledger.people import decisions
from tasks.ledger.people.decided import in_force
from tasks.ledger.people.decisions import DecisionsMade, KeptList, Wish
from tests.chaos.stateful.story import KEY, Story
from tests.chaos.world.moving import fault, landed, told
from tests.invariants import Breach, check

LEAK = "permit-leak"


def wish(choice: Choice = Choice.REDIAL, **more: Any) -> Wish:
    """Return what Kim decides, about everybody where nothing else is said."""
    about = more if {"rows", "reason"} & more.keys() else {"everybody": True} | more
    return Wish(choice, **{"by": "Kim", "because": "no call in the console"} | about)


def kept(home: Path, **policy: Any) -> tuple[Story, KeptList]:
    """Recover a job some of whose people were handed over and never heard of again."""
    story = told(home, LEAK, **policy)
    story.run()
    landed(story)
    assert story.state is State.RECOVERED
    return story, listed(story)


def listed(story: Story) -> KeptList:
    """Return whom the newest recovery keeps back."""
    return decisions.listed(story.ledger, story.recoveries[-1].id)


def decide(story: Story, wanted: Wish) -> DecisionsMade:
    """Decide about the newest recovery."""
    return decisions.decide(story.ledger, story.recoveries[-1].id, wanted)


def rows_of(story: Story) -> dict[int, Planned]:
    """Return the plan of the newest recovery."""
    return {row.row: row for row in plans.contacts(story.ledger, story.recoveries[-1].id)}


def breaches(story: Story) -> list[Breach]:
    """Hold everything against the truth."""
    landed(story)
    return list(check(story.ledger, history(story.scene), story.key, {KEY.id: KEY.secret}))


def called(story: Story) -> set[str]:
    """Return whom the newest recovery has called."""
    landed(story)
    return {dial.digits for dial in story.ours() if dial.recovery_id == story.recoveries[-1].id}


def digits(phone: str) -> str:
    """Return a number as the world's record has it."""
    return "".join(filter(str.isdecimal, phone))


def test_from_kept_back_to_a_call(tmp_path: Path) -> None:
    """Redial, reached, never: the next recovery does each once, says by whom, and counts everybody once."""
    story, before = kept(tmp_path)
    redial, reached, never = before.people[0], before.people[1], before.people[2:]
    decide(story, wish(rows=(redial.row,), state=before.state[:12]))
    decide(story, wish(Choice.REACHED, rows=(reached.row,), because="the customer has talked to them"))
    decide(story, wish(Choice.NEVER, reason="ambiguous", because="they asked not to be called"))
    assert "redials 1 of them" in recoveries.get(story.ledger, before.recovery.id).next_action

    story.run()
    rows, ids = rows_of(story), {one.contact_id: one.id for one in in_force(story.ledger, story.key).values()}
    assert (rows[redial.row].action, rows[redial.row].decision) == ("redial", ids[redial.contact_id])
    assert "Kim decided redial" in rows[redial.row].why
    assert (rows[reached.row].action, rows[reached.row].disposition) == ("drop", "reached")
    assert "the customer has talked to them" in rows[reached.row].why
    assert {rows[one.row].disposition for one in never} == {"do_not_contact"}
    assert digits(redial.phone) in called(story)
    assert not called(story) & {digits(one.phone) for one in (reached, *never)}
    counts = recoveries.counts(story.ledger, story.recoveries[-1].id)
    assert counts["planned"] + counts["kept_back"] + counts["dropped"] == len(rows)
    assert counts["kept_back"] == 0
    planned = next(one for one in entries(story.ledger, story.recoveries[-1].id) if one.kind == "planned")
    assert planned.body["decisions"] == {"redial": 1, "reached": 1}
    assert all(examine(story.ledger, one.id, {KEY.id: KEY.secret}).ok for one in story.recoveries)

    story.run()
    assert digits(redial.phone) not in called(story)
    assert breaches(story) == []


def test_whoever_is_left_alone_is_listed_decided_about_and_approved(tmp_path: Path) -> None:
    """A recovery with nobody to redial lists whom it holds; the plan that follows a decision is asked about.

    Who decided and why stands under the approved hash: a row that was changed since stops the plan.
    """
    story, first = kept(tmp_path, redial_later=False)
    story.run()
    second = listed(story)
    assert second.recovery.state == State.HELD
    assert [one.row for one in second.people] == [one.row for one in first.people]
    assert f"`ringback decide {second.recovery.id}`" in second.recovery.next_action
    decide(story, wish())
    story.policy["approval"] = "ask"
    story.run()
    assert story.recoveries[-1].state == State.AWAITING_APPROVAL
    assert sum(row.action == "redial" for row in rows_of(story).values()) == len(first.people)
    story.decide(approved=True)
    with story.ledger.write() as session:
        for one in session.exec(select(KeptDecision)):
            one.by = "Somebody else"
            session.add(one)
    story.run()
    assert story.state is State.HELD
    assert "not the one that was approved" in story.why
    assert called(story) == set()


def reached_by_the_source(story: Story, phone: str) -> None:
    """Let the source's own row tell of a conversation by now."""
    row = next(row for row in story.scene.job.rows if digits(row.phone) == digits(phone))
    row.status = "completed"


def test_what_becomes_known_meanwhile_comes_first(tmp_path: Path) -> None:
    """Who is suppressed, and who turns out to have been reached, before or after the plan, is not called."""
    story, before = kept(tmp_path)
    unwanted, early, late, other = before.people
    decide(story, wish())
    with story.ledger.write() as session:
        plans.suppress(session, story.world.workspace_id, [unwanted.phone], "asked", story.ledger)
    reached_by_the_source(story, early.phone)
    story.policy["approval"] = "ask"
    story.run()
    reached_by_the_source(story, late.phone)
    story.decide(approved=True)
    story.run()
    rows = rows_of(story)
    assert [rows[one.row].action for one in before.people] == ["drop", "drop", "redial", "redial"]
    assert "Kim decided redial, which is not carried out" in rows[early.row].why
    assert rows[late.row].state == "skipped"
    assert digits(other.phone) in called(story)
    assert not called(story) & {digits(one.phone) for one in (unwanted, early, late)}
    assert breaches(story) == []


@pytest.mark.strikes("decided.left_out")
def test_the_first_hand_over_is_looked_at_to_the_last(tmp_path: Path) -> None:
    """A wave whose call was never heard of, and that shows it after all once the redial is approved."""
    story = told(tmp_path)
    story.run(1, lambda: fault(story, "lose_delivery", count=2), where="before submitting a wave")
    landed(story)
    shown, other = listed(story).people[:2]
    assert {one.why for one in (shown, other)} == {
        "the row was handed over, does not move, and no call tells its end"
    }
    decide(story, wish())
    story.policy["approval"] = "ask"
    story.run()
    waves = [job for job in story.world.jobs.values() if not job.source]
    row = next(row for job in waves for row in job.rows if digits(row.phone) == digits(shown.phone))
    row.status = "completed"
    story.decide(approved=True)
    story.run()
    assert "since then: the person was reached" in rows_of(story)[shown.row].outcome_why
    assert digits(shown.phone) not in called(story)
    assert digits(other.phone) in called(story)
    assert breaches(story) == []


def test_a_begun_plan_redials_nobody_by_a_decision_of_before_a_restore(tmp_path: Path) -> None:
    """Approved again after a restore, it goes on without whoever was to be redialled by an old word."""
    story, _ = kept(tmp_path)
    decide(story, wish())
    story.run(1, story.die, where="before submitting a wave")
    assert any(row.decision and row.wave for row in rows_of(story).values())
    with story.ledger.write() as session:
        note_restore(session, story.ledger, made_at="earlier", how="a test")
        session.flush()
    restores.confirm_opt_outs(story.ledger, story.world.workspace_id, "Ana")
    story.outlast_the_lease()
    story.run()
    story.decide(approved=True)
    story.run()
    assert not called(story) & {digits(row.phone or "") for row in rows_of(story).values() if row.decision}
    assert breaches(story) == []


@pytest.mark.parametrize("turns_up", [False, True])
def test_a_hand_over_without_an_answer_is_a_persons_to_decide(tmp_path: Path, turns_up: bool) -> None:
    """Nobody but a person redials whom a lost create may have called; what turns up first comes first."""
    story = told(tmp_path, earned=False)
    fault(story, "accept_then_cut", on="/batch-calling/submit", count=1)
    fault(story, "visibility_delay", seconds=7000.0)
    story.run()
    before = listed(story)
    assert story.state is State.HELD
    assert {one.why for one in before.people} == {
        "handed over in wave 1, and whether the platform took that is not known"
    }
    decide(story, wish())
    story.world.faults.lift("visibility_delay")
    if turns_up:
        landed(story)
    story.run()
    mine = [rows_of(story)[one.row] for one in before.people]
    assert {row.action for row in mine} == ({"drop"} if turns_up else {"redial"})
    again = {digits(one.phone) for one in before.people} & called(story)
    assert len(again) == (0 if turns_up else len(mine))
    assert breaches(story) == []
