"""Measures how soon `ringback --help` has answered, beside an interpreter that imports Prefect."""

import subprocess
import sys
import time
from collections.abc import Sequence

from tests.bench.rows import Goal, Row, in_turn

OURS = ("-m", "deployments.cli", "--help")
RIVAL = ("-c", "import prefect")


def measure(rounds: int) -> list[Row]:
    """Return the row; both have been run once before it counts, so that everything is compiled."""
    _seconds(OURS), _seconds(RIVAL)
    found, load = in_turn(rounds, ours=lambda: _seconds(OURS), rival=lambda: _seconds(RIVAL))
    return [
        Row(
            "ringback --help",
            "s",
            found["ours"],
            "import prefect",
            found["rival"],
            Goal("ratio", "at most", 0.1),
            load,
        )
    ]


def _seconds(words: Sequence[str]) -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, *words], check=True, capture_output=True)
    return time.perf_counter() - begun
