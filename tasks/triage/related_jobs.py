"""Looking around a job: second runs, waves of recoveries, calls nobody asked for."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import islice

from models.enums import ContactStatus, Disposition, Reads, State, Unit, WaveState
from models.plan.markers import Marker
from models.platform import Contact, Job, NoSuchJobError
from models.tables.ledger import Planned, Recovery, Wave
from models.triage.observation import Attempt, Observation, Sibling
from models.triage.related_jobs import Known
from tasks.context import RunContext
from tasks.dispatch.people import who
from tasks.dispatch.singly import marked_calls
from tasks.dispatch.stops.taken_back import UNDELIVERED, read_again
from tasks.dispatch.witness import BEGINNING
from tasks.ledger import plans, recoveries, waves
from tasks.platforms.port import ShowsMarkers
from tasks.triage.other_jobs import other_job, to_compare

MOST_JOBS = 500
"""Other jobs whose contacts are read at the most; what is left out is said."""
MOST_CALLS = 200
LIVE = WaveState.ACCEPTED.value


def find_related_jobs(ctx: RunContext, look: Observation) -> Observation:
    """Add siblings, the attempts of other jobs, and repeated deliveries to a look."""
    gaps: list[str] = []
    # The jobs come first: what one of them does after its rows were read has to be news to the witness.
    listed = _listed(ctx, look, gaps)
    attempts: dict[str, list[Attempt]] = defaultdict(list)
    for attempt in (*_own_attempts(ctx), *_unknown_attempts(ctx)):
        attempts[_number(ctx, attempt.contact) or ""].append(attempt)
    siblings = _siblings(ctx, look, listed, attempts, gaps)
    return replace(
        look,
        siblings=tuple(siblings),
        attempts={number: tuple(found) for number, found in attempts.items()},
        repeated_calls=_repeated(ctx, look, gaps),
        gaps=tuple(gaps),
    )


def _number(ctx: RunContext, row: Contact) -> str | None:
    return who(ctx, row.phone)


def _own_attempts(ctx: RunContext) -> Iterable[Attempt]:
    for recovery, wave in waves.of_job(ctx.ledger, ctx.job_key):
        if ctx.claim and recovery.id == ctx.claim.recovery_id:
            continue
        more = _repeats(ctx, recovery, wave)
        alike = plans.walls_of(ctx.ledger, recovery.id)
        rows = waves.contacts_of(ctx.ledger, wave)
        untried = any(row.outcome == UNDELIVERED for row in rows)
        called = read_again(ctx, wave, rows) if untried else _told_late(ctx, wave, rows)
        yield from called.values()
        for row in rows:
            if row.contact_id in called and row.outcome in {UNDELIVERED, Disposition.AMBIGUOUS.value}:
                continue
            yield Attempt(
                wave.platform_job or wave.marker,
                _as_contact(row),
                ours=True,
                # What the network answered to nearly everybody is no person's own word.
                known=Disposition.UNKNOWN if row.outcome_code in alike else _known(row),
                retries=more[row.contact_id],
            )


def _unknown_attempts(ctx: RunContext) -> Iterable[Attempt]:
    """Yield the calls under markers of ours that this ledger does not know, where a platform shows them."""
    if not isinstance(ctx.platform, ShowsMarkers):
        return
    seen = marked_calls.look(ctx, ctx.platform)
    for row in (*seen.strangers, *seen.refused):
        yield Attempt(row.marker or "", row, ours=True, over=row.status.is_over)


def _told_late(ctx: RunContext, wave: Wave, rows: Sequence[Planned]) -> Mapping[str, Attempt]:
    """Return what is told by now of calls that were held because nothing told their end in time."""
    if ctx.platform.capabilities.unit is not Unit.CALL or wave.platform_job is None:
        return {}
    held = {row.contact_id: row for row in rows if row.outcome == Disposition.AMBIGUOUS.value}
    if not held:
        return {}
    told = (one for one in ctx.platform.list_contacts(wave.platform_job) if one.status.is_over)
    return {
        one.id: Attempt(wave.platform_job, replace(one, phone=held[one.id].phone), ours=True, over=True)
        for one in told
        if one.id in held
    }


def _repeats(ctx: RunContext, recovery: Recovery, wave: Wave) -> Counter[str]:
    """Count the calls that the platform made again by itself: they used up attempts as well.

    Only a recovery that ended for engineering can have any: a repeated delivery ends one so.
    """
    if recovery.state != State.ESCALATED.value or not (wave.platform_job and _can_list_calls(ctx)):
        return Counter()
    try:
        job = ctx.platform.get_job(wave.platform_job)
        calls = list(ctx.platform.list_calls(job, job.created_at, frozenset()))
    except NoSuchJobError:
        return Counter()
    made = Counter(call.contact_id for call in calls)
    who = {call.id: call.contact_id for call in calls}
    rows = waves.contacts_of(ctx.ledger, wave)
    return Counter({row.contact_id: made[who[row.call_id]] - 1 for row in rows if row.call_id in who})


def _can_list_calls(ctx: RunContext) -> bool:
    return ctx.platform.capabilities.can_list_calls


def _as_contact(row: Planned) -> Contact:
    untried = _known(row) is Disposition.UNDELIVERED
    status = ContactStatus.NOT_DIALED if untried else ContactStatus.NOT_REACHED
    # Without an outcome it may have been dialled up to now: the look's own time counts then.
    ended = row.settled_at if row.outcome else None
    return Contact(
        row.contact_id, row.phone, status, row.outcome or str(row.state), row.call_id, updated_at=ended
    )


def _known(row: Planned) -> Disposition:
    if row.outcome:
        return Disposition(row.outcome)
    # Refused means proved not processed; everything else without an outcome may have been a call.
    return (
        Disposition.UNDELIVERED if row.state in {"refused", "skipped", "planned"} else Disposition.AMBIGUOUS
    )


def _listed(ctx: RunContext, look: Observation, gaps: list[str]) -> list[Job]:
    if not ctx.platform.capabilities.can_list_jobs:
        if ctx.platform.capabilities.reads is Reads.PLATFORM:
            gaps.append("this platform cannot list jobs, so a second run cannot be seen")
            return []
        gaps.append("this platform lists no jobs, so a second run that nobody has handed over cannot be seen")
    listed = [job for job in _all_jobs(ctx) if job.id != look.job.id]
    if ctx.case.shared is None:  # a sweep only looks: nothing is dialled by what it saw around a job
        ctx.case.around = {job.id: list(Known.of(job)) for job in listed}
    return listed


def _all_jobs(ctx: RunContext) -> Iterable[Job]:
    shared = ctx.case.shared
    if shared is None:
        return ctx.platform.list_jobs(BEGINNING)
    if shared.listed is None:
        shared.listed = tuple(ctx.platform.list_jobs(BEGINNING))
    return shared.listed


def _siblings(
    ctx: RunContext,
    look: Observation,
    listed: Sequence[Job],
    attempts: dict[str, list[Attempt]],
    gaps: list[str],
) -> list[Sibling]:
    people = {n for row in look.rows if (n := _number(ctx, row))}
    others = _near(look, listed, _own_jobs(ctx), ctx.policy.duplicate_hours)
    if len(others) > MOST_JOBS:
        gaps.append(f"{len(others) - MOST_JOBS} jobs of the workspace were not compared")
    found = []
    compared = to_compare(ctx, others[:MOST_JOBS], people)
    for index, job in enumerate(compared, start=1):
        ctx.reporter.progress("comparing with other jobs", index, len(compared))
        ctx.pulse()
        if sibling := _sibling(ctx, job, people, attempts):
            found.append(sibling)
    return found


def _near(look: Observation, listed: Sequence[Job], own: Mapping[str, Wave], hours: float) -> list[Job]:
    """Return the jobs to compare: all that may still call, and those near in time, the nearest first.

    A wave of ours is among them only where it was begun anew, which nobody of us does.
    """
    since = look.job.created_at - timedelta(hours=hours)
    others = [
        job
        for job in listed
        if (not job.status.is_over or job.created_at >= since)
        and not (job.id in own and not job.retries and (job.is_stopped or own[job.id].state == LIVE))
    ]
    return sorted(others, key=lambda job: (job.status.is_over, abs(job.created_at - look.job.created_at)))


def _own_jobs(ctx: RunContext) -> dict[str, Wave]:
    pairs: list[tuple[Recovery, Wave]] = waves.of_job(ctx.ledger, ctx.job_key)
    return {wave.platform_job: wave for _, wave in pairs if wave.platform_job}


def _sibling(
    ctx: RunContext, job: Job, people: set[str], attempts: dict[str, list[Attempt]]
) -> Sibling | None:
    other = other_job(ctx, job, people)
    if other.is_idle:
        return None  # it ended before it called anybody
    marker = other.marker
    ours = marker is not None
    shared = dialled = 0
    for number, row in other.rows:
        if number not in people:
            continue
        shared += 1
        dialled += row.status is not ContactStatus.NOT_DIALED
        attempts[number].append(Attempt(job.id, row, ours=ours, over=job.status.is_over, retries=job.retries))
    known = marker is not None and _is_known(ctx, marker)
    return Sibling(job, shared, dialled, ours, known=known) if shared else None


def _is_known(ctx: RunContext, marker: Marker) -> bool:
    """Tell whether this ledger knows a wave, as far as it can: of other jobs it knows the recovery."""
    recovery = recoveries.find_or_none(ctx.ledger, marker.recovery_id)
    if recovery is None or recovery.job_id != ctx.case.job_id:
        return recovery is not None
    return any(wave.n == marker.n for wave in waves.of(ctx.ledger, recovery.id))


def _lists_calls(ctx: RunContext) -> bool:
    return ctx.platform.capabilities.can_list_calls


def _repeated(ctx: RunContext, look: Observation, gaps: list[str]) -> tuple[str, ...]:
    if not _lists_calls(ctx):
        gaps.append("this platform cannot list calls, so a repeated delivery cannot be seen")
        return ()
    rows = {row.id: row.call_id for row in look.rows if row.call_id}
    extra = ctx.platform.list_calls(look.job, look.job.created_at, frozenset(rows.values()))
    calls = list(islice(extra, MOST_CALLS))
    if not extra.complete:
        gaps.append("not every call of this job could be read, so a repeated delivery may go unseen")
    if len(calls) == MOST_CALLS:
        gaps.append(f"more than {MOST_CALLS} calls are on no row; the rest was not read")
    counted = Counter(call.contact_id for call in calls if call.contact_id)
    # The platform's own retry dials a row again on purpose: that many calls are no repeated delivery.
    meant = 1 + look.job.retries
    return tuple(i for i, count in counted.items() if count + (i in rows) > meant)
