"""The tools of the kill suite do what they say, else its silence would mean nothing."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deployments.sandbox.client import Sandbox
from tasks.fault_points import POINTS
from tests.chaos.kills.child import ChildCommand
from tests.chaos.kills.ends import End, unlike
from tests.chaos.kills.fork_server import ForkServer
from tests.chaos.kills.stories import SENDING, STORIES
from tests.chaos.kills.suite import trials_of

HERE = "tests.chaos.test_tools"


def leave(_told: Mapping[str, Any]) -> int:
    """Exit with 7."""
    return 7


def fall(_told: Mapping[str, Any]) -> int:
    """Die."""
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def stay(_told: Mapping[str, Any]) -> int:
    """Wait for a signal that does not come."""
    signal.pause()
    return 0


def order(folder: Path) -> ChildCommand:
    """Return an order that does nothing."""
    return ChildCommand(str(folder), "x", ("--help",), {})


def test_a_nursery_tells_how_its_children_ended(nursery: ForkServer, tmp_path: Path) -> None:
    """Exit codes, deaths by signal and children that never end are told apart."""
    assert nursery.run(order(tmp_path), 30, f"{HERE}:leave") == 7
    assert nursery.run(order(tmp_path), 30, f"{HERE}:fall") == -signal.SIGKILL
    assert nursery.run(order(tmp_path), 0.1, f"{HERE}:stay") is None
    assert nursery.run(order(tmp_path), 30) == 0
    assert "recover" in (tmp_path / "x.out").read_text()


def test_worlds_of_one_salt_are_the_same_world(sandbox: Sandbox) -> None:
    """A killed recovery is compared with one of the very same job: ids and people, not only their number."""
    one, two = (sandbox.world("fell-short", 4, contacts=12, salt="s") for _ in range(2))
    other = sandbox.world("fell-short", 4, contacts=12)
    assert (one.job_id, one.workspace_id) == (two.job_id, two.workspace_id)
    assert one.key != two.key
    assert other.job_id != one.job_id


def test_every_point_has_a_trial_for_every_seed() -> None:
    """Points times seeds is what is tried, every fourth seed with a ledger that goes back as well."""
    every = trials_of(POINTS, range(1, 6))
    trials = [trial for trial in every if not trial.goes_back]
    assert len(trials) == len(POINTS) * 5
    assert len(every) - len(trials) == len(POINTS) * 2
    for point in SENDING:
        stories = {trial.story.name for trial in trials if trial.point == point}
        assert len(stories) == min(5, sum(point in story.points for story in STORIES))


def test_two_ends_are_held_against_each_other() -> None:
    """Another state, plan, row, dial or outcome is told; the same end is not."""
    end = End(
        ("held",),
        ("provider",),
        ("hash",),
        {1: ("transient", "redial", 0)},
        {1: "reached"},
        {"+61491570006": 1},
    )
    assert list(unlike(end, end, exact=True)) == []
    changes: list[dict[str, Any]] = [
        {"states": ("recovered",)},
        {"causes": ("config",)},
        {"plans": ("other",)},
        {"rows": {1: ("reached", "drop", None)}},
        {"outcomes": {1: "transient"}},
        {"dialled": {"+61491570006": 2}},
    ]
    fields = {name: getattr(end, name) for name in End.__slots__}
    for change in changes:
        found = list(unlike(end, End(**{**fields, **change}), exact=True))
        assert [breach.invariant for breach in found] == ["I2"]
        assert "+61491570006" not in found[0].message
    assert list(unlike(end, End(**{**fields, **changes[5]}), exact=False)) == []


def test_the_points_can_be_listed() -> None:
    """A person can ask which fault points there are, and in which stories they are passed."""
    command = [sys.executable, "-m", "tests.chaos", "--list"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert [point for point in POINTS if point not in told] == []
