"""Check 1: job health and stage; a terminal state is looked at before a stall."""

from datetime import datetime
from typing import Any

from models.findings import Finding, plural, share
from models.look import Look
from models.policy import Policy
from models.words import Cause, Check, ContactStatus, JobStatus, Severity


def health(look: Look, policy: Policy, *, window_opens: datetime | None = None) -> Finding:
    """Judge status, stage, movement, and expected against processed contacts.

    `window_opens` is when our own calling window opens next, None while it is open or off.
    """
    for judge in (_empty, _over, _paused, _scheduled):
        if finding := judge(look):
            return finding
    if finding := _moving(look, policy):
        return finding
    if window_opens:
        return _closed(look, window_opens)
    return _stalled(look, policy)


def _evidence(look: Look, **more: Any) -> dict[str, Any]:
    job = look.job
    return {
        "status": job.raw_status,
        "expected": job.total,
        "rows": len(look.rows),
        "dispatched": job.dispatched,
        "finished": job.finished,
        "not_dialed": look.counts[ContactStatus.NOT_DIALED],
        "in_flight": look.in_flight,
        "quiet_seconds": round(look.quiet_seconds),
        **more,
    }


def _finding(look: Look, severity: Severity, cause: Cause, words: str, **more: Any) -> Finding:
    return Finding(Check.HEALTH, severity, cause, words, _evidence(look, **more))


def _empty(look: Look) -> Finding | None:
    if look.rows or look.job.total:
        return None
    return _finding(look, Severity.WARN, Cause.NONE, "The job has no contacts, so there is nobody to call.")


def _over(look: Look) -> Finding | None:
    job = look.job
    if not job.status.is_over:
        return None
    left = len(look.rows) - look.over + look.counts[ContactStatus.CANCELLED]
    failed = look.counts[ContactStatus.NOT_REACHED]
    if job.status is JobStatus.CANCELLED and not look.stopped_by_us:
        return _cancelled(look)
    if not left and not failed:
        words = "The job has finished and every contact has an end."
        return _finding(look, Severity.OK, Cause.ALREADY_FINISHED, words)
    words = (
        f"The job has ended ({job.raw_status}) short: {plural(left, 'contact')} without an end, "
        f"{failed:,} not reached, of {job.total:,}."
    )
    return _finding(look, Severity.FAIL, Cause.FELL_SHORT, words, left=left, failed=failed)


def _cancelled(look: Look) -> Finding:
    words = (
        "Somebody cancelled the job, and the platform overwrites its rows on a cancel: who was called can "
        "only be told from calls that it still remembers."
    )
    return _finding(look, Severity.WARN, Cause.UNKNOWN, words)


def _paused(look: Look) -> Finding | None:
    if look.job.status is not JobStatus.PAUSED:
        return None
    return _finding(look, Severity.WARN, Cause.UNKNOWN, "A person has paused the job; resume it there.")


def _scheduled(look: Look) -> Finding | None:
    starts = look.job.scheduled_at
    if starts is None or starts <= look.job.seen_at or look.job.dispatched:
        return None
    zone = look.job.timezone or "UTC"
    words = f"The job waits for its own start at {starts:%Y-%m-%d %H:%M} UTC ({zone}); it is not stalled."
    return _finding(look, Severity.OK, Cause.CALLING_WINDOW, words, opens=starts.isoformat())


def _moving(look: Look, policy: Policy) -> Finding | None:
    if look.job.status is JobStatus.UNKNOWN:
        words = f"The platform reports the status {look.job.raw_status!r}, which nobody has documented."
        return _finding(look, Severity.UNKNOWN, Cause.UNKNOWN, words)
    if _is_through(look) and not look.counts[ContactStatus.NOT_REACHED]:
        words = "Every contact has an end; the platform has only not yet closed the job."
        return _finding(look, Severity.OK, Cause.ALREADY_FINISHED, words)
    moved = any(tally.moved(look.tally) for tally in look.earlier[-1:])
    fresh = look.quiet_seconds < policy.stall_seconds
    if moved or fresh or _calls_in_the_air(look):
        words = (
            f"The job is running and its counters move; the last change is {look.quiet_seconds:.0f} s old."
        )
        return _finding(look, Severity.OK, Cause.NONE, words, processed=share(look.over, len(look.rows)))
    return None


def _is_through(look: Look) -> bool:
    return bool(look.rows) and look.over == len(look.rows)


def _calls_in_the_air(look: Look) -> bool:
    # Long conversations are no stall: every held permit belongs to a call that is alive.
    live = look.capacity.live
    return bool(live) and 0 < look.in_flight <= (live or 0)


def _closed(look: Look, opens: datetime) -> Finding:
    words = f"Nothing moves because the calling window is closed; it opens at {opens:%Y-%m-%d %H:%M} UTC."
    return _finding(look, Severity.OK, Cause.CALLING_WINDOW, words, opens=opens.isoformat())


def _stalled(look: Look, policy: Policy) -> Finding:
    if _is_through(look):
        failed = look.counts[ContactStatus.NOT_REACHED]
        words = f"Every contact has an end, {failed:,} not reached, and the platform does not close the job."
        return _finding(look, Severity.FAIL, Cause.FELL_SHORT, words, left=0, failed=failed)
    cause, why = _stall_cause(look, policy)
    words = f"The job says it is running and nothing has moved for {look.quiet_seconds:.0f} s: {why}."
    return _finding(look, Severity.FAIL, cause, words)


def _stall_cause(look: Look, policy: Policy) -> tuple[Cause, str]:
    live = look.capacity.live
    waiting = look.counts[ContactStatus.NOT_DIALED]
    if live is not None and look.in_flight > live:
        return (
            Cause.PERMITS,
            f"{look.in_flight} contacts hold permits, and only {plural(live, 'call')} can be heard",
        )
    if live is not None and live >= permit_limit(look, policy):
        return Cause.PERMITS, "other calls of the workspace use every permit"
    if look.in_flight and live is None:
        return Cause.PERMITS, f"{look.in_flight} contacts hold permits and none of them moves"
    if waiting and not look.in_flight:
        return Cause.DEAD_DISPATCHER, f"{waiting:,} contacts wait, permits are free, nobody dispatches"
    return Cause.UNKNOWN, "no known cause fits what the platform shows"


def permit_limit(look: Look, policy: Policy) -> int:
    """Return the permits that a recovery counts with: the smallest limit that anybody states."""
    stated = (policy.permits, look.capacity.limit, look.config.agent_limit)
    return min(limit for limit in stated if limit is not None and limit > 0)
