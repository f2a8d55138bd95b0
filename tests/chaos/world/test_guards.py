"""Guards that other stories pass by: each is played until it strikes, and its loss is noticed."""

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from deployments.sandbox.engine.moves import make_move, newest_wave
from deployments.sandbox.engine.people import same_phone
from models.enums import State
from models.plan.markers import read_marker
from models.verdict.ending import CANCELLED
from tasks import fault_points
from tasks.dispatch import witness
from tasks.ledger import plans, waves
from tasks.ledger.plans import suppress
from tasks.ledger.waiting import end_waiting
from tasks.triage import related_jobs
from tests.chaos.stateful.story import Story
from tests.chaos.world.moving import assert_held, assert_nobody_twice, fault, told, twice
from tests.sure import sure

ROOT = Path(__file__).parents[3]
STRIKES = re.compile(r'struck\(\s*"([a-z0-9_.]+)"')
NAMED = re.compile(r'"([a-z0-9_]+\.[a-z0-9_]+)"')
SUBMITS = "/batch-calling/submit"
BEFORE = "before submitting a wave"


def sources(*rooms: str) -> Iterator[Path]:
    """Return the Python files of some rooms."""
    return (path for room in rooms for path in (ROOT / room).rglob("*.py"))


def refused_once(story: Story, then: Callable[[], object]) -> None:
    """Let the platform refuse the first wave, and something happen before it is sent again."""
    fault(story, "answer_429", retry_after=60, on=SUBMITS, count=1)

    def happen(_it: object, _now: float) -> None:
        then()

    story.run(1, lambda: story.world.agenda.add(story.now + 20, happen, None), where=BEFORE)


def nobody_wants_calls(story: Story) -> None:
    """Let everybody of the job opt out, those too who stand in a wave already."""
    everybody = [f"+{same_phone(row.phone)}" for row in story.scene.job.rows]
    with story.ledger.write() as session:
        suppress(session, story.world.workspace_id, everybody, "asked for it", story.ledger)


@pytest.mark.strikes("dispatch.newer_job")
def test_a_second_job_begun_while_a_wave_is_refused_keeps_its_people(tmp_path: Path) -> None:
    """A wave that was written down is asked about again before every try."""
    story = told(tmp_path)
    refused_once(story, lambda: make_move(story.scene, "second_job"))
    assert_nobody_twice(story)


@pytest.mark.strikes("dispatch.suppressed")
def test_who_opts_out_while_a_wave_is_refused_is_not_in_it(tmp_path: Path) -> None:
    """Between writing a wave down and sending it somebody may ask never to be called."""
    story = told(tmp_path)
    refused_once(story, lambda: nobody_wants_calls(story))
    assert_nobody_twice(story)
    assert story.ours() == []


@pytest.mark.strikes("witness.wave_as_source")
def test_a_wave_is_not_recovered_itself(tmp_path: Path) -> None:
    """Its people are those of the job that it was sent for."""
    story = told(tmp_path)
    story.run()
    other = story.beside(job=newest_wave(story.scene))
    other.run()
    assert_held(other, "is itself wave")
    assert_nobody_twice(story)


@pytest.mark.strikes("dispatch.renamed", "witness.marker_in_rows")
def test_a_ledger_that_went_back_knows_its_waves_by_their_rows(tmp_path: Path) -> None:
    """A platform that replaces names still shows the marker in the variables of each row."""
    story = restored(tmp_path, names="replaced")
    assert story.state in {State.HELD, State.ESCALATED}
    assert not twice(story).sure


def under_the_same_marker(story: Story) -> None:
    """Let the newest wave be on the platform a second time, as a proxy does that repeats what it sends."""
    repeated = story.world.submit(newest_wave(story.scene).order)
    story.tell(f"{repeated.id} is there a second time.")


@pytest.mark.strikes("witness.twin")
def test_a_wave_that_is_there_twice_is_stopped_and_told_of(tmp_path: Path) -> None:
    """A marker on two jobs: all but the wave's own are stopped, and engineering hears of it."""
    story = told(tmp_path)
    story.run(1, lambda: under_the_same_marker(story), where="after submitting a wave")
    assert story.state is State.ESCALATED
    assert "2 times under one marker" in story.why
    first, second = [job for job in story.world.jobs.values() if read_marker(job.order.name)]
    assert (first.order.name, second.status) == (second.order.name, "cancelled")


@pytest.mark.strikes("dispatch.was_there")
def test_a_refusal_that_was_none_is_seen_before_the_wave_is_sent_again(tmp_path: Path) -> None:
    """No platform promises that 429 means "not taken": the marker is looked for before every send."""
    story = told(tmp_path)
    fault(story, "answer_429", retry_after=60, on=SUBMITS, count=1)

    def take_it_all_the_same() -> None:
        wave = waves.of(story.ledger, story.recoveries[-1].id)[-1]
        rows = waves.contacts_of(story.ledger, wave)
        people = tuple((row.contact_id, sure(row.phone), row.payload) for row in rows)
        story.world.submit(replace(story.scene.job.order, name=wave.marker, rows=people))

    def some_time_later() -> None:
        story.world.agenda.add(story.now + 20, lambda _it, _now: take_it_all_the_same(), None)

    story.run(1, some_time_later, where=BEFORE)
    assert_nobody_twice(story)
    assert story.state is State.RECOVERED


@pytest.mark.strikes("prepare.other_plan")
@pytest.mark.parametrize(
    "changed",
    [
        "update planned set phone = '+61491570006' where row = (select min(row) from planned where {redial})",
        "update planned set action = 'redial', state = 'planned', position = 999 where not {redial}",
        "delete from planned where row = (select min(row) from planned where {redial})",
    ],
)
def test_a_plan_that_was_changed_after_its_approval_calls_nobody(tmp_path: Path, changed: str) -> None:
    """What is carried out is what a person has read: anything else is somebody's hand in the ledger."""
    story = told(tmp_path, approval="ask")
    story.run()
    story.decide(approved=True)
    with story.engine.begin() as connection:
        assert connection.execute(text(changed.format(redial="action = 'redial'"))).rowcount
    story.run()
    assert_held(story, "is not the one that was approved")
    assert story.ours() == []


@pytest.mark.strikes("taken_back.hidden_dispatch")
def test_a_wave_taken_back_whose_counter_rises_keeps_its_people_in_doubt(tmp_path: Path) -> None:
    """Its counter tells of more dispatches than its rows: any of them may have been called."""
    story = told(tmp_path, "fell-short")
    story.run(1, story.ask_cancel, where="after submitting a wave")
    newest_wave(story.scene).dispatched += 2
    story.run()
    assert_nobody_twice(story)
    rows = plans.contacts(story.ledger, story.recoveries[-1].id)
    assert "may have been called" in " ".join(row.why for row in rows)


@pytest.mark.strikes("finish.ended_meanwhile")
@pytest.mark.parametrize("moment", [2, 5, 9])
def test_a_decline_while_the_run_is_on_has_the_last_word(tmp_path: Path, moment: int) -> None:
    """A person who declines before the plan is frozen is not asked about it by the run that was on."""
    story = told(tmp_path, approval="ask")
    story.run(moment, lambda: story.decide(approved=False), frozen=True)
    assert story.state is State.HELD
    assert "Declined by Ida" in story.recoveries[-1].next_action
    assert story.ours() == []


@pytest.mark.strikes("claim.ended_meanwhile")
def test_a_recovery_that_ends_while_it_is_taken_over_stays_ended(tmp_path: Path) -> None:
    """A cancel that comes between the claim and the first step is not undone by the run that claimed."""
    story = told(tmp_path, approval="ask")
    story.run()
    waiting = story.recoveries[-1].id

    def cancel(point: str) -> None:
        if point == "claim.after_commit":
            fault_points.arm(None)
            assert end_waiting(story.ledger, waiting, CANCELLED)

    fault_points.arm(cancel)
    try:
        story.run()
    finally:
        fault_points.arm(None)
    assert story.state is State.CANCELLED
    assert story.ours() == []
    assert not story.is_held


def restored(home: Path, names: str = "") -> Story:
    """Play a ledger that goes back to the plan that waited, approved a second time."""
    story = told(home, approval="ask")
    story.run()
    if names:
        fault(story, "names", word=names)
    copied = story.backup()
    for again in (False, True):
        if again:
            story.restore(copied)
        story.decide(approved=True)
        story.run()
    return story


def second_job(home: Path) -> Story:
    """Play a person's second job that starts while the plan waits."""
    story = told(home, approval="ask")
    story.run()
    make_move(story.scene, "second_job")
    story.clock.sleep(120)
    story.decide(approved=True)
    story.run()
    return story


def woken_wave(home: Path) -> Story:
    """Play a wave that is taken back and wakes up before the next recovery."""
    story = told(home, "fell-short")
    fault(story, "wake_cancelled", seconds=30)
    story.run(1, story.ask_cancel, where="after submitting a wave")
    story.clock.sleep(300)
    story.run()
    return story


def know_every_wave() -> None:
    """Take unknown waves for nobody's, and find no marker of ours: one guard hides the loss of the other."""
    module: Any = witness
    module.Testimony.of = lambda *_told: []
    module._no_unknown_wave = lambda *_told: None


def see_no_newer_job() -> None:
    """Forget whom others hold since the plan."""
    module: Any = witness
    module._is_news = lambda *_told: False


def believe_the_ledger() -> None:
    """Take what was withdrawn for not called, whatever its job has done since."""
    module: Any = related_jobs
    module.read_again = lambda *_told: {}


GUARDS: dict[str, tuple[Callable[[], None], Callable[[Path], Story]]] = {
    "witness.unknown_wave": (know_every_wave, restored),
    "witness.newer_job": (see_no_newer_job, second_job),
    "taken_back.woken": (believe_the_ledger, woken_wave),
}


def called_twice_without(guard: str, home: Path) -> int:
    """Count whom a build without a guard calls twice, in a process of its own: the loss stays in it."""
    told_by, tells = os.pipe()
    child = os.fork()
    if not child:
        try:
            lose, play = GUARDS[guard]
            lose()
            os.write(tells, json.dumps(len(twice(play(home)).sure)).encode())
        finally:
            os._exit(0)
    os.close(tells)
    os.waitpid(child, 0)
    with os.fdopen(told_by) as answer:
        found: Any = json.loads(answer.read() or "-1")
    return int(found)


@pytest.mark.parametrize("guard", GUARDS)
def test_the_loss_of_a_guard_is_noticed(tmp_path: Path, guard: str) -> None:
    """Without it people are called twice, and the checker that judges every story says so."""
    assert called_twice_without(guard, tmp_path) > 0


def test_every_guard_has_a_test_that_proves_it_struck() -> None:
    """A guard whose strike no test asks for may be dead, and nobody would notice its loss."""
    rooms = sources("tasks", "flows", "deployments")
    guards = {name for path in rooms for name in STRIKES.findall(path.read_text())}
    asked = {name for path in sources("tests") for name in NAMED.findall(path.read_text())}
    assert guards
    assert guards - asked == set()
