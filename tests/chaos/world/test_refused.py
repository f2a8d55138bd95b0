"""The platform takes no wave for a long time: meanwhile everything is looked at as between any two waves."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from deployments.sandbox.engine.faults import make_fault
from deployments.sandbox.engine.history import history
from models.enums import State
from tests.chaos.stateful.story import KEY, Story
from tests.chaos.world.test_night import SYDNEY, AlarmClock
from tests.invariants import check

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=ZoneInfo(SYDNEY))
LONG = 1500
"""Seconds for which every submission is refused, and within which a recovery stays patient."""
WAKES_AFTER = 120
"""Seconds after the fence at which the source job is running again."""
PATIENT: dict[str, Any] = {"permit_wait_seconds": 86_400, "watch_first": 0, "wave_max": 3, "headroom": 0}
FIRST, WITH_OTHERS = 1, 6
"""Submissions: the very first one, and one with other waves in the air."""


def refusing(
    told: Story, then: Callable[[], None], after: float, *, retry_after: int | None = None
) -> Callable[[], None]:
    """Return what begins to refuse every submission, until much later; something happens after a while."""
    clock = told.clock
    assert isinstance(clock, AlarmClock)
    wait = {} if retry_after is None else {"retry_after": retry_after}

    def begin() -> None:
        told.world.faults.add(make_fault("answer_429", count=10_000, on="POST /batch-calling/submit", **wait))
        clock.alarms.append((clock.now() + timedelta(seconds=after), then))
        clock.alarms.append((clock.now() + timedelta(seconds=LONG), told.world.faults.all.clear))

    return begin


def held(told: Story) -> None:
    """Check every promise against the platform's own history."""
    told.world.advance(told.now)
    assert check(told.ledger, history(told.scene), told.key, {KEY.id: KEY.secret}) == ()


@pytest.mark.parametrize("retry_after", [None, 1400])
@pytest.mark.parametrize(("back", "state"), [(60, State.HELD), (240, State.RECOVERED)])
def test_a_source_that_wakes_while_a_wave_is_refused_is_stopped(
    tmp_path: Path, back: float, state: State, retry_after: int | None
) -> None:
    """It is stopped again before it can dial, or what it has dialled keeps the wave from being sent."""
    told = Story("dead-dispatcher", 1, tmp_path, clock=AlarmClock(NOON), tell=print, **PATIENT)
    told.world.faults.add(make_fault("wake_cancelled", seconds=WAKES_AFTER))
    begin = refusing(told, lambda: told.revive_the_source(0), back, retry_after=retry_after)
    told.run(FIRST, begin, where="before submitting a wave")
    assert told.state is state
    twice = [
        d for d in told.ours() if sum(c.started_at > NOON.timestamp() for c in told.calls_to(d.digits)) > 1
    ]
    assert twice == []
    held(told)


@pytest.mark.parametrize("touch", [FIRST, WITH_OTHERS])
def test_a_wish_to_cancel_is_heard_while_a_wave_is_refused(tmp_path: Path, touch: int) -> None:
    """A person who cancels does not wait until the platform takes waves again."""
    told = Story("dead-dispatcher", 1, tmp_path, clock=AlarmClock(NOON), tell=print, **PATIENT)
    asked: list[datetime] = []

    def cancel() -> None:
        asked.append(told.clock.now())
        told.ask_cancel()

    told.run(touch, refusing(told, cancel, 60, retry_after=1400), where="before submitting a wave")
    assert told.state is State.CANCELLED
    assert told.recoveries[-1].ended_at is not None
    assert told.recoveries[-1].ended_at - asked[0] < timedelta(seconds=LONG / 2)
    held(told)
