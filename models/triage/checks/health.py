"""Check 1: job health and stage; a terminal state is looked at before a stall."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from models.enums import Cause, Check, ContactStatus, JobStatus, Severity
from models.handovers.history import stillness
from models.moments import utc
from models.platform import Job
from models.policy.policy import Policy
from models.report.people import People
from models.triage.contradictions import contradictions
from models.triage.findings import Finding, plural, share
from models.triage.observation import Observation

STOP_IT = (
    "Nobody is redialled here. Stop campaign {} on the platform and wait until it says stopped: a pause is "
    "not enough, for anybody may resume it. Then run recover again: whom it has not reached is planned."
)
"""What a person does about a campaign that is itself the job; only they may stop it."""
LONGEST_CALL = 7200
"""Seconds of silence that calls in the air can explain: a conversation of two hours is a leak."""


def health(
    look: Observation,
    policy: Policy,
    *,
    window_opens: datetime | None = None,
    trusted: bool = False,
    people: People | None = None,
    through: bool = False,
) -> Finding:
    """Judge status, stage, movement, and expected against processed contacts.

    `window_opens` is when somebody who waits may be called for the first time since anything moved, None
    where that was so at once or no hours are set. `trusted` is True where a person has looked at what the
    platform contradicts itself in. `people` counts everybody where a recovery of ours has stopped the job,
    for whom its rows tell nothing more; `through` is True where nobody of them is left to redial, to wait for
    or to decide about.
    """
    for judge in (_empty, _owned, _goes_on):
        if finding := judge(look):
            return finding
    ended = _stopped(look, people, through=through) if people else None
    plain = ended or _plain(look, policy, window_opens)
    if odd := contradictions(look, policy):
        return _odd(plain, odd, trusted=trusted)
    return plain


def _plain(look: Observation, policy: Policy, window_opens: datetime | None) -> Finding:
    for judge in (_over, _paused, _scheduled):
        if finding := judge(look):
            return finding
    if finding := _handed_over(look, policy) or _untimed(look, policy):
        return finding
    if finding := _moving(look, policy):
        return finding
    closed = _closed(look, policy, window_opens) if window_opens and _only_waits(look) else None
    return _retried(look) or closed or _stalled(look, policy)


def _stopped(look: Observation, people: People, *, through: bool) -> Finding | None:
    """Say by which recovery the job was stopped and what became of everybody, where its rows do not tell."""
    job, stopped = look.job, look.stopped
    if stopped is None or not _stands(job) or job.is_campaign:
        return None
    words = f"{stopped.message} {people.message()}"
    evidence: dict[str, Any] = {"people": people.as_json(), "stopped_by": stopped.recovery_id}
    if through and people.is_through:
        return _finding(look, Severity.OK, Cause.ALREADY_FINISHED, words, left=0, failed=0, **evidence)
    evidence |= {"left": people.left, "failed": people.unsuccessful}
    return _finding(look, Severity.FAIL, Cause.FELL_SHORT, words, **evidence)


def _stands(job: Job) -> bool:
    return job.status is JobStatus.CANCELLED or job.halted


def _odd(plain: Finding, odd: Sequence[str], *, trusted: bool) -> Finding:
    """Say in which way the platform contradicts itself, and hold unless a person has looked."""
    words = f"The platform contradicts itself: {'; '.join(odd)}."
    evidence = {**plain.evidence, "contradictions": list(odd)}
    if trusted and plain.cause not in {Cause.NONE, Cause.ALREADY_FINISHED}:
        return replace(plain, message=f"{plain.message} {words}", evidence=evidence)
    if trusted:
        return replace(
            plain, severity=Severity.FAIL, cause=Cause.FELL_SHORT, message=words, evidence=evidence
        )
    return replace(plain, severity=Severity.UNKNOWN, cause=Cause.UNKNOWN, message=words, evidence=evidence)


def _owned(look: Observation) -> Finding | None:
    if not look.campaigns:
        return None
    name = ", ".join(look.campaigns)
    own = f" ({look.job.own_rules})" if look.job.own_rules else ""
    words = f"Campaign {name} calls these people itself, and calls them again by its own rules{own}."
    more = {"asks": STOP_IT.format(name)} if look.job.is_campaign else {}
    return _finding(look, Severity.WARN, Cause.UNKNOWN, words, owner=f"campaign {name}", **more)


def _goes_on(look: Observation) -> Finding | None:
    job = look.job
    if job.status.is_over or not job.dispatched or not job.scheduled_at or job.scheduled_at <= job.seen_at:
        return None
    words = f"The platform goes on with the job by itself at {job.scheduled_at:%Y-%m-%d %H:%M} UTC."
    return _finding(look, Severity.WARN, Cause.UNKNOWN, words, owner="the platform's own schedule")


def _retried(look: Observation) -> Finding | None:
    waits = sum(1 for row in look.rows if row.status is ContactStatus.NOT_DIALED and row.call_id)
    if not (look.job.retries and waits):
        return None
    words = (
        f"The platform's own retry ({look.job.retries}) is under way and will call "
        f"{plural(waits, 'contact')} again: that is no stall."
    )
    return _finding(look, Severity.WARN, Cause.UNKNOWN, words, owner="the platform's own retry")


def _evidence(look: Observation, **more: Any) -> dict[str, Any]:
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


def _finding(look: Observation, severity: Severity, cause: Cause, message: str, **more: Any) -> Finding:
    return Finding(Check.HEALTH, severity, cause, message, _evidence(look, **more))


def _empty(look: Observation) -> Finding | None:
    if look.rows or look.job.total:
        return None
    return _finding(look, Severity.WARN, Cause.NONE, "The job has no contacts, so there is nobody to call.")


def _over(look: Observation) -> Finding | None:
    job = look.job
    if not (job.status.is_over or (job.halted and look.stopped_by_us)):
        return None
    left = len(look.rows) - look.over + look.counts[ContactStatus.CANCELLED]
    failed = look.counts[ContactStatus.NOT_REACHED]
    if job.status is JobStatus.CANCELLED and not (look.stopped_by_us or job.is_campaign):
        return _cancelled(look)
    if not left and not failed:
        words = "The job has finished and every contact has an end."
        return _finding(look, Severity.OK, Cause.ALREADY_FINISHED, words)
    words = (
        f"The job has ended ({job.raw_status}) short: {plural(left, 'contact')} without an end, "
        f"{failed:,} not reached, of {job.total:,}."
    )
    return _finding(look, Severity.FAIL, Cause.FELL_SHORT, words, left=left, failed=failed)


def _handed_over(look: Observation, policy: Policy) -> Finding | None:
    """Judge movement between hand-overs, or say which one is needed; None where they show a stall."""
    if not look.handed or look.job.status is JobStatus.UNKNOWN or _is_through(look):
        return None
    if look.job.status is JobStatus.SCHEDULED:
        words = f"The job is {look.job.raw_status}: nobody has run it, so it has not stalled; run it there."
        return _finding(look, Severity.WARN, Cause.UNKNOWN, words)
    seen = stillness(look.handed)
    if seen.moved:
        words = (
            f"The job moved between the last two hand-overs, of which the newer one is of {utc(seen.newest)}."
        )
        return _finding(look, Severity.OK, Cause.NONE, words, handed_over=len(look.handed))
    if seen.since and seen.seconds >= policy.stall_seconds:
        return None
    next_at = seen.next_at(policy.stall_seconds)
    what = "one moment" if seen.since is None else f"moments {seen.seconds:.0f} s apart"
    words = f"Hand-overs tell of {what} that can be compared: whether the job moves cannot be told yet."
    asks = (
        f"Look at the job once more at {utc(next_at)} or later, and hand it over again: `ringback observe "
        f"{look.job.id} --status WORD --processed N`; a report with it tells more."
    )
    return _finding(look, Severity.UNKNOWN, Cause.UNKNOWN, words, asks=asks)


def _untimed(look: Observation, policy: Policy) -> Finding | None:
    """Judge movement between looks of ours where no time tells of it; None where they show a stall."""
    if (
        not look.untimed
        or look.job.status is JobStatus.UNKNOWN
        or _is_through(look)
        or look.looked_at is None
    ):
        return None
    if any(tally.moved(look.tally) for tally in look.earlier):
        words = "The platform tells no times; since the last looks at the job its counters have moved."
        return _finding(look, Severity.OK, Cause.NONE, words, processed=share(look.over, len(look.rows)))
    if look.quiet_seconds >= policy.stall_seconds:
        return None
    next_at = look.looked_at + timedelta(seconds=policy.stall_seconds - look.quiet_seconds)
    words = (
        "The platform tells of nothing when it moved, and ringback has seen the job stand so for "
        f"{look.quiet_seconds:.0f} s only: whether it moves cannot be told yet."
    )
    asks = (
        f"Look at the job once more after {utc(next_at)}: `ringback triage {look.job.id}`. A sweep does so "
        "by itself."
    )
    return _finding(look, Severity.UNKNOWN, Cause.UNKNOWN, words, asks=asks)


def _cancelled(look: Observation) -> Finding:
    if look.handed or not look.cancel_overwrites:
        words = "The job was deleted or stopped, and no recovery had asked for that: a person must decide."
        return _finding(look, Severity.WARN, Cause.UNKNOWN, words)
    words = (
        "Somebody cancelled the job, and the platform overwrites its rows on a cancel: who was called can "
        "only be told from calls that it still remembers."
    )
    return _finding(look, Severity.WARN, Cause.UNKNOWN, words)


def _paused(look: Observation) -> Finding | None:
    if look.job.status is JobStatus.DRAFT:
        words = "The job is a draft that nobody has started, so it has not stalled; start it there."
        return _finding(look, Severity.WARN, Cause.UNKNOWN, words)
    if look.job.status is not JobStatus.PAUSED:
        return None
    return _finding(look, Severity.WARN, Cause.UNKNOWN, "A person has paused the job; resume it there.")


def _scheduled(look: Observation) -> Finding | None:
    starts = look.job.scheduled_at
    if starts is None or starts <= look.job.seen_at:
        return None
    zone = look.job.timezone or "UTC"
    words = f"The job waits for its own start at {starts:%Y-%m-%d %H:%M} UTC ({zone}); it is not stalled."
    return _finding(look, Severity.OK, Cause.CALLING_WINDOW, words, opens=starts.isoformat())


def _moving(look: Observation, policy: Policy) -> Finding | None:
    if look.job.status is JobStatus.UNKNOWN:
        words = f"The platform reports the status {look.job.raw_status!r}, which nobody has documented."
        return _finding(look, Severity.UNKNOWN, Cause.UNKNOWN, words)
    if finding := _cut_off(look):
        return finding
    if _is_through(look) and not look.counts[ContactStatus.NOT_REACHED]:
        words = "Every contact has an end; the platform has only not yet closed the job."
        return _finding(look, Severity.OK, Cause.ALREADY_FINISHED, words)
    moved = any(tally.moved(look.tally) for tally in look.earlier[-1:])
    fresh = look.quiet_seconds < policy.stall_seconds
    if moved or fresh or _calls_in_the_air(look, policy):
        words = (
            f"The job is running and its counters move; the last change is {look.quiet_seconds:.0f} s old."
        )
        return _finding(look, Severity.OK, Cause.NONE, words, processed=share(look.over, len(look.rows)))
    return None


def _cut_off(look: Observation) -> Finding | None:
    """Say that a job which is said to run has cancelled rows: they were ended, and nobody was called."""
    cancelled = look.counts[ContactStatus.CANCELLED]
    if not (cancelled and _is_through(look)):
        return None
    words = (
        f"The platform says {look.job.raw_status} of the job and cancelled of "
        f"{plural(cancelled, 'contact')}: somebody stops it at this moment, or one of both is not true."
    )
    return _finding(look, Severity.WARN, Cause.UNKNOWN, words, cancelled=cancelled)


def _is_through(look: Observation) -> bool:
    return bool(look.rows) and look.over == len(look.rows)


def _calls_in_the_air(look: Observation, policy: Policy) -> bool:
    """Tell whether long conversations explain the silence: every held permit belongs to a living call.

    The rows' own calls say so for as long as calls last. A count of conversations may be anybody's, so it
    says so only for as long as a permit is waited for.
    """
    if not look.in_flight:
        return False
    if look.on_the_line is not None:
        return look.on_the_line >= look.in_flight and look.quiet_seconds < LONGEST_CALL
    return (_heard(look) or 0) >= look.in_flight and look.quiet_seconds < policy.permit_patience


def _heard(look: Observation) -> int | None:
    """Return how many calls of the job may be alive, from the nearest witness that there is."""
    known = (look.on_the_line, look.capacity.agent_live, look.capacity.live)
    return next((count for count in known if count is not None), None)


def _only_waits(look: Observation) -> bool:
    return look.counts[ContactStatus.NOT_DIALED] > 0 and not look.in_flight


def _closed(look: Observation, policy: Policy, opens: datetime) -> Finding | None:
    since = (look.job.seen_at - opens).total_seconds()
    if since >= policy.stall_seconds:
        return None
    verb = "opened" if since >= 0 else "opens"
    words = (
        f"Nothing moves because calling hours were closed; the window {verb} at {opens:%Y-%m-%d %H:%M} UTC."
    )
    return _finding(look, Severity.OK, Cause.CALLING_WINDOW, words, opens=opens.isoformat())


def _stalled(look: Observation, policy: Policy) -> Finding:
    if _is_through(look):
        failed = look.counts[ContactStatus.NOT_REACHED]
        words = f"Every contact has an end, {failed:,} not reached, and the platform does not close the job."
        return _finding(look, Severity.FAIL, Cause.FELL_SHORT, words, left=0, failed=failed)
    cause, why = _stall_cause(look, policy)
    words = f"The job says it is running and nothing has moved for {look.quiet_seconds:.0f} s: {why}."
    return _finding(look, Severity.FAIL, cause, words)


def _stall_cause(look: Observation, policy: Policy) -> tuple[Cause, str]:
    live = look.capacity.live
    waiting = look.counts[ContactStatus.NOT_DIALED]
    heard = _heard(look)
    if heard is not None and look.in_flight > heard:
        holding = plural(look.in_flight, "contact holds a permit", "contacts hold permits")
        calls = f"only {plural(heard, 'call')}" if heard else "no call"
        return Cause.PERMITS, f"{holding}, and {calls} can be heard"
    if live is not None and live >= permit_limit(look, policy):
        return Cause.PERMITS, "other calls of the workspace use every permit"
    if look.in_flight:
        return (
            Cause.PERMITS,
            plural(
                look.in_flight,
                "contact holds a permit and does not move",
                "contacts hold permits and none of them moves",
            ),
        )
    if waiting and look.handed:
        return (
            Cause.DEAD_DISPATCHER,
            f"{plural(waiting, 'contact waits', 'contacts wait')} and nobody dispatches them",
        )
    if waiting:
        return (
            Cause.DEAD_DISPATCHER,
            f"{plural(waiting, 'contact waits', 'contacts wait')}, permits are free, nobody dispatches",
        )
    return Cause.UNKNOWN, "no known cause fits what the platform shows"


def permit_limit(look: Observation, policy: Policy) -> int:
    """Return the permits that a recovery counts with: the smallest limit that anybody states."""
    standing, told = standing_limit(look, policy), look.capacity.limit
    return standing if told is None or told < 0 else min(standing, told)


def standing_limit(look: Observation, policy: Policy) -> int:
    """Return the smallest limit that is set, whatever a platform tells of its own at a moment."""
    agent = look.config.agent_limit
    return min(policy.permits, agent) if agent is not None and agent > 0 else policy.permits
