"""`python -m tests.chaos.broken.suites SUITE BREAK`: one suite of this project on a broken build, as JSON."""

import json
import sys
from collections.abc import Callable, Mapping

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from deployments.sandbox.engine.faults import make_fault
from tests.chaos.broken.breaks import BREAKS
from tests.chaos.stateful.story import Story
from tests.chaos.stateful.test_stateful import Meddling
from tests.simulation.figures import broken
from tests.simulation.run import play_batch

WHOLE = "whole"
CASES = 80
"""Drawn cases of the simulation of which at least one notices each break."""
NOTICED = (43, 64)
"""Those of them that have noticed a break: they are played first, and alone where nothing is broken."""
EXAMPLES = 4
"""Of the stateful test, of each seed."""
SEEDS = 8
"""Tried one after another: a provoked break is noticed with the first of nearly all."""


def _answers_get_lost(story: Story) -> None:
    story.world.faults.add(make_fault("accept_then_cut"))


def _dies_after_a_send(story: Story) -> None:
    story.run(1, story.die, where="after submitting a wave")


def _source_comes_back(story: Story) -> None:
    story.revive_the_source(300)


PROVOKED: Mapping[str, Callable[[Story], None]] = {
    "retry the create": _answers_get_lost,
    "send before writing": _dies_after_a_send,
    "drop the fence": _source_comes_back,
}
"""What happens at the begin of each story of the stateful test: a break shows only where this happens at all,
and to wait for Hypothesis to draw it takes minutes."""


def simulation(build: str) -> list[str]:
    """Play drawn cases until one breaks a promise, and return what it broke."""
    rest = () if build == WHOLE else (case for case in range(CASES) if case not in NOTICED)
    for case in (*NOTICED, *rest):
        if found := broken(play_batch(1, case, case + 1)):
            return [words for one in found for words in (*one.breaches, one.trouble) if words]
    return []


def stateful(build: str) -> list[str]:
    """Run the stateful test, provoked, without making its failure short, and return the failure.

    The whole build is provoked in every way, and has to stand all of them.
    """
    provoked = [PROVOKED[build]] if build in PROVOKED else list(PROVOKED.values())
    for number in range(SEEDS if build in PROVOKED else 1):
        for provoke in provoked:
            if found := _examples(provoke, number):
                return found
    return []


def _examples(provoke: Callable[[Story], None], number: int) -> list[str]:
    class Provoked(Meddling):
        """The same with a begin and a seed of its own."""

        def _begin(self, scene: str, seed: int) -> None:
            super()._begin(scene, seed)
            provoke(self.story)

    quick = settings(
        max_examples=EXAMPLES,
        stateful_step_count=20,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(seed(number)(Provoked), settings=quick)
    except AssertionError as error:
        return [str(error) or repr(error)]
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
