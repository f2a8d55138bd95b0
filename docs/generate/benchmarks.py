"""Prints the tables of docs/benchmarks.md from what `python -m tests.bench --json FILE` wrote down."""

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

from tasks.markdown import table

PAGE = Path("docs/benchmarks.md")
MARK = "<!-- benchmarks: printed by `make bench` -->"
END = "<!-- end -->"
HEAD = ("what", "ringback", "rival", "ratio", "goal", "load")
THOUSAND = 1000


def main() -> int:
    """Write the tables of a JSON document into the page."""
    parser = argparse.ArgumentParser(prog="python -m docs.generate.benchmarks", description=__doc__)
    parser.add_argument("told", type=Path, help="what `python -m tests.bench --json` wrote")
    told = json.loads(parser.parse_args().told.read_text(encoding="utf-8"))
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), told), encoding="utf-8")
    return 0


def written(page: str, told: dict[str, Any]) -> str:
    """Return the page with its block replaced; raises ValueError where it has none."""
    found = re.compile(f"{re.escape(MARK)}.*?{re.escape(END)}", re.DOTALL)
    if not found.search(page):
        raise ValueError(f"{PAGE} has no block {MARK}")
    return found.sub(lambda _: f"{MARK}\n{block(told)}\n{END}", page, count=1)


def block(told: dict[str, Any]) -> str:
    """Return the machine, the table of all rows, what was measured beside, the misses, and who is missing."""
    rows = [row for bench in told["benches"].values() for row in bench["rows"]]
    days = sorted({bench["at"][:10] for bench in told["benches"].values()})
    machine = told["machine"]
    head = (
        f"Measured {' and '.join(days)} on {machine['cores']} cores of {machine['processor']}, "
        f"{machine['system']}, Python {machine['python']}. The load is the whole machine's, others included."
    )
    parts = [head, table(HEAD, [_cells(row) for row in rows]), _beside(rows), _misses(rows), _missing(told)]
    return "\n\n".join(part for part in parts if part)


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    rival = row["rival"]
    return (
        row["name"],
        f"{_figure(row['ours'])} {row['unit']}",
        f"{_figure(rival)} {row['unit']} ({row['rival_name']})" if rival else "",
        f"{row['ratio']:.3g}" if rival else "",
        _goal(row),
        _span(min(row["load"]), max(row["load"]), ".1f") if row["load"] else "",
    )


def _figure(told: dict[str, Any]) -> str:
    if len(told["rounds"]) == 1:
        return _number(told["median"])
    return f"{_number(told['median'])} ({_number(told['least'])} to {_number(told['most'])})"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= THOUSAND else f"{value:.3g}"


def _span(low: float, high: float, how: str) -> str:
    return f"{low:{how}} to {high:{how}}"


def _goal(row: dict[str, Any]) -> str:
    goal = row["goal"]
    if goal is None:
        return ""
    of = "ratio " if goal["of"] == "ratio" else ""
    return f"{of}{goal['word']} {goal['value']:.3g}: {'met' if row['met'] else '**missed**'}"


def _beside(rows: list[dict[str, Any]]) -> str:
    lines = [
        f"- {row['name']}: " + ", ".join(f"{name} {_number(value)}" for name, value in row["beside"].items())
        for row in rows
        if row["beside"]
    ]
    return "Measured beside, medians of the same rounds:\n\n" + "\n".join(lines) if lines else ""


def _misses(rows: list[dict[str, Any]]) -> str:
    missed = [row["name"] for row in rows if row["met"] is False]
    if not missed:
        return "Every goal was met in this run."
    held = sum(row["met"] is not None for row in rows)
    return f"Goals missed in this run, {len(missed)} of {held}: {'; '.join(missed)}."


def _missing(told: dict[str, Any]) -> str:
    missing = {
        rival: why for bench in told["benches"].values() for rival, why in bench.get("missing", {}).items()
    }
    lines = [f"- {rival}: {why}." for rival, why in missing.items()]
    return "Rivals that are not here:\n\n" + "\n".join(lines) if lines else ""


if __name__ == "__main__":
    sys.exit(main())
