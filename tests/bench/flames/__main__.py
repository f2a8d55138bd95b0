"""Draws where the CPU of the two slowest rows goes: `python -m tests.bench.flames`, into docs/flames."""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench.child import in_child
from tests.bench.flames.acts import HERE
from tests.bench.flames.frames import tree
from tests.bench.flames.svg import drawn

ROOT = Path(__file__).parents[3]
ACTS = "tests.bench.flames.acts"
CONTACTS, STALLED = 10_000, 400


def main() -> int:
    """Draw the pictures that are named, or both."""
    parser = argparse.ArgumentParser("python -m tests.bench.flames", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(PICTURES)}; all where none is named")
    parser.add_argument(
        "--to", type=Path, default=ROOT / "docs" / "flames", help="the folder of the pictures"
    )
    parser.add_argument("--contacts", type=int, default=CONTACTS)
    parser.add_argument("--stalled", type=int, default=STALLED)
    asked = parser.parse_args()
    asked.to.mkdir(parents=True, exist_ok=True)
    for name in asked.names or PICTURES:
        title, lines = PICTURES[name](asked)
        target = asked.to / f"{name}.svg"
        target.write_text(drawn(tree(lines, str(ROOT), HERE), title), encoding="utf-8")
        print(f"{target.name}: {len(lines)} stacks, {target.stat().st_size / 1000:.0f} kB", flush=True)
    return 0


def _dispatch(asked: argparse.Namespace) -> tuple[str, list[str]]:
    title = f"CPU of a recovery of {asked.contacts:,} contacts, the platform in memory"
    return title, _recorded("dispatch", contacts=asked.contacts)


def _sweep(asked: argparse.Namespace) -> tuple[str, list[str]]:
    from tests.bench.bench_sweep import CONTACTS as EACH
    from tests.bench.sweep.accounts import accounts

    jobs = asked.stalled
    with accounts(1, jobs, EACH, jobs) as told, TemporaryDirectory() as folder:
        ahead = in_child(f"{ACTS}:prepare", told=told, folder=folder)
        lines = _recorded("sweep", told=told, folder=folder, ahead=ahead)
    return f"CPU of a sweep of {jobs:,} stalled jobs of one workspace, the platform elsewhere", lines


PICTURES = {"dispatch": _dispatch, "sweep": _sweep}


def _recorded(act: str, **given: Any) -> list[str]:
    """Return the stacks of one act with their weights."""
    with TemporaryDirectory() as folder:
        samples = Path(folder) / "samples"
        in_child(f"{ACTS}:{act}", samples=str(samples), **given)
        return samples.read_text(encoding="utf-8").splitlines()


if __name__ == "__main__":
    sys.exit(main())
