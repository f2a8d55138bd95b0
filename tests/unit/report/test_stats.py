"""Figures over recoveries: each is counted once in every dimension, and the median is one."""

from models.report.stats import DIMENSIONS, Cell, figures


def cell(cause: str, end: str, recoveries: int, *seconds: float, saved: int = 0, kept: int = 0) -> Cell:
    """Return alike recoveries on one platform."""
    of = {"cause": cause, "end": end, "platform": "elevenlabs", "workspace": "acme"}
    return Cell(of, recoveries, seconds, redialled=saved, saved=saved, kept_back=kept)


CELLS = (
    cell("permits", "recovered", 3, 60, 120, 600, saved=40, kept=4),
    cell("permits", "held", 1, kept=7),
    cell("none", "healthy", 2),
)


def test_every_dimension_adds_up() -> None:
    """The lines of each dimension add up to the total, and the most frequent stands first."""
    told = figures(CELLS)
    for name in DIMENSIONS:
        for figure in ("recoveries", "saved", "kept_back", "false_starts"):
            assert sum(line[figure] for line in told["by"][name]) == told["total"][figure]
    assert [line["cause"] for line in told["by"]["cause"]] == ["permits", "none"]
    assert (told["total"]["saved"], told["total"]["kept_back"]) == (40, 11)


def test_the_median_is_of_those_that_recovered() -> None:
    """How long it took is told of recovered jobs alone, and of nothing where none was."""
    told = {line["end"]: line for line in figures(CELLS)["by"]["end"]}
    assert (told["recovered"]["median_seconds"], told["held"]["median_seconds"]) == (120, None)


def test_a_false_start_is_a_recovery_of_a_healthy_job() -> None:
    """Whoever started one for nothing is counted as that."""
    assert figures(CELLS)["total"]["false_starts"] == 2
    assert figures([])["total"]["recoveries"] == 0
