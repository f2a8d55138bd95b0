"""The page of decision statistics: plain words, and every figure as the rules compute it."""

import math
from collections.abc import Iterator

from models.disposition import spotcheck
from models.policy.policy import Policy
from models.reasons import refusals
from models.triage import one_answer
from models.triage.checks import config, duplicates, permits, strategy
from models.verdict.monitor import Monitor
from models.verdict.operating import characteristic
from models.verdict.sprt import CONFIG_MINIMUM, DEFAULT_PLAN, bounds, decision_table, statistic
from tasks.dispatch.waves import SAMPLE_WAVE
from tasks.markdown import table
from tests.simulation.interval import wilson

POLICY = Policy.model_validate({})
RATES = (0.01, 0.05, 0.10, 0.20, 0.30, 0.60)
WAVES = (5, 10, 20, 50, 100)

WHAT = """Three questions are decided by counting, each with an error rate or a bound that is stated
beforehand: may the sample go on to a relaunch, has the relaunch to be stopped, and is one answer
everybody's. The rules are pure functions in `models/verdict` and `models/triage`; the figures on this
page are what they compute with the default policy."""
COUNTED = """* A dispatch has **failed** where the platform, a provider or the set-up ended it, also in
  the middle of a conversation.
* No answer, busy, voicemail and a person who declines are **no failures**: the dispatch did what it was
  to do.
* A dead number says nothing of the provider and counts in neither.
* An outcome that is lost, or still open, is **unresolved** and counts in neither; more than
  {unresolved} of them, and the sample cannot say go.

`models.verdict.tally:tally` counts; `n` are the dispatches that count and `k` those of them that
failed."""
SAMPLE = """The sample asks one question: does the provider fail as often as a healthy one ({p0:.0%}),
or as a sick one ({p1:.0%})? It is Wald's sequential probability ratio test, truncated at {n_max}
dispatches. Each failure weighs {failed:+.2f} towards sick, each success {passed:+.2f}: the logarithm of
how much likelier it is under one rate than under the other. At a sum of {abort:+.2f} the sample aborts,
at {go:+.2f} it goes, in between the next wave of at most {wave} is sent. Undecided at the end means
hold: a person decides. `models.verdict.sprt:judge` is the rule."""
BOUNDS = """The bounds are ln(1/alpha) and ln(beta). They are a little stricter than Wald's own, and
hold however often one looks: under the healthy rate the likelihood ratio is a martingale that begins at
1, and by Ville's inequality it ever comes to 1/alpha with a chance of at most alpha. So at most
{alpha:.0%} of healthy providers are stopped, and at most {beta:.0%} of sick ones let through. What the
test truly does when it is looked at after every wave of {wave}, computed along all paths
(`models.verdict.operating:characteristic`):"""
SMALL = """A plan too small for a go, which takes at least {least} dispatches, goes once all of it is
dispatched, unless it has aborted: nothing is left to protect. Two events stop a sample or a relaunch at
once, whatever the sum says: an error of account or balance, and one fault of set-up or dead number's
code that {share:.0%} of the ended dispatches share, at least {minimum} of them
(`models.verdict.sprt:judge_gates`)."""
MONITOR = """The relaunch has no end that is known beforehand, so it is watched by evidence that is
valid at any moment (`models.verdict.monitor:Monitor`). It weighs what was seen against failure rates
all the way up from {threshold:.0%}, the transient threshold, and mixes them into one e-value that
begins at 1. A provider that keeps within the threshold ever lifts it to {most:.0f} with a chance of at
most {alpha:.0%}; there the relaunch stops, what does not ring yet is taken back, and the job escalates.

The test starts anew after every wave, with half of the weight on the first start: the good calls of the
morning do not hide a provider that fails in the afternoon. Calls in the air count as successes until
they have landed. In the first wave alone it takes so many failures to stop:"""
ONE = """A share among few calls says little, so these rules ask for a least count too:"""
SHOWN = """What these tests did in simulated recoveries stands in [reliability.md](reliability.md), each
share with its 95 % interval (Wilson's score, `tests.simulation.interval:wilson`: {none} for 0 of 10,
{some} for 5 of 20). Every policy key is in [settings.md](settings.md)."""


def statistics_page() -> str:
    """Return the page."""
    plan = DEFAULT_PLAN
    go, abort = bounds(plan)
    figures = {
        "unresolved": plan.max_unresolved, "p0": plan.p0, "p1": plan.p1, "n_max": plan.n_max,
        "alpha": plan.alpha, "beta": plan.beta, "go": go, "abort": abort, "wave": SAMPLE_WAVE,
        "failed": statistic(1, 1, plan), "passed": statistic(1, 0, plan),
        "least": next(row.go_from for row in decision_table(plan)),
        "share": POLICY.shared_code, "minimum": CONFIG_MINIMUM,
        "threshold": POLICY.transient_threshold, "most": 1 / POLICY.alpha,
        "none": wilson(0, 10).message(), "some": wilson(5, 20).message(),
    }  # fmt: skip
    parts = (
        "# Decision statistics",
        "<!-- printed by `make docs` -->",
        WHAT,
        "## What is counted",
        COUNTED,
        "## The sample: go, hold or abort",
        SAMPLE,
        table(("failed", "abort while n is at most", "go from n"), _rule()),
        BOUNDS,
        table(("true failure rate", "go", "abort", "hold", "dispatches on average"), _odds()),
        SMALL,
        "## The relaunch: the monitor",
        MONITOR,
        table(("dispatches of the wave", "stops from so many failures"), _stops()),
        "## When one answer is everybody's",
        ONE,
        table(("finding", "from", "where"), _thresholds()),
        "## What they showed",
        SHOWN,
    )
    return "\n\n".join(parts).format(**figures) + "\n"


def _rule() -> list[tuple[str, str, str]]:
    rows = decision_table(DEFAULT_PLAN)
    return [(str(row.k), str(row.abort_to or "never"), str(row.go_from or "never")) for row in rows]


def _odds() -> Iterator[tuple[str, ...]]:
    for rate in RATES:
        found = characteristic(DEFAULT_PLAN, rate, look_every=SAMPLE_WAVE)
        shares = (f"{share:.1%}" for share in (found.go, found.abort, found.hold))
        yield f"{rate:.0%}", *shares, f"{found.expected_n:.1f}"


def _stops() -> Iterator[tuple[str, str]]:
    for size in WAVES:
        yield str(size), str(fewest_to_stop(size))


def fewest_to_stop(size: int) -> int:
    """Return how many failures in a first wave of that size stop the relaunch."""
    enough = -math.log(POLICY.alpha)
    empty = Monitor(POLICY.transient_threshold, POLICY.alpha)
    return next(k for k in range(size + 1) if empty.update(size, k).log_evidence >= enough)


def _thresholds() -> list[tuple[str, str, str]]:
    latest, fewest = one_answer.LATEST, one_answer.FEWEST
    read = spotcheck.LATEST + spotcheck.RANDOM
    return [
        (
            "the provider fails",
            f"half of the latest {permits.RECENT} ended calls, at least {permits.RECENT // 2} of them",
            "`models.triage.checks.permits:recent_transients`",
        ),
        (
            "a segment cannot be reached",
            f"{strategy.SEGMENT:.0%} of the dialled, at least {strategy.FEWEST} of them",
            "`models.triage.checks.strategy:strategy`",
        ),
        (
            "one fault of set-up",
            f"{POLICY.shared_code:.0%} of the dialled, at least {config.FEWEST} of them",
            "`models.triage.checks.config:config`",
        ),
        (
            "one answer for all",
            f"all of the latest {latest} calls, at least {fewest} of them; where nobody answers all {latest}",
            "`models.triage.one_answer:one_answer`",
        ),
        (
            "one refusal for nearly all",
            f"{refusals.NEARLY:.0%} of the calls, at least {refusals.FEWEST} of them",
            "`models.reasons.refusals:is_wall`",
        ),
        (
            "a second run of the job",
            f"{duplicates.SECOND_RUN:.0%} of our people stand in it",
            "`models.triage.checks.duplicates:duplicates`",
        ),
        (
            "repeats in the upload",
            f"{duplicates.UPLOAD_SHARE:.0%} of its rows",
            "`models.triage.checks.duplicates:duplicates`",
        ),
        (
            "rows that say completed",
            f"{read} are read against their calls; one that is denied, and up to {spotcheck.MOST:,} more are",
            "`models.disposition.spotcheck:sample`",
        ),
    ]
