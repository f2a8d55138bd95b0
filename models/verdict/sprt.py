"""The sample's verdict: go, hold or abort, a pure function of what was counted."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from models.enums import VerdictWord

CONFIG_SHARE = 0.30
CONFIG_MINIMUM = 3
_ODDS_SHOWN = 1000


@dataclass(frozen=True, slots=True)
class SprtPlan:
    """A truncated sequential test by Wald of a healthy failure rate `p0` against a sick one `p1`.

    `alpha` bounds the chance to abort a healthy retry, `beta` the chance to let a sick one go, both at any
    look schedule (Ville's inequality). Raises ValueError where no test can be made of the figures.
    Source: Wald, Sequential Analysis, 1947; the exact characteristic is in `models.verdict.operating`.
    """

    p0: float = 0.05
    p1: float = 0.30
    alpha: float = 0.05
    beta: float = 0.05
    n_max: int = 20
    max_unresolved: int = 2

    def __post_init__(self) -> None:
        """Refuse figures that make no test."""
        if not 0 < self.p0 < self.p1 < 1:
            raise ValueError(f"The rates must satisfy 0 < p0 < p1 < 1; p0 is {self.p0} and p1 is {self.p1}.")
        if not (0 < self.alpha < 1 and 0 < self.beta < 1):
            raise ValueError(f"alpha and beta lie between 0 and 1; they are {self.alpha} and {self.beta}.")
        if self.n_max < 1 or self.max_unresolved < 0:
            raise ValueError("A sample holds at least one dispatch, and max_unresolved is 0 or more.")


DEFAULT_PLAN = SprtPlan()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided and on which figures; `n` resolved dispatches, `k` of them failed."""

    word: VerdictWord
    n: int
    k: int
    statistic: float
    why: str


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One line of the rule: with `k` failures, abort while n <= `abort_to`, go from n >= `go_from`."""

    k: int
    abort_to: int | None
    go_from: int | None


class Gate(StrEnum):
    """An event of which one is too many."""

    ACCOUNT_ERROR = "account_error"
    CONFIG_SHARE = "config_share"


_GATE_SAYS = {
    Gate.ACCOUNT_ERROR: "the platform refused the key or the balance",
    Gate.CONFIG_SHARE: "one configuration error is shared by too much of a wave",
}


@dataclass(frozen=True, slots=True)
class _Look:
    """The figures of one look, as `judge` was given them."""

    n: int
    k: int
    unresolved: int
    exhausted: bool
    nothing_left: bool


def statistic(n: int, k: int, plan: SprtPlan = DEFAULT_PLAN) -> float:
    """Weigh k failures in n dispatches: the log likelihood ratio of `p1` against `p0`, in nats."""
    failed = math.log(plan.p1 / plan.p0)
    passed = math.log((1 - plan.p1) / (1 - plan.p0))
    return k * failed + (n - k) * passed


def bounds(plan: SprtPlan = DEFAULT_PLAN, *, strict: bool = True) -> tuple[float, float]:
    """Return the bounds (go, abort) of the statistic.

    Strict, ln(beta) and ln(1/alpha), is what ringback uses: it holds at any look. Not strict is Wald's
    approximation ln(beta/(1-alpha)) and ln((1-beta)/alpha), kept for comparison.
    """
    if strict:
        return math.log(plan.beta), math.log(1 / plan.alpha)
    return math.log(plan.beta / (1 - plan.alpha)), math.log((1 - plan.beta) / plan.alpha)


def judge(
    n: int,
    k: int,
    plan: SprtPlan = DEFAULT_PLAN,
    *,
    unresolved: int = 0,
    exhausted: bool = False,
    nothing_left: bool = False,
) -> Verdict:
    """Judge the sample at one look.

    `n` counts resolved dispatches and `k` those of them that failed for a platform or provider reason; no
    answer, busy and voicemail are not failures. `unresolved` dispatches have lost their outcome and count in
    neither; more than the plan allows never go. Look only when every call has landed: failures land before
    answered calls, and a look in between would spend more error than the bounds allow.

    The sample is over when `n` reaches `n_max`, or when it is `exhausted`: nobody can be added to it. To be
    undecided then means hold, and so does no data. `nothing_left` is the rule for small cohorts: when the
    whole plan is smaller than what a go needs (10 dispatches in the default plan) and all of it has been
    dispatched, there is no bulk left to protect: it goes unless it crossed the abort bound.
    Raises ValueError on counts that cannot be.
    """
    if not 0 <= k <= n or unresolved < 0:
        raise ValueError(f"No sample has {k} of {n} failed and {unresolved} unresolved.")
    look = _Look(n, k, unresolved, exhausted, nothing_left)
    crossed = crossing(n, k, plan)
    if crossed is VerdictWord.ABORT or not _is_over(look, plan):
        word, why = _while_open(look, crossed, plan)
    else:
        word, why = _at_the_end(look, crossed, plan)
    return Verdict(word, n, k, statistic(n, k, plan), why)


def judge_gates(
    events: Iterable[Gate], *, n: int = 0, k: int = 0, plan: SprtPlan = DEFAULT_PLAN
) -> Verdict | None:
    """Abort at the first zero-tolerance event, whatever the statistic says; None when there was none.

    `n` and `k` are the counts at that moment and only go on record.
    """
    counted = Counter(events)
    if not counted:
        return None
    told = "; ".join(f"{_GATE_SAYS[gate]} ({counted[gate]})" for gate in Gate if counted[gate])
    return Verdict(VerdictWord.ABORT, n, k, statistic(n, k, plan), f"Stopped at once: {told}.")


def config_share(
    outcomes: Mapping[str, int], total: int, share: float = CONFIG_SHARE, minimum: int = CONFIG_MINIMUM
) -> str | None:
    """Return the code that at least `share` of `total` dispatches ended with, the most frequent one, if any.

    `outcomes` holds permanent and operator codes only, of one wave or, where waves hold fewer than `minimum`,
    of the sample so far. The code must have been seen `minimum` times, for 1 of 3 is no pattern: a code that
    hits 5 % of calls by chance hits 2 of 5 in 2.3 % of waves, which is one sample of four waves in eleven,
    but 3 of 5 in only 0.12 %.
    """
    code, count = max(outcomes.items(), key=lambda item: (item[1], item[0]), default=("", 0))
    return code if count >= minimum and count / total >= share else None


def decision_table(plan: SprtPlan = DEFAULT_PLAN) -> tuple[RuleLine, ...]:
    """Return the rule as rows by number of failures, up to the first that aborts wherever it is seen."""
    rows: list[RuleLine] = []
    for k in range(plan.n_max + 1):
        words = {n: crossing(n, k, plan) for n in range(max(k, 1), plan.n_max + 1)}
        aborts = [n for n, word in words.items() if word is VerdictWord.ABORT]
        goes = [n for n, word in words.items() if word is VerdictWord.GO]
        rows.append(RuleLine(k, max(aborts, default=None), min(goes, default=None)))
        if plan.n_max in aborts:
            break
    return tuple(rows)


def crossing(n: int, k: int, plan: SprtPlan = DEFAULT_PLAN, *, strict: bool = True) -> VerdictWord | None:
    """Return which bound the statistic has crossed, go or abort, or None between them."""
    go, abort = bounds(plan, strict=strict)
    weight = statistic(n, k, plan)
    if weight >= abort:
        return VerdictWord.ABORT
    return VerdictWord.GO if weight <= go else None


def _is_over(look: _Look, plan: SprtPlan) -> bool:
    """Tell whether no further dispatch can change the figures."""
    return look.exhausted or look.nothing_left or look.n >= plan.n_max


def _while_open(look: _Look, crossed: VerdictWord | None, plan: SprtPlan) -> tuple[VerdictWord, str]:
    """Decide while the sample may still grow."""
    if crossed is VerdictWord.ABORT:
        return VerdictWord.ABORT, f"{_seen(look)}, {_odds(look, plan)}."
    if crossed is None:
        return VerdictWord.CONTINUE, f"{_seen(look)}: not enough yet to decide."
    if look.unresolved > plan.max_unresolved:
        return VerdictWord.CONTINUE, f"{_seen(look)}, but {_lost(look, plan)}: no go while that is so."
    return VerdictWord.GO, f"{_seen(look)}, {_odds(look, plan)}."


def _at_the_end(look: _Look, crossed: VerdictWord | None, plan: SprtPlan) -> tuple[VerdictWord, str]:
    """Decide when the sample is over and did not abort."""
    if look.n == 0:
        return VerdictWord.HOLD, "No dispatch has an outcome: without data a person must decide."
    if look.unresolved > plan.max_unresolved:
        return VerdictWord.HOLD, f"{_seen(look)}, but {_lost(look, plan)}: a person must decide."
    if crossed is VerdictWord.GO:
        return VerdictWord.GO, f"{_seen(look)}, {_odds(look, plan)}."
    if look.nothing_left:
        return VerdictWord.GO, f"{_seen(look)}; finished within the sample: nothing is left to dispatch."
    return VerdictWord.HOLD, f"{_seen(look)}: neither clearly healthy nor clearly sick, a person must decide."


def _seen(look: _Look) -> str:
    """Say what was counted."""
    if look.n == 0:
        return "No dispatch has an outcome yet"
    return f"{look.k} of {look.n} dispatches failed for a platform or provider reason"


def _lost(look: _Look, plan: SprtPlan) -> str:
    """Say how many outcomes are missing."""
    return f"{look.unresolved} more have no known outcome (at most {plan.max_unresolved} may)"


def _odds(look: _Look, plan: SprtPlan) -> str:
    """Say how much likelier the figures are under the rate that won."""
    weight = statistic(look.n, look.k, plan)
    rates = (f"{100 * plan.p1:g} %", f"{100 * plan.p0:g} %")
    won, lost = rates if weight > 0 else reversed(rates)
    capped = abs(weight) > math.log(_ODDS_SHOWN)
    times = f"more than {_ODDS_SHOWN}" if capped else f"{math.exp(abs(weight)):.0f}"
    return f"{times} times likelier at a failure rate of {won} than at {lost}"
