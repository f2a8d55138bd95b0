"""A wish to stop at any moment of a recovery: nothing new, what does not ring comes back, nobody lost."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import SQLModel

from deployments.sandbox.in_memory.platform import FakePlatform, open_fake
from deployments.sandbox.scenarios import Scene
from flows.recover import climb
from models.enums import State
from models.plan.markers import read_marker
from models.platform import Draft, Job, SubmitRefusedError
from models.policy.policy import Policy
from models.reasons.table import ReasonTable
from models.tables.ledger import Recovery
from models.verdict.ending import StopWish
from tasks import marks
from tasks.carriers.port import Carrier
from tasks.clock import NEW_YEAR, VirtualClock
from tasks.context import Case, RunContext
from tasks.ledger import recoveries
from tasks.ledger.database.engine import make_engine
from tasks.ledger.leases import release
from tasks.ledger.store import Ledger
from tasks.runtime.wiring import claim
from tests.integration.scenes import KEY

POLICY: dict[str, Any] = {"approval": "auto", "poll_seconds": 5, "lease_seconds": 120, "default_region": "AU"}
MINUTES = 3600.0
HELD, CANCELLED = StopWish("SIGTERM"), StopWish("Cancelling, set on its run in Prefect", cancels=True)
Wish = Callable[[], StopWish | None]


class Watched(FakePlatform):
    """A platform that remembers when jobs were made."""

    made: list[float]
    busy = False
    """True where no job is taken for ten minutes."""

    def create_job(self, draft: Draft) -> Job:
        """Pass on."""
        self.made.append(self.clock.now().timestamp())
        if self.busy:
            raise SubmitRefusedError("busy", retry_after=600)
        return super().create_job(draft)


@dataclass
class Stage:
    """One job, its world and its ledger, all in memory on one clock."""

    home: Path
    scenario: str = "dead-dispatcher"
    knobs: dict[str, object] = field(default_factory=dict)
    start: datetime = NEW_YEAR
    carrier: Carrier | None = None

    def __post_init__(self) -> None:
        """Open everything."""
        self.clock = VirtualClock(self.start)
        fake, self.scene = open_fake(self.scenario, contacts=40, clock=self.clock)
        self.platform = Watched(fake.world, self.clock)
        self.platform.made = []
        engine = make_engine("sqlite://")
        SQLModel.metadata.create_all(engine)
        self.ledger = Ledger(engine, self.clock, KEY)

    def recover(self, wish: Wish | None = None) -> Recovery:
        """Run one recovery, asked by nobody or by a wish."""
        scene: Scene = self.scene
        ctx = RunContext(
            workspace=scene.world.workspace_id,
            ledger=self.ledger,
            platform=self.platform,
            policy=Policy.model_validate({**POLICY, "permits": scene.world.permits.limit, **self.knobs}),
            table=ReasonTable.packaged(),
            home=self.home,
            secret=KEY.secret,
            case=Case(scene.job.id),
            stop_asked=wish,
            carrier=self.carrier,
        )
        found = claim(ctx)
        climb(ctx)
        release(self.ledger, ctx.held)
        self.clock.sleep(MINUTES)
        scene.world.advance(self.clock.now().timestamp())
        return recoveries.get(self.ledger, found.recovery_id)

    def dialled(self) -> Counter[str]:
        """Return how often waves of ours have dialled each number."""
        calls = self.scene.world.calls.values()
        return Counter(c.row.phone for c in calls if read_marker(c.row.job.order.name))


class After:
    """A wish that comes at the n-th time that somebody is asked, and remembers when."""

    def __init__(self, stage: Stage, times: int, wish: StopWish) -> None:
        self.left, self.wish, self.stage = times, wish, stage
        self.asked = 0
        self.heard: float | None = None

    def __call__(self) -> StopWish | None:
        """Count, and wish."""
        self.asked += 1
        if self.asked < self.left:
            return None
        self.heard = self.heard or self.stage.clock.now().timestamp()
        return self.wish


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, set[str]]:
    """Return how often a recovery that nobody stops asks, and whom it dials."""
    stage = Stage(tmp_path_factory.mktemp("undisturbed"))
    wish = After(stage, 10**9, HELD)
    assert stage.recover(wish).state == "recovered"
    return wish.asked, set(stage.dialled())


MOMENTS = (1, 3, 5, 6, 8, 13, 22, 45, 80)


@pytest.mark.parametrize("times", MOMENTS)
def test_a_stop_at_any_moment(tmp_path: Path, undisturbed: tuple[int, set[str]], times: int) -> None:
    """Whenever it is heard no wave follows, and the next recovery calls the rest, nobody twice."""
    stage, wish = Stage(tmp_path), CANCELLED if times % 2 else HELD
    asked = After(stage, times, wish)
    with marks.listen() as heard:
        ended = stage.recover(asked)
    if asked.heard is None:
        assert times > undisturbed[0] - 20, "a recovery that asks so rarely hears too late"
        return
    assert heard["stop.heard"] == 1
    assert State(ended.state) is (State.CANCELLED if wish.cancels else State.HELD)
    assert not ended.resumable
    assert [at for at in stage.platform.made if at > asked.heard] == []
    assert {job.status for job in stage.scene.world.jobs.values() if read_marker(job.order.name)} <= {
        "cancelled",
        "completed",
    }
    before = stage.dialled()
    again = stage.recover()
    assert again.state == "recovered", again.next_action
    assert max(stage.dialled().values()) == 1
    assert set(stage.dialled()) >= undisturbed[1]
    assert before.keys() <= stage.dialled().keys()


@pytest.mark.strikes("fence.stopped_half_way")
def test_a_source_stopped_before_the_fence_is_known_as_ours(tmp_path: Path) -> None:
    """Stopped between the source's stop and its fence, the next one knows that the cancel was ours."""
    stage = Stage(tmp_path)
    assert State(stage.recover(After(stage, 6, HELD)).state) is State.HELD
    assert stage.recover().state == "recovered"


def test_a_stop_in_the_night_is_heard_within_a_poll(tmp_path: Path) -> None:
    """Who waits for calling hours hears a stop after a poll, and not after the night or a long nap."""
    evening = datetime(2024, 1, 2, 8, 57, tzinfo=UTC)  # three minutes before eight in Sydney, a Tuesday
    stage = Stage(tmp_path, knobs={"calling_window": "au", "wait_hours": 48}, start=evening)
    pressed: list[float] = []

    def wish() -> StopWish | None:
        waits = [one.waits_until for one in recoveries.listing(stage.ledger)]
        if not any(waits):
            return None
        pressed.append(stage.clock.now().timestamp())
        return HELD

    stage.recover(wish)
    (stored,) = recoveries.listing(stage.ledger)
    if not pressed:
        pytest.fail("the story needs a night: nobody waited for calling hours")
    assert stored.state == "held"
    assert stored.ended_at is not None
    assert stored.ended_at.timestamp() - pressed[0] <= stored.policy["poll_seconds"]
    assert stage.dialled() == {}


def test_the_long_pauses_of_a_refusal_hear_it(tmp_path: Path) -> None:
    """A platform that asks for ten minutes after a refusal does not keep a stop from being heard."""
    stage = Stage(tmp_path)
    stage.platform.busy = True

    def wish() -> StopWish | None:
        refused = stage.platform.made
        return HELD if refused and stage.clock.now().timestamp() > refused[0] + 60 else None

    ended = stage.recover(wish)
    assert (ended.state, len(stage.platform.made)) == ("held", 1)
    assert ended.ended_at is not None
    assert ended.ended_at.timestamp() <= stage.platform.made[0] + 60 + 2 * POLICY["poll_seconds"]
    assert stage.dialled() == {}
