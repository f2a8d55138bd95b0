"""Bad jobs on a bad platform: each has a defined end, breaks no promise, and accounts for every contact."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from deployments.sandbox.client import Sandbox
from models.tables.ledger import Wave
from tasks.finish.report import kept_back
from tasks.ledger import waves
from tests.acceptance.played import Played, play
from tests.invariants.twice import ONE_WAVE

SPEED = 200
ALWAYS: Mapping[str, Any] = {"count": None}


def fault(name: str, **options: Any) -> dict[str, Any]:
    """Return one scripted fault."""
    return {"name": name, **options}


def recovered(sandbox: Sandbox, home: Path, *faults: dict[str, Any], **wishes: Any) -> Played:
    """Recover a job with leaked permits under faults; it has a live source and contacts in doubt."""
    return play(sandbox, sandbox.world("permit-leak", speed=SPEED, faults=list(faults), **wishes), home)


def sent_waves(it: Played) -> list[Wave]:
    """Return the waves of the last recovery."""
    return waves.of(it.shop.ledger, it.report["recovery_id"])


def no_promise_broken(it: Played) -> None:
    """Make sure that the checker finds nothing, nobody was called twice by us, and the counts add up."""
    assert it.breaches == ()
    assert it.dialled_twice == []
    assert it.adds_up


SURVIVED: dict[str, list[dict[str, Any]]] = {
    "pages are cut": [fault("page_cut", count=3)],
    "pages are cut again and again": [fault("page_cut", rate=0.05, **ALWAYS)],
    "answers are no JSON": [fault("malformed_json", count=3)],
    "answers are no JSON again and again": [fault("malformed_json", rate=0.05, **ALWAYS)],
    "reads meet 429": [fault("answer_429", count=3)],
    "reads meet 429 with Retry-After": [fault("answer_429", retry_after=1)],
    "creates meet 429": [fault("answer_429", count=3, on="/submit")],
    "answers dribble": [fault("slow_loris", count=3, seconds=0.5)],
    "rows turn": [fault("rotate_rows")],
    "the platform's clock is ten minutes ahead": [fault("clock_skew", seconds=600)],
    "the platform's clock is ten minutes behind": [fault("clock_skew", seconds=-600)],
    "creates are accepted and cut": [fault("accept_then_cut", count=3)],
    "creates are accepted and answered 500": [fault("accept_then_500", count=3)],
    "new jobs appear late": [fault("visibility_delay", seconds=0.2)],
    "new jobs appear late and their answers are cut": [
        fault("visibility_delay", seconds=0.2),
        fault("accept_then_cut", rate=0.5, **ALWAYS),
    ],
    "listings are stale and answers are cut": [
        fault("stale_list", count=2, seconds=0.2),
        fault("accept_then_cut", count=2),
    ],
    "ended jobs flip back to running": [fault("status_flip", count=5)],
    "one job status is unknown": [fault("unknown_status")],
    "one row status is unknown": [fault("unknown_status", on="row")],
}


@pytest.mark.parametrize("faults", SURVIVED.values(), ids=SURVIVED)
def test_a_passing_fault_changes_nothing(
    sandbox: Sandbox, tmp_path: Path, faults: list[dict[str, Any]]
) -> None:
    """Under faults that pass, the job is recovered as if nothing had happened: everybody is called once."""
    it = recovered(sandbox, tmp_path, *faults)
    assert it.end == ("recovered", "permits")
    no_promise_broken(it)
    counts = it.report["counts"]
    assert counts["planned"] == counts["accepted"] == len(it.ours)
    assert it.people_left_out == set()


def test_pages_that_repeat_or_fall_short_lose_nobody(sandbox: Sandbox, tmp_path: Path) -> None:
    """Listings over several pages, halved and repeated, lead to the same recovery."""
    faults = [fault("pages_short", **ALWAYS), fault("pages_twice", **ALWAYS)]
    world = sandbox.world("dead-dispatcher", contacts=120, speed=SPEED, faults=faults)
    it = play(sandbox, world, tmp_path)
    assert it.end == ("recovered", "dead_dispatcher")
    no_promise_broken(it)
    assert it.people_left_out == set()


def test_a_platform_that_names_a_pause_gets_it(sandbox: Sandbox, tmp_path: Path) -> None:
    """After a 429 with Retry-After the same wave is sent again, not before the pause is over."""
    it = recovered(sandbox, tmp_path, fault("answer_429", on="/submit", retry_after=1))
    assert it.report["state"] == "recovered"
    no_promise_broken(it)
    first, *others = sent_waves(it)
    assert first.sends == 2
    assert first.sent_at is not None
    assert (first.sent_at - first.intent_at).total_seconds() >= 1
    assert {wave.sends for wave in others} == {1}


def test_an_answer_that_was_lost_is_never_sent_again(sandbox: Sandbox, tmp_path: Path) -> None:
    """Waves whose answers were cut are found by their marker: each was submitted once."""
    it = recovered(sandbox, tmp_path, fault("accept_then_cut", **ALWAYS))
    assert it.report["state"] == "recovered"
    no_promise_broken(it)
    assert {(wave.sends, wave.answer) for wave in sent_waves(it)} == {
        (1, "adopted; found 1 under its marker")
    }


def test_a_status_that_stays_unknown_is_for_a_person(sandbox: Sandbox, tmp_path: Path) -> None:
    """A job in a status that nobody documents is held, untouched, with nobody called."""
    it = recovered(sandbox, tmp_path, fault("unknown_status", **ALWAYS))
    assert it.end == ("held", "unknown")
    no_promise_broken(it)
    assert (it.ours, it.source_status) == ([], ("in_progress", "in_progress"))


def test_a_contact_whose_status_stays_unknown_is_kept_back(sandbox: Sandbox, tmp_path: Path) -> None:
    """A row in an unknown status is not redialled; a sample full of unknown ends gives no verdict."""
    it = recovered(sandbox, tmp_path, fault("unknown_status", on="row", **ALWAYS))
    assert (it.report["state"], it.report["verdict"]) == ("held", "hold")
    no_promise_broken(it)
    first = it.rows[0]
    assert (first.disposition, first.action) == ("unknown", "hold")
    assert first.contact_id not in {dial["recipient_id"] for dial in it.ours}


@pytest.mark.parametrize("skip", [0, 5, 15, 40])
@pytest.mark.parametrize("name", ["malformed_json", "page_cut", "answer_429"])
def test_a_platform_that_fails_for_good_holds_and_goes_on(
    sandbox: Sandbox, tmp_path: Path, name: str, skip: int
) -> None:
    """A platform that stops answering at any point holds the recovery; once it answers, nobody is missing."""
    broken = fault(name, skip=skip, **ALWAYS)
    world = sandbox.world("permit-leak", speed=SPEED, faults=[broken])
    held = play(sandbox, world, tmp_path)
    assert held.report["state"] == "held"
    assert "resume" in held.report["next_action"]
    sandbox.do(world.key, "lift_faults")
    it = play(sandbox, world, tmp_path)
    assert it.report["recovery_id"] == held.report["recovery_id"]
    assert it.end == ("recovered", "permits")
    no_promise_broken(it)
    assert it.people_left_out == set()


def test_a_platform_that_takes_no_wave_holds_and_goes_on(sandbox: Sandbox, tmp_path: Path) -> None:
    """Creates that are refused again and again hold the recovery with nobody called; then it goes on."""
    full = fault("answer_429", on="/submit", **ALWAYS)
    world = sandbox.world("permit-leak", speed=SPEED, faults=[full])
    held = play(sandbox, world, tmp_path, permit_wait_seconds=0.5)
    assert (held.report["state"], held.ours) == ("held", [])
    no_promise_broken(held)
    sandbox.do(world.key, "lift_faults")
    it = play(sandbox, world, tmp_path, permit_wait_seconds=0.5)
    assert it.report["state"] == "recovered"
    no_promise_broken(it)
    assert it.people_left_out == set()


def test_a_repeated_delivery_is_handed_to_engineering(sandbox: Sandbox, tmp_path: Path) -> None:
    """A platform that calls one contact of a wave twice is noticed, and gets no second wave."""
    it = recovered(sandbox, tmp_path, fault("duplicate_delivery"))
    assert it.report["state"] == "escalated"
    assert it.breaches == ()
    assert len(sent_waves(it)) == 1
    assert Counter(dial["delivery"] for dial in it.ours)[2] == 1
    assert Path(it.report["package"]).exists()


def test_a_platform_slower_than_the_policy_says_is_noticed(sandbox: Sandbox, tmp_path: Path) -> None:
    """A wave that appears later than the policy says is found or held: its absence was never earned."""
    late = [fault("visibility_delay", seconds=1.0, count=1), fault("accept_then_cut")]
    it = recovered(sandbox, tmp_path, *late)
    assert it.report["state"] in {"recovered", "held"}
    assert it.breaches == ()
    assert not it.dialled_twice


def test_a_lost_delivery_is_kept_for_a_person(sandbox: Sandbox, tmp_path: Path) -> None:
    """A contact that was handed over and never called is listed, keeps no permit, and is not redialled."""
    world = sandbox.world("permit-leak", speed=SPEED, faults=[fault("lose_delivery")])
    it = play(sandbox, world, tmp_path)
    assert it.end == ("recovered", "permits")
    no_promise_broken(it)
    lost = [row for row in it.rows if row.outcome == "ambiguous"]
    assert len(lost) == 1
    listed = kept_back(it.shop.ledger, it.report["recovery_id"])
    assert lost[0].row in [one["row"] for one in listed if one["disposition"] == "ambiguous"]
    assert sum(job["permits_held"] for job in it.after["jobs"]) == 0
    again = play(sandbox, world, tmp_path)
    assert again.report["recovery_id"] != it.report["recovery_id"]
    assert len(again.ours) == len(it.ours)
    assert again.breaches == ()


def test_many_lost_deliveries_give_no_verdict(sandbox: Sandbox, tmp_path: Path) -> None:
    """A sample of which too many outcomes are lost is held, whatever the others say."""
    it = recovered(sandbox, tmp_path, fault("lose_delivery", count=3))
    assert (it.report["state"], it.report["verdict"]) == ("held", "hold")
    no_promise_broken(it)
    assert len(sent_waves(it)) == 4


def test_a_source_that_wakes_at_once_is_stopped_again(sandbox: Sandbox, tmp_path: Path) -> None:
    """Whom a cancelled source calls before it is stopped again leaves the plan; the rest is recovered."""
    it = recovered(sandbox, tmp_path, fault("wake_cancelled", seconds=0.1))
    assert it.report["state"] == "recovered"
    no_promise_broken(it)
    moved = {row.contact_id for row in it.rows if row.state == "skipped"}
    source = [dial for dial in it.after["dials"] if dial["job_id"] == it.world.job_id]
    called = {dial["recipient_id"] for dial in source[len(it.before["dials"]) :]}
    assert moved >= called > set()
    assert it.people_left_out == set()


def test_a_source_that_wakes_later_is_noticed(sandbox: Sandbox, tmp_path: Path) -> None:
    """Where a cancelled source calls people whom a wave has taken over, the job goes to engineering."""
    it = recovered(sandbox, tmp_path, fault("wake_cancelled", seconds=1.0))
    people = Counter(dial["phone"] for dial in it.after["dials"] if dial not in it.before["dials"])
    if max(people.values()) == 1:
        no_promise_broken(it)
        assert it.report["state"] == "recovered"
        return
    # A machine that is busy enough lets the source ring before it is looked at, or between a look and the
    # sending of a wave: that is told, it ends, and it costs no more than the wave that was on its way.
    assert it.report["state"] == "escalated"
    assert {breach.invariant for breach in it.breaches} <= {"I1", "I3"}
    assert len({breach.message for breach in it.breaches if breach.invariant == "I3"}) <= ONE_WAVE


@pytest.mark.parametrize(
    "scenario", ["dead-dispatcher", "fell-short", "permit-leak", "finished", "duplicate-job"]
)
def test_an_empty_job_needs_nothing(sandbox: Sandbox, tmp_path: Path, scenario: str) -> None:
    """A job without contacts is left alone, and the next action does not claim that it moves."""
    it = play(sandbox, sandbox.world(scenario, contacts=0), tmp_path)
    assert it.end == ("healthy", "none")
    assert it.report["next_action"] == "Nothing to do: the job is empty."
    no_promise_broken(it)
    assert it.source_status[0] == it.source_status[1]


def test_one_contact_is_a_job(sandbox: Sandbox, tmp_path: Path) -> None:
    """A job of a single contact is recovered with one call."""
    it = play(sandbox, sandbox.world("dead-dispatcher", contacts=1, speed=SPEED), tmp_path)
    assert (it.report["state"], len(it.ours)) == ("recovered", 1)
    no_promise_broken(it)


ODD: dict[str | None, tuple[str, str]] = {
    None: ("unknown", "hold"),
    "  ": ("malformed", "drop"),
    "n/a": ("malformed", "drop"),
    "000": ("malformed", "drop"),
    "112": ("malformed", "drop"),
    "+61491": ("malformed", "drop"),
    "+999999999999999": ("malformed", "drop"),
    "+61491570006 / +61491570156": ("malformed", "drop"),
    "0491 570 006": ("duplicate", "drop"),
    "+61 491 570 006": ("undelivered", "redial"),
    "+61491570006": ("duplicate", "drop"),
    "+61491570157": ("undelivered", "redial"),
}


def test_contacts_without_a_usable_number_are_told_and_not_called(sandbox: Sandbox, tmp_path: Path) -> None:
    """Rows that hold no number, two, or one nobody may dial are not called; spellings are one person."""
    world = sandbox.world("dead-dispatcher", speed=SPEED, numbers=list(ODD))
    it = play(sandbox, world, tmp_path)
    assert it.report["state"] == "recovered"
    no_promise_broken(it)
    found = [(row.disposition, row.action) for row in it.rows[-len(ODD) :]]
    assert dict(zip(ODD, found, strict=True)) == ODD
    finding = next(one for one in it.report["findings"] if one["check"] == "contacts")
    assert (finding["severity"], sum(finding["evidence"]["malformed"].values())) == ("warn", 7)
    assert it.people_left_out == set()


def test_a_job_of_nothing_but_bad_numbers_calls_nobody(sandbox: Sandbox, tmp_path: Path) -> None:
    """Where no row has a number, people are reached otherwise: nobody is called, and a person is told."""
    world = sandbox.world("dead-dispatcher", contacts=10, numbers=[None] * 10)
    it = play(sandbox, world, tmp_path)
    assert it.report["state"] == "held"
    assert "nobody in it has a number to call" in it.report["findings"][-1]["words"]
    assert (it.ours, it.source_status) == ([], ("in_progress", "in_progress"))
    no_promise_broken(it)


@pytest.mark.parametrize(
    ("scenario", "state"), [("dead-dispatcher", "awaiting_approval"), ("finished", "healthy")]
)
def test_ten_thousand_contacts_are_looked_at_whole(
    sandbox: Sandbox, tmp_path: Path, scenario: str, state: str
) -> None:
    """A job of 10,000 contacts is planned and written down to the last of them; nobody is called."""
    world = sandbox.world(scenario, contacts=10_000)
    it = play(sandbox, world, tmp_path, approval="ask")
    assert (it.report["state"], it.ours) == (state, [])
    assert it.breaches == ()
    assert len(it.rows) == (10_000 if state == "awaiting_approval" else 0)
