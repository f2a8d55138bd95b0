"""One sweep of all workspaces, and the bare listing it is held against, with what each of them asked for."""

import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from flows.sweep import sweep_workspaces
from models.audit.chain import AuditKey
from models.platform import Job
from models.policy.policy import Policy
from models.reasons.table import ReasonTable
from models.tables.ledger import Recovery
from tasks.clock import VirtualClock
from tasks.context import Case, RunContext
from tasks.ledger.store import Ledger
from tasks.platforms.elevenlabs.account import ElevenLabsAccount
from tasks.prefect import Beside
from tasks.runtime.database import open_ledger
from tasks.sweep import kept
from tasks.sweep.report import Place
from tasks.sweep.sweep import LOOK_BACK, JobObservation, SweepActions, SweepResult
from tests.bench.child import peak_mb
from tests.bench.dispatch.counted import Counted
from tests.bench.sweep.accounts import STALLED

KEY = AuditKey("bench", b"this key protects a measurement and nothing else")
EVERY = 240.0
"""Seconds between two sweeps."""


@dataclass
class Asked(httpx.BaseTransport):
    """A transport that counts requests: those of listings, and all."""

    inner: httpx.BaseTransport = field(default_factory=httpx.HTTPTransport)
    requests: int = 0
    paths: Counter[str] = field(default_factory=Counter)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Count, and pass on."""
        self.requests += 1
        self.paths[re.sub(r"_[0-9a-f]{12,}", "", request.url.path)] += 1
        return self.inner.handle_request(request)


class Hands:
    """Hands that do nothing: what a sweep opens is not part of the sweep."""

    def act(self, seen: JobObservation) -> str:
        """Leave a stalled job."""
        return f"left {seen.job_id}"

    def go_on(self, recovery_id: str) -> str:
        """Leave a recovery."""
        return f"left {recovery_id}"

    def tend(self, waiting: Sequence[Recovery]) -> dict[str, str]:
        """Leave them waiting."""
        return {one.id: "left" for one in waiting}


class Sweeping:
    """All workspaces of a sandbox, beside one ledger and the clock of the sweeps."""

    def __init__(self, url: str, keys: Sequence[str], home: Path) -> None:
        self.asked = Asked()
        self.clock = VirtualClock(datetime.now(UTC))
        self.ledger: Ledger = open_ledger(f"sqlite:///{home / 'ledger.db'}", KEY, clock=self.clock)
        self.counted = Counted()
        self._home = home
        self.platforms = [ElevenLabsAccount(url, key, transport=self.asked) for key in keys]

    def list_all(self) -> int:
        """Read the listing of every workspace to its end and keep nothing; returns the jobs."""
        return sum(sum(1 for _ in self._jobs(platform)) for platform in self.platforms)

    def _jobs(self, platform: ElevenLabsAccount) -> Iterator[Job]:
        return platform.list_jobs(self.clock.now() - LOOK_BACK)

    def begin(self) -> None:
        """Let an earlier sweep have seen every job as it stands now, a stall ago."""
        for n, platform in enumerate(self.platforms):
            kept.add_listed(self.ledger, f"w{n}", platform.name, list(self._jobs(platform)))
        self.clock.sleep(EVERY)

    def go_by(self) -> None:
        """Let the time between two sweeps pass: jobs that move will have risen since."""
        self.clock.sleep(EVERY)
        for n, platform in enumerate(self.platforms):
            moving = [job for job in self._jobs(platform) if not _is_still(job.name)]
            before = [replace(job, dispatched=job.dispatched - 1) for job in moving]
            kept.add_listed(self.ledger, f"w{n}", platform.name, before)
        self.clock.sleep(1)

    def sweep(self) -> list[SweepResult]:
        """Sweep every workspace."""
        places = [Place(f"w{n}", lambda n=n: self._opened(n)) for n in range(len(self.platforms))]  # type: ignore[misc]
        return sweep_workspaces(Beside(), places, lambda: "nothing was cleared away")

    def listing(self) -> dict[str, Any]:
        """Measure a bare listing."""
        with self.measured() as found:
            self.list_all()
        return found

    def reading(self) -> dict[str, Any]:
        """Measure reading every job with its rows, one after the other."""
        with self.measured() as found:
            for platform in self.platforms:
                for job in self._jobs(platform):
                    platform.get_job(job.id)
                    list(platform.list_contacts(job.id))
        return found

    def once_more(self) -> dict[str, Any]:
        """Let the time between two sweeps pass, and measure the next one."""
        self.go_by()
        with self.measured() as found:
            self.sweep()
        return found

    def _opened(self, n: int) -> tuple[RunContext, SweepActions]:
        return self._context(n), Hands()

    def _context(self, n: int) -> RunContext:
        return RunContext(
            workspace=f"w{n}",
            ledger=self.ledger,
            platform=self.platforms[n],
            policy=Policy.model_validate({"default_region": "AU"}),
            table=ReasonTable.packaged(),
            home=self._home,
            secret=KEY.secret,
            case=Case(""),
        )

    @contextmanager
    def measured(self) -> Iterator[dict[str, Any]]:
        """Measure what is done within: seconds of wall and CPU, requests, statements, and the peak in MB."""
        found: dict[str, Any] = {}
        requests, statements = self.asked.requests, self.counted.statements
        wall, cpu = time.perf_counter(), time.process_time()
        yield found
        found["wall"], found["cpu"] = time.perf_counter() - wall, time.process_time() - cpu
        found["requests"] = self.asked.requests - requests
        found["statements"] = self.counted.statements - statements
        found["peak"] = peak_mb()


def _is_still(name: str) -> bool:
    return name.startswith(STALLED)
