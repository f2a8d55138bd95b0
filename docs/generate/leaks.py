"""Prints what `python -m tests.simulation.leaks --json` found into SECURITY.md."""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docs.generate.blocks import written
from tasks.markdown import table

PAGE = Path("SECURITY.md")
MARK = "<!-- leaks: printed by `make leaks` -->"
KINDS = {
    "report": "reports, both voices, as HTML, Markdown and JSON",
    "artifact": "Prefect artifacts: plan, looks, progress, report",
    "package": "packages, each file of the zip",
    "attached": "packages as they were attached to a ticket",
    "comment": "ticket comments",
    "audit": "audits",
    "status": "`ringback status --json`",
    "kept back": "contacts kept back",
    "live": "live views",
    "screen": "what the terminal shows while it runs",
    "log": "logs",
}
"""What a page calls each kind of surface, by how its name begins."""


def main() -> int:
    """Write the block into the page."""
    parser = argparse.ArgumentParser(prog="python -m docs.generate.leaks", description=__doc__)
    parser.add_argument("found", type=Path, help="what `python -m tests.simulation.leaks --json` printed")
    told = json.loads(parser.parse_args().found.read_text(encoding="utf-8"))
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), MARK, block(told)), encoding="utf-8")
    return 0


def block(told: Mapping[str, Any]) -> str:
    """Return the figures in a sentence and a table."""
    ends = ", ".join(f"{count:,} {end}" for end, count in told["ends"].items())
    rows = [(words, *_sums(told, kind)) for kind, words in KINDS.items()]
    hits, counted = len(told["hits"]), len(told["counted"])
    return (
        f"{told['recoveries']:,} recoveries of {told['cases']:,} jobs played (seed {told['seed']}; {ends}), "
        f"{told['numbers']:,} numbers: **{hits} found**, {counted} counts that differ between surfaces or do "
        f"not add up.\n\n{table(('surface', 'texts', 'characters'), rows)}"
    )


def _sums(told: Mapping[str, Any], kind: str) -> tuple[str, str]:
    found = [one for one in told["surfaces"] if one["surface"].startswith(kind)]
    return f"{sum(one['texts'] for one in found):,}", f"{sum(one['characters'] for one in found):,}"


if __name__ == "__main__":
    sys.exit(main())
