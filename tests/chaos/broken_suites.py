"""`python -m tests.chaos.broken_suites SUITE BREAK`: one suite of this project on a broken build, as JSON."""

import json
import sys
from collections.abc import Callable, Mapping

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.chaos.broken import BREAKS
from tests.chaos.test_stateful import Meddling
from tests.simulation.figures import broken
from tests.simulation.run import play_batch

CASES = 80
"""Drawn cases of the simulation of which at least one notices each break."""
BATCH = 4


def simulation() -> list[str]:
    """Play the first cases of the simulation until one breaks a promise, and return what it broke."""
    for first in range(0, CASES, BATCH):
        if found := broken(play_batch(1, first, first + BATCH)):
            return [words for one in found for words in (*one.breaches, one.trouble) if words]
    return []


def stateful() -> list[str]:
    """Run the stateful test without making its failure short, and return the failure."""
    quick = settings(
        max_examples=60,
        stateful_step_count=20,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(Meddling, settings=quick)
    except AssertionError as error:
        return [str(error)]
    return []


SUITES: Mapping[str, Callable[[], list[str]]] = {"simulation": simulation, "stateful": stateful}


def main() -> None:
    """Break, run, and print what the suite has found."""
    suite, build = sys.argv[1:]
    if build != "whole":
        BREAKS[build]()
    print(json.dumps(SUITES[suite]()))


if __name__ == "__main__":
    main()
