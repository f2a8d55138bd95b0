"""From outcomes to figures: each a count out of a number, with its interval and what the design says."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.enums import State, VerdictWord
from models.verdict.operating import Characteristic, characteristic
from tasks.dispatch.waves import SAMPLE_WAVE, sprt_plan
from tests.simulation.case import ANY, BACK, HEALTHY, POLICY, SICK, TROUBLES
from tests.simulation.interval import wilson
from tests.simulation.truth import Outcome


@dataclass(frozen=True, slots=True)
class Figure:
    """`seen` out of `of`; `meant` is what the design says of it, in words."""

    name: str
    seen: int
    of: int
    meant: str

    @property
    def share(self) -> float:
        """Return the share seen, 0 without data."""
        return self.seen / self.of if self.of else 0.0

    def as_json(self) -> dict[str, Any]:
        """Return the figure with its 95 % Wilson interval."""
        around = wilson(self.seen, self.of)
        return {
            "name": self.name,
            "seen": self.seen,
            "of": self.of,
            "share": round(self.share, 6),
            "low": round(around.low, 6),
            "high": round(around.high, 6),
            "meant": self.meant,
        }


def figures(outcomes: Sequence[Outcome]) -> list[Figure]:
    """Return every figure of a simulation, the promises first."""
    count = len(outcomes)
    sick, healthy = _judged(outcomes, SICK), _judged(outcomes, HEALTHY)
    stopped = [one for one in sick if one.sample != VerdictWord.GO.value]
    calm = [one for one in outcomes if one.population == ANY and not one.adverse]
    mixed = [one for one in calm if not set(one.faults) & {*TROUBLES, BACK}]
    adverse = [one for one in outcomes if one.adverse]
    return [
        Figure("called twice", sum(one.duplicates > 0 for one in outcomes), count, "never"),
        Figure("lost a contact", sum(one.losses > 0 for one in outcomes), count, "never"),
        Figure("broke an invariant", sum(bool(one.breaches) for one in outcomes), count, "never"),
        Figure("failed by a fault of ours", sum(bool(one.trouble) for one in outcomes), count, "never"),
        Figure("false go", _words(sick, VerdictWord.GO), len(sick), _exact(POLICY.p1, go=True)),
        Figure("false abort", _words(healthy, VerdictWord.ABORT), len(healthy), _exact(POLICY.p0, go=False)),
        Figure(
            "held, neither go nor abort",
            _words(healthy, VerdictWord.HOLD),
            len(healthy),
            f"exactly {_characteristic(POLICY.p0).hold:.2%} at {POLICY.p0:.0%} failing",
        ),
        Figure(
            "dispatches saved where sick",
            sum(one.redial - one.dialled for one in stopped),
            sum(one.redial for one in sick),
            "as many as possible",
        ),
        Figure(
            "ended as its scene should",
            sum(one.states[:1] == [one.expected] for one in mixed),
            len(mixed),
            "always, through deaths and survivable faults",
        ),
        Figure(
            "nothing to do, under adversity, where something was",
            sum(_wrongly_healthy(one) for one in adverse),
            len(adverse),
            "never",
        ),
        Figure(
            "held or escalated under adversity",
            sum(one.states[:1] in ([State.HELD.value], [State.ESCALATED.value]) for one in adverse),
            len(adverse),
            "a right end: what cannot be known is not called",
        ),
    ]


def _wrongly_healthy(one: Outcome) -> bool:
    # Where somebody else has called everybody meanwhile, nothing is left to do indeed.
    others = any(name.startswith("meanwhile") for name in one.struck)
    healthy = one.states[:1] == [State.HEALTHY.value]
    return healthy and one.expected == State.RECOVERED.value and not others


def struck(outcomes: Iterable[Outcome]) -> list[tuple[str, int, int]]:
    """Return each adversity that struck: its name, in how many cases, and how often."""
    cases: Counter[str] = Counter()
    strikes: Counter[str] = Counter()
    for one in outcomes:
        cases.update(one.struck.keys())
        strikes.update(one.struck)
    return [(name, cases[name], strikes[name]) for name in sorted(cases)]


def guards(outcomes: Iterable[Outcome]) -> dict[str, int]:
    """Return in how many cases each guard of ours struck."""
    found = Counter(name for one in outcomes for name in one.guards)
    return dict(sorted(found.items()))


def _judged(outcomes: Iterable[Outcome], population: str) -> list[Outcome]:
    return [one for one in outcomes if one.population == population and one.sample]


def _words(outcomes: Iterable[Outcome], word: VerdictWord) -> int:
    return sum(one.sample == word.value for one in outcomes)


def _exact(p: float, *, go: bool) -> str:
    exact = _characteristic(p)
    most = POLICY.beta if go else POLICY.alpha
    return f"at most {most:.0%}; exactly {exact.go if go else exact.abort:.2%}"


def _characteristic(p: float) -> Characteristic:
    return characteristic(sprt_plan(POLICY), p, look_every=SAMPLE_WAVE)


def broken(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Return the cases in which a promise was not kept."""
    return [one for one in outcomes if one.duplicates or one.losses or one.breaches or one.trouble]


def ends(outcomes: Iterable[Outcome]) -> Mapping[str, Counter[str]]:
    """Return how the first recoveries ended, by scene; the dedicated populations stand on their own."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in outcomes:
        name = {HEALTHY: f"failing {POLICY.p0:.0%}", SICK: f"failing {POLICY.p1:.0%}"}.get(
            one.population, one.scene
        )
        found[name][one.states[0] if one.states else State.RUNNING.value] += 1
    return dict(sorted(found.items()))
