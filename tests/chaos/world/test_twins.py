"""Something in between may repeat a submission: the twin is stopped and told of, killed or not."""

import signal
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from deployments.sandbox.client import Sandbox
from models.platform import Draft, Job, SubmitOutcomeUnknownError
from tasks.platforms.elevenlabs.adapter import ElevenLabs
from tests.chaos.kills import child
from tests.chaos.kills.ends import end_of
from tests.chaos.kills.fork_server import ForkServer
from tests.chaos.kills.stories import STORIES
from tests.chaos.kills.trial_environment import TrialEnvironment, house_of

LONG = 120.0
STORY = replace({story.name: story for story in STORIES}["lost answers"], faults=())


def repeat(told: Mapping[str, Any]) -> int:
    """Run an order with a proxy in between that delivers the first wave twice and loses the answers."""
    once = ElevenLabs.create_job
    seen: list[str] = []

    def create_job(self: ElevenLabs, draft: Draft) -> Job:
        if seen:
            return once(self, draft)
        seen.append(draft.marker)
        once(self, draft)
        once(self, draft)
        raise SubmitOutcomeUnknownError("the proxy gave no answer")

    adapter: Any = ElevenLabs
    adapter.create_job = create_job
    return child.obey(told)


def twin(house: TrialEnvironment) -> str:
    """Return the id of the later of two jobs under one marker."""
    jobs = [job for job in house.landed()["jobs"] if str(job["name"]).startswith("rb-")]
    _, second = (job for job in jobs if job["name"] == jobs[0]["name"])
    return str(second["id"])


@pytest.mark.parametrize("dies", ["", "wave.after_result:1", "wave.before_adopt:1", "wave.after_result:2"])
def test_a_repeated_submission_is_stopped_and_told(sandbox: Sandbox, nursery: ForkServer, dies: str) -> None:
    """A wave that is on the platform twice is escalated, also where the process dies over it."""
    with house_of(sandbox, STORY, 1) as house:
        code = nursery.run(house.recover("first", dies), LONG, "tests.chaos.world.test_twins:repeat")
        if dies:
            assert code == -signal.SIGKILL
            nursery.run(house.go_on("second"), LONG)
        assert end_of(house).states == ("escalated",)
        assert [job["status"] for job in house.landed()["jobs"] if job["id"] == twin(house)] == ["cancelled"]
