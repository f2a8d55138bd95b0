"""What stands around the calls: counters, owners, other people's conversations, nights, and the estimate.

Each is looked at by the whole triage, like the calls themselves in `test_evidence.py`.
"""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path as FilePath
from typing import Any

import pytest

from models.enums import Action, Cause, ContactStatus, Disposition, Path, State
from models.platform import Call
from models.verdict.ending import Ending
from tasks.finish.eta import eta_of
from tests.integration.recovery.test_evidence import (
    IN_DOUBT,
    LIVE,
    NOT_DIALED,
    NOT_REACHED,
    REACHED,
    completed,
    sip,
    tried,
)
from tests.shelf import BEGAN, NOW, base, look_at, put


@pytest.mark.parametrize(
    ("dispatched", "held"), [(30, 0), (31, 30), (33, 30), (60, 30)], ids=["none", "one", "three", "all"]
)
def test_a_counter_that_tells_more_than_rows_holds_the_undialled(
    tmp_path: FilePath, dispatched: int, held: int
) -> None:
    """Any row that says pending may be one that was dispatched, until the calls are found."""
    shelf = base()
    shelf.job = replace(shelf.job, dispatched=dispatched)
    it = look_at(shelf, tmp_path)
    assert it.count(Action.HOLD) == held
    assert it.count(Action.REDIAL) == 30 - held
    if held:
        assert "that no row shows" in it.people[30].why


def test_calls_that_are_found_explain_the_counter(tmp_path: FilePath) -> None:
    """Three calls name their people: those are judged by their calls, the other rows are free again."""
    shelf = base()
    shelf.job = replace(shelf.job, dispatched=33)
    kinds = [(REACHED, True, ()), (NOT_REACHED, False, (sip(503, ""),)), (LIVE, True, ())]
    for n, (status, answered, reasons) in zip(range(31, 34), kinds, strict=True):
        shelf.unlisted.append(Call(f"u{n}", status, "", answered, reasons, "job-1", f"c{n}"))
    it = look_at(shelf, tmp_path)
    assert [one.disposition for one in it.of(31, 32, 33)] == [
        Disposition.REACHED, Disposition.TRANSIENT, Disposition.IN_FLIGHT,
    ]  # fmt: skip
    assert it.count(Action.REDIAL) == 28


def test_a_retried_job_whose_rows_are_all_dialled_is_not_held(tmp_path: FilePath) -> None:
    """The platform's own retry counts its dispatches too."""
    shelf = completed(base(waiting=0))
    shelf.job = replace(shelf.job, retries=1, dispatched=36)
    assert look_at(shelf, tmp_path).count(Action.HOLD) == 0


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"finished": 31}, "only 30 as dispatched"),
        ({"dispatched": -1, "finished": -1}, "below zero"),
        ({"dispatched": 61}, "61 dispatches are counted for 60 contacts"),
    ],
)
def test_a_platform_that_contradicts_itself_is_not_acted_on(
    tmp_path: FilePath, fields: dict[str, Any], said: str
) -> None:
    """Counters that cannot be are a finding with its evidence, and hold."""
    shelf = base()
    shelf.job = replace(shelf.job, **fields)
    it = look_at(shelf, tmp_path)
    assert (it.diagnosis.path, it.diagnosis.cause) == (Path.HOLD, Cause.UNKNOWN)
    assert said in it.said


def test_calls_that_a_campaign_makes_are_left_to_it(tmp_path: FilePath) -> None:
    """The campaign that owns the batch is named, and nobody is redialled beside it."""
    it = look_at(tried(sip(503, ""), people=[31], campaign_id="camp-7"), tmp_path)
    assert it.diagnosis.path is Path.HOLD
    assert "Campaign camp-7 calls these people itself" in it.said
    assert "pause campaign camp-7" in it.said


def test_a_job_of_a_campaign_that_has_not_called_yet_is_left_to_it(tmp_path: FilePath) -> None:
    """Where the job itself names its campaign no call has to be known: nobody is redialled beside it."""
    shelf = base()
    shelf.job = replace(shelf.job, owner="camp-7")
    it = look_at(shelf, tmp_path)
    assert it.diagnosis.path is Path.HOLD
    assert "Campaign camp-7 calls these people itself" in it.said


def test_a_retry_of_the_platform_is_no_stall(tmp_path: FilePath) -> None:
    """Rows that wait to be called again by the platform itself are named and held."""
    shelf = tried(sip(503, ""), people=range(31, 36))
    shelf.rows = [replace(row, status=NOT_DIALED) if row.id in {"c31", "c32"} else row for row in shelf.rows]
    shelf.job = replace(shelf.job, retries=1)
    it = look_at(shelf, tmp_path)
    assert it.diagnosis.path is Path.HOLD
    assert "own retry (1) is under way" in it.said


def test_a_schedule_that_owns_the_job_is_named(tmp_path: FilePath) -> None:
    """A job that the platform continues by itself later is not recovered meanwhile."""
    shelf = base(scheduled_at=NOW + timedelta(hours=2))
    it = look_at(shelf, tmp_path)
    assert it.diagnosis.path is Path.HOLD
    assert "goes on with the job by itself at 2030-01-01 14:00 UTC" in it.said


@pytest.mark.parametrize(
    ("mine", "live", "agent_live", "cause"),
    [
        (NOT_REACHED, 1, None, Cause.PERMITS),
        (NOT_REACHED, 9, 9, Cause.PERMITS),
        (LIVE, 1, None, Cause.NONE),
        (LIVE, 0, 0, Cause.NONE),
        (None, 1, None, Cause.NONE),
        (None, 1, 0, Cause.PERMITS),
    ],
)
def test_a_foreign_conversation_moves_no_job(
    tmp_path: FilePath, mine: ContactStatus | None, live: int, agent_live: int | None, cause: Cause
) -> None:
    """Whether a row's call is alive is asked of that call; anybody's conversation is a weak witness."""
    shelf = base()
    shelf.live, shelf.agent_live = live, agent_live
    put(shelf, 31, IN_DOUBT, sip(503, ""), status=mine or NOT_REACHED, answered=mine is LIVE or None)
    if mine is None:
        del shelf.calls["k31"]
    assert look_at(shelf, tmp_path, permits=20).diagnosis.cause is cause


def test_a_weak_witness_tires(tmp_path: FilePath) -> None:
    """A count of conversations explains a silence no longer than a permit is waited for."""
    shelf = base()
    shelf.live = 1
    put(shelf, 31, IN_DOUBT)
    del shelf.calls["k31"]
    later = NOW + timedelta(hours=1)
    assert look_at(shelf, tmp_path, now=later).diagnosis.cause is Cause.PERMITS


WINDOW: dict[str, Any] = {"calling_window": "gb", "default_timezone": "Europe/London"}


@pytest.mark.parametrize(
    ("last", "now", "cause"),
    [
        ((20, 59), (23, 30), Cause.CALLING_WINDOW),
        ((20, 59), (32, 2), Cause.CALLING_WINDOW),
        ((20, 59), (32, 30), Cause.DEAD_DISPATCHER),
        ((14, 0), (23, 30), Cause.DEAD_DISPATCHER),
        ((14, 0), (14, 30), Cause.DEAD_DISPATCHER),
    ],
    ids=["at night", "just opened", "open and silent", "fell silent by day", "by day"],
)
def test_a_job_that_sleeps_at_night_is_not_dead(
    tmp_path: FilePath, last: tuple[int, int], now: tuple[int, int], cause: Cause
) -> None:
    """Silence counts only while somebody may be called: at night a job sleeps and is not fenced."""
    midnight = NOW.replace(day=8, hour=0)
    moved = midnight + timedelta(hours=last[0], minutes=last[1])
    shelf = base()
    shelf.rows = [replace(row, updated_at=moved) for row in shelf.rows]
    hours: dict[str, Any] = {"open_weekdays": "08:00-21:00", "because": BECAUSE}
    it = look_at(shelf, tmp_path, now=midnight + timedelta(hours=now[0], minutes=now[1]), **WINDOW, **hours)
    assert it.diagnosis.cause is cause
    assert (it.diagnosis.path is Path.NOTHING) is (cause is Cause.CALLING_WINDOW)


@pytest.mark.parametrize(("limit", "starved"), [(1, False), (None, True)])
def test_the_eta_counts_with_the_limit_that_triage_found(
    tmp_path: FilePath, limit: int | None, starved: bool
) -> None:
    """An agent that takes one call at a time is not starved by having one in the air."""
    shelf = base(done=10)
    shelf.live, shelf.agent_limit = 1, limit
    put(shelf, 9, REACHED, ended=NOW - timedelta(seconds=5), answered=True, seconds=30)
    put(shelf, 11, LIVE, ended=NOW, status=LIVE, answered=True)
    it = look_at(shelf, tmp_path, permits=20)
    eta = eta_of(it.ctx, Ending(State.HEALTHY, "", ""))
    assert ("of 20 permits" in eta["words"]) is starved


def test_the_eta_of_a_job_that_sleeps_names_the_opening(tmp_path: FilePath) -> None:
    """Not the time at which the job was scheduled once, but when somebody may be called again."""
    midnight = NOW.replace(day=8, hour=0)
    shelf = base(scheduled_at=BEGAN)
    shelf.rows = [replace(row, updated_at=midnight + timedelta(hours=20, minutes=59)) for row in shelf.rows]
    hours: dict[str, Any] = {"open_weekdays": "08:00-21:00", "because": BECAUSE}
    it = look_at(shelf, tmp_path, now=midnight + timedelta(hours=23), **WINDOW, **hours)
    eta = eta_of(it.ctx, Ending(State.HEALTHY, "", ""))
    assert "2030-01-09 08:00 UTC" in eta["words"]


BECAUSE = {"open_weekdays": {"by": "Ana", "reason": "a test of the hours"}}
