"""The page of scenarios by platform: what a run of the conformance suite has shown, as it was kept."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tasks.markdown import table

DATA = Path(__file__).with_name("platform_table.json")
WORDS = """The same jobs of the sandbox in the wire format of each platform, recovered by the same
command, with the person at the fence, the uploads and the webhooks that the platform needs.
`http` is [the example's mapping](mapping.md). In each cell stand the state of the recovery
and, in brackets, the cause that triage has named; a number leads to why it is another one
than where everything is shown."""
COMMAND = """Each end follows from what a platform shows, lists and stops
(`tests/conformance/suite/ends.py`), and a test holds this page against that. To play it
again:

    python -m tests.conformance --no-rules --json > docs/generate/platform_table.json
    make docs"""
RULES = """Without `--no-rules` each platform is also held against the rules that every adapter keeps,
and loses its abilities one by one: see
[extending.md](extending.md#testing-an-adapter-or-a-mapping)."""
KILLS = """Recoveries that die at every fault point, on any of them, judged by the façade's own record of
calls:

    python -m tests.chaos --platform retell vapi vogent cartesia http --seeds 1"""


def platforms_page() -> str:
    """Return the page of the kept run."""
    told: Mapping[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))["platforms"]
    whys = list(dict.fromkeys(one["why"] for lines in told.values() for one in lines if one["why"]))
    scenarios = [one["name"] for one in next(iter(told.values()))]
    rows = [(f"`{name}`", *(_cell(lines, name, whys) for lines in told.values())) for name in scenarios]
    notes = "\n".join(f"{n}. {why[:1].upper()}{why[1:]}." for n, why in enumerate(whys, start=1))
    parts = ("# Every scenario on every platform", "<!-- printed by `make docs` -->", WORDS)
    shown = table(("scenario", *(f"`{name}`" for name in told)), rows)
    return "\n\n".join((*parts, shown, notes, COMMAND, RULES, KILLS)) + "\n"


def _cell(lines: Sequence[Mapping[str, Any]], scenario: str, whys: Sequence[str]) -> str:
    one = next(line for line in lines if line["name"] == scenario)
    note = f" {whys.index(one['why']) + 1}" if one["why"] else ""
    return f"{one['shown'].replace('_', ' ')}{note}"
