"""The figures of the reliability page are printed, never typed."""

import pytest

from docs.generate.blocks import END, written
from docs.generate.reliability import MARK, chaos_table, simulation_table, whole

COUNTS = {"trials": 2000, "kills": 3000, "resumes": 3000, "restores": 500, "breaches": 0}
CHAOS = {
    **COUNTS, "points": 1, "seeds": 2000, "seconds": 61.0, "missed": 0,
    "by_point": [{"point": "wave.before_send", **COUNTS}],
}  # fmt: skip
SIMULATED = {
    "recoveries": 10, "seed": 1, "seconds": 2.0, "redialled": 99, "deaths": 3, "second_recoveries": 1,
    "under_faults": 4, "under_adversity": 5, "guards": {"witness.unknown_wave": 2},
    "adversities": [{"name": "meanwhile: restore", "cases": 3, "strikes": 3}],
    "figures": [
        {"name": "called twice", "seen": 0, "of": 10, "share": 0.0, "low": 0,
         "high": 0.2775, "meant": "never"}
    ],
}  # fmt: skip


def test_a_table_takes_the_place_of_the_last_one() -> None:
    """A block is replaced whole, however often; what stands around it stays."""
    mark = MARK.format(name="chaos")
    once = written(f"before\n{mark}\nold\n{END}\nafter\n", mark, "new")
    assert once == f"before\n{mark}\nnew\n{END}\nafter\n"
    assert written(once, mark, "new") == once


def test_a_page_without_the_block_is_told() -> None:
    """A table is not dropped in silence."""
    with pytest.raises(ValueError, match="no block"):
        written("nothing", MARK.format(name="chaos"), "new")


def test_every_figure_is_in_the_tables() -> None:
    """Points, kills, restores, breaches; counts with their intervals; what struck, and which guards."""
    assert "| `wave.before_send` | 2,000 | 3,000 | 3,000 | 500 | 0 |" in chaos_table(CHAOS)
    shown = simulation_table(SIMULATED)
    assert "| called twice | 0 | 10 | 0.00% | 0.00% to 27.75% | never |" in shown
    assert "| meanwhile: restore | 3 | 3 |" in shown
    assert "| `witness.unknown_wave` | 2 |" in shown


def test_a_run_in_parts_is_one_run() -> None:
    """Seeds, seconds and every count add up, point by point."""
    part = {**CHAOS, "by_point": [{"point": "wave.before_send", **COUNTS, "missed": 0}]}
    both = whole([part, part])
    assert (both["seeds"], both["seconds"], both["kills"], both["points"]) == (4000, 122.0, 6000, 1)
    assert "| `wave.before_send` | 4,000 | 6,000 | 6,000 | 1,000 | 0 |" in chaos_table(both)
