"""Vogent from triage to the end: drafts are looked at before they call anybody, and a pause is the fence."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from deployments.sandbox.engine.entities import JobSubmission
from deployments.sandbox.engine.world import DRAFT
from models.enums import Cause, ContactStatus, Disposition, JobStatus
from tasks.ledger import plans, waves
from tasks.ledger.errors import LeaseLostError
from tasks.ledger.people import opt_outs
from tests.conformance.suite.judged import breaches
from tests.conformance.suite.platforms import PLATFORMS
from tests.conformance.suite.site import Site

FACE = PLATFORMS["vogent"]
RIVAL = "rb-r_05a9f21adc-1"
"""The marker of a wave of a ledger that is not this one."""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Return a workspace with a job whose dispatcher has died, and its upload."""
    return Site(FACE, tmp_path)


def once(act: Callable[[], object]) -> Callable[[Any], None]:
    """Return what does something at its first chance alone."""
    left = iter([True])

    def strike(_body: Any) -> None:
        if next(left, False):
            act()

    return strike


def paused(site: Site) -> list[Any]:
    """Return what was asked of jobs: True to pause one, False to start one or let it go on."""
    return [one.body["paused"] for one in site.here.sent if one.path.endswith("/paused")]


def in_draft(site: Site) -> list[str]:
    """Return the names of the jobs that nobody has started."""
    world = site.here.world
    return [world.jobs[one].order.name for one, state in world.halted.items() if state == DRAFT]


def rival(site: Site, *, started: bool = False) -> None:
    """Let another ledger make a draft for the people of the source, and start it or not."""
    world, source = site.here.world, site.here.scene.job
    rows = tuple((None, row.phone, row.data) for row in source.rows)
    job = world.submit(JobSubmission(RIVAL, source.order.agent, source.order.number_id, rows, cap=1))
    if not started:
        world.draft(job)


def test_each_wave_is_a_draft_that_is_looked_at_before_it_is_started(site: Site) -> None:
    """A create calls nobody: the draft is read back before its start, and everybody is called once."""
    told = site.recover()
    assert told["state"] == "recovered"
    asked = [(one.method, one.path.rsplit("/", 1)[-1], one.body) for one in site.here.sent]
    made = [n for n, (method, part, _) in enumerate(asked) if (method, part) == ("POST", "batch_dial_jobs")]
    begun = [n for n, (method, _, body) in enumerate(asked) if method == "POST" and body == {"paused": False}]
    assert len(made) == len(begun) > 0
    for create, start in zip(made, begun, strict=True):
        between = [part for _, part, _ in asked[create:start]]
        assert {"queue", "dials", "batch_dial_jobs"} <= set(between)
    site.land()
    assert breaches(site) == ()
    assert in_draft(site) == []


def test_the_source_is_paused_and_its_rows_stay_as_they_were(site: Site) -> None:
    """A pause is the fence: who waited is queued still, and triage says by which recovery it was stopped."""
    told = site.recover()
    assert paused(site)[0] is True
    source = site.platform().get_job(site.job)
    assert (source.status, source.raw_status, source.halted) == (JobStatus.PAUSED, "PAUSED", True)
    assert site.here.scene.job.queue
    health = site.triage().case.findings[0]
    assert health.evidence["stopped_by"] == told["recovery_id"]


def test_a_draft_as_source_is_left_to_whoever_made_it(site: Site) -> None:
    """A job that nobody has started has not stalled: nothing is stopped, and nobody is called."""
    site.here.world.draft(site.here.scene.job)
    told = site.run()
    assert (told["state"], told["cause"]) == ("held", Cause.UNKNOWN.value)
    assert paused(site) == []
    assert site.here.creates == []


def test_a_paused_job_of_others_still_holds_its_people(site: Site) -> None:
    """Anybody may have it go on: whom another job of the workspace still holds is not redialled."""
    world, source = site.here.world, site.here.scene.job
    rows = tuple((None, row.phone, row.data) for row in source.rows if row.status == "pending")
    other = world.submit(JobSubmission("Reminder", source.order.agent, source.order.number_id, rows, cap=1))
    world.pause(other)
    told = site.run()
    assert told["state"] != "recovered"
    assert site.dialled.total() == 0


@pytest.mark.strikes("drafts.left")
def test_an_opt_out_before_the_start_leaves_the_draft_unstarted(site: Site) -> None:
    """Whoever must not be called any more is in no call: the whole draft stays one, and is said to."""
    wanted: list[str] = []

    def opts_out() -> None:
        wanted.append(site.here.creates[0]["rows"][0]["toNumber"])
        opt_outs.add(site.ledger, site.runtime.workspace, wanted, "asked")

    site.here.after = once(opts_out)
    told = site.recover()
    site.land()
    assert site.dialled[wanted[0]] == 0
    first = waves.of(site.ledger, str(told["recovery_id"]))[0]
    outcomes = {row.outcome for row in waves.contacts_of(site.ledger, first)}
    assert outcomes == {Disposition.UNDELIVERED.value}
    assert site.here.world.jobs[str(first.platform_job)].dispatched == 0
    assert breaches(site) == ()


@pytest.mark.parametrize("started", [False, True])
def test_two_ledgers_that_begin_at_once_see_each_other_before_anybody_is_called(
    site: Site, started: bool
) -> None:
    """The other one's job is in sight before our draft is started: nobody is called from here."""
    site.here.after = once(lambda: rival(site, started=started))
    told = site.run()
    assert told["state"] == "held"
    assert site.dialled.total() == 0 or started
    made = [call.row.job.order.name for call in site.here.world.calls.values()]
    assert not any(name.startswith("rb-") and name != RIVAL for name in made)


def test_another_ledger_behind_a_later_draft_keeps_that_one_from_its_start(site: Site) -> None:
    """Each draft is looked at beside other jobs of the account: whom one of them holds is not called."""
    waves_made: list[Any] = []

    def after(body: Any) -> None:
        waves_made.extend([body] if "rows" in body else [])
        if "rows" in body and len(waves_made) == 2:
            rival(site)

    site.here.after = after
    told = site.run()
    site.land()
    second = waves.of(site.ledger, str(told["recovery_id"]))[1]
    assert site.here.world.jobs[str(second.platform_job)].dispatched == 0
    assert site.here.world.jobs[str(second.platform_job)].order.name in in_draft(site)
    assert site.twice == {}


def test_a_lost_start_is_looked_up_by_its_status(site: Site) -> None:
    """The start was carried out and nobody heard of it: the job is no draft any more, and begun once."""

    def cut() -> None:
        raise httpx.ReadError("cut")

    turn = iter([False, True])

    def after(_body: Any) -> None:
        if next(turn, False):
            cut()

    site.here.after = after
    told = site.recover()
    assert told["state"] == "recovered"
    assert paused(site).count(False) == len(site.here.creates)
    site.land()
    assert breaches(site) == ()


def test_a_start_that_never_arrived_is_asked_for_again(site: Site) -> None:
    """Nothing was begun: the draft is still one, and the next try starts it, once."""
    turn = iter([False, True])

    def before(_body: Any) -> None:
        if next(turn, False):
            raise httpx.ReadTimeout("gone")

    site.here.before = before
    told = site.recover()
    assert told["state"] == "recovered"
    site.land()
    assert breaches(site) == ()


@pytest.mark.strikes("drafts.refused")
def test_a_refused_start_calls_nobody_and_says_so(site: Site) -> None:
    """A draft that the platform does not start is held with the platform's words, and its people wait."""

    def refuse(request: httpx.Request) -> httpx.Response | None:
        starts = request.url.path.endswith("/paused") and b"false" in request.content
        return httpx.Response(422, json={"message": "no lines"}) if starts else None

    site.here.intercept = refuse
    told = site.run()
    assert told["state"] == "held"
    assert "not started" in str(told["why"])
    assert "no lines" in str(told["why"])
    assert site.dialled.total() == 0
    rows = plans.contacts(site.ledger, str(told["recovery_id"]))
    assert Disposition.AMBIGUOUS.value not in {row.outcome for row in rows}


def test_a_source_that_somebody_has_go_on_is_paused_again(site: Site) -> None:
    """A pause keeps nobody out: it is read again before every wave, and whom it took up leaves the plan."""
    world = site.here.world
    site.here.after = once(lambda: world.resume(site.here.scene.job))
    told = site.recover()
    site.land()
    assert paused(site).count(True) > 1
    assert told["state"] in {"recovered", "held", "escalated"}
    assert [one for one in breaches(site) if one.invariant == "I1"] == []


def test_who_stands_in_neither_list_is_in_doubt_and_held(tmp_path: Path) -> None:
    """Rows that hold a permit and never call are told by the upload alone: nobody of them is redialled."""
    site = Site(FACE, tmp_path, "permit-leak")
    stuck = {row.phone for row in site.here.scene.job.rows if row.status in {"dispatched", "initiated"}}
    rows = list(site.platform().list_contacts(site.job))
    doubt = {row.phone for row in rows if row.status is ContactStatus.IN_DOUBT}
    assert stuck >= doubt > set()
    site.recover()
    site.land()
    assert not doubt & site.dialled.keys()


def test_without_the_upload_it_is_said_that_they_are_not_seen(tmp_path: Path) -> None:
    """Nobody is made up: what cannot be counted is a gap, and the config check says so."""
    site = Site(replace(FACE, arrive=lambda _site: None), tmp_path, "permit-leak")
    platform = site.platform()
    job = platform.get_job(site.job)
    assert job.total < len(site.here.scene.job.rows)
    assert any("upload" in note for note in platform.get_config(job).notes)


@pytest.mark.strikes("drafts.slept")
def test_a_process_that_slept_over_its_look_does_not_start_the_draft(site: Site) -> None:
    """What the account's jobs told is a minute old at the most: after a sleep nothing begins."""
    listed = [0]

    def slow(path: str, response: httpx.Response) -> httpx.Response:
        listed[0] += path == "/batch_dial_jobs" and bool(site.here.creates)
        if listed[0] and path.endswith("/queue") and not site.dialled:
            site.clock.sleep(90)
        return response

    site.here.edit = slow
    with pytest.raises(LeaseLostError, match="not started"):
        site.run()
    assert paused(site).count(False) == 0
    assert site.dialled.total() == 0


@pytest.mark.strikes("drafts.unseen")
def test_a_draft_that_is_not_shown_yet_is_started_once_it_is(site: Site) -> None:
    """By its id a new job may not be read for a while: it is not lost, and not made again."""
    site.fault("visibility_delay", word="random", seconds=20)
    told = site.recover()
    assert told["state"] == "recovered"
    assert paused(site).count(False) == len(site.here.creates)
    site.land()
    assert breaches(site) == ()
