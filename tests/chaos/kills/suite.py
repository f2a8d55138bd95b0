"""All trials of a set of fault points and seeds, side by side, and what they add up to."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from queue import SimpleQueue
from time import monotonic
from typing import Any, TypeVar

from deployments.sandbox.client import Sandbox
from tasks.fault_points import POINTS
from tests.chaos.kills.fork_server import OBEY, ForkServer
from tests.chaos.kills.stories import Story, stories_of
from tests.chaos.kills.trial import Outcome, Reference, Trial, attempt, refer

T = TypeVar("T")
U = TypeVar("U")
Key = tuple[Story, int]
BACK_EVERY = 4
WORKERS = 3
"""Trials at the same time: part of each is waiting, so one more than a small machine has cores."""

Tell = Callable[[str, int, int], None]
"""Shows progress: what is done, how much of it, of how much."""


@dataclass(frozen=True, slots=True)
class Found:
    """One breach, with the trial that found it and the deaths that led there."""

    point: str
    story: str
    seed: int
    deaths: tuple[str, ...]
    invariant: str
    message: str


@dataclass(frozen=True)
class Results:
    """What a run of the suite showed; seconds are of the whole run."""

    outcomes: tuple[Outcome, ...]
    found: tuple[Found, ...]
    seconds: float

    @property
    def missed(self) -> tuple[Trial, ...]:
        """Return the trials whose first process did not die where it was meant to."""
        return tuple(outcome.trial for outcome in self.outcomes if not outcome.struck)

    def as_json(self) -> dict[str, Any]:
        """Return the figures, point by point."""
        points = [point for point in POINTS if any(o.trial.point == point for o in self.outcomes)]
        return {
            **self._sums(self.outcomes, self.found),
            "points": len(points),
            "seeds": len({outcome.trial.seed for outcome in self.outcomes}),
            "seconds": round(self.seconds, 1),
            "by_point": [self._point(point) for point in points],
            "found": [asdict(one) for one in self.found],
        }

    def _point(self, point: str) -> dict[str, Any]:
        outcomes = [outcome for outcome in self.outcomes if outcome.trial.point == point]
        return {"point": point, **self._sums(outcomes, [f for f in self.found if f.point == point])}

    @staticmethod
    def _sums(outcomes: Sequence[Outcome], found: Sequence[Found]) -> dict[str, int]:
        return {
            "trials": len(outcomes),
            "kills": sum(outcome.kills for outcome in outcomes),
            "resumes": sum(outcome.resumes for outcome in outcomes),
            "restores": sum(outcome.went_back for outcome in outcomes),
            "breaches": len(found),
            "missed": sum(not outcome.struck for outcome in outcomes),
        }


def trials_of(points: Sequence[str], seeds: Sequence[int]) -> list[Trial]:
    """Return a trial for every point and seed; the stories that pass a point take turns.

    At every fourth seed, the first one included, the ledger goes back to an earlier copy in another trial.
    """
    kills = [Trial(_turn(point, seed), seed, point) for point in points for seed in seeds]
    chosen = list(seeds)[::BACK_EVERY]
    return kills + [
        Trial(_turn(point, seed), seed, point, goes_back=True) for point in points for seed in chosen
    ]


def _turn(point: str, seed: int) -> Story:
    choice = stories_of(point)
    return choice[(seed + POINTS.index(point)) % len(choice)]


def run_suite(trials: Sequence[Trial], *, tell: Tell, target: str = OBEY, workers: int = WORKERS) -> Results:
    """Run trials side by side, after one undisturbed recovery for each of their stories and seeds."""
    began = monotonic()
    keys = list(dict.fromkeys((trial.story, trial.seed) for trial in trials))
    with ExitStack() as stack:
        sandbox = stack.enter_context(Sandbox())
        nurseries: SimpleQueue[ForkServer] = SimpleQueue()
        for _ in range(workers):
            nurseries.put(stack.enter_context(ForkServer()))
        pool = _Pool(nurseries, workers, tell)
        whole = pool.each("undisturbed", keys, lambda n, key: refer(sandbox, n, *key, target=target))
        known = dict(zip(keys, whole, strict=True))

        def one(nursery: ForkServer, trial: Trial) -> Outcome:
            return attempt(sandbox, nursery, trial, known[trial.story, trial.seed], target)

        outcomes = pool.each("kills", trials, one)
    found = (*_in_whole(known), *_in_trials(outcomes))
    return Results(tuple(outcomes), tuple(found), monotonic() - began)


class _Pool:
    """Lends a nursery to each piece of work, as many pieces at a time as there are nurseries."""

    def __init__(self, nurseries: SimpleQueue[ForkServer], workers: int, tell: Tell) -> None:
        self._nurseries = nurseries
        self._workers = workers
        self._tell = tell

    def each(self, what: str, things: Sequence[T], act: Callable[[ForkServer, T], U]) -> list[U]:
        """Return what the act makes of each thing, in their order."""

        def lend(thing: T) -> U:
            nursery = self._nurseries.get()
            try:
                return act(nursery, thing)
            finally:
                self._nurseries.put(nursery)

        made: list[U] = []
        with ThreadPoolExecutor(self._workers) as pool:
            for result in pool.map(lend, things):
                made.append(result)
                self._tell(what, len(made), len(things))
        return made


def _in_whole(known: dict[Key, Reference]) -> Iterator[Found]:
    for (story, seed), reference in known.items():
        for breach in reference.breaches:
            yield Found("(undisturbed)", story.name, seed, (), breach.invariant, breach.message)


def _in_trials(outcomes: Sequence[Outcome]) -> Iterator[Found]:
    for outcome in outcomes:
        trial = outcome.trial
        for breach in outcome.breaches:
            yield Found(
                trial.point, trial.story.name, trial.seed, outcome.deaths, breach.invariant, breach.message
            )
