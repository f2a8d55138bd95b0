"""`python -m tests.conformance`: every scenario and rule on a platform, or on a mapping of your own."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from deployments.cli.out import aside, reporting, show_json, show_table
from deployments.sandbox.scenarios import SCENARIOS
from tests.conformance.suite.platforms import PLATFORMS, desk, is_of_the_sandbox
from tests.conformance.suite.run import Line, on_face, on_mapping

HEAD = ("kind", "what", "shown", "against it", "because")


def main() -> int:
    """Run, show, and return 1 where something stands against a platform."""
    wanted = _arguments()
    found: dict[str, list[Line]] = {}
    with reporting():
        for name in wanted.platform:
            found[name] = []
            for line in _lines(name, wanted):
                found[name].append(line)
                aside().print(f"{name}: {line.name}: {line.shown}", markup=False)
    if wanted.json:
        show_json({"platforms": {name: [one.as_json() for one in lines] for name, lines in found.items()}})
    else:
        for name, lines in found.items():
            rows = [[one.kind, one.name, one.shown, "; ".join(one.troubles), one.why] for one in lines]
            show_table(name, list(HEAD), rows)
    return int(any(one.troubles for lines in found.values() for one in lines))


def _lines(name: str, wanted: argparse.Namespace) -> Iterator[Line]:
    if wanted.mapping is None:
        return on_face(PLATFORMS[name], wanted.scenarios, rules=not wanted.no_rules)
    if not is_of_the_sandbox(wanted.mapping):
        aside().print("The sandbox does not speak this format: rules of the wire alone.", markup=False)
        return on_mapping(wanted.mapping)
    return on_face(desk(wanted.mapping), wanted.scenarios, rules=not wanted.no_rules)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("--platform", nargs="+", choices=list(PLATFORMS), default=list(PLATFORMS))
    parser.add_argument("--mapping", type=Path, help="a mapping file of your own, for --platform http")
    parser.add_argument(
        "--scenarios", nargs="*", choices=list(SCENARIOS), default=list(SCENARIOS), metavar="NAME"
    )
    parser.add_argument("--no-rules", action="store_true", help="scenarios alone")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    wanted = parser.parse_args()
    if wanted.mapping:
        wanted.platform = ["http"]
    return wanted


if __name__ == "__main__":
    sys.exit(main())
