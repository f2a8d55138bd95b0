"""Sweeps over jobs that ended short: found once, acted on like others, not where somebody has decided."""

from pathlib import Path
from typing import Any

import pytest

from models.enums import State
from tasks.clock import VirtualClock
from tasks.ledger import recoveries
from tasks.ledger.leases import release
from tasks.ledger.store import Ledger
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
