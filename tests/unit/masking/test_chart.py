"""The chart is a picture for every number of snapshots, and shows what they say."""

import io
from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

import pytest
from PIL import Image

from models.messages.diagnostics import TimelineRow
from tasks.package.chart import HEIGHT, WIDTH, draw_chart
from tasks.package.chart_scale import clock_format, longest_stall, round_steps, span_words
from tests.unit.diagnostics_example import START, timeline


def colours(png: bytes) -> set[object]:
    """Return the colours of a picture that fill more than a few pixels."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    counted = image.getcolors(WIDTH * HEIGHT) or []
    return {colour for count, colour in counted if count > 300}


@pytest.mark.parametrize("count", [0, 1, 2, 60, 5000])
def test_any_number_of_snapshots_gives_a_picture(count: int) -> None:
    """No snapshot, one and many give a whole PNG of the promised size."""
    png = draw_chart(timeline(count), title="Job btcal_01jxyz")
    image = Image.open(io.BytesIO(png))
    image.load()
    assert (image.format, image.size) == ("PNG", (WIDTH, HEIGHT))
    assert len(png) < 100_000


def test_the_same_snapshots_give_the_same_bytes() -> None:
    """The chart is reproducible, whatever the order in which the snapshots come."""
    assert draw_chart(timeline(), title="Job") == draw_chart(timeline()[::-1], title="Job")


@pytest.mark.parametrize(
    "name", ["total", "dispatched", "finished", "failed", "in_flight", "live", "permits"]
)
def test_every_counter_is_drawn(name: str) -> None:
    """A change of any counter changes the picture."""
    rows = list(timeline())
    changed: dict[str, Any] = {name: 17}
    rows[20] = replace(rows[20], **changed)
    assert draw_chart(rows, title="Job") != draw_chart(timeline(), title="Job")


def test_title_zone_and_silence_are_shown() -> None:
    """The title, the zone of the times and a counter that nobody told all show."""
    plain = draw_chart(timeline(), title="Job")
    assert draw_chart(timeline(), title="Job 2") != plain
    assert (
        draw_chart(timeline(), title="Job", zone=timezone(timedelta(hours=11)), zone_name="Australia/Sydney")
        != plain
    )
    quiet = [replace(row, failed=None, in_flight=None, live=None, permits=None) for row in timeline()]
    assert draw_chart(quiet, title="Job") != plain


def test_a_title_of_any_length_fits() -> None:
    """A long title is cut, not drawn over the edge."""
    assert draw_chart(timeline(), title="x" * 500) == draw_chart(timeline(), title="x" * 600)


def test_a_stall_is_visible() -> None:
    """The time in which nothing moved is shaded, and a job that moves has no shade."""
    moving = [replace(row, finished=n) for n, row in enumerate(timeline())]
    shade = (253, 236, 235)
    assert shade in colours(draw_chart(timeline(), title="Job"))
    assert shade not in colours(draw_chart(moving, title="Job"))


def test_the_longest_stall_is_found() -> None:
    """The stall begins with the last movement and ends with the last look, and five minutes are the least."""
    found = longest_stall(timeline())
    assert found is not None
    assert (found.start, found.end) == (START + timedelta(minutes=30), START + timedelta(minutes=59))
    assert longest_stall(timeline(35)) is None
    assert longest_stall(timeline(36)) is not None


def test_a_job_that_is_over_is_not_stalled() -> None:
    """Standing still is no stall once nothing is left to do or the job was stopped."""
    done = [replace(row, finished=100, dispatched=100) for row in timeline()]
    stopped = [replace(row, status="cancelled") for row in timeline()]
    assert longest_stall(done) is None
    assert longest_stall(stopped) is None


@pytest.mark.parametrize(
    ("values", "steps"),
    [
        ([], (0, 1)),
        ([0], (0, 1)),
        ([7, None], (0, 2, 4, 6, 8)),
        ([100], (0, 20, 40, 60, 80, 100)),
        ([9999], tuple(range(0, 12000, 2000))),
    ],
)
def test_axis_steps_are_round(values: list[int | None], steps: tuple[int, ...]) -> None:
    """The axis counts in ones, twos and fives and holds every value."""
    assert round_steps(values) == steps


@pytest.mark.parametrize(
    ("seconds", "words"), [(40, "40 s"), (300, "5 min"), (3599, "1 h 00 min"), (11_100, "3 h 05 min")]
)
def test_durations_are_said_plainly(seconds: int, words: str) -> None:
    """A stall's length is said as a person says it."""
    assert span_words(timedelta(seconds=seconds)) == words


def test_clock_shows_what_the_span_needs() -> None:
    """Seconds on a short axis, minutes on a long one, the day on one of several days."""
    spans = [timedelta(minutes=5), timedelta(hours=2), timedelta(days=3)]
    assert [clock_format(span) for span in spans] == ["%H:%M:%S", "%H:%M", "%d %b %H:%M"]


def test_one_snapshot_without_figures_is_drawn() -> None:
    """A platform that tells next to nothing still gets its picture."""
    row = TimelineRow(START, "unknown", 0, 0, 0)
    assert draw_chart([row], title="") != draw_chart([], title="")
