"""The exact operating characteristic of the sample's test: how often it is right, by dynamic programming."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from models.enums import VerdictWord
from models.verdict.sprt import DEFAULT_PLAN, SprtPlan, crossing


@dataclass(frozen=True, slots=True)
class Characteristic:
    """The chances of each verdict at one true failure rate, and the dispatches that it takes on average."""

    go: float
    abort: float
    hold: float
    expected_n: float


def characteristic(
    plan: SprtPlan = DEFAULT_PLAN, p: float = 0.05, look_every: int = 1, strict: bool = True
) -> Characteristic:
    """Follow every path of independent dispatches that fail with chance `p` to its verdict.

    Looks happen after every `look_every` dispatches and at `n_max`; see `models.verdict.sprt.bounds` for
    `strict`.
    """
    paths: Mapping[int, float] = {0: 1.0}
    ended = dict.fromkeys(VerdictWord, 0.0)
    expected_n = 0.0
    for n in range(1, plan.n_max + 1):
        expected_n += sum(paths.values())
        paths = _one_more(paths, p)
        if n % look_every == 0 or n == plan.n_max:
            paths = _look(paths, n, plan, strict, ended)
    return Characteristic(ended[VerdictWord.GO], ended[VerdictWord.ABORT], sum(paths.values()), expected_n)


def _one_more(paths: Mapping[int, float], p: float) -> Mapping[int, float]:
    """Move the chance of each number of failures on by one dispatch."""
    moved: defaultdict[int, float] = defaultdict(float)
    for k, mass in paths.items():
        moved[k] += mass * (1 - p)
        moved[k + 1] += mass * p
    return moved


def _look(
    paths: Mapping[int, float], n: int, plan: SprtPlan, strict: bool, ended: dict[VerdictWord, float]
) -> Mapping[int, float]:
    """Return the paths that a look leaves undecided and add the others to `ended`."""
    words = {k: crossing(n, k, plan, strict=strict) for k in paths}
    for k, word in words.items():
        if word is not None:
            ended[word] += paths[k]
    return {k: mass for k, mass in paths.items() if words[k] is None}
