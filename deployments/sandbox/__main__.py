"""`python -m deployments.sandbox`: the sandbox from a shell, with one world opened if asked."""

import argparse
import json
import sys

from deployments.sandbox.control import world_info
from deployments.sandbox.registry import Registry
from deployments.sandbox.scenarios import DEFAULT_CONTACTS, SCENARIOS
from deployments.sandbox.serve import HOST, run, stop_with_stdin
from deployments.sandbox.wire.bodies import FaultIn, WorldIn


def main(arguments: list[str] | None = None) -> None:
    """Serve until stopped; once ready, print the URL and the opened world."""
    asked = _parser().parse_args(arguments)
    registry = Registry()
    opened = _open(registry, asked) if asked.scenario else {}
    if asked.with_stdin:
        stop_with_stdin()
    run(asked.host, asked.port, lambda url: _say({"url": url, **opened}, as_json=asked.json), registry)


def _open(registry: Registry, asked: argparse.Namespace) -> dict[str, object]:
    wanted = WorldIn(
        scenario=asked.scenario,
        seed=asked.seed,
        contacts=asked.contacts,
        speed=asked.speed,
        permits=asked.permits,
        faults=[FaultIn(name=name) for name in asked.fault],
    )
    try:
        return world_info(*registry.open(wanted))
    except ValueError as error:
        sys.exit(str(error))


def _say(what: dict[str, object], *, as_json: bool) -> None:
    lines = json.dumps(what) if as_json else "\n".join(f"{name}: {value}" for name, value in what.items())
    print(lines, flush=True)  # noqa: T201  this is the command's answer


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m deployments.sandbox", description=__doc__)
    parser.add_argument("--host", default=HOST)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    parser.add_argument("--scenario", choices=SCENARIOS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--contacts", type=int, default=DEFAULT_CONTACTS)
    parser.add_argument(
        "--speed", type=float, default=60.0, help="how many times faster than life calls pass"
    )
    parser.add_argument("--permits", type=int)
    parser.add_argument(
        "--fault", action="append", default=[], metavar="NAME", help="may be given repeatedly"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON line when ready")
    parser.add_argument("--with-stdin", action="store_true", help="stop when standard input closes")
    return parser


if __name__ == "__main__":
    main()
