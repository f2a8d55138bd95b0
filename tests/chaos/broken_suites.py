"""`python -m tests.chaos.broken_suites SUITE BREAK`: one suite of this project on a broken build, as JSON."""

import json
import sys
from collections.abc import Callable, Mapping

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.chaos.broken import BREAKS
from tests.chaos.stateful.test_stateful import Meddling
from tests.simulation.figures import broken
from tests.simulation.run import play_batch

WHOLE = "whole"
CASES = 80
"""Drawn cases of the simulation of which at least one notices each break."""
NOTICED = (43, 64)
"""Those of them that have noticed a break: they are played first, and alone where nothing is broken."""
FEW, MANY = 4, 60
"""Examples of the stateful test: with a seed that has noticed breaks, then with Hypothesis' own."""
SEED = 0


def simulation(build: str) -> list[str]:
    """Play drawn cases until one breaks a promise, and return what it broke."""
    rest = () if build == WHOLE else (case for case in range(CASES) if case not in NOTICED)
    for case in (*NOTICED, *rest):
        if found := broken(play_batch(1, case, case + 1)):
            return [words for one in found for words in (*one.breaches, one.trouble) if words]
    return []


def stateful(build: str) -> list[str]:
    """Run the stateful test without making its failure short, and return the failure."""
    if found := _examples(FEW, SEED):
        return found
    return _examples(MANY, None)


def _examples(most: int, begin: int | None) -> list[str]:
    class Seeded(Meddling):
        """The same with a seed of its own."""

    quick = settings(
        max_examples=most,
        stateful_step_count=20,
        phases=[Phase.generate],
        derandomize=begin is None,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    machine = Meddling if begin is None else seed(begin)(Seeded)
    try:
        run_state_machine_as_test(machine, settings=quick)
    except AssertionError as error:
        return [str(error)]
    return []


SUITES: Mapping[str, Callable[[str], list[str]]] = {"simulation": simulation, "stateful": stateful}


def main() -> None:
    """Break, run, and print what the suite has found."""
    suite, build = sys.argv[1:]
    if build != WHOLE:
        BREAKS[build]()
    print(json.dumps(SUITES[suite](build)))


if __name__ == "__main__":
    main()
