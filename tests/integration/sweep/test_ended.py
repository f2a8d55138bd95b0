"""Sweeps over jobs that ended short: found once, acted on like others, not where somebody has decided."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from models.enums import State
from tasks.clock import VirtualClock
from tasks.ledger import recoveries
from tasks.ledger.leases import release
from tasks.ledger.store import Ledger
from tasks.sweep.ended import MOST_FULL, ended_to_see
from tasks.sweep.sweep import LOOK_BACK
from tests.integration.scenes import claimed, frozen
from tests.integration.sweep.sweeps import Workspace, swept, workspace


def short(ledger: Ledger, clock: VirtualClock, home: Path, **policy: Any) -> Workspace:
    """Return a workspace whose job has ended with contacts that nobody dialled."""
    return workspace(ledger, clock, home, scene_name="fell-short", **policy)


def test_a_job_that_ended_short_is_news_once(ledger: Ledger, clock: VirtualClock, tmp_path: Path) -> None:
    """A job that ended short is found and given to whoever acts, and the next sweep passes over it."""
    place = short(ledger, clock, tmp_path)
    (found,) = swept(place)
    assert [one.job_id for one in found.seen] == place.hands.acted == [place.job]
    (again,) = swept(place)
    assert (again.seen, place.hands.acted) == ([], [place.job])


def test_a_recovery_that_could_not_be_started_is_tried_again(
    ledger: Ledger, clock: VirtualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look whose recovery was not opened does not count: the next sweep looks at the job again."""
    place = short(ledger, clock, tmp_path)
    monkeypatch.setattr(place.hands, "act", lambda _seen: "not opened: no deployment")
    swept(place)
    (again,) = swept(place)
    assert [one.job_id for one in again.seen] == [place.job]


@pytest.mark.parametrize("hours", [0, 0.001])
def test_ended_jobs_are_left_alone_where_that_is_off_or_long_ago(
    ledger: Ledger, clock: VirtualClock, tmp_path: Path, hours: float
) -> None:
    """With `sweep_hours` at 0, or over, an ended job is nobody's news."""
    place = short(ledger, clock, tmp_path, sweep_hours=hours)
    clock.sleep(60)
    (found,) = swept(place)
    assert (found.seen, place.hands.acted) == ([], [])


@pytest.mark.parametrize("state", [State.RECOVERED, State.HELD, State.ESCALATED, State.AWAITING_APPROVAL])
def test_an_ended_job_with_a_recovery_is_no_news(
    ledger: Ledger, clock: VirtualClock, tmp_path: Path, state: State
) -> None:
    """Whoever was recovered, held back or handed on is not found again by a sweep."""
    place = short(ledger, clock, tmp_path)
    claim = claimed(ledger, "r_1", (place.name, "fake", place.job))
    frozen(ledger, claim)
    kind = "waiting" if state is State.AWAITING_APPROVAL else "ended"
    note = {"state": state.value, "why": "", "next_action": ""}
    recoveries.update(ledger, claim, kind, note, state=state.value)
    release(ledger, claim)
    (found,) = swept(place)
    assert (found.seen, place.hands.acted) == ([], [])


@pytest.mark.parametrize(
    ("scene", "cause", "acts"),
    [("invalid-segment", "provider", True), ("flagged-caller", "caller_flagged", False)],
)
def test_a_job_that_ended_full_and_badly_is_noticed(
    ledger: Ledger, clock: VirtualClock, tmp_path: Path, scene: str, cause: str, acts: bool
) -> None:
    """Counters are full and many calls failed: said once, and acted on where the diagnosis says so."""
    place = workspace(ledger, clock, tmp_path, scene_name=scene)
    (found,) = swept(place)
    assert [(one.job_id, one.cause) for one in found.seen] == [(place.job, cause)]
    assert place.hands.acted == ([place.job] if acts else [])
    (again,) = swept(place)
    assert again.seen == []


def test_a_job_that_ended_as_most_do_is_looked_at_once_and_not_said(
    ledger: Ledger, clock: VirtualClock, tmp_path: Path
) -> None:
    """A finished job with a few calls that failed is no news, and costs one reading."""
    place = workspace(ledger, clock, tmp_path, scene_name="finished")
    (found,) = swept(place)
    assert (found.seen, place.hands.acted) == ([], [])
    assert ended_to_see(place.ctx, place.fake.list_jobs(place.ctx.clock.now() - LOOK_BACK)) == []


def test_a_sweep_reads_a_few_full_jobs_and_the_oldest_first(
    ledger: Ledger, clock: VirtualClock, tmp_path: Path
) -> None:
    """A hundred jobs that ended in a day are looked at in ten sweeps, not in one; short ones all at once."""
    place = workspace(ledger, clock, tmp_path, scene_name="finished")
    (job,) = place.fake.list_jobs(place.ctx.clock.now() - LOOK_BACK)
    many = [replace(job, id=f"job-{n}", created_at=job.created_at + timedelta(seconds=n)) for n in range(30)]
    short_ones = [replace(job, id=f"short-{n}", finished=job.total - 1) for n in range(30)]
    found = [one.id for one in ended_to_see(place.ctx, [*reversed(many), *short_ones])]
    assert found[:30] == [one.id for one in short_ones]
    assert found[30:] == [f"job-{n}" for n in range(MOST_FULL)]
