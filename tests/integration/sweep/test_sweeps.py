"""Sweeps over a real ledger: who is looked at, what is opened once, what is closed, what breaks alone."""

from collections.abc import Callable
from pathlib import Path

import pytest

from models.enums import State
from models.platform import AuthenticationError, PlatformDownError
from models.tables.ledger import Recovery
from tasks.clock import VirtualClock
from tasks.ledger import recoveries, waves
from tasks.ledger.leases import release
from tasks.ledger.store import Ledger
from tasks.sweep.sweep import MOST_TIMES
from tests.integration.scenes import claimed, frozen
from tests.integration.sweep.sweeps import Workspace, swept, workspace

Open = Callable[..., Workspace]


@pytest.fixture
def shop(ledger: Ledger, clock: VirtualClock, tmp_path: Path) -> Workspace:
    """Return a workspace with one stalled job."""
    return workspace(ledger, clock, tmp_path)


def recovery(place: Workspace, state: State, recovery_id: str = "r_1") -> str:
    """Put a recovery of the workspace's job into a state, held by nobody."""
    claim = claimed(place.ctx.ledger, recovery_id, (place.name, "fake", place.job))
    frozen(place.ctx.ledger, claim)
    note = {"state": state.value, "why": "", "next_action": ""}
    kind = "waiting" if state is State.AWAITING_APPROVAL else "ended"
    recoveries.update(place.ctx.ledger, claim, kind, note, state=state.value)
    release(place.ctx.ledger, claim)
    return recovery_id


def state_of(place: Workspace, recovery_id: str = "r_1") -> str:
    """Return the state of a recovery."""
    return recoveries.get(place.ctx.ledger, recovery_id).state


def test_a_stalled_job_is_acted_on_and_kept_in_snapshots(shop: Workspace) -> None:
    """A job that stands still is found, given to whoever acts, and its counters are kept."""
    (found,) = swept(shop)
    assert shop.hands.acted == [shop.job]
    assert found.acted == {shop.job: "opened"}
    assert waves.snapshots(shop.ctx.ledger, (shop.name, "fake", shop.job))


@pytest.mark.parametrize("state", [s for s in State if s is not State.HEALTHY])
def test_a_job_gets_at_most_one_recovery(shop: Workspace, state: State) -> None:
    """Whatever became of the first recovery, a sweep opens no second one, and says which one stands."""
    recovery(shop, state)
    (found,) = swept(shop)
    assert shop.hands.acted == []
    assert found.seen[0].stands
    assert "r_1" in found.seen[0].stands


def test_an_interrupted_recovery_goes_on(shop: Workspace) -> None:
    """A recovery that is running by the ledger and held by nobody is continued, and no other one is."""
    recovery(shop, State.RUNNING)
    (found,) = swept(shop)
    assert shop.hands.went == ["r_1"]
    assert found.resumed == {"r_1": "went on"}


def test_an_interrupted_recovery_is_found_under_any_number_of_newer_ones(
    shop: Workspace, clock: VirtualClock
) -> None:
    """Six hundred newer recoveries, of this workspace and of others, hide no interrupted one."""
    recovery(shop, State.RUNNING)
    old = recoveries.get(shop.ctx.ledger, "r_1").model_dump() | {"state": State.RECOVERED.value}
    clock.sleep(60)
    with shop.ctx.ledger.write() as session:
        for n in range(600):
            newer = {"id": f"r_new_{n}", "job_id": f"other-{n}", "started_at": clock.now()}
            session.add(Recovery(**old | newer | {"workspace": shop.name if n % 2 else "elsewhere"}))
    swept(shop)
    assert shop.hands.went == ["r_1"]


def test_a_recovery_that_always_dies_is_left_to_a_person(shop: Workspace) -> None:
    """A recovery that no process lives through is not continued for ever, and the sweep says so."""
    recovery(shop, State.RUNNING)
    for _ in range(MOST_TIMES):
        release(shop.ctx.ledger, claimed(shop.ctx.ledger, "r_x", (shop.name, "fake", shop.job)))
    (found,) = swept(shop)
    assert shop.hands.went == []
    assert "`ringback resume r_1` shows where" in found.resumed["r_1"]


def test_a_held_job_is_left_to_its_holder(shop: Workspace) -> None:
    """A recovery whose process lives is no orphan."""
    claimed(shop.ctx.ledger, "r_1", (shop.name, "fake", shop.job))
    swept(shop)
    assert shop.hands.went == []


def test_a_plan_that_nobody_approved_is_held(shop: Workspace, clock: VirtualClock) -> None:
    """Until its time is over a plan waits; then it is held, whoever waited is told, and nobody was called."""
    recovery(shop, State.AWAITING_APPROVAL)
    swept(shop)
    assert state_of(shop) == "awaiting_approval"
    assert shop.hands.tended == ["r_1"]
    clock.sleep(86_400)
    (found,) = swept(shop)
    assert state_of(shop) == "held"
    assert "Nobody approved the plan by" in recoveries.get(shop.ctx.ledger, "r_1").next_action
    assert (set(found.closed), shop.hands.went) == ({"r_1"}, ["r_1"])


def test_a_waiting_recovery_is_closed_when_its_job_moves(shop: Workspace, clock: VirtualClock) -> None:
    """A job that moves again by itself needs no decision: its recovery ends as healthy."""
    recovery(shop, State.AWAITING_APPROVAL)
    job = shop.fake.world.jobs[shop.job]
    job.dispatched = job.finished = len(job.rows)
    for row in job.rows:
        row.status = "completed" if row.status == "pending" else row.status
        row.updated_at = clock.now().timestamp()
    swept(shop)
    assert state_of(shop) == "healthy"


def test_one_broken_workspace_does_not_stop_the_others(
    ledger: Ledger, clock: VirtualClock, tmp_path: Path
) -> None:
    """A workspace with a wrong key is named with its reason; those before and after it are swept."""
    first, broken, last = (workspace(ledger, clock, tmp_path, name) for name in ("a", "b", "c"))
    broken.fake.broken = AuthenticationError("the key is refused")
    found = swept(first, broken, last)
    assert [one.broken for one in found] == ["", "the key is refused", ""]
    assert first.hands.acted == [first.job]
    assert last.hands.acted == [last.job]


def test_an_unforeseen_fault_is_said_without_its_words(shop: Workspace) -> None:
    """An error that nobody expected may hold a number: only its kind gets into the summary."""
    shop.ctx.platform.broken = RuntimeError("+61 412 345 678")  # type: ignore[attr-defined]
    (found,) = swept(shop)
    assert found.broken == "an unforeseen fault (RuntimeError)"


def test_a_busy_platform_is_given_time_and_then_left_alone(shop: Workspace, clock: VirtualClock) -> None:
    """A sweep waits as long as it is asked to, and leaves the rest to the next one where that is too long."""
    asked: list[str] = []

    def busy(job_id: str) -> object:
        asked.append(job_id)
        error = PlatformDownError("answered 429")
        error.retry_after = 7 if len(asked) == 1 else 3600
        raise error

    shop.fake.get_job = busy  # type: ignore[method-assign,assignment]
    before = clock.now()
    (found,) = swept(shop)
    assert (clock.now() - before).total_seconds() >= 7
    assert found.seen[0].path == "hold"
    clock.sleep(shop.ctx.policy.stall_seconds)
    (again,) = swept(shop)
    assert "left to the next sweep" in again.seen[0].message
