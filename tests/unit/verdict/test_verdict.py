"""The sample's verdict: its exact error rates, its rule as a table, and the edges where it must hold."""

import random
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.enums import VerdictWord
from models.verdict.operating import characteristic
from models.verdict.sprt import (
    Gate,
    RuleLine,
    SprtPlan,
    config_share,
    crossing,
    decision_table,
    judge,
    judge_gates,
)

GO, HOLD, ABORT, CONTINUE = VerdictWord.GO, VerdictWord.HOLD, VerdictWord.ABORT, VerdictWord.CONTINUE
DEFAULT = SprtPlan()
TO_40 = SprtPlan(p1=0.40)
COUNTS = st.integers(0, 20).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))

PUBLISHED = [
    # plan, true rate, look every, strict, go, abort, hold, dispatches on average
    (DEFAULT, 0.05, 1, False, 0.819, 0.026, 0.155, 13.0),
    (DEFAULT, 0.30, 1, False, 0.038, 0.847, 0.115, 9.3),
    (DEFAULT, 0.60, 1, False, 0.000, 1.000, 0.000, 3.6),
    (TO_40, 0.05, 1, False, 0.952, 0.023, 0.024, 8.9),
    (TO_40, 0.40, 1, False, 0.040, 0.944, 0.016, 6.3),
    (SprtPlan(p0=0.10, p1=0.40, beta=0.10), 0.10, 1, False, 0.917, 0.028, 0.055, 9.4),
    (SprtPlan(p0=0.10, p1=0.40, beta=0.10), 0.40, 1, False, 0.084, 0.844, 0.071, 9.0),
    (SprtPlan(n_max=10), 0.05, 1, False, 0.599, 0.021, 0.380, 9.9),
    (SprtPlan(n_max=10), 0.30, 1, False, 0.028, 0.648, 0.323, 7.1),
    (DEFAULT, 0.05, 1, True, 0.819, 0.021, 0.160, 13.1),
    (DEFAULT, 0.30, 1, True, 0.038, 0.843, 0.119, 9.8),
    (DEFAULT, 0.05, 5, True, 0.787, 0.014, 0.198, None),
    (DEFAULT, 0.30, 5, True, 0.032, 0.819, 0.150, None),
]


@pytest.mark.parametrize("case", PUBLISHED)
def test_the_error_rates_are_the_published_ones(
    case: tuple[SprtPlan, float, int, bool, float, float, float, float | None],
) -> None:
    """Every published chance of a verdict is met within half a point, every mean sample within a tenth."""
    plan, p, every, strict, go, abort, hold, dispatches = case
    seen = characteristic(plan, p, look_every=every, strict=strict)
    assert (seen.go, seen.abort, seen.hold) == pytest.approx((go, abort, hold), abs=0.005)
    assert dispatches is None or seen.expected_n == pytest.approx(dispatches, abs=0.1)


@pytest.mark.parametrize("every", [1, 2, 3, 5, 7, 20])
def test_looking_more_often_spends_no_error(every: int) -> None:
    """A healthy retry is aborted, and a sick one let go, at most once in twenty, however often one looks."""
    assert characteristic(DEFAULT, 0.05, look_every=every).abort <= 0.05
    assert characteristic(DEFAULT, 0.30, look_every=every).go <= 0.05


def test_there_is_always_a_look_at_the_end() -> None:
    """However rarely one looks, twenty dispatches get a verdict: at most one failure goes."""
    at_most_one = 0.95**20 + 20 * 0.05 * 0.95**19
    assert characteristic(DEFAULT, 0.05, look_every=50).go == pytest.approx(at_most_one)


@given(st.floats(0.001, 0.999), st.integers(1, 20))
@settings(max_examples=50, deadline=None)
def test_every_sample_ends_in_one_verdict(p: float, every: int) -> None:
    """Go, abort and hold share out all chances, and no sample is longer than the plan."""
    seen = characteristic(DEFAULT, p, look_every=every)
    assert seen.go + seen.abort + seen.hold == pytest.approx(1)
    assert 1 <= seen.expected_n <= DEFAULT.n_max + 1e-9  # a sum of many shares


@pytest.mark.parametrize("p", [0.05, 0.30])
def test_a_simulation_of_100_000_samples_agrees(p: float) -> None:
    """Samples that are played call by call through `judge` end as the exact computation says."""
    words = [[judge(n, k).word if k <= n else HOLD for k in range(21)] for n in range(21)]
    chance, ends, dispatches = random.Random(20), dict.fromkeys(VerdictWord, 0), 0
    for _ in range(100_000):
        n = k = 0
        while words[n][k] is CONTINUE:
            n, k = n + 1, k + (chance.random() < p)
        ends[words[n][k]] += 1
        dispatches += n
    exact = characteristic(DEFAULT, p)
    seen = tuple(ends[word] / 100_000 for word in (GO, ABORT, HOLD))
    assert seen == pytest.approx((exact.go, exact.abort, exact.hold), abs=0.005)
    assert dispatches / 100_000 == pytest.approx(exact.expected_n, abs=0.05)


def test_the_rule_reads_as_a_table() -> None:
    """Ten dispatches go only without a failure, seventeen with one; two failures abort only at the start."""
    assert decision_table(DEFAULT) == (
        RuleLine(0, abort_to=None, go_from=10),
        RuleLine(1, abort_to=None, go_from=17),
        RuleLine(2, abort_to=3, go_from=None),
        RuleLine(3, abort_to=10, go_from=None),
        RuleLine(4, abort_to=17, go_from=None),
        RuleLine(5, abort_to=20, go_from=None),
    )
    assert [row.go_from for row in decision_table(TO_40)[:3]] == [7, 13, 18]


def test_the_textbook_bounds_abort_a_little_sooner() -> None:
    """Without the strict bounds two failures abort up to the fourth dispatch, and a go may come sooner."""
    last = [max(n for n in range(k, 21) if crossing(n, k, strict=False) is ABORT) for k in range(2, 6)]
    assert last == [4, 10, 17, 20]
    goes = [min(n for n in range(1, 21) if crossing(n, k, TO_40, strict=False) is GO) for k in range(3)]
    assert goes == [7, 12, 18]


@given(COUNTS)
@settings(max_examples=50)
def test_the_verdict_follows_the_table(counts: tuple[int, int]) -> None:
    """`judge` says what the printed table says, so a person can check every verdict by hand."""
    n, k = counts
    row = decision_table(DEFAULT)[min(k, 5)]
    if n and row.abort_to is not None and n <= row.abort_to:
        expected = ABORT
    elif n and row.go_from is not None and n >= row.go_from:
        expected = GO
    else:
        expected = HOLD if n >= DEFAULT.n_max else CONTINUE
    assert judge(n, k).word is expected


def test_without_data_nothing_goes() -> None:
    """A sample of which no outcome is known waits, and holds once nothing can be added to it."""
    assert judge(0, 0).word is CONTINUE
    assert judge(0, 0, exhausted=True).word is HOLD
    assert judge(0, 0, unresolved=1, nothing_left=True).word is HOLD


def test_an_undecided_sample_that_cannot_grow_holds() -> None:
    """Too few contacts for a verdict is a person's decision while there is a bulk left to protect."""
    assert judge(6, 0, exhausted=True).word is HOLD
    assert judge(6, 1, exhausted=True).word is HOLD


def test_a_plan_smaller_than_a_sample_finishes_within_it() -> None:
    """Six contacts in all are done when they are done, unless they failed like a sick platform."""
    finished = judge(6, 1, exhausted=True, nothing_left=True)
    assert finished.word is GO
    assert "finished within the sample" in finished.why
    assert judge(6, 3, nothing_left=True).word is ABORT


def test_lost_outcomes_never_go() -> None:
    """More than two unresolved calls hold a sample that is otherwise clean; until its end it waits."""
    assert judge(10, 0, unresolved=2).word is GO
    assert judge(10, 0, unresolved=3).word is CONTINUE
    assert judge(10, 0, unresolved=3, exhausted=True).word is HOLD
    assert judge(20, 0, unresolved=3).word is HOLD
    assert judge(6, 0, unresolved=3, nothing_left=True).word is HOLD
    assert judge(3, 3, unresolved=3).word is ABORT


def _first_verdict(fails: list[bool], wave: int, *, landed: bool) -> VerdictWord:
    """Play a sample whose failures land first in every wave; `landed`: only whole waves are looked at."""
    n = k = 0
    for at in range(0, len(fails), wave):
        landing = sorted(fails[at : at + wave], reverse=True)
        for left, failed in zip(reversed(range(len(landing))), landing, strict=True):
            n, k = n + 1, k + failed
            word = CONTINUE if landed and left else _judge_cached(n, k)
            if word is not CONTINUE:
                return word
    return HOLD


@cache
def _judge_cached(n: int, k: int) -> VerdictWord:
    """Judge once for each set of figures."""
    return judge(n, k).word


@pytest.mark.parametrize("wave", [2, 5, 20])
def test_the_order_of_landing_spends_no_error(wave: int) -> None:
    """Failures land before answered calls; looking at landed waves only keeps the false aborts under 5 %."""
    chance = random.Random(wave)
    samples = [[chance.random() < 0.05 for _ in range(20)] for _ in range(4000)]
    aborts = sum(_first_verdict(fails, wave, landed=True) is ABORT for fails in samples)
    assert aborts / len(samples) <= 0.05


def test_a_look_in_between_would_abort_healthy_samples() -> None:
    """With twenty calls in the air, looking at the landed ones alone aborts one healthy sample in four."""
    chance = random.Random(7)
    samples = [[chance.random() < 0.05 for _ in range(20)] for _ in range(4000)]
    aborts = sum(_first_verdict(fails, 20, landed=False) is ABORT for fails in samples)
    assert aborts / len(samples) > 0.20


@given(COUNTS, st.integers(0, 4), st.booleans())
@settings(max_examples=50)
def test_one_more_failure_never_turns_a_verdict_towards_go(
    counts: tuple[int, int], unresolved: int, exhausted: bool
) -> None:
    """At the same number of dispatches more failures never make a verdict kinder."""
    n, k = counts
    order = [GO, CONTINUE, HOLD, ABORT]
    looks = [judge(n, failed, unresolved=unresolved, exhausted=exhausted).word for failed in range(k, n + 1)]
    assert looks == sorted(looks, key=order.index)


def test_one_gate_event_aborts_at_once() -> None:
    """An account error or a shared configuration error needs no statistic."""
    for gate in Gate:
        verdict = judge_gates([gate], n=9, k=0)
        assert verdict is not None
        assert (verdict.word, verdict.n, verdict.k) == (ABORT, 9, 0)
    assert judge_gates([]) is None
    told = judge_gates([Gate.ACCOUNT_ERROR, Gate.ACCOUNT_ERROR])
    assert told is not None
    assert "refused the key or the balance (2)" in told.why


@pytest.mark.parametrize(
    ("outcomes", "total", "expected"),
    [
        ({}, 5, None),
        ({"21210": 1}, 3, None),
        ({"21210": 2}, 5, None),
        ({"21210": 3}, 5, "21210"),
        ({"21210": 3}, 3, "21210"),
        ({"21210": 3, "32100": 2}, 10, "21210"),
        ({"21210": 3}, 11, None),
        ({"21210": 6, "32100": 5}, 20, "21210"),
    ],
)
def test_a_shared_code_is_a_configuration_fault_from_three_in_ten(
    outcomes: dict[str, int], total: int, expected: str | None
) -> None:
    """Thirty per cent of a wave with one code is named; one or two calls are never taken for a pattern."""
    assert config_share(outcomes, total) == expected


def test_a_verdict_is_a_pure_function_of_its_figures() -> None:
    """Anyone who has n, k and the plan recomputes the same statistic, word and sentence."""
    assert judge(9, 3) == judge(9, 3)
    assert judge(9, 3).statistic == pytest.approx(3.5430, abs=1e-4)
    assert judge(9, 3).why == (
        "3 of 9 dispatches failed for a platform or provider reason, "
        "35 times likelier at a failure rate of 30 % than at 5 %."
    )


@pytest.mark.parametrize("counts", [(-1, 0, 0), (3, 4, 0), (3, -1, 0), (3, 1, -1)])
def test_impossible_counts_are_refused(counts: tuple[int, int, int]) -> None:
    """A caller's slip is an error in words, never a verdict."""
    n, k, unresolved = counts
    with pytest.raises(ValueError, match="No sample has"):
        judge(n, k, unresolved=unresolved)


@pytest.mark.parametrize(
    "figures", [{"p0": 0.3}, {"p1": 1.0}, {"alpha": 0.0}, {"beta": 1.0}, {"n_max": 0}, {"max_unresolved": -1}]
)
def test_a_plan_that_tests_nothing_is_refused(figures: dict[str, Any]) -> None:
    """Rates, error rates and sizes that make no test are refused when the plan is made."""
    with pytest.raises(ValueError, match=r"must|between|at least"):
        SprtPlan(**figures)
