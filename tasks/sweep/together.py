"""Looks at many jobs together: the first look at all of them, one wait, and the rows of the second ahead."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from models.enums import Reads
from models.platform import Contact, Job, PlatformDownError, PlatformError
from models.tables.ledger import Snapshot
from models.tables.sweeps import JobPeople
from models.triage.findings import plural
from models.triage.shared_reads import SharedReads
from tasks.context import Case, RunContext, Silent
from tasks.dispatch.people import who
from tasks.dispatch.rows import read_rows
from tasks.dispatch.witness import BEGINNING
from tasks.ledger.account import job_people
from tasks.platforms.port import LooksAtMany, at_once
from tasks.side_by_side import side_by_side
from tasks.sweep.kept import AT_ONCE, add_all
from tasks.triage.observe import first_seen, seems_still, snapshot_of_look
from tasks.triage.other_jobs import people_of

PAUSES = (5.0, 20.0, 60.0)
"""Seconds that a sweep waits after one, two and three jobs in a row that a busy platform did not show."""
Seen = tuple[Job, tuple[Contact, ...]] | PlatformError


def listed_once(ctx: RunContext, since: datetime) -> Sequence[Job] | None:
    """List the account, for the sweep and for all comparisons of jobs created since then.

    None where a platform that lists many jobs may do less for a sweep alone.
    """
    if not isinstance(ctx.platform, LooksAtMany):
        return None
    near = since - timedelta(hours=ctx.policy.duplicate_hours)
    found = ctx.platform.list_jobs(BEGINNING)
    listed = tuple(job for job in found if not job.status.is_over or job.created_at >= near)
    ctx.case.shared = SharedReads(listed=listed)
    return listed


def look_at_first(ctx: RunContext, jobs: Sequence[Job]) -> SharedReads | None:
    """Look a first time at all jobs that need a look, and wait once for all of them; None for none.

    A job that cannot be read is left to its own look, which says so.
    """
    if not jobs or ctx.platform.capabilities.reads is Reads.HANDOVERS:
        return None
    shared, ctx.case.shared = ctx.case.shared or SharedReads(), None
    still = sum(_look_at_some(ctx, jobs[n : n + AT_ONCE], shared) for n in range(0, len(jobs), AT_ONCE))
    if still:
        words = plural(still, "job has", "jobs have")
        ctx.reporter.say(f"{words} not moved for a while; looking a second time to be sure.")
        ctx.wait()
    return shared


def _look_at_some(ctx: RunContext, jobs: Sequence[Job], shared: SharedReads) -> int:
    """Look at jobs, write down what they show in their own order, and return how many seem to stand still."""
    still = 0
    kept: list[Snapshot] = []
    people: list[JobPeople] = []
    for job, seen in zip(jobs, side_by_side(partial(_read, ctx), jobs, at_once(ctx.platform)), strict=False):
        ctx.reporter.progress("looking at jobs a first time", len(kept), len(jobs))
        if isinstance(seen, PlatformDownError):
            _give_time(ctx, seen)
            break  # the jobs that follow are left to their own looks
        if isinstance(seen, PlatformError):
            continue
        first = first_seen(*seen)
        kept.append(snapshot_of_look(alone(ctx, job), first))
        people += people_of(ctx, *seen)
        shared.first[job.id] = ctx.clock.now()
        shared.people.update(number for row in first.rows if (number := who(ctx, row.phone)))
        still += seems_still(ctx, first)
    add_all(ctx.ledger, kept)
    job_people.keep(ctx.ledger, people)
    return still


def _give_time(ctx: RunContext, busy: PlatformDownError) -> None:
    asked = busy.retry_after or PAUSES[0]
    if asked <= PAUSES[-1]:  # who asks for longer is asked once more and then left to the next sweep
        ctx.clock.sleep(asked)


def alone(ctx: RunContext, job: Job, shared: SharedReads | None = None) -> RunContext:
    """Return the context of one job's look: many jobs stand in one summary, and none in a recovery."""
    return replace(ctx, case=Case(job.id, shared=shared), claim=None, flow_run_id=None)


def read_ahead(ctx: RunContext, jobs: Sequence[Job], shared: SharedReads | None) -> Iterator[Job]:
    """Yield the jobs in order, the rows of each being read while those before it are looked at.

    After a read that fails nothing is read ahead any more: each look reads for itself and says what is wrong.
    """
    looked = [job for job in jobs if shared and job.id in shared.first]
    ahead = side_by_side(partial(_read, ctx), looked, at_once(ctx.platform))
    for job in jobs:
        if shared and job.id in shared.first:
            seen = next(ahead, None)
            if isinstance(seen, tuple):
                shared.rows[job.id] = seen
            else:
                ahead.close()
        yield job


def _read(ctx: RunContext, job: Job) -> Seen:
    mine = replace(alone(ctx, job), reporter=Silent())  # whoever is told is told in one thread
    try:
        return read_rows(mine, job.id)
    except PlatformError as error:
        return error
