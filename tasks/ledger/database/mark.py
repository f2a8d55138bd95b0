"""The file of the high-water mark: how far a ledger had come, kept beside it."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.whole_file import write_whole

Reached = dict[str, dict[str, Any]]
"""By recovery: the number and the MAC of its newest audit entry, and how often its waves were sent."""


@dataclass(frozen=True, slots=True)
class LedgerMark:
    """Where the mark of one ledger lies."""

    path: Path

    def read(self) -> Reached:
        """Return what the ledger had reached; nothing where there is no mark or it is spoilt."""
        try:
            found: Reached = json.loads(self.path.read_text())["reached"]
            return {str(one): dict(it) for one, it in found.items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def write(self, reached: Reached) -> None:
        """Put a mark in place, whole or not at all, for its owner only."""
        write_whole(self.path, json.dumps({"reached": reached}).encode())

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes from writing the mark meanwhile."""
        with Path(f"{self.path}.lock").open("a") as lock:
            Path(lock.name).chmod(0o600)
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
