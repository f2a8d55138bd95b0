"""A key that may not read the live count: fewer calls at once, and no stall is proved by silence alone."""

from pathlib import Path

import pytest

from deployments.sandbox.engine.faults import make_fault
from models.enums import State
from tasks import marks
from tests.integration.recovery.test_stop_wishes import Stage


def stage(tmp_path: Path, *faults: str) -> Stage:
    """Return a job whose workspace does not tell how many calls are in the air."""
    found = Stage(tmp_path, knobs={"permits": 9, "headroom": 1})
    world = found.scene.world
    world.faults.all += [make_fault(name, count=None) for name in ("no_permission", *faults)]
    return found


def test_a_recovery_without_a_live_count_uses_half_of_the_permits(tmp_path: Path) -> None:
    """It recovers, and never has more calls in the air than half of what it might use."""
    it = stage(tmp_path)
    recovery = it.recover()
    assert recovery.state == State.RECOVERED.value
    assert 0 < max(held for _, held, _ in it.scene.world.permits.samples) <= 4


@pytest.mark.parametrize("told", [False, True])
def test_a_wave_that_stands_still_is_held_where_its_permits_cannot_be_counted(
    tmp_path: Path, told: bool
) -> None:
    """Without a count the wave may wait for a permit: a person is asked, and may resume; nobody is called."""
    it = stage(tmp_path, "lose_delivery")
    if told:
        world = it.scene.world
        world.faults.all = [one for one in world.faults.all if one.name != "no_permission"]
    with marks.listen() as heard:
        recovery = it.recover()
    assert bool(heard["stall.unknown_live"]) is not told
    assert ("may read the live count" in (recovery.next_action or "")) is not told
    assert (recovery.state, recovery.resumable) == (State.HELD.value, not told)
    assert not it.dialled()
