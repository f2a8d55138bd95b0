"""The adversary on every platform: a recovery a seed, what befell it, how it ended, and what was broken."""

import argparse
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from deployments.cli.out import aside, reporting, show_json, show_table
from tests.chaos.faces.adverse import Adverse, attempt
from tests.conformance.suite.platforms import PLATFORMS

Tell = Callable[[str, int, int], None]


def play(platform: str, seeds: Sequence[int], tell: Tell) -> list[Adverse]:
    """Play the adversity of each seed on a platform."""
    found: list[Adverse] = []
    for done, seed in enumerate(seeds, start=1):
        found.append(attempt(PLATFORMS[platform], seed))
        tell(f"adversity on {platform}", done, len(seeds))
    return found


def main(wanted: argparse.Namespace) -> int:
    """Play, show, and return 1 where a promise was broken."""
    seeds = range(wanted.first, wanted.first + wanted.seeds)
    with reporting() as live:
        found = {name: play(name, seeds, live.progress) for name in wanted.platform}
    told = {name: told_of(several) for name, several in found.items()}
    if wanted.json:
        show_json({"seeds": wanted.seeds, "first": wanted.first, "platforms": told})
    else:
        _show(told)
    for one in (one for several in found.values() for one in several):
        for breach in one.breaches:
            where = f"{one.platform} seed {one.seed}, died at {', '.join(one.deaths) or 'nothing'}"
            aside().print(f"{breach.invariant}: {breach.message} ({where})", markup=False, soft_wrap=True)
    return int(any(row["breaches"] for row in told.values()))


def told_of(several: Sequence[Adverse]) -> dict[str, Any]:
    """Return what the trials of a platform add up to; `struck` says in how many and how often."""
    ends = Counter(one.ends[-1] if one.ends else "none" for one in several)
    times = sum((Counter(one.struck) for one in several), Counter[str]())
    trials = Counter(name for one in several for name in one.struck)
    return {
        "trials": len(several),
        "kills": sum(len(one.deaths) for one in several),
        "restores": sum(one.went_back for one in several),
        "called": sum(one.called for one in several),
        "breaches": sum(len(one.breaches) for one in several),
        "ends": dict(sorted(ends.items())),
        "struck": {name: {"trials": trials[name], "times": times[name]} for name in sorted(times)},
    }


def _show(told: dict[str, dict[str, Any]]) -> None:
    heads = ("trials", "kills", "restores", "called", "breaches")
    rows = [
        [name, *(row[head] for head in heads), ", ".join(f"{end} {n}" for end, n in row["ends"].items())]
        for name, row in told.items()
    ]
    show_table("The adversary on every platform", ["platform", *heads, "ends"], rows)
    adversities = sorted({name for row in told.values() for name in row["struck"]})
    struck = [[name, *(_cell(row["struck"].get(name)) for row in told.values())] for name in adversities]
    show_table("What struck: recoveries / times", ["adversity", *told], struck)


def _cell(one: dict[str, int] | None) -> str:
    return f"{one['trials']} / {one['times']}" if one else ""
