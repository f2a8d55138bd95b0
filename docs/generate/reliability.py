"""Prints the tables of docs/reliability.md: `make figures` runs both suites and writes what they showed."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from docs.generate.blocks import written
from tasks.markdown import table

PAGE = Path("docs/reliability.md")
MARK = "<!-- {name}: printed by `make figures` -->"


def main() -> int:
    """Write the tables of one or both suites' JSON documents into the page."""
    parser = argparse.ArgumentParser(prog="python -m docs.generate.reliability", description=__doc__)
    parser.add_argument(
        "--chaos", type=Path, nargs="+", help="what `python -m tests.chaos --json` printed, in parts"
    )
    parser.add_argument("--simulation", type=Path, help="the same of `python -m tests.simulation`")
    wanted = parser.parse_args()
    page = PAGE.read_text(encoding="utf-8")
    if wanted.chaos:
        found = whole([json.loads(part.read_text()) for part in wanted.chaos])
        page = written(page, MARK.format(name="chaos"), chaos_table(found))
    if wanted.simulation:
        page = written(
            page, MARK.format(name="simulation"), simulation_table(json.loads(wanted.simulation.read_text()))
        )
    PAGE.write_text(page, encoding="utf-8")
    return 0


SUMS = ("trials", "kills", "resumes", "restores", "breaches", "missed")


def whole(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the figures of a kill suite that was run in parts, each with seeds of its own."""
    points = [
        {
            "point": point,
            **_sums([one for part in parts for one in part["by_point"] if one["point"] == point]),
        }
        for point in dict.fromkeys(one["point"] for part in parts for one in part["by_point"])
    ]
    told = {name: sum(part[name] for part in parts) for name in ("seeds", "seconds")}
    return {**_sums(parts), **told, "points": len(points), "by_point": points}


def _sums(told: Sequence[dict[str, Any]]) -> dict[str, int]:
    return {name: sum(one[name] for one in told) for name in SUMS}


def chaos_table(told: dict[str, Any]) -> str:
    """Return the kill suite's figures, a line for each fault point and one for all."""
    names = ("trials", "kills", "resumes", "restores", "breaches")
    rows = [(f"`{one['point']}`", *(f"{one[n]:,}" for n in names)) for one in told["by_point"]]
    rows.append(("**all**", *(f"**{told[n]:,}**" for n in names)))
    head = (
        f"{told['points']} fault points x {told['seeds']} seeds in {told['seconds']:,.0f} s; "
        f"kills that did not strike: {told['missed']}."
    )
    return f"{head}\n\n{table(('fault point', *names), rows)}"


def simulation_table(told: dict[str, Any]) -> str:
    """Return the simulation's figures, each with its 95 % interval and what the design says."""
    head = (
        f"{told['recoveries']:,} recoveries (seed {told['seed']}) in {told['seconds']:,.0f} s: "
        f"{told['redialled']:,} people redialled, {told['deaths']:,} deaths of the process, "
        f"{told['second_recoveries']:,} second recoveries, {told['under_faults']:,} under faults."
    )
    rows = [
        (
            one["name"],
            f"{one['seen']:,}",
            f"{one['of']:,}",
            f"{one['share']:.2%}",
            f"{one['low']:.2%} to {one['high']:.2%}",
            one["meant"],
        )
        for one in told["figures"]
    ]
    shown = table(("figure", "seen", "of", "share", "95 % interval", "design"), rows)
    return f"{head}\n\n{shown}\n\n{adversity_tables(told)}"


def adversity_tables(told: dict[str, Any]) -> str:
    """Return how often each adversity struck, and in how many recoveries each guard."""
    struck = [(one["name"], f"{one['cases']:,}", f"{one['strikes']:,}") for one in told["adversities"]]
    guards = [(f"`{name}`", f"{cases:,}") for name, cases in told["guards"].items()]
    head = (
        f"{told['under_adversity']:,} of them on a platform that keeps its format and nothing else, or with "
        "somebody who meddles; what struck, and which guards:"
    )
    return (
        f"{head}\n\n{table(('adversity', 'recoveries', 'times'), struck)}\n\n"
        f"{table(('guard', 'recoveries in which it struck'), guards)}"
    )


if __name__ == "__main__":
    sys.exit(main())
