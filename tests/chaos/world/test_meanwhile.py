"""Between a death and the resume the world goes on: what was only written down is looked at anew."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from deployments.sandbox.client import Sandbox
from models.enums import WaveState
from models.tables.ledger import Planned
from tasks.ledger import waves
from tasks.ledger.plans import suppress
from tests.chaos.kills.ends import end_of
from tests.chaos.kills.fork_server import ForkServer
from tests.chaos.kills.stories import STORIES
from tests.chaos.kills.trial_environment import TrialEnvironment, house_of
from tests.chaos.test_leases import until
from tests.invariants import check

LONG = 120.0
STORY = {story.name: story for story in STORIES}["lost answers"]
WAKES_AFTER = 5.0
"""Seconds from the fence to the source's waking up: time enough to die in between."""


@contextmanager
def dead_before_sending(
    sandbox: Sandbox, nursery: ForkServer, *faults: dict[str, object]
) -> Iterator[TrialEnvironment]:
    """Give a recovery that died after it had written its first wave down and before it sent it."""
    with house_of(sandbox, replace(STORY, faults=faults), 1) as house:
        assert nursery.run(house.recover("dies", "wave.after_intent"), LONG) == -signal.SIGKILL
        yield house


def written_down(house: TrialEnvironment) -> list[Planned]:
    """Return the contacts of the wave that was not sent."""
    newest = house.newest()
    assert newest is not None
    (wave,) = waves.of(house.ledger, newest.id, (WaveState.INTENT,))
    return waves.contacts_of(house.ledger, wave)


def test_whom_the_source_has_called_meanwhile_is_not_called_again(
    sandbox: Sandbox, nursery: ForkServer
) -> None:
    """A wave that was written down is not sent after the source woke up and dialled its people."""
    wake = {"name": "wake_cancelled", "seconds": WAKES_AFTER}
    with dead_before_sending(sandbox, nursery, wake) as house:
        until(lambda: status(house) == "in_progress")
        sandbox.do(house.world.key, "dispatcher_back")
        until(lambda: status(house) == "completed")
        assert nursery.run(house.go_on("resumed"), LONG) == 3
        assert house.state == "held"
        assert end_of(house).dialled == {}
        assert nursery.run(house.recover("again"), LONG) in {0, 3}
        assert check(house.ledger, house.landed(), house.job_key, house.keys) == ()


def status(house: TrialEnvironment) -> str:
    """Return the status of the source job."""
    jobs = house.sandbox.history(house.world.key)["jobs"]
    return next(str(job["status"]) for job in jobs if job["id"] == house.world.job_id)


def test_who_asked_not_to_be_called_meanwhile_is_not_called(sandbox: Sandbox, nursery: ForkServer) -> None:
    """Who is suppressed after the wave was written down leaves it; the others of the wave get their call."""
    with dead_before_sending(sandbox, nursery) as house:
        first, *others = written_down(house)
        assert first.phone is not None
        with house.ledger.write() as session:
            suppress(session, house.world.workspace_id, [first.phone], "asked for it", house.ledger)
        assert nursery.run(house.go_on("resumed"), LONG) == 0
        dialled = end_of(house).dialled
        assert first.phone not in dialled
        assert {row.phone for row in others} <= dialled.keys()
        assert check(house.ledger, house.landed(), house.job_key, house.keys) == ()
