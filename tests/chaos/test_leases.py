"""One process at a time: whoever slept past its lease writes and sends nothing more."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import psutil
import pytest
from sqlalchemy import text

from deployments.sandbox.client import Sandbox
from models.tables.ledger import Lease
from tests.chaos.frozen import FREEZE
from tests.chaos.kills.ends import end_of
from tests.chaos.kills.fork_server import ForkServer
from tests.chaos.kills.stories import STORIES, Story
from tests.chaos.kills.trial_environment import TrialEnvironment, house_of
from tests.invariants import check

pytestmark = pytest.mark.timeout(600)

FROZEN = "tests.chaos.frozen:obey"
LEASE = 4.0
"""Seconds: long enough for a slow machine between two renewals, short enough to wait for."""
LONG = 120.0
STORY = {story.name: story for story in STORIES}
SLEEPS = [
    ("claim.after_commit", "leaked permits"),
    ("look.before_write", "leaked permits"),
    ("approval.after_commit", "leaked permits"),
    ("fence.before_stop", "leaked permits"),
    ("fence.after_stop", "leaked permits"),
    ("wave.before_intent", "leaked permits"),
    ("wave.after_intent", "leaked permits"),
    ("wave.before_send", "leaked permits"),
    ("wave.after_send", "leaked permits"),
    ("look.after_read", "leaked permits"),
    ("verdict.before_write", "leaked permits"),
    ("wave.before_adopt", "lost answers"),
    ("stop.before_write", "provider down"),
    ("withdraw.before_stop", "repeated delivery"),
    ("package.after_write", "repeated delivery"),
]
"""Where a process falls asleep, outside of a transaction, and in which story."""
SAID = ("was taken over by another process", "slept too long", "was ended while this process took it over")
"""How a process says that its job is no longer its own."""


@dataclass(frozen=True)
class Sleeper:
    """What a frozen process found when it woke up, and what it made of it."""

    house: TrialEnvironment
    story: Story
    finished: int | None
    woke: int | None
    said: str
    before: dict[str, list[Any]]
    after: dict[str, list[Any]]


def _is_asleep(pid: int) -> bool:
    return bool(psutil.Process(pid).status() == psutil.STATUS_STOPPED)


@pytest.fixture(scope="module")
def sleepers(sandbox: Sandbox, nursery: ForkServer) -> Iterator[dict[str, Sleeper]]:
    """Freeze a process at each place, let another one finish its work, wake the first: all side by side."""
    with ExitStack() as stack:
        houses = {
            point: stack.enter_context(house_of(sandbox, STORY[name], 1, lease_seconds=LEASE))
            for point, name in SLEEPS
        }
        asleep = {point: _start_frozen(nursery, house, point) for point, house in houses.items()}
        for pid in asleep.values():
            until(partial(_is_asleep, pid))
        second = {point: nursery.start(house.recover("second")) for point, house in houses.items()}
        finished = {point: nursery.wait(pid, LONG) for point, pid in second.items()}
        before = {point: ledger_of(house) for point, house in houses.items()}
        woke = {point: _wake(nursery, pid) for point, pid in asleep.items()}
        yield {
            point: Sleeper(
                house,
                STORY[name],
                finished[point],
                woke[point],
                house.said("first"),
                before[point],
                ledger_of(house),
            )
            for (point, name), house in zip(SLEEPS, houses.values(), strict=True)
        }


def _start_frozen(nursery: ForkServer, house: TrialEnvironment, point: str) -> int:
    order = house.recover("first")
    return nursery.start(replace(order, environ={**order.environ, FREEZE: point}), FROZEN)


def _wake(nursery: ForkServer, pid: int) -> int | None:
    os.kill(pid, signal.SIGCONT)
    return nursery.wait(pid, LONG)


def until(true: Callable[[], bool], seconds: float = LONG) -> None:
    """Wait until something is true; looks every few milliseconds."""
    give_up = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < give_up, "waited in vain"
        time.sleep(0.01)


def ledger_of(house: TrialEnvironment) -> dict[str, list[Any]]:
    """Return every row of every table."""
    with house.ledger.engine.connect() as connection:
        names = (
            connection.execute(text("select name from sqlite_master where type = 'table'")).scalars().all()
        )
        return {
            name: [tuple(row) for row in connection.execute(text(f"select * from {name}"))] for name in names
        }


@pytest.mark.parametrize("point", [point for point, _ in SLEEPS])
def test_who_slept_past_its_lease_changes_nothing_any_more(sleepers: dict[str, Sleeper], point: str) -> None:
    """Another process takes over and finishes; the first one wakes, says so, writes and sends nothing."""
    one = sleepers[point]
    assert one.house.state == one.story.end, one.house.said("second")
    assert one.woke == 3
    assert any(said in one.said for said in SAID), one.said
    assert one.after == one.before


@pytest.mark.parametrize("point", [point for point, _ in SLEEPS])
def test_nobody_is_dialled_by_both(sleepers: dict[str, Sleeper], point: str) -> None:
    """Between the two of them every promise holds, as the platform's own history has it."""
    house = sleepers[point].house
    assert check(house.ledger, house.landed(), house.job_key, house.keys) == ()


def test_of_several_starters_one_runs_and_all_tell_the_same(sandbox: Sandbox, nursery: ForkServer) -> None:
    """Five processes start at once: one runs the recovery, four join it, and all print one report."""
    with house_of(sandbox, STORY["leaked permits"], 2, lease_seconds=3600) as house:
        names = [f"starter{n}" for n in range(5)]
        pids = [
            nursery.start(
                replace(
                    order := house.recover(name), environ={**order.environ, FREEZE: "claim.after_commit"}
                ),
                FROZEN,
            )
            for name in names
        ]
        until(lambda: sum("joining it" in house.said(name) for name in names) == 4)
        runner = [pid for pid in pids if psutil.Process(pid).status() == psutil.STATUS_STOPPED]
        assert len(runner) == 1
        os.kill(runner[0], signal.SIGCONT)
        assert [nursery.wait(pid, LONG) for pid in pids] == [0] * 5
        reports = [json.loads((house.folder / f"{name}.out").read_text()) for name in names]
        assert reports == [reports[0]] * 5
        assert end_of(house).states == ("recovered",)
        assert check(house.ledger, house.landed(), house.job_key, house.keys) == ()


def test_a_dead_holder_is_replaced_at_once(sandbox: Sandbox, nursery: ForkServer) -> None:
    """A process that is gone from this host is no holder, however long its lease; even a zombie is gone."""
    with house_of(sandbox, STORY["leaked permits"], 3, lease_seconds=3600) as house:
        dead = nursery.start(house.recover("first", "wave.after_send"))
        until(lambda: psutil.Process(dead).status() == psutil.STATUS_ZOMBIE)
        assert house.state == "running"
        assert nursery.run(house.recover("second"), LONG) == 0  # a lease of an hour was not waited for
        assert nursery.wait(dead, LONG) == -signal.SIGKILL
        assert _lease(house).token == 2
        assert check(house.ledger, house.landed(), house.job_key, house.keys) == ()


def test_an_orphan_is_found_and_continued_without_a_person(sandbox: Sandbox, nursery: ForkServer) -> None:
    """A recovery whose process died is continued by the next sweep; two sweeps at once continue it once."""
    with house_of(sandbox, STORY["leaked permits"], 2) as house:
        assert nursery.run(house.recover("first", "wave.after_intent"), LONG) == -signal.SIGKILL
        sweeps = [
            nursery.start(house.order(name, ("sweep", "--act", "recover", "--json")))
            for name in ("one", "two")
        ]
        assert [nursery.wait(pid, LONG) for pid in sweeps] == [0, 0]
        assert end_of(house).states == ("recovered",)
        assert check(house.ledger, house.landed(), house.job_key, house.keys) == ()


def test_a_holder_that_lives_is_not_disturbed(sandbox: Sandbox, nursery: ForkServer) -> None:
    """A frozen process whose lease still runs keeps the job: the second one watches and sends nothing."""
    with house_of(sandbox, STORY["leaked permits"], 1, lease_seconds=3600) as house:
        first = _start_frozen(nursery, house, "wave.before_send")
        until(lambda: psutil.Process(first).status() == psutil.STATUS_STOPPED)
        second = nursery.start(house.recover("second"))
        until(lambda: "joining it" in house.said("second"))
        assert nursery.wait(second, 0.5) is None
        assert _lease(house).pid == first
        os.kill(first, signal.SIGCONT)
        assert [nursery.wait(pid, LONG) for pid in (first, second)] == [0, 0]
        assert check(house.ledger, house.landed(), house.job_key, house.keys) == ()


def _lease(house: TrialEnvironment) -> Lease:
    with house.ledger.read() as session:
        found = session.get(Lease, house.job_key)
    assert found is not None
    return found
