"""All trials of platforms and seeds, and what they add up to."""

import argparse
from collections import Counter
from collections.abc import Callable, Sequence

from deployments.cli.out import aside, reporting, show_json, show_table
from tests.chaos.faces.trial import Outcome, Trial, attempt, passings
from tests.conformance.suite.platforms import PLATFORMS

Tell = Callable[[str, int, int], None]


def play(platform: str, seeds: Sequence[int], points: Sequence[str], tell: Tell) -> list[Outcome]:
    """Play a trial for each seed and point that a recovery passes there; no points are all of them."""
    face, found = PLATFORMS[platform], list[Outcome]()
    for done, seed in enumerate(seeds, start=1):
        passed = passings(face, seed)
        chosen = [point for point in sorted(passed) if not points or point in points]
        found += [attempt(face, Trial(platform, seed, point), passed) for point in chosen]
        tell(f"kills on {platform}", done, len(seeds))
    return found


def main(wanted: argparse.Namespace) -> int:
    """Play, show, and return 1 where a promise was broken or a kill did not strike."""
    seeds = range(wanted.first, wanted.first + wanted.seeds)
    with reporting() as live:
        found = {name: play(name, seeds, wanted.points or (), live.progress) for name in wanted.platform}
    rows = {name: _row(several) for name, several in found.items()}
    if wanted.json:
        show_json({"seeds": wanted.seeds, "platforms": rows})
    else:
        head = list(next(iter(rows.values())))
        show_table(
            "Kills on every platform", ["platform", *head], [[n, *row.values()] for n, row in rows.items()]
        )
    for one in (one for several in found.values() for one in several):
        for breach in one.breaches:
            aside().print(
                f"{breach.invariant}: {breach.message} ({one.trial}, died at {one.deaths})", markup=False
            )
        if not one.struck:
            aside().print(f"{one.trial} did not strike", markup=False)
    return int(any(row["breaches"] or row["missed"] for row in rows.values()))


def _row(several: Sequence[Outcome]) -> dict[str, object]:
    ends = Counter(one.end for one in several)
    return {
        "points": len({one.trial.point for one in several}),
        "trials": len(several),
        "kills": sum(len(one.deaths) for one in several),
        "called": sum(one.called for one in several),
        "breaches": sum(len(one.breaches) for one in several),
        "missed": sum(not one.struck for one in several),
        "ends": ", ".join(f"{name} {count}" for name, count in sorted(ends.items())),
    }
