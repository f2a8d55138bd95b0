"""`python -m tests.chaos.singles`: kills and older ledgers on a platform of single calls, as a table."""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Sequence

from deployments.cli.out import aside, reporting, show_pairs, show_table
from models.invariants import BrokenInvariantError
from tests.chaos.kills.fork_server import WARM as OURS
from tests.chaos.kills.fork_server import ForkServer
from tests.chaos.singles.life import AFTER, BEFORE, OBEY
from tests.chaos.singles.trial import COMMITTED, Outcome, Trial, attempt, passings

POINTS = (
    BEFORE, AFTER, "ledger.before_commit", COMMITTED, "audit.append", "lease.renew", "wave.before_intent",
    "wave.after_intent", "look.after_read", "look.before_verdict",
    "verdict.before_write", "end.before_commit",
)  # fmt: skip
"""What a recovery passes that starts calls; those of its way to the plan are the kill suite's."""
BACK_EVERY = 4
WARM = (*OURS, "tests.chaos.singles.life")


def trials_of(seeds: range) -> list[Trial]:
    """Return a trial for every point and seed; at every fourth seed another one with an older ledger."""
    kills = [Trial(seed, point) for seed in seeds for point in POINTS]
    return kills + [Trial(seed, point, goes_back=True) for seed in seeds[::BACK_EVERY] for point in POINTS]


def play(trials: Sequence[Trial], tell: Callable[[str, int, int], None], target: str = OBEY) -> list[Outcome]:
    """Play trials one after the other; an undisturbed recovery that breaks a promise is an error at once.

    `target` is the build that lives while it is killed.
    """
    found: list[Outcome] = []
    with ForkServer(WARM) as server:
        known = {seed: passings(server, seed) for seed in sorted({trial.seed for trial in trials})}
        if broken := [f"seed {seed}: {one}" for seed, (_, several) in known.items() for one in several]:
            raise BrokenInvariantError(f"Undisturbed recoveries of single calls break promises: {broken}")
        for trial in trials:
            found.append(attempt(server, trial, known[trial.seed][0], target))
            tell("single calls", len(found), len(trials))
    return found


def main() -> int:
    """Play, show, and return 1 where a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.singles", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=1)
    wanted = parser.parse_args()
    with reporting() as live:
        outcomes = play(trials_of(range(wanted.first, wanted.first + wanted.seeds)), live.progress)
    rows: list[list[object]] = []
    for point in POINTS:
        mine = [one for one in outcomes if one.trial.point == point]
        kills = sum(len(one.deaths) for one in mine)
        back = sum(one.went_back for one in mine)
        rows.append([point, len(mine), kills, back, sum(len(one.breaches) for one in mine)])
    show_table("Single calls", ["point", "trials", "kills", "restores", "breaches"], rows)
    ends = Counter(one.ends[-1] for one in outcomes)
    show_pairs({"called": sum(one.called for one in outcomes), "ends": dict(ends)})
    for one in outcomes:
        for breach in one.breaches:
            aside().print(
                f"{breach.invariant}: {breach.message} ({one.trial}, died at {one.deaths})", markup=False
            )
    missed = [one.trial for one in outcomes if not one.struck]
    for trial in missed:
        aside().print(f"{trial.point} did not strike, seed {trial.seed}", markup=False)
    return int(bool(missed) or any(one.breaches for one in outcomes))


if __name__ == "__main__":
    sys.exit(main())
