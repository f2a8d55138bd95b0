"""What a sweep costs, counted and not timed: nothing for jobs that move, once for what its looks share."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlmodel import select

from flows.triage import check_the_job
from models.enums import ContactStatus
from models.platform import Contact, Job
from models.policy.policy import Policy
from models.reasons.table import ReasonTable
from models.tables.sweeps import JobPeople
from models.triage.people import packed
from tasks.clock import VirtualClock
from tasks.context import Case, RunContext
from tasks.ledger.store import Ledger
from tasks.runtime.database import open_ledger
from tasks.sweep import kept
from tasks.sweep.sweep import look_at, look_at_all
from tasks.triage.other_jobs import TRUSTED
from tests.shelf import BEGAN, KEY, NOW, Shelf, base, phone


@dataclass
class Counted(Shelf):
    """A shelf that counts what it is asked for."""

    asked: Counter[str] = field(default_factory=Counter)

    def get_job(self, job_id: str) -> Job:
        """Count a job."""
        self.asked["job"] += 1
        return super().get_job(job_id)

    def list_contacts(self, job_id: str) -> Iterator[Contact]:
        """Count the rows of a job."""
        self.asked["rows"] += 1
        return super().list_contacts(job_id)

    def list_jobs(self, since: datetime) -> Iterator[Job]:
        """Count a listing."""
        self.asked["jobs"] += 1
        return super().list_jobs(since)


def account(count: int) -> Counted:
    """Lay down running jobs that stand still; each has one person of its own and one of its neighbour's."""
    plain = base(1, 1)
    shelf = Counted(plain.job, plain.rows, plain.calls)
    for n in range(1, count):
        job = replace(plain.job, id=f"job-{n + 1}", created_at=BEGAN + timedelta(seconds=n))
        held = (phone(n + 1), phone(n + 2))
        rows = [
            Contact(f"{job.id}-{i}", number, ContactStatus.NOT_DIALED, "pending", None, BEGAN, BEGAN)
            for i, number in enumerate(held)
        ]
        shelf.others[job.id] = (replace(job, total=2, dispatched=0, finished=0), rows)
    return shelf


def context(shelf: Shelf, home: Path) -> RunContext:
    """Return a workspace around a shelf, with a ledger of its own."""
    clock = VirtualClock(NOW)
    return RunContext(
        workspace="shop",
        ledger=Ledger(open_ledger("sqlite://", KEY).engine, clock, KEY),
        platform=shelf,
        policy=Policy.model_validate({}),
        table=ReasonTable.packaged(),
        home=home,
        secret=KEY.secret,
        case=Case(""),
    )


def jobs_of(shelf: Shelf) -> list[Job]:
    """Return all jobs as they are listed."""
    return [shelf.job, *(job for job, _ in shelf.others.values())]


@pytest.mark.parametrize("count", [2, 6])
def test_reads_that_are_shared_find_the_same(count: int, tmp_path: Path) -> None:
    """Looking at all jobs together names the same cause, path and words as looking at each alone."""
    together, alone = account(count), account(count)
    ctx = context(alone, tmp_path)
    expected = [look_at(ctx, job, check_the_job) for job in jobs_of(alone)]
    found = look_at_all(context(together, tmp_path), jobs_of(together), check_the_job)
    assert found == expected
    assert any("job-2" in one.message or one.path != "nothing" for one in found)


@pytest.mark.parametrize("count", [5, 10])
def test_stalled_jobs_are_read_in_proportion(count: int, tmp_path: Path) -> None:
    """Each job is read twice by itself and once for all others together; the account is listed once."""
    shelf = account(count)
    look_at_all(context(shelf, tmp_path), jobs_of(shelf), check_the_job)
    assert shelf.asked == {"job": 2 * count, "rows": 3 * count, "jobs": 1}


def still_one(ctx: RunContext, shelf: Counted) -> list[Job]:
    """Let a sweep have seen all jobs, and all but the first have moved since; returns them as listed now."""
    kept.add_listed(ctx.ledger, "shop", "shelf", jobs_of(shelf))
    ctx.clock.sleep(400)
    first, *rest = jobs_of(shelf)
    return [first, *(replace(job, dispatched=job.dispatched + 1) for job in rest)]


@pytest.mark.parametrize("count", [5, 15])
def test_who_is_in_other_jobs_is_read_once_for_all_sweeps(count: int, tmp_path: Path) -> None:
    """One stalled job among moving ones: all neighbours are read once, then the one that shares a person."""
    shelf = account(count)
    ctx = context(shelf, tmp_path)
    look_at_all(ctx, still_one(ctx, shelf), check_the_job)
    assert shelf.asked["rows"] == 2 + count - 1
    shelf.asked.clear()
    look_at_all(ctx, still_one(ctx, shelf), check_the_job)
    assert shelf.asked["rows"] == 2 + 1
    shelf.asked.clear()
    ctx.clock.sleep(TRUSTED.total_seconds())
    look_at_all(ctx, still_one(ctx, shelf), check_the_job)
    assert shelf.asked["rows"] == 2 + count - 1


def test_a_job_that_grew_is_read_again(tmp_path: Path) -> None:
    """Rows that came to a job since it was read are seen: another total makes the digests worth nothing."""
    shelf = account(4)
    del shelf.others["job-2"]
    ctx = context(shelf, tmp_path)
    look_at_all(ctx, still_one(ctx, shelf), check_the_job)
    grown, rows = shelf.others["job-4"]
    same = replace(rows[0], id="late", phone=shelf.rows[0].phone, status=ContactStatus.REACHED)
    shelf.others["job-4"] = (replace(grown, total=3, dispatched=1), [*rows, same])
    found = look_at_all(ctx, still_one(ctx, shelf), check_the_job)
    assert found[0].cause == "duplicate_job"
    assert "job-4" in found[0].message


def test_no_number_is_kept_of_who_is_in_a_job(tmp_path: Path) -> None:
    """What is kept for later sweeps are digests under the ledger's key, and another key makes others."""
    shelf = account(3)
    ctx = context(shelf, tmp_path)
    look_at_all(ctx, jobs_of(shelf), check_the_job)
    with ctx.ledger.read() as session:
        rows = session.exec(select(JobPeople)).all()
    assert len(rows) == 3
    told = b"".join(one.people for one in rows)
    assert all(phone(n).encode() not in told and str(n).encode() not in told for n in (900001, 900002))
    assert packed([phone(1)], b"another secret") not in told
    assert packed([phone(1)], ctx.secret) in told


@pytest.mark.parametrize("count", [20, 40])
def test_moving_jobs_cost_no_request_and_the_same_statements(count: int, tmp_path: Path) -> None:
    """Jobs whose counters rose since the last sweep are not read, and are judged in a few statements."""
    shelf = account(count)
    ctx = context(shelf, tmp_path)
    kept.add_listed(ctx.ledger, "shop", "shelf", jobs_of(shelf))
    moved = [replace(job, dispatched=job.dispatched + 1) for job in jobs_of(shelf)]
    shelf.asked.clear()
    said: list[str] = []
    event.listen(ctx.ledger.engine, "before_cursor_execute", lambda *call: said.append(call[2]))
    ctx.clock.sleep(240)
    found = look_at_all(ctx, moved, check_the_job)
    assert {one.path for one in found} == {"moves"}
    assert not shelf.asked
    assert len([one for one in said if not one.startswith(("BEGIN", "COMMIT"))]) <= 8


@pytest.mark.parametrize(("hours", "change"), [(1, 1), (0, -1)])
def test_a_counter_that_proves_nothing_leads_to_a_look(hours: int, change: int, tmp_path: Path) -> None:
    """A counter that fell, or rose since a look long ago, may hide a stalled job: it is read in whole."""
    shelf = base(3, 3)
    ctx = context(shelf, tmp_path)
    look_at_all(ctx, [shelf.job], check_the_job)
    ctx.clock.sleep(3600 * hours + 60)
    found = look_at_all(ctx, [replace(shelf.job, dispatched=shelf.job.dispatched + change)], check_the_job)
    assert found[0].path != "moves"
