"""A sweep that reads once what its looks share finds what looking at each job alone finds, in any world."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from flows.triage import check_the_job
from models.enums import ContactStatus, JobStatus
from models.platform import Contact, Job
from models.policy.policy import Policy
from models.reasons.table import ReasonTable
from models.triage.diagnosis import Diagnosis
from tasks.clock import VirtualClock
from tasks.context import Case, RunContext
from tasks.ledger.store import Ledger
from tasks.platforms.port import CallOwners
from tasks.runtime.database import open_ledger
from tasks.sweep.moving import left_alone
from tasks.sweep.sweep import JobObservation, look_at, look_at_all
from tests.shelf import BEGAN, KEY, NOW, Shelf, base

PEOPLE = 8
NUMBERS = count()
ROW = st.tuples(st.integers(0, PEOPLE - 1), st.sampled_from(ContactStatus), st.booleans())
"""Who, how the row stands, and whether the number is written without its country."""


@dataclass(frozen=True)
class Plotted:
    """One job of a random world, as it is now and as it is at the next sweep."""

    hours: int
    status: JobStatus
    marked: bool
    missing: int
    rows: list[tuple[int, ContactStatus, bool]]
    later: JobStatus
    then: list[ContactStatus]
    more: list[tuple[int, ContactStatus, bool]]


PLOTTED = st.builds(
    Plotted,
    hours=st.integers(0, 100),
    status=st.sampled_from([JobStatus.RUNNING, JobStatus.RUNNING, JobStatus.FINISHED, JobStatus.CANCELLED]),
    marked=st.sampled_from([False, False, False, True]),
    missing=st.sampled_from([0, 0, 1]),
    rows=st.lists(ROW, min_size=1, max_size=6),
    later=st.sampled_from([JobStatus.RUNNING, JobStatus.FINISHED]),
    then=st.lists(st.sampled_from(ContactStatus), max_size=6),
    more=st.lists(ROW, max_size=2),
)


class Beside(Shelf):
    """A shelf that is read by several threads."""

    at_once = 3

    @contextmanager
    def many(self, owners: CallOwners) -> Iterator[None]:
        """Share nothing."""
        yield


class Notes:
    """The triage, with everything that it found written down by job."""

    def __init__(self) -> None:
        self.found: dict[str, Any] = {}

    def __call__(self, ctx: RunContext) -> Diagnosis:
        """Run the checks."""
        told = check_the_job(ctx)
        judged = [(one.disposition, one.action, one.code, one.why, one.attempts) for one in ctx.case.judged]
        self.found[ctx.case.job_id] = (ctx.case.findings, judged, told)
        return told


class World:
    """A shelf of random jobs, looked at under a ledger of its own."""

    def __init__(self, kind: type[Shelf], plots: Sequence[Plotted], engine: Engine) -> None:
        self.plots = plots
        self.clock = VirtualClock(NOW)
        self.shelf = kind(base(1, 1).job, [])
        self.notes = Notes()
        self.ctx = RunContext(
            workspace=f"{kind.__name__}-{next(NUMBERS)}",
            ledger=Ledger(engine, self.clock, KEY),
            platform=self.shelf,
            policy=Policy.model_validate({"default_region": "GB", "poll_seconds": 0.001}),
            table=ReasonTable.packaged(),
            home=Path(),
            secret=KEY.secret,
            case=Case(""),
        )

    def at(self, seen: datetime, *, later: bool) -> list[Job]:
        """Lay the jobs down as they are at a moment, and return those a sweep looks at."""
        self.clock.sleep(max(0.0, (seen - self.clock.now()).total_seconds()))
        laid = [_laid(n, plot, seen, later=later) for n, plot in enumerate(self.plots)]
        (self.shelf.job, self.shelf.rows), *rest = laid
        self.shelf.others = {job.id: (job, rows) for job, rows in rest}
        return [job for job, _ in laid if not job.name.startswith("rb-")]


def _laid(n: int, plot: Plotted, seen: datetime, *, later: bool) -> tuple[Job, list[Contact]]:
    told = list(plot.rows)
    status = plot.status
    if later:
        changed = zip(told, plot.then, strict=False)
        told[: len(plot.then)] = [(who, then, bare) for (who, _, bare), then in changed]
        told += plot.more
        status = plot.later if status is JobStatus.RUNNING else status
    rows = [_row(f"j{n}-{place}", *one) for place, one in enumerate(told)]
    job = replace(
        base(1, 1).job,
        id=f"job-{n}",
        name=f"rb-r_9-{n + 1}" if plot.marked else f"Spring {n}",
        status=status,
        raw_status=str(status),
        created_at=BEGAN - timedelta(hours=plot.hours),
        seen_at=seen,
        total=len(rows) + plot.missing,
        dispatched=sum(1 for row in rows if row.status is not ContactStatus.NOT_DIALED),
        finished=sum(1 for row in rows if row.status.is_over),
    )
    return job, rows


def _row(name: str, who: int, status: ContactStatus, bare: bool) -> Contact:
    phone = f"07700 900{who:03d}" if bare else f"+447700900{who:03d}"
    return Contact(name, phone, status, str(status), None, BEGAN, BEGAN)


def alone(world: World, jobs: Sequence[Job]) -> list[JobObservation]:
    """Look at each job for itself, but for those that a sweep leaves alone."""
    calm = left_alone(world.ctx, jobs)
    looked = (look_at(world.ctx, job, world.notes) for job in jobs if job.id not in calm)
    seen = {one.job_id: one for one in looked}
    return [seen.get(job.id) or JobObservation(job.id, "none", "moves", calm[job.id]) for job in jobs]


@pytest.fixture(scope="module")
def engine() -> Engine:
    """Return one database for all worlds: each is a workspace of its own in it."""
    return open_ledger("sqlite://", KEY).engine


@given(plots=st.lists(PLOTTED, min_size=2, max_size=6), seconds=st.sampled_from([240, 600, 90_000]))
@settings(max_examples=40, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_what_is_shared_changes_no_finding(engine: Engine, plots: list[Plotted], seconds: int) -> None:
    """Verdicts, evidence and what becomes of each contact are the same, sweep after sweep."""
    single, shared = (World(kind, plots, engine) for kind in (Shelf, Beside))
    for later in (False, True):
        seen = NOW + timedelta(seconds=seconds) if later else NOW
        expected = alone(single, single.at(seen, later=later))
        found = look_at_all(shared.ctx, shared.at(seen, later=later), shared.notes)
        assert found == expected
        assert shared.notes.found == single.notes.found
