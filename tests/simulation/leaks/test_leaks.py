"""What a simulated recovery shows holds no number and no secret, all counts agree, and a search finds."""

from dataclasses import replace

import pytest

from models.reasons.table import ReasonTable
from models.report.people import People
from tests.simulation.case import draw_case
from tests.simulation.leaks.counts import disagreements
from tests.simulation.leaks.found import searched
from tests.simulation.leaks.search import Search
from tests.simulation.leaks.surfaces import shows
from tests.simulation.play import open_engine

PHONE, SECRET = "+61491570006", b"a secret that nobody may see"
SEARCH = Search([PHONE, "+61491570156"], {"key": SECRET})


def test_a_handful_of_recoveries_shows_no_number_and_counts_alike() -> None:
    """`make leaks` plays hundreds; these few are of several scenes and ends, and all is read."""
    found = searched(1, (1, 3, 8, 10, 16, 19), drawn=False)
    assert (found.hits, found.counted, found.troubles) == ([], [], [])
    assert found.recoveries >= found.cases
    assert len(found.ends) > 1
    for kind in ("report customer.html", "package SUMMARY.md", "package people.csv", "comment", "attached",
                 "audit", "screen", "artifact report", "status", "live", "package chart.svg"):  # fmt: skip
        assert found.characters[kind], kind


@pytest.mark.parametrize(
    "planted",
    [
        PHONE,
        "61491570006",
        "0491570006",
        "0491 570 006",
        "(0491) 570-006",
        "+61\u00a0491\u2011570\u2011006",
        "0061491570006",
        "1570006",
        "row 3, 157 0006.",
        "91-570-006",
        "id_0491570006_x",
    ],
)
def test_a_planted_number_is_found(planted: str) -> None:
    """In every spelling, down to its last seven digits."""
    (hit,) = SEARCH.in_text("a page", f"Call {planted}, 3 times of 12")
    assert hit.what == "a number that ends in 06"


@pytest.mark.parametrize(
    "planted",
    [SECRET.decode(), SECRET.hex(), "YSBzZWNyZXQgdGhhdCBub2JvZHkgbWF5IHNlZQ", f"x={SECRET.decode()}"],
)
def test_a_planted_secret_is_found(planted: str) -> None:
    """As it is, in hexadecimal digits, in base64."""
    assert [hit.what for hit in SEARCH.in_text("a page", f"({planted})")] == ["key"]


def test_what_is_masked_or_another_number_is_no_hit() -> None:
    """Masked numbers, ids, moments, measures and six digits are what people need to read."""
    text = "+61…06, r_1570006abc, 2026-03-02T04:15:00Z, 570006, M 1.57 0.006 L 491 570"
    assert list(SEARCH.in_text("a page", text)) == []


def test_counts_that_differ_are_found(tmp_path: object) -> None:
    """A surface that counts one person more is named; a check that cannot fail would prove nothing."""
    engines, table = (open_engine(), open_engine()), ReasonTable.packaged()
    play = shows(draw_case(1, 1), engines, table, tmp_path, drawn=False)  # type: ignore[arg-type]
    play.played()
    (shown,) = play.shown()
    assert list(disagreements(shown)) == []
    told = People.from_json(shown.report["people"])
    more = {**shown.report, "people": People(told.expected + 1, told.ends).as_json()}
    wrong = list(disagreements(replace(shown, report=more)))
    for words in ("in all", "customer's report", "does not add up", "summary.json", "last comment"):
        assert any(words in one for one in wrong), words
    assert any("live" in one for one in disagreements(replace(shown, live={})))
