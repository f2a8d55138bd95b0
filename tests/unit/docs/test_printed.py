"""Pages that the program prints: what stands there is what it prints now."""

from pathlib import Path

import pytest

from docs.generate.__main__ import pages
from docs.generate.statistics import POLICY, fewest_to_stop
from models.enums import VerdictWord
from models.verdict.monitor import Monitor
from models.verdict.operating import characteristic
from models.verdict.sprt import DEFAULT_PLAN
from tasks.dispatch.waves import SAMPLE_WAVE
from tests.unit.docs.pages import ROOT

PRINTED = pages()


@pytest.mark.parametrize("path", PRINTED, ids=str)
def test_a_printed_page_is_up_to_date(path: Path) -> None:
    """What has changed in the program is printed anew (`make docs`), and nothing is typed in."""
    assert (ROOT / path).read_text(encoding="utf-8") == PRINTED[path]


def test_the_error_rates_that_are_stated_hold() -> None:
    """At the healthy rate at most alpha of samples abort, at the sick one at most beta go."""
    healthy = characteristic(DEFAULT_PLAN, DEFAULT_PLAN.p0, look_every=SAMPLE_WAVE)
    sick = characteristic(DEFAULT_PLAN, DEFAULT_PLAN.p1, look_every=SAMPLE_WAVE)
    assert healthy.abort <= DEFAULT_PLAN.alpha
    assert sick.go <= DEFAULT_PLAN.beta


@pytest.mark.parametrize("size", [5, 10, 20, 50])
def test_the_monitor_stops_where_the_page_says(size: int) -> None:
    """One failure fewer goes on, so many stop, by the verdict itself."""
    fewest = fewest_to_stop(size)
    empty = Monitor(POLICY.transient_threshold, POLICY.alpha)
    words = [empty.update(size, k).judge().word for k in (fewest - 1, fewest)]
    assert words == [VerdictWord.CONTINUE, VerdictWord.ABORT]


@pytest.mark.parametrize("path", PRINTED, ids=str)
def test_no_page_shows_a_value_of_a_library(path: Path) -> None:
    """A default that is made when it is asked for is shown as what is made, never as the word for none."""
    assert "Undefined" not in PRINTED[path]
    assert "<factory>" not in PRINTED[path]
