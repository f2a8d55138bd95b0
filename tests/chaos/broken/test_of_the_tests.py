"""A test that cannot fail proves nothing: builds that are broken on purpose are caught."""

import os
import signal
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from deployments.sandbox.client import Sandbox
from tests.chaos.broken.breaks import BREAKS, BROKEN
from tests.chaos.frozen import FREEZE
from tests.chaos.kills.fork_server import ForkServer
from tests.chaos.kills.stories import STORIES
from tests.chaos.kills.trial import Outcome, Trial, attempt, refer
from tests.chaos.kills.trial_environment import TrialEnvironment, house_of
from tests.chaos.test_leases import until
from tests.invariants import Breach, check

pytestmark = pytest.mark.timeout(600)

LONG = 120.0
STORY = {story.name: story for story in STORIES}
HERE = "tests.chaos.broken.breaks"


def killed(sandbox: Sandbox, story: str, point: str) -> Outcome:
    """Run one trial of the kill suite on whatever build the environment names."""
    target = f"{HERE}:obey"
    with ForkServer() as nursery:
        reference = refer(sandbox, nursery, STORY[story], 1, target)
        return attempt(sandbox, nursery, Trial(STORY[story], 1, point), reference, target)


def breaches(house: TrialEnvironment) -> tuple[Breach, ...]:
    """Hold a house's ledger against what truly happened in its world."""
    return check(house.ledger, house.landed(), house.job_key, house.keys)


def revived(sandbox: Sandbox, nursery: ForkServer, broken: str = "") -> tuple[Breach, ...]:
    """Recover a job whose dead dispatcher comes back to life right after the first wave."""
    with house_of(sandbox, replace(STORY["lost answers"], faults=()), 1) as house:
        order = house.recover("only")
        environ = {**order.environ, BROKEN: broken}
        assert nursery.run(replace(order, environ=environ), LONG, f"{HERE}:obey_revived") is not None
        return breaches(house)


def overslept(sandbox: Sandbox, nursery: ForkServer, broken: str = "") -> tuple[Breach, ...]:
    """Freeze a process just before it sends, past its lease, let another one finish, wake the first."""
    with house_of(sandbox, STORY["leaked permits"], 1, lease_seconds=2) as house:
        order = house.recover("first")
        environ = {**order.environ, BROKEN: broken, FREEZE: "wave.before_send"}
        first = nursery.start(replace(order, environ=environ), f"{HERE}:obey_frozen")
        until(lambda: psutil.Process(first).status() == psutil.STATUS_STOPPED)
        assert nursery.run(house.recover("second"), LONG) == 0
        os.kill(first, signal.SIGCONT)
        assert nursery.wait(first, LONG) is not None
        return breaches(house)


def test_sending_before_writing_is_caught(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the intent commit a kill after the send calls people twice, and the kill suite says so."""
    monkeypatch.setenv(BROKEN, "send before writing")
    found = killed(sandbox, "leaked permits", "wave.before_intent").breaches
    assert any(one.invariant == "I1" and "has dialled" in one.message for one in found)


def test_a_retried_create_is_caught(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A create that is sent again after a lost answer puts a wave on the platform twice: caught."""
    monkeypatch.setenv(BROKEN, "retry the create")
    found = killed(sandbox, "lost answers", "wave.after_result").breaches
    assert any(one.invariant == "I1" and "called twice" in one.message for one in found)


def test_a_forgotten_stop_is_caught(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stop that is not written down is undone by a kill, and people are dialled after it: caught."""
    monkeypatch.setenv(BROKEN, "forget the stop")
    found = killed(sandbox, "provider down", "end.before_commit").breaches
    assert any(one.invariant == "I2" and "was dialled 0 times undisturbed" in one.message for one in found)


def test_a_dropped_fence_is_caught(sandbox: Sandbox, nursery: ForkServer) -> None:
    """With the fence a source that comes back to life calls nobody; without it both call: caught."""
    assert revived(sandbox, nursery) == ()
    found = revived(sandbox, nursery, "drop the fence")
    assert any(breach.invariant == "I3" for breach in found)


def test_a_dropped_fence_leaves_its_points_unpassed(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kill suite notices as well: it cannot kill in a fence that is not there."""
    monkeypatch.setenv(BROKEN, "drop the fence")
    assert not killed(sandbox, "provider down", "fence.before_write").struck


def test_an_ignored_lease_is_caught(sandbox: Sandbox, nursery: ForkServer) -> None:
    """Without the fencing token a process that wakes up sends its wave a second time: caught."""
    assert overslept(sandbox, nursery) == ()
    found = overslept(sandbox, nursery, "ignore the lease")
    assert any(breach.invariant == "I1" for breach in found)


def test_every_broken_build_has_its_test() -> None:
    """No mutation is defined and then forgotten."""
    source = Path(__file__).read_text()
    assert [name for name in BREAKS if f'"{name}"' not in source] == []
