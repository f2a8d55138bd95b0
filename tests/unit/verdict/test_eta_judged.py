"""The judge of the estimates: what it counts, and that it would notice estimates that are wrong."""

from datetime import UTC, datetime, timedelta

import pytest

from docs.generate.estimates import block
from tests.simulation.estimates.jobs import seen
from tests.simulation.estimates.said import DISPATCHED, FINISHED, Said, judged, table

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


def _moment(seconds: float) -> str:
    """Return a moment ahead as the ledger keeps it."""
    return (NOW + timedelta(seconds=seconds)).isoformat()


def _eta(early: float, likely: float, late: float) -> dict[str, object]:
    """Return an estimate of the first moment alone, as the ledger keeps it."""
    span = {"earliest": _moment(early), "likely": _moment(likely), "latest": _moment(late)}
    return {"as_of": NOW.isoformat(), DISPATCHED: span, FINISHED: None}


def test_an_estimate_is_held_against_what_came() -> None:
    """Error and band are those of the moment that came; a missing answer counts as asked and not answered."""
    ends = {DISPATCHED: NOW + timedelta(seconds=1000), FINISHED: NOW + timedelta(seconds=1100)}
    first, second = judged(_eta(800, 900, 1100), 0.5, ends)
    assert first.error == pytest.approx(-0.1)
    assert first.is_within
    assert (second.error, second.is_within) == (None, False)


def test_what_is_just_ahead_is_not_counted() -> None:
    """Within two minutes of an end a share of the time says nothing."""
    ends = {DISPATCHED: NOW + timedelta(seconds=100)}
    assert not list(judged(_eta(800, 900, 1100), 0.5, ends))


def test_wrong_estimates_are_noticed() -> None:
    """Twice the time shows as a bias of 100 % and an empty band."""
    rows = table([Said(DISPATCHED, 0.3, 1000, 1800, 2000, 2200)] * 3)
    row = next(row for row in rows if row["moment"] == DISPATCHED and row["dispatched"] == "25% to 50%")
    assert (row["asked"], row["bias"], row["within"]) == (3, 1.0, 0.0)


def test_jobs_are_foretold_within_a_tenth_in_the_median() -> None:
    """Over thirty jobs neither answer is off by more than a tenth in the median, and most bands hold."""
    rows = [row for row in table(one for n in range(30) for one in seen(7, n)) if row["dispatched"] == "all"]
    for row in rows:
        assert row["estimated"] > 0.8 * row["asked"]
        assert abs(row["bias"]) <= 0.10
        assert 0.70 <= row["within"] <= 0.95


def test_the_page_shows_what_was_printed() -> None:
    """The docs' table has the figures of the run, not others."""
    rows = table([Said(DISPATCHED, 0.3, 1000, 900, 950, 1100)])
    shown = block({"seed": 7, "jobs": 1, "of_jobs": rows}, "jobs")
    assert "1 simulated jobs (seed 7)" in shown
    assert "| all dispatched | 25% to 50% | 1 | 1 | -5% | 5% | 100% |" in shown
