"""Other jobs of the account and whose people are in them: read for one look, or once for all of a sweep."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial

from models.enums import Reads
from models.platform import Contact, Job
from models.tables.sweeps import JobPeople
from models.triage.people import among, digests, packed, recipe
from models.triage.related_jobs import is_idle, marker_in
from models.triage.shared_reads import OtherJob, SharedReads
from tasks.context import RunContext
from tasks.dispatch.people import who
from tasks.ledger.account import job_people
from tasks.platforms.port import at_once
from tasks.side_by_side import side_by_side

TRUSTED = timedelta(hours=24)
"""For how long it is believed that a job of as many rows holds the same people: no platform promises it.

Only a sweep believes it, and nobody is dialled on a sweep's word: a recovery reads every job itself.
"""
PART = 100
"""Jobs whose people are written down in one transaction."""


def other_job(ctx: RunContext, job: Job, people: set[str]) -> OtherJob:
    """Read another job: once a sweep for the people of all its jobs, or for those of this job alone."""
    shared = ctx.case.shared
    if shared is None or not shared.knows(people):
        return _of_people(ctx, job, _rows(ctx, job), people)
    if job.id not in shared.others:
        shared.others[job.id] = _of_people(ctx, job, _rows(ctx, job), shared.people)
    return shared.others[job.id]


def to_compare(ctx: RunContext, others: Sequence[Job], people: set[str]) -> Sequence[Job]:
    """Return the jobs that have to be read: all for a look on its own, in a sweep those that hold its people.

    Who is in which job a sweep knows from the ledger, and reads of the others, each job once.
    """
    shared = ctx.case.shared
    if shared is None or ctx.platform.capabilities.reads is not Reads.PLATFORM:
        return others
    if not shared.knows(people):
        alone = SharedReads(people=people)
        _search(ctx, others, alone)
        held = alone.holding(people)
    else:
        _search(ctx, [job for job in others if job.id not in shared.searched], shared)
        held = shared.holding(people)
    return [job for job in others if job.id in held]


def _search(ctx: RunContext, jobs: Sequence[Job], shared: SharedReads) -> None:
    wanted = digests(shared.people, ctx.secret)
    for job_id, kept in _known(ctx, jobs):
        shared.searched_for(job_id, among(kept, wanted))
    unknown = [job for job in jobs if job.id not in shared.searched]
    for start in range(0, len(unknown), PART):
        ctx.reporter.progress("comparing with other jobs", start, len(unknown))
        _read_some(ctx, unknown[start : start + PART], shared)


def _read_some(ctx: RunContext, jobs: Sequence[Job], shared: SharedReads) -> None:
    found: list[JobPeople] = []
    read = side_by_side(partial(_rows, ctx), jobs, at_once(ctx.platform))
    try:
        for job, rows in zip(jobs, read, strict=True):
            found += people_of(ctx, job, rows)
            held = _of_people(ctx, job, rows, shared.people)
            shared.searched_for(job.id, (number for number, _ in held.rows))
            if held.rows:
                shared.others[job.id] = held
    finally:
        job_people.keep(ctx.ledger, found)


def _known(ctx: RunContext, jobs: Sequence[Job]) -> Iterator[tuple[str, bytes]]:
    made, since = recipe(ctx.secret, ctx.policy.default_region), ctx.clock.now() - TRUSTED
    name = ctx.platform.name
    return job_people.known(ctx.ledger, ctx.workspace, name, jobs, recipe=made, since=since)


def people_of(ctx: RunContext, job: Job, rows: Sequence[Contact]) -> list[JobPeople]:
    """Return what is kept of who is in a job; nothing where its rows are not as many as it says."""
    if len(rows) != job.total or ctx.platform.capabilities.reads is not Reads.PLATFORM:
        return []
    people = (number for row in rows if (number := who(ctx, row.phone)))
    kept = JobPeople(
        workspace=ctx.workspace,
        platform=ctx.platform.name,
        job_id=job.id,
        at=ctx.clock.now(),
        total=job.total,
        recipe=recipe(ctx.secret, ctx.policy.default_region),
        people=packed(people, ctx.secret),
    )
    return [kept]


def _rows(ctx: RunContext, job: Job) -> tuple[Contact, ...]:
    return tuple(ctx.platform.list_contacts(job.id))


def _of_people(ctx: RunContext, job: Job, rows: Sequence[Contact], people: set[str]) -> OtherJob:
    numbered = ((who(ctx, row.phone), row) for row in rows)
    kept = tuple((number, row) for number, row in numbered if number is not None and number in people)
    return OtherJob(is_idle(job, rows), marker_in(job, rows), kept)
