"""Who decides: a plan waits, is approved, declined, withdrawn, or asked for at the terminal."""

import pytest

from tests.acceptance.contract import broken
from tests.acceptance.stories import Tell, Told


def test_without_yes_the_plan_waits_and_nobody_is_called(approved: Told) -> None:
    """Without --yes and without a terminal to ask at, the recovery waits, exits 3, and has called nobody."""
    waiting = approved["waiting"]
    assert (waiting.code, waiting.json["state"]) == (3, "awaiting_approval")
    assert broken(waiting.json) == []
    assert waiting.json["counts"]["accepted"] == 0
    assert f"approve {approved.recovery_id}" in waiting.json["next_action"]


def test_an_approved_plan_is_executed_by_resume(approved: Told) -> None:
    """After `approve`, `resume` redials exactly the plan that waited, everybody once."""
    assert approved["approve"].code == 0
    assert "resume" in approved["approve"].json["next_action"]
    done = approved["resume"]
    assert (done.code, done.json["state"]) == (0, "recovered"), done.stderr
    assert done.json["plan_hash"] == approved["waiting"].json["plan_hash"]
    assert approved.site.dialled().total() == done.json["counts"]["planned"] > 0
    assert max(approved.site.dialled().values()) == 1
    assert approved.site.breaches() == ()


@pytest.mark.parametrize("step", ["other", "short"])
def test_another_plan_than_the_one_that_was_read_is_refused(approved: Told, step: str) -> None:
    """`approve --plan` of another plan than the one that waits, or told too shortly, approves nothing."""
    refused = approved[step]
    assert refused.code == 2
    assert "Read that one and decide again" in refused.json["error"]


def test_an_approval_says_which_plan_it_was(approved: Told) -> None:
    """The hash that was approved is printed, and stands in the decision."""
    plan = approved["waiting"].json["plan_hash"]
    assert f"Approved plan {plan}." in approved["approve"].stderr
    assert approved.site.ask("select plan_hash from decision") == [(plan,)]


@pytest.mark.parametrize(("step", "is_now"), [("again", "running"), ("late", "recovered")])
def test_what_does_not_wait_cannot_be_approved(approved: Told, step: str, is_now: str) -> None:
    """Approving twice, or what has ended, says so in a sentence, exits 2 and changes nothing."""
    assert approved[step].code == 2
    assert f"{approved.recovery_id} is {is_now}" in approved[step].json["error"]
    assert approved.site.ask("select count(*) from decision") == [(1,)]


def test_resume_of_a_finished_recovery_shows_how_it_ended(approved: Told) -> None:
    """`resume` of a recovery that has ended prints its report, exits as it did, and calls nobody."""
    again = approved["resume_again"]
    assert again.json == approved["resume"].json
    assert again.code == 0
    assert "has ended (recovered)" in again.stderr


def test_a_declined_plan_is_held_and_nobody_is_called(told: Tell) -> None:
    """`decline` holds the recovery under the name and reason given; nothing goes on after it."""
    it = told("declined")
    assert it["decline"].code == 0
    assert it["decline"].json["state"] == "held"
    assert "Declined by Ana: checked with" in it["decline"].json["next_action"]
    assert it["approve"].code == 2
    assert (it["resume"].code, it["resume"].json["state"]) == (3, "held")
    assert it.site.dialled() == {}
    assert it.site.breaches() == ()


def test_a_recovery_that_waits_is_cancelled_at_once(told: Tell) -> None:
    """`cancel` of a recovery that nobody runs ends it here, and it cannot be approved any more."""
    it = told("withdrawn")
    assert (it["cancel"].code, it["cancel"].json["state"]) == (0, "cancelled")
    assert "had not stopped the source job" in it["cancel"].json["next_action"]
    assert "of the plan have not been called" in it["cancel"].json["next_action"]
    assert it["approve"].code == 2
    assert it["cancel_again"].code == 0
    assert "has ended already (cancelled)" in it["cancel_again"].stderr
    assert it.site.dialled() == {}
    assert it.site.breaches() == ()


def test_cancel_of_a_running_recovery_takes_back_what_never_rang(told: Tell) -> None:
    """`cancel` lets the running process withdraw: its waves are over and who never rang is not dialled."""
    it = told("stopped")
    assert it["cancel"].code == 0
    assert "will withdraw" in it["cancel"].stderr
    done = it["recover"]
    assert (done.code, done.json["state"]) == (0, "cancelled"), done.stderr
    history = it.site.history
    ours = [job["status"] for job in history["jobs"] if job["name"].startswith("rb-")]
    assert ours
    assert set(ours) <= {"cancelled", "completed"}
    counts = done.json["counts"]
    assert it.site.dialled().total() == counts["redialled"] < counts["planned"]
    assert it.site.breaches() == ()


def test_a_second_recover_joins_the_one_that_runs(told: Tell) -> None:
    """A second `recover` of a job starts nothing: it says that it joins, and prints the same report."""
    it = told("joined")
    assert it["second"].json == it["first"].json
    assert it["second"].code == it["first"].code == 0
    assert f"Recovery {it.recovery_id} of this job is run by process" in it["second"].stderr
    assert "joining it" in it["second"].stderr
    assert it.site.ask("select count(*) from recovery") == [(1,)]
    assert it.site.breaches() == ()


def test_a_yes_at_the_terminal_goes_on(told: Tell) -> None:
    """At a terminal `recover` asks before the first dispatch, and a yes goes on to the end."""
    it = told("said_yes")
    assert "Redial 9 contacts? [y/N]" in it["recover"].stdout
    assert it["recover"].code == 0, it["recover"].stdout
    assert it.site.ask("select state from recovery") == [("recovered",)]
    ((approved_by, reason),) = it.site.ask('select "by", reason from decision')
    assert "@" in approved_by
    assert reason == "asked at the terminal"
    assert it.site.dialled().total() == 9


def test_a_no_at_the_terminal_leaves_the_plan_waiting(told: Tell) -> None:
    """A no at the terminal calls nobody and leaves the plan to be approved or declined later."""
    it = told("said_no")
    assert it["recover"].code == 3
    assert it["recover"].stdout.count("awaiting_approval") == 1
    assert it.site.ask("select state from recovery") == [("awaiting_approval",)]
    assert it.site.dialled() == {}
