"""The sweep's tasks: which jobs should be moving, what each of them shows, what was done about it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any, Protocol

from models.backoff import stepped
from models.enums import Path, State
from models.plan.markers import read_marker
from models.platform import Job, PlatformDownError, PlatformError
from models.tables.ledger import Recovery
from models.triage.diagnosis import Diagnosis
from models.triage.shared_reads import SharedReads
from models.triage.standing import in_the_way
from models.verdict.ending import Ending
from tasks.context import RunContext
from tasks.ledger import recoveries, waves
from tasks.ledger.account.call_owners import KeptOwners
from tasks.ledger.audit import continuations
from tasks.ledger.leases import is_held
from tasks.ledger.waiting import end_overdue, end_waiting, waiting_in
from tasks.platforms.port import many
from tasks.prefect import READS, announce, task
from tasks.sweep.ended import ended_to_see, is_news, remember
from tasks.sweep.moving import MOVING, left_alone
from tasks.sweep.together import PAUSES, alone, listed_once, look_at_first, read_ahead

LOOK_BACK = timedelta(days=14)
"""Older jobs are nobody's incident any more."""
MOVES = "moves"
Triage = Callable[[RunContext], Diagnosis]
"""Whoever runs the checks in the runbook's order."""
REPORTED = "reported"
"""What was done where a sweep was only to report."""
NOT_OPENED = "not opened"
"""How the words begin where a recovery was due and could not be started."""


MOST_TIMES = 30
"""How often an interrupted recovery is continued by itself; nights add one or two each."""


@dataclass(frozen=True, slots=True)
class JobObservation:
    """What the sweep saw of one job; `stands` names the recovery that forbids another one."""

    job_id: str
    cause: str
    path: str
    message: str
    stands: str | None = None
    was_read: bool = True

    @property
    def needs_recovery(self) -> bool:
        """Tell whether the diagnosis leads up the ladder and nothing stands in the way."""
        return self.path == Path.RECOVER.value and self.stands is None


@dataclass
class SweepResult:
    """One workspace's sweep: the jobs seen, what was done about each, what was closed and continued."""

    workspace: str
    seen: list[JobObservation] = field(default_factory=list)
    acted: dict[str, str] = field(default_factory=dict)
    closed: dict[str, str] = field(default_factory=dict)
    resumed: dict[str, str] = field(default_factory=dict)
    broken: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the sweep as the command line shows it."""
        jobs = [
            {
                "workspace": self.workspace,
                "job_id": one.job_id,
                "cause": one.cause,
                "path": one.path,
                "words": one.message,
                "acted": self.acted.get(one.job_id) or one.stands,
            }
            for one in self.seen
        ]
        return {
            "workspace": self.workspace,
            "jobs": jobs,
            "closed": self.closed,
            "resumed": self.resumed,
            "broken": self.broken,
        }


class SweepActions(Protocol):
    """What a sweep may do beyond looking: in this process, or by starting runs of a deployment."""

    def act(self, seen: JobObservation) -> str:
        """Do what the policy says about a stalled job, and say what was done."""
        ...

    def go_on(self, recovery_id: str) -> str:
        """Go on with an interrupted recovery, or show the end of one; say what was done."""
        ...

    def tend(self, waiting: Sequence[Recovery]) -> dict[str, str]:
        """Make sure that who has to decide finds where to; say by recovery what was done."""
        ...


@task(name="List the jobs to look at", **READS)
def jobs_to_see(ctx: RunContext) -> list[Job]:
    """Return the jobs that run or ended lately, but for waves of ours, oldest first."""
    own = waves.platform_jobs(ctx.ledger, ctx.workspace, ctx.platform.name)
    since = ctx.clock.now() - LOOK_BACK
    listed = listed_once(ctx, since) or ctx.platform.list_jobs(since)
    jobs = [
        job
        for job in listed
        if job.created_at >= since and read_marker(job.name) is None and job.id not in own
    ]
    moving = [job for job in jobs if job.status in MOVING]
    return sorted([*moving, *ended_to_see(ctx, jobs)], key=lambda job: job.created_at)


@task(name="Look at the jobs")
def look_at_all(ctx: RunContext, jobs: Sequence[Job], triage: Triage) -> list[JobObservation]:
    """Look at each job that does not surely move; a busy platform is given time or left alone."""
    calm = left_alone(ctx, jobs)
    with many(ctx.platform, KeptOwners(ctx.ledger, ctx.workspace, ctx.platform.name)):
        return _looked(ctx, jobs, calm, triage)


def _looked(
    ctx: RunContext, jobs: Sequence[Job], calm: Mapping[str, str], triage: Triage
) -> list[JobObservation]:
    seen: list[JobObservation] = []
    refused = 0
    shared = look_at_first(ctx, [job for job in jobs if job.id not in calm])
    for job in read_ahead(ctx, jobs, shared):
        ctx.reporter.progress("looking at jobs", len(seen), len(jobs))
        if job.id in calm:
            seen.append(JobObservation(job.id, "none", MOVES, calm[job.id]))
            continue
        one, pause = _look(ctx, job, partial(look_at, triage=triage, shared=shared), refused)
        seen.append(one)
        refused = refused + 1 if pause is not None else 0
        if pause is not None and (pause > PAUSES[-1] or refused >= len(PAUSES)):
            words = f"{one.message} The rest of this workspace is left to the next sweep."
            return [*seen[:-1], replace(one, message=words)]
        if pause is not None:
            ctx.clock.sleep(pause)
    return seen


def _look(
    ctx: RunContext, job: Job, look: Callable[[RunContext, Job], JobObservation], refused: int
) -> tuple[JobObservation, float | None]:
    """Return what a job shows, and how long to wait where the platform was too busy to show it."""
    try:
        return look(ctx, job), None
    except PlatformDownError as error:
        seen = JobObservation(job.id, "unknown", Path.HOLD.value, str(error), was_read=False)
        return seen, error.retry_after or stepped(refused + 1, PAUSES)
    except PlatformError as error:
        return JobObservation(job.id, "unknown", Path.HOLD.value, str(error), was_read=False), None


def look_at(ctx: RunContext, job: Job, triage: Triage, shared: SharedReads | None = None) -> JobObservation:
    """Read a job in whole and judge it, beside what the other looks of this sweep have read already."""
    mine = alone(ctx, job, shared)
    latest = recoveries.of_job(ctx.ledger, mine.job_key)[-1:]
    diagnosis = triage(mine)
    stands = next((in_the_way(one.id, State(one.state)) for one in latest), None)
    return JobObservation(job.id, diagnosis.cause.value, diagnosis.path.value, diagnosis.message, stands)


def news(jobs: Iterable[Job], looked: Iterable[JobObservation]) -> list[JobObservation]:
    """Return what is worth saying and acting on: not every job that ended as most do."""
    by_id = {job.id: job for job in jobs}
    return [one for one in looked if not one.was_read or is_news(by_id[one.job_id], one.cause)]


@task(name="Act on the stalled jobs")
def act_on(
    _ctx: RunContext, seen: Iterable[JobObservation], act: Callable[[JobObservation], str]
) -> dict[str, str]:
    """Do what the policy says about each stalled job."""
    return {one.job_id: act(one) for one in seen if one.needs_recovery}


@task(name="Remember the ended jobs that were looked at")
def remember_ended(
    ctx: RunContext, jobs: Iterable[Job], looked: Sequence[JobObservation], swept: SweepResult
) -> None:
    """Let later sweeps pass over ended jobs that were read, and acted on where that was due."""
    missed = {one.job_id for one in looked if not one.was_read}
    missed |= {job_id for job_id, what in swept.acted.items() if what.startswith(NOT_OPENED)}
    done = {one.job_id for one in looked} - missed
    remember(ctx, [job for job in jobs if job.status not in MOVING and job.id in done])


@task(name="Close what needs no decision any more")
def close(ctx: RunContext, seen: Iterable[JobObservation]) -> dict[str, str]:
    """Close waiting recoveries whose job moves again, and hold plans that nobody approved in time."""
    moving = {one.job_id: one for one in seen if one.path == Path.NOTHING.value}
    closed = {}
    for recovery in waiting_in(ctx.ledger, ctx.workspace):
        if end_overdue(ctx.ledger, recovery):
            closed[recovery.id] = "held: nobody approved the plan in time"
            announce(ctx, State.HELD.value, recovery.id, recovery.job_id, {"why": closed[recovery.id]})
        elif waves.of(ctx.ledger, recovery.id):
            continue  # begun before the ledger was put back to a copy: only a person can tell how it goes on
        elif recovery.job_id in moving and _healthy(ctx, recovery, moving[recovery.job_id]):
            closed[recovery.id] = "healthy: its job moves again"
            announce(ctx, State.HEALTHY.value, recovery.id, recovery.job_id, {"why": closed[recovery.id]})
    return closed


def _healthy(ctx: RunContext, recovery: Recovery, seen: JobObservation) -> bool:
    why = f"The job needs no recovery any more. {seen.message}"
    return end_waiting(ctx.ledger, recovery.id, Ending(State.HEALTHY, why, "Nothing to do."))


@task(name="Find interrupted recoveries", **READS)
def orphans(ctx: RunContext) -> list[str]:
    """Return recoveries that are running by the ledger and that no living process holds.

    One that waits for calling hours is left till they begin: a sweep is no place to sleep over a night.
    """
    now = ctx.clock.now()
    return [
        r.id
        for r in recoveries.running_in(ctx.ledger, ctx.workspace)
        if not (r.waits_until and r.waits_until > now)
        and not is_held(ctx.ledger, (r.workspace, r.platform, r.job_id))
    ]


@task(name="Go on with what was interrupted")
def go_on(ctx: RunContext, ids: Iterable[str], go: Callable[[str], str]) -> dict[str, str]:
    """Go on with recoveries and say what came of it; one that dies every time is left to a person."""
    ledger = ctx.ledger
    return {one: _in_vain(one, continuations(ledger, one)) or go(one) for one in ids}


def _in_vain(recovery_id: str, times: int) -> str:
    if times < MOST_TIMES:
        return ""
    return f"left to a person: it died {times} times; `ringback resume {recovery_id}` shows where"


@task(name="See that every plan can be decided about")
def tend(ctx: RunContext, hands: SweepActions) -> dict[str, str]:
    """Make sure that the plans which wait are shown where people decide."""
    return hands.tend(waiting_in(ctx.ledger, ctx.workspace))
