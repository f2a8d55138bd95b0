"""Who was called twice, by the truth alone: over all recoveries and all ledgers, and however written."""

from collections.abc import Callable
from typing import Any

import pytest

from deployments.sandbox.engine.history import history
from deployments.sandbox.engine.moves import make_move
from deployments.sandbox.in_memory.platform import open_fake
from models.plan.markers import Marker
from tests.invariants.rungs import Rung, of_history, of_world
from tests.invariants.twice import KNOWABLE, called_twice

SOURCE = "the source"
NEVER = float("inf")
ME, HER = Marker("r_1", 1), Marker("r_2", 1)


def rung(marker: Marker | None, asked: float, **more: Any) -> Rung:
    """Let somebody be called ten seconds after the request, for twenty seconds, without an answer."""
    fields: dict[str, Any] = {
        "who": "61491570006",
        "marker": marker,
        "job_id": str(marker or "another job"),
        "asked_at": asked,
        "visible_at": asked,
        "at": asked + 10,
        "answered_at": NEVER,
        "ended_at": asked + 30,
    }
    return Rung(**fields | more)


def judged(*rungs: Rung, own: frozenset[str] = frozenset()) -> tuple[int, int]:
    """Count who was called twice for sure, and in a race."""
    found = called_twice(rungs, SOURCE, own)
    return len(found.sure), len(found.raced)


def reached(marker: Marker | None, asked: float, **more: Any) -> Rung:
    """Let somebody answer."""
    return rung(marker, asked, answered_at=asked + 15, **more)


@pytest.mark.parametrize(
    ("rungs", "expected"),
    [
        ([rung(ME, 0)], (0, 0)),
        ([rung(ME, 0), rung(ME, 500)], (1, 0)),
        ([rung(ME, 0), rung(Marker("r_1", 2), 500)], (1, 0)),
        ([rung(ME, 0), rung(HER, 500)], (0, 0)),
        ([reached(ME, 0), rung(HER, 500)], (1, 0)),
        ([rung(ME, 0, ended_at=900), rung(HER, 500)], (1, 0)),
        ([rung(ME, 0, at=600, ended_at=900), rung(HER, 500)], (1, 0)),
        ([reached(None, 0), rung(ME, 500)], (1, 0)),
        ([rung(None, 0, at=600, ended_at=900), rung(ME, 500)], (1, 0)),
        ([reached(None, 500), rung(ME, 0)], (0, 0)),
        ([rung(None, 0), rung(ME, 500)], (0, 0)),
        ([reached(None, 0), reached(None, 500)], (0, 0)),
        ([reached(None, 0), rung(ME, 500, who="61491570007")], (0, 0)),
    ],
)
def test_a_person_is_called_twice_by_whoever_else_called(
    rungs: list[Rung], expected: tuple[int, int]
) -> None:
    """One recovery may call once; another one may not, while the first call is open or was answered."""
    assert judged(*rungs) == judged(*reversed(rungs)) == expected


@pytest.mark.parametrize("shown", [0.0, KNOWABLE / 2, KNOWABLE * 2])
def test_what_no_listing_had_shown_in_time_is_a_race(shown: float) -> None:
    """Two ledgers that begin together are told apart from one that did not look."""
    first = reached(ME, 0, visible_at=shown)
    assert judged(first, rung(HER, 50)) == (0, 1)
    assert judged(first, rung(HER, shown + KNOWABLE)) == (1, 0)


def test_one_ledger_never_races_with_itself() -> None:
    """What its own recoveries do it knows at once."""
    assert judged(reached(ME, 0), rung(HER, 20), own=frozenset({"r_1", "r_2"})) == (1, 0)
    assert judged(reached(ME, 0), rung(HER, 20), own=frozenset({"r_1"})) == (0, 1)


@pytest.mark.parametrize(("call", "expected"), [(reached, 1), (rung, 0)])
def test_the_source_counts_where_it_had_reached_somebody(call: Callable[..., Rung], expected: int) -> None:
    """That it stands still is checked elsewhere; whom it has reached nobody calls again."""
    assert judged(call(None, 0, job_id=SOURCE), rung(ME, 500)) == (expected, 0)


def test_a_source_that_wakes_up_is_for_another_check() -> None:
    """A call of the source that began after the wave and reached nobody is told of elsewhere."""
    assert judged(rung(None, 0, job_id=SOURCE, at=510, ended_at=900), rung(ME, 500)) == (0, 0)


def test_a_world_and_its_history_tell_the_same() -> None:
    """What is read in memory and what goes over the wire are the same first deliveries."""
    fake, scene = open_fake("fell-short", 1, contacts=20)
    make_move(scene, "second_job")
    fake.clock.sleep(900)
    scene.world.advance(fake.clock.now().timestamp())
    told = sorted(of_world(scene.world), key=lambda one: (one.at, one.who))
    assert told == sorted(of_history(history(scene)), key=lambda one: (one.at, one.who)) != []


@pytest.mark.parametrize(
    ("asked", "shown", "at", "expected"),
    [
        (75, 150, 140, 0),  # the answer is late, and a job that nobody sees cannot be taken back
        (75, 150, 150 + KNOWABLE, 0),
        (75, 150, 151 + KNOWABLE, 1),
        (75, 75, 100 + KNOWABLE, 0),  # it began again a moment ago: the next look tells
        (75, 75, 101 + KNOWABLE + 20, 1),
        (130, 130, 140, 1),  # it was asked for when the source had reached them
    ],
)
def test_a_source_that_wakes_is_known_at_the_next_look(
    asked: int, shown: int, at: float, expected: int
) -> None:
    """A wave may ring after a source that woke only while no look could tell, or nothing be taken back."""
    woken = rung(None, 100, job_id=SOURCE, woken=True, at=110, answered_at=115)
    mine = rung(ME, asked, visible_at=shown, at=at, ended_at=at + 20)
    assert judged(woken, mine) == (expected, 0)
