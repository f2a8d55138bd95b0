"""Prints the tables of docs/eta.md from what `python -m tests.simulation.estimates --json` found."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from docs.generate.blocks import written
from tasks.markdown import table

PAGE = Path("docs/eta.md")
MARK = "<!-- {name}: printed by `make estimates` -->"
HEAD = ("moment", "dispatched by then", "asked", "answered", "bias", "off", "in the band")
MOMENTS = {"all_dispatched": "all dispatched", "all_finished": "all finished"}


def main() -> int:
    """Write both tables into the page."""
    parser = argparse.ArgumentParser(prog="python -m docs.generate.estimates", description=__doc__)
    parser.add_argument("found", type=Path, help="what `python -m tests.simulation.estimates --json` printed")
    told = json.loads(parser.parse_args().found.read_text(encoding="utf-8"))
    page = PAGE.read_text(encoding="utf-8")
    for name in ("recoveries", "jobs"):
        page = written(page, MARK.format(name=name), block(told, name))
    PAGE.write_text(page, encoding="utf-8")
    return 0


def block(told: Mapping[str, Any], name: str) -> str:
    """Return the head and the table of the recoveries or the jobs."""
    return (
        f"{told[name]:,} simulated {name} (seed {told['seed']}):\n\n{table(HEAD, _rows(told[f'of_{name}']))}"
    )


def _rows(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    return [
        (
            MOMENTS[row["moment"]],
            row["dispatched"],
            f"{row['asked']:,}",
            f"{row['estimated']:,}",
            *("" if row[key] is None else f"{row[key]:.0%}" for key in ("bias", "off", "within")),
        )
        for row in rows
    ]


if __name__ == "__main__":
    sys.exit(main())
