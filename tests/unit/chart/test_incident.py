"""The lines, the stall and the marks of a picture say what the calls and the ledger say."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.chart.alt_text import alt_text, span_text, together, undrawn_text
from models.chart.incident import added_up, incident_of
from models.messages.diagnostics import CallRow, EventMark, TimelineRow
from tests.unit.diagnostics_example import START, calls, example, timeline

MINUTE = timedelta(minutes=1)


def test_the_lines_are_the_calls_own_times() -> None:
    """What is drawn began when the job's calls began, not when somebody looked first."""
    incident = incident_of(example())
    assert incident.from_calls
    assert [(line.name, line.points[-1][1]) for line in incident.lines] == [
        ("started", 40),
        ("ended", 40),
        ("reached nobody", 40),
    ]
    assert incident.lines[0].points[0] == (START, 1)


def test_calls_without_times_leave_the_snapshots() -> None:
    """Where no call tells its time the counters of the snapshots are drawn, and said to be that."""
    plain = tuple(replace(call, started=None, ended=None) for call in calls())
    incident = incident_of(example(calls=plain))
    assert not incident.from_calls
    assert [line.name for line in incident.lines] == ["dispatched", "finished", "failed"]


def test_calls_without_a_time_are_counted_and_shade_nothing() -> None:
    """Only some calls are asked about: the others are named, and no silence is drawn over them."""
    some = tuple(
        replace(call, started=None, ended=None) if n < 30 else call for n, call in enumerate(calls())
    )
    incident = incident_of(example(calls=some, timeline=()))
    assert (incident.untimed, incident.lines[0].points[-1][1]) == (30, 10)
    assert incident.stall is None
    assert "30 calls of the job tell no time and are not drawn" in alt_text(incident)


def test_our_own_calls_are_not_the_job_s() -> None:
    """A redial is in our line alone, whatever time the platform tells of it."""
    ours = CallRow("c", None, 2, "redial in wave 1: accepted", started=START, wave=1)
    assert incident_of(example(calls=(*calls(), ours))).lines == incident_of(example()).lines


def test_a_stop_does_not_move_the_end_of_a_call() -> None:
    """A stop overwrites the time of every row; a call has ended when its own length says so."""
    stopped = START + timedelta(hours=2)
    call = CallRow("c", None, 1, "cancelled", disposition="reached", started=START, ended=stopped, seconds=30)
    lines = incident_of(example(calls=(call,))).lines
    assert lines[1].points == ((START + timedelta(seconds=30), 1),)


def test_the_stall_ends_with_the_stop() -> None:
    """The silence is the job's: from its last movement to the moment in which it was stopped."""
    stop = EventMark(START + 50 * MINUTE, "job stopped", stops=True)
    stall = incident_of(example(marks=(stop,))).stall
    assert stall is not None
    assert (stall.start, stall.end) == (START + timedelta(seconds=59), stop.at)


@pytest.mark.parametrize(("snapshots", "stalled"), [(35, False), (36, True)])
def test_five_minutes_are_the_least(snapshots: int, stalled: bool) -> None:
    """A shorter silence is normal."""
    found = incident_of(example(calls=(), timeline=timeline(snapshots)))
    assert (found.stall is not None) is stalled


def test_a_job_that_has_called_everybody_is_not_stalled() -> None:
    """Standing still is no stall once nobody is left."""
    assert incident_of(example(total=40)).stall is None
    done = tuple(replace(row, finished=100, dispatched=100) for row in timeline())
    assert incident_of(example(calls=(), timeline=done)).stall is None


def test_a_job_that_ended_by_itself_is_not_stalled() -> None:
    """What is quiet because it is over did not stand still."""
    assert incident_of(example(had_ended=True)).stall is None
    assert incident_of(example(calls=(), had_ended=True)).stall is None


def test_what_a_listing_does_not_tell_is_no_movement() -> None:
    """A sweep's snapshots know nothing of the rows: between two looks they neither move nor fall to none."""
    mixed = tuple(replace(row, failed=None) if n % 2 else row for n, row in enumerate(timeline()))
    incident = incident_of(example(calls=(), timeline=mixed))
    assert incident.stall == incident_of(example(calls=())).stall
    assert [line.points[-1][1] for line in incident.lines] == [60, 55, 10]


@given(st.lists(st.integers(0, 50)))
def test_counts_only_rise_and_count_everybody(offsets: list[int]) -> None:
    """A line ends at the number of its calls, also where several fall on one moment."""
    points = added_up(START + n * MINUTE for n in offsets)
    assert [n for _, n in points] == sorted({n for _, n in points})
    assert (points[-1][1] if points else 0) == len(offsets)


def test_near_marks_share_a_label() -> None:
    """Labels are never written over each other, and none is left out."""
    marks = [EventMark(START, "approved"), EventMark(START + timedelta(seconds=1), "job stopped", stops=True)]
    far = EventMark(START + 60 * MINUTE, "recovered")
    assert [mark.message for mark in together([far, *marks], timedelta(hours=1))] == [
        "approved, job stopped",
        "recovered",
    ]


def test_fewer_than_two_moments_are_a_sentence() -> None:
    """Five equal labels under a flat line tell nobody anything: a sentence does."""
    nothing = incident_of(example(calls=(), timeline=()))
    once = incident_of(example(calls=(), timeline=(TimelineRow(START, "running", 10, 0, 0),)))
    assert not nothing.can_be_drawn
    assert not once.can_be_drawn
    assert "no snapshot was kept" in undrawn_text(nothing)
    assert alt_text(once) == undrawn_text(once)


@pytest.mark.parametrize(
    ("seconds", "words"), [(40, "40 s"), (300, "5 min"), (3599, "1 h 00 min"), (11_100, "3 h 05 min")]
)
def test_durations_are_said_plainly(seconds: int, words: str) -> None:
    """A stall's length is said as a person says it."""
    assert span_text(timedelta(seconds=seconds)) == words
