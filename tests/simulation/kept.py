"""Outcomes kept as they come, so that hours of simulation survive whatever ends their process."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

from tests.simulation.truth import Outcome

ROOT = Path(__file__).parents[2]
ROOMS = ("models", "tasks", "flows", "tests/simulation", "deployments/sandbox")
"""What an outcome depends on."""


class OtherBuildError(Exception):
    """Outcomes of another build, or of another seed, are no outcomes of this run."""


def build() -> str:
    """Return what names this build: a hash over every source that an outcome depends on."""
    found = sha256()
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            found.update(path.read_bytes())
    return found.hexdigest()[:16]


class Kept:
    """A file with an outcome a line, under a line that names build and seed; or none, which keeps nothing."""

    def __init__(self, file: Path | None, seed: int) -> None:
        self._file = file
        self._head = json.dumps({"build": build(), "seed": seed})

    def read(self) -> list[Outcome]:
        """Return what is there already; raises OtherBuildError where it is of another build or seed.

        A line that was cut off by a death is left out: its case is played again.
        """
        if self._file is None or not self._file.exists():
            return []
        head, *lines = self._file.read_text().split("\n")
        if head != self._head:
            raise OtherBuildError(f"{self._file} is of another build or seed. Put it away, then begin anew.")
        return list({one.index: one for line in lines if (one := _outcome(line))}.values())

    def add(self, outcomes: Iterable[Outcome]) -> None:
        """Write outcomes down at once."""
        if self._file is None:
            return
        fresh = not self._file.exists()
        with self._file.open("a") as kept:
            # A line that was cut off is ended first.
            kept.write(f"{self._head}\n" if fresh else "\n")
            kept.writelines(f"{json.dumps(asdict(one))}\n" for one in outcomes)


def _outcome(line: str) -> Outcome | None:
    try:
        return Outcome(**json.loads(line))
    except (ValueError, TypeError):
        return None
