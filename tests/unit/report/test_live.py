"""A live view: a line for each change, a screen of 80 columns, and an end with the recovery."""

import re
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from deployments.watching.follow import each_change, follow
from deployments.watching.page import page
from deployments.watching.screen import TRACK, bar, drawn, track
from models.enums import State
from models.report.live import LiveView, Step, Walk, WaveLine
from models.verdict.sprt import bounds

COUNTS = dict.fromkeys(
    (
        "planned",
        "accepted",
        "refused",
        "unknown",
        "skipped",
        "waiting",
        "redialled",
        "reached",
        "failed_again",
        "withdrawn",
        "kept_back",
        "dropped",
    ),
    0,
)
WALK = Walk(*bounds(), (Step(5, 0, -1.53, "continue"), Step(10, 0, -3.05, "go")))
VIEW = LiveView(
    recovery_id="r_0123456789",
    job_id="btcal_" + "9" * 26,
    workspace="acme",
    state=State.RUNNING,
    is_run=True,
    as_of="2026-03-02T12:00:00+00:00",
    counts=COUNTS | {"planned": 873, "accepted": 240, "waiting": 633, "reached": 202, "failed_again": 1},
    walk=WALK,
    waves=(
        WaveLine(1, "sample", "settled", 5, 5, 5, "2026-03-02T11:00:00+00:00"),
        WaveLine(9, "ramp", "accepted", 20, 12, 10, "2026-03-02T11:50:00+00:00", cap=4),
        WaveLine(10, "ramp", "intent", 20, 0, 0, None),
    ),
    waves_in_all=10,
    permits=4,
    verdict="go",
    eta="35 to 50 min",
    next_action="Wait.",
)


def test_a_line_says_all_that_changes() -> None:
    """State, counts, calls in the air, wave, sample and ETA stand in one line, and no moment does."""
    assert VIEW.message() == (
        "r_0123456789 runs, 240 of 873 called, 202 reached, 1 failed again, 4 in the air, wave 10, "
        "sample 0 of 10 failed: go, ETA 35 to 50 min"
    )
    assert replace(VIEW, as_of="later").message() == VIEW.message()


@pytest.mark.parametrize(
    ("state", "is_run", "said"),
    [
        (State.RUNNING, False, "interrupted: nobody runs it"),
        (State.AWAITING_APPROVAL, False, "waits for approval"),
        (State.HELD, False, "held: a person has to decide"),
    ],
)
def test_a_state_is_said_as_it_is(state: State, is_run: bool, said: str) -> None:
    """One whose process is gone is not said to run; one that waits for a person needs no process."""
    assert replace(VIEW, state=state, is_run=is_run).said == said


def test_a_watch_ends_with_the_recovery_and_says_each_change_once() -> None:
    """Three looks that see the same are one line; the end is the last."""
    ended = replace(VIEW, state=State.RECOVERED)
    views = iter([VIEW, VIEW, replace(VIEW, eta=""), ended])
    lines: list[str] = []
    pauses: list[int] = []
    last = follow(lambda: next(views), each_change(lines.append), lambda: pauses.append(1))
    assert last is ended
    assert lines == [VIEW.message(), replace(VIEW, eta="").message(), ended.message()]
    assert len(pauses) == 3


def test_the_screen_fits_80_columns() -> None:
    """Long ids, a walk, waves and an ETA: no line is longer, and every figure is there."""
    told = StringIO()
    Console(file=told, width=80, color_system=None).print(drawn(VIEW))
    lines = told.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    for words in ("240 of 873 called", "202 reached", "Permits: 4 of 4 in use", "ETA: 35 to 50 min", "Wait."):
        assert any(words in line for line in lines), words
    assert [line for line in lines if line.startswith("go |")] == [track(WALK, one) for one in WALK.steps]


def test_the_walk_stands_between_its_bounds() -> None:
    """At go the mark is at the left end, at abort at the right one, in the middle with nothing known."""
    places = [
        track(WALK, Step(1, 0, statistic, "")).index("●") - len("go |") for statistic in (-9.0, 0.0, 9.0)
    ]
    assert places == [0, TRACK // 2, TRACK - 1]


def test_a_bar_is_full_only_where_everybody_was_called() -> None:
    """What was taken back was not called, and a plan of nobody has no bar that is full."""
    taken_back = replace(VIEW, counts=VIEW.counts | {"planned": 5, "accepted": 5, "withdrawn": 1})
    assert "░" in bar(taken_back)
    assert "4 of 5" in bar(taken_back)
    assert "█" not in bar(replace(VIEW, counts=COUNTS))


def test_the_page_has_no_foreign_part() -> None:
    """It loads nothing, its policy lets it ask its own gateway alone, and what it is given stays text."""
    made, policy = page("r_1", 'x"><script>alert(1)</script>')
    assert set(re.findall(r"https?://[^\s\"']+", made)) == {"http://www.w3.org/2000/svg"}
    assert "alert(1)</script>" not in made
    (nonce,) = set(re.findall(r'nonce="([^"]+)"', made))
    assert policy.count(f"'nonce-{nonce}'") == 2
    assert "default-src 'none'" in policy
    assert page("r_1", "x")[0] != page("r_1", "x")[0]
