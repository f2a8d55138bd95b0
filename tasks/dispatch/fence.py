"""The fence: stop the source, read it again, and let go of whoever has moved."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from models.enums import ContactStatus, DispatchState, Fence, Level, Reads
from models.plan.fence import MARK, ComparedRows, SourceCounters, compare, unexplained
from models.platform import Contact, Job
from models.report.people import LEFT_MOVED
from models.tables.ledger import Recovery
from models.triage.findings import plural
from models.verdict.ending import escalate, hold
from tasks.context import RunContext
from tasks.dispatch.people import by_person as rows_by_person
from tasks.dispatch.people import same_line
from tasks.dispatch.rows import read_rows
from tasks.dispatch.stops.person_fence import called_too, check_stopped, untold
from tasks.fault_points import fault_point
from tasks.ledger import plans, recoveries
from tasks.marks import struck
from tasks.prefect import task

HANDED_OVER = frozenset({DispatchState.ACCEPTED.value, DispatchState.UNKNOWN.value})
NOT_SENT = frozenset({DispatchState.INTENT.value, DispatchState.REFUSED.value})
MOVED_ON = LEFT_MOVED
"""The code under which those leave the dispatch whom the source has taken up itself since the plan."""
WAKES = 3
"""How often a stopped job may start again before a person has to look."""


@task(name="Fence: stop the source job and read it again")
def fence(ctx: RunContext) -> str:
    """Make sure that the source dials nobody more; idempotent, and run again before every wave."""
    recovery = recoveries.get(ctx.ledger, ctx.held.recovery_id)
    moved = hold_fence(ctx, recovery, first=recovery.fenced_at is None)
    return f"the source job is stopped; {plural(moved, 'contact')} had moved and leave the plan"


def hold_fence(ctx: RunContext, recovery: Recovery, *, first: bool = False, whole: bool = False) -> int:
    """Stop the source where it runs, skip contacts that have moved, return how many.

    `whole` reads the rows of a source that stands still too: its counters alone are no proof that it does.
    Raises HaltError where the counters tell of calls that cannot be found.
    """
    by_person = ctx.platform.capabilities.fence is Fence.PERSON
    if by_person:
        check_stopped(ctx, recovery)
    job = ctx.platform.get_job(recovery.job_id)
    still = job.is_stopped and _counted(job) == (recovery.source or {}).get("fenced_at_counts")
    quiet = still and not by_person
    if quiet and not first and not whole:
        return 0
    before = _as_seen(ctx, recovery)
    if not job.is_stopped and not by_person:
        job, quiet = _stop(ctx, recovery, job), False
    seen = _look(ctx, job, before, calls=not quiet or first)
    recovery = recoveries.get(ctx.ledger, recovery.id)
    if _hidden(recovery, seen):
        seen = _look_again(ctx, recovery, before)
    plans.skip(ctx.ledger, ctx.held, seen.moved, "moved since the plan", code=MOVED_ON)
    if first or _counted(seen.job) != (recovery.source or {}).get("fenced_at_counts"):
        fault_point("fence.before_write")
        _write(ctx, recovery, seen)
    return len(seen.moved)


def left_to_source(ctx: RunContext, recovery: Recovery) -> tuple[int, int]:
    """Count those who left the dispatch to the source, and whom of them it shows as reached; it has ended."""
    left = plans.skipped_under(ctx.ledger, recovery.id, MOVED_ON)
    if not left:
        return 0, 0
    _, rows = read_rows(ctx, recovery.job_id)
    found = _as_planned(ctx, _as_seen(ctx, recovery), rows)
    reached = {i for i, row in found.items() if row.status is ContactStatus.REACHED}
    return len(left), len(left & reached)


def _as_seen(ctx: RunContext, recovery: Recovery) -> Mapping[str, Contact]:
    # A frozen plan keeps what it has seen: read once in a run.
    key = (recovery.id, recovery.plan_hash)
    if ctx.case.as_seen is None or ctx.case.as_seen[0] != key:
        ctx.case.as_seen = key, plans.as_seen(ctx.ledger, recovery.id)
    return ctx.case.as_seen[1]


def _counted(job: Job) -> list[int]:
    return [job.dispatched, job.finished, job.retries]


@dataclass(frozen=True, slots=True)
class _SourceLook:
    """The source as it is now: who has moved since the plan, and of how many of them a dispatch is shown."""

    job: Job
    moved: Mapping[str, str]
    shown: int
    failed: int
    """Rows that had failed when the plan was made."""


def _look(ctx: RunContext, job: Job, before: Mapping[str, Contact], *, calls: bool) -> _SourceLook:
    now, rows = read_rows(ctx, job.id)
    found = _compared(ctx, before, rows)
    called = _called_meanwhile(ctx, now, rows, before) if calls else {}
    moved = called | dict(found.moved)
    _nobody_twice(ctx, job, moved.keys() & found.shown)
    return _SourceLook(now, moved, len(found.dispatched | called.keys()), found.failed)


def _compared(ctx: RunContext, before: Mapping[str, Contact], rows: Sequence[Contact]) -> ComparedRows:
    # Every row is read before every wave. Where all of them stand as at the last look, so does what it found.
    last, marks = ctx.case.compared, list(map(MARK, rows))
    if last is None or last.before is not before or last.marks != marks:
        last = ctx.case.compared = compare(before, _as_planned(ctx, before, rows), marks)
    return last


def _as_planned(
    ctx: RunContext, before: Mapping[str, Contact], rows: Iterable[Contact]
) -> dict[str, Contact]:
    """Return the rows by their ids in the plan: by their number where a platform gives new ids."""
    rows = tuple(rows)
    found = {row.id: row for row in rows if row.id in before}
    lines = rows_by_person(ctx, [row for row in rows if row.id not in before])
    lost = (row for row in before.values() if row.id not in found and row.phone)
    return found | {row.id: lines[line] for row in lost if (line := same_line(row.phone)) in lines}


def _hidden(recovery: Recovery, seen: _SourceLook) -> int:
    return unexplained(
        _then(recovery, seen), SourceCounters(seen.job.dispatched, seen.job.retries), seen.shown
    )


def _then(recovery: Recovery, seen: _SourceLook) -> SourceCounters:
    # A ledger of before does not have the retries.
    source = recovery.source or {}
    retries = int(source.get("retries", seen.job.retries))
    return SourceCounters(int(source.get("dispatched", 0)), retries, seen.failed)


def _nobody_twice(ctx: RunContext, job: Job, moved: AbstractSet[str]) -> None:
    # Whoever was handed over, or may have been, before the source took them up again is called by both.
    states = plans.states_of(ctx.ledger, ctx.held.recovery_id, moved)
    both = [state for state in states if state in HANDED_OVER]
    if both and ctx.platform.capabilities.fence is Fence.PERSON:
        raise called_too(job.id, len(both))
    if both:
        raise escalate(
            f"Job {job.id} started again by itself and took up {len(both)} contacts that waves held.",
            "It is stopped once more. Give the package to engineering: a cancelled job went on dialling.",
        )
    if begun := [state for state in states if state in NOT_SENT]:
        raise hold(
            f"Job {job.id} has taken up {len(begun)} contacts of a wave that was written down, not sent.",
            "That wave is not sent any more. Run recover again: a fresh plan leaves out whom the job called.",
        )


def _look_again(ctx: RunContext, recovery: Recovery, before: Mapping[str, Contact]) -> _SourceLook:
    if ctx.platform.capabilities.reads is Reads.HANDOVERS:
        raise untold(recovery, "reports")  # looking again shows the same hand-over again
    # The counter tells of dispatches that no row shows: give their calls time to appear.
    ctx.wait(ctx.policy.visibility_seconds)
    seen = _look(ctx, ctx.platform.get_job(recovery.job_id), before, calls=True)
    if hidden := _hidden(recovery, seen):
        if ctx.platform.capabilities.fence is Fence.PERSON:
            raise untold(recovery, "calls")
        if seen.job.retries > _then(recovery, seen).retries:
            struck("fence.retried_source")
        struck("fence.hidden_dispatch")
        raise hold(
            f"Job {seen.job.id} dispatched {hidden} contacts since the plan and shows no row or call of it.",
            "Nobody more is redialled: any of them may have been called. Run recover again once the platform "
            "shows whom the job has called.",
        )
    return seen


def _stop(ctx: RunContext, recovery: Recovery, job: Job) -> Job:
    source = dict(recovery.source or {})
    wakes = int(source.get("stops", 0)) + 1
    if wakes > WAKES:
        raise hold(
            f"Job {job.id} starts again by itself after it was stopped {WAKES} times.",
            "Stop it on the platform for good, then resume.",
            resumable=True,
        )
    if not ctx.platform.capabilities.can_stop:
        raise hold(
            f"The platform cannot stop job {job.id}, so nobody it still owns may be redialled.",
            "Let the job end by itself, then run recover again.",
        )
    source["stops"] = wakes
    recovery.source = source
    recoveries.update(
        ctx.ledger, ctx.held, "stopping", {"job": job.id, "dispatched": job.dispatched}, source=source
    )
    fault_point("fence.before_stop")
    ctx.platform.stop_job(job.id)
    fault_point("fence.after_stop")
    ctx.reporter.say(f"Job {job.id} is stopped; waiting until nothing of it is on its way any more.")
    ctx.wait(ctx.policy.visibility_seconds)
    return _until_over(ctx, job.id)


def _until_over(ctx: RunContext, job_id: str) -> Job:
    waited = 0.0
    while not (job := ctx.platform.get_job(job_id)).is_stopped:
        if waited > ctx.policy.permit_patience:
            raise hold(
                f"Job {job_id} was told to stop and still says {job.raw_status}.",
                "Stop it on the platform by hand, then resume.",
                resumable=True,
            )
        ctx.wait()
        waited += ctx.policy.poll_seconds
        ctx.platform.stop_job(job_id)  # it may have started again by itself since
    return job


def stood_still(ctx: RunContext) -> None:
    """Write down that a source which was told to stop has stopped, where the recovery ends before its fence.

    The next recovery must not take it for a job that somebody else has cancelled.
    """
    recovery = recoveries.get(ctx.ledger, ctx.held.recovery_id)
    if recovery.fenced_at or not (recovery.source or {}).get("stops"):
        return
    for pause in (0.0, ctx.policy.visibility_seconds):
        ctx.wait(pause)
        job = ctx.platform.get_job(recovery.job_id)
        if job.is_stopped:
            struck("fence.stopped_half_way")
            note = {"job": job.id, "status": job.raw_status, "dispatched": job.dispatched, "moved": 0}
            recoveries.update(ctx.ledger, ctx.held, "fenced", note, fenced_at=ctx.clock.now())
            return


def _called_meanwhile(
    ctx: RunContext, job: Job, rows: Iterable[Contact], before: Mapping[str, Contact]
) -> dict[str, str]:
    if not ctx.platform.capabilities.can_list_calls:
        return {}
    shown = [row.call_id for row in (*rows, *before.values())]
    known = frozenset(call_id for call_id in shown if call_id)
    words = "the platform remembers a call to this person that its row does not show"
    calls = ctx.platform.list_calls(job, job.created_at, known)
    ids = [call.contact_id for call in calls]
    return {i: words for i in ids if i and i in before}


def _write(ctx: RunContext, recovery: Recovery, seen: _SourceLook) -> None:
    job = seen.job
    source = dict(recovery.source or {}) | {"fenced_at_counts": _counted(job)}
    recoveries.update(
        ctx.ledger,
        ctx.held,
        "fenced",
        {"job": job.id, "status": job.raw_status, "dispatched": job.dispatched, "moved": len(seen.moved)},
        source=source,
        fenced_at=recovery.fenced_at or ctx.clock.now(),
        level=Level.OPERATOR.value,
    )
