"""Looking: everything that triage reads, gathered and kept before any rule is asked."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import islice

from models.disposition import spotcheck
from models.disposition.hidden import hidden, hidden_by_retry
from models.enums import ContactStatus, JobStatus, Reads, State
from models.platform import Call, Capacity, Config, Contact, Job
from models.report.stopped import StoppedBy
from models.tables.ledger import Snapshot
from models.triage.observation import Observation, Tally
from tasks.context import RunContext
from tasks.dispatch.rows import read_rows
from tasks.fault_points import fault_point
from tasks.ledger import plans, recoveries, waves
from tasks.platforms.port import HandedOver
from tasks.triage.carrier_calls import by_call, with_carrier
from tasks.triage.related_jobs import find_related_jobs

NEEDS_CALL = frozenset({ContactStatus.NOT_REACHED, ContactStatus.CANCELLED, ContactStatus.NOT_DIALED})

MOST_KEPT = 200
"""Earlier looks that are gone through where only they tell whether a job moves."""
MOST_LISTED = 2000
"""Calls of the job that are looked through at the most for dispatches that no row shows."""


def observe(ctx: RunContext) -> Observation:
    """Look at the job and all around it, twice where it seems to stand still.

    What is handed over by people is looked at once: looking again shows the same moment again.
    """
    if ctx.platform.capabilities.reads is Reads.HANDOVERS:
        return _look(ctx, around=True)
    shared, now = ctx.case.shared, ctx.clock.now()
    if shared and shared.has_looked(ctx.case.job_id, now, ctx.policy.stall_seconds):
        return _look(ctx, around=True)
    if seems_still(ctx, _look(ctx, around=False)):
        ctx.reporter.say("Nothing has moved for a while; looking a second time to be sure.")
        ctx.wait()
    return _look(ctx, around=True)


def seems_still(ctx: RunContext, first: Observation) -> bool:
    """Tell whether a running job has been silent so long that the next look has to wait."""
    return first.job.status is JobStatus.RUNNING and first.quiet_seconds >= ctx.policy.stall_seconds


def first_seen(job: Job, rows: tuple[Contact, ...]) -> Observation:
    """Return a look at a job alone, for a later one to be compared with."""
    return Observation(job=job, rows=rows, capacity=Capacity(live=None), config=Config(None, None))


def _ahead(ctx: RunContext) -> tuple[Job, tuple[Contact, ...]] | None:
    return ctx.case.shared.rows.pop(ctx.case.job_id, None) if ctx.case.shared else None


def _look(ctx: RunContext, *, around: bool) -> Observation:
    platform = ctx.platform
    handed = tuple(platform.handed(ctx.case.job_id)) if isinstance(platform, HandedOver) else ()
    earlier = () if handed else _earlier(ctx)
    job, rows = _ahead(ctx) or read_rows(ctx, ctx.case.job_id)
    capacity = ctx.platform.get_capacity(job.agent_id)
    look = Observation(
        job=job,
        rows=rows,
        capacity=capacity,
        config=ctx.platform.get_config(job),
        earlier=earlier,
        stopped_by_us=_stopped_by_us(ctx),
        stopped=_stopped(ctx),
        handed=handed,
        cancel_overwrites=ctx.platform.capabilities.stop_overwrites_rows,
    )
    if look.untimed:
        look = replace(look, kept=_tallies(ctx, MOST_KEPT), looked_at=ctx.clock.now())
    fault_point("look.before_write")
    ctx.pulse()  # a snapshot is written under no claim: only who still holds the job may add to it
    waves.add_snapshot(ctx.ledger, snapshot_of_look(ctx, look))
    if not around:
        return look
    return find_related_jobs(ctx, look)


def _earlier(ctx: RunContext) -> tuple[Tally, ...]:
    since = ctx.clock.now() - timedelta(seconds=ctx.policy.stall_seconds)
    return tuple(tally for tally in _tallies(ctx, 20) if tally.at >= since)


def _tallies(ctx: RunContext, most: int) -> tuple[Tally, ...]:
    kept = waves.snapshots(ctx.ledger, ctx.job_key, limit=most)
    return tuple(Tally(s.at, s.dispatched, s.finished, s.counts) for s in kept)


def snapshot_of_look(ctx: RunContext, look: Observation) -> Snapshot:
    """Return what is kept of a look."""
    workspace, platform, job_id = ctx.job_key
    return Snapshot(
        workspace=workspace,
        platform=platform,
        job_id=job_id,
        recovery_id=ctx.claim.recovery_id if ctx.claim else None,
        at=ctx.clock.now(),
        status=look.job.raw_status,
        total=look.job.total,
        dispatched=look.job.dispatched,
        finished=look.job.finished,
        counts=dict(look.tally.counts),
        live=look.capacity.live,
        limit=look.capacity.limit,
    )


def _stopped_by_us(ctx: RunContext) -> bool:
    found, platform = recoveries.of_job(ctx.ledger, ctx.job_key), ctx.platform
    if any(recovery.fenced_at for recovery in found):
        return True
    return isinstance(platform, HandedOver) and any(
        platform.stop_said(recovery.job_id, recovery.id) for recovery in found
    )


def _stopped(ctx: RunContext) -> StoppedBy | None:
    mine = ctx.claim.recovery_id if ctx.claim else None
    found = [one for one in recoveries.of_job(ctx.ledger, ctx.job_key) if one.id != mine]
    for number, one in enumerate(found):
        if one.fenced_at:
            newest = [later for later in found[number:] if later.fenced_at][-1]
            return StoppedBy(one.id, one.fenced_at, newest.id, State(newest.state), newest.ended_at)
    return None


def rows_before_cancel(ctx: RunContext) -> dict[str, Contact]:
    """Return the rows as the first recovery of this job saw them, before any cancel overwrote them."""
    for recovery in recoveries.of_job(ctx.ledger, ctx.job_key):
        if recovery.fenced_at:
            return dict(plans.seen_before(plans.contacts(ctx.ledger, recovery.id)))
    return {}


def complete(
    ctx: RunContext, look: Observation, before: Mapping[str, Contact]
) -> tuple[Observation, dict[str, Call]]:
    """Ask for the calls that the look's rows leave open, and return it with what they say of the rows.

    `before` are the rows from before a cancel of ours overwrote them.
    """
    others = [a.contact for found in look.attempts.values() for a in found if a.known is None]
    calls = refine(ctx, look.job, [*look.rows, *others])
    listed = _listed(ctx, look, before)
    told = [*(call for row in look.rows if (call := calls.get(row.call_id or ""))), *listed.values()]
    # The job's own word counts as well: of a campaign that has not called yet there is no call to tell.
    # One that is itself the job tells by its own state whether it still calls.
    named = (look.job.owner, *(call.campaign_id for call in told if call.campaign_id != look.job.id))
    seen = replace(
        look,
        listed=listed,
        hidden=hidden(look.job, look.rows, before, len(listed)),
        hidden_by_retry=hidden_by_retry(look.job, look.rows, calls),
        denied=spotcheck.denied(look.rows, calls),
        unchecked=spotcheck.unchecked(look.rows, calls),
        campaigns=tuple(sorted({name for name in named if name})),
        on_the_line=_on_the_line(look, calls),
        gaps=tuple(dict.fromkeys((*look.gaps, *ctx.platform.gaps()))),
        unheard=ctx.unheard(),
    )
    ctx.say_gaps()
    return seen, calls


def _listed(ctx: RunContext, look: Observation, before: Mapping[str, Contact]) -> dict[str, Call]:
    """Find the calls that the counter tells of and no row names; asked for only where there must be some."""
    if not (hidden(look.job, look.rows, before) and ctx.platform.capabilities.can_list_calls):
        return {}
    known = frozenset(row.call_id for row in look.rows if row.call_id)
    calls = islice(ctx.platform.list_calls(look.job, look.job.created_at, known), MOST_LISTED)
    mine = {row.id: row for row in look.rows}
    found = {call.id: call for call in calls if call.contact_id in mine}
    told = with_carrier(ctx, found, {call.id: mine[call.contact_id or ""] for call in found.values()})
    return {call.contact_id: call for call in told.values() if call.contact_id}


def _on_the_line(look: Observation, calls: Mapping[str, Call]) -> int | None:
    flying = [calls.get(row.call_id or "") for row in look.rows if row.status.is_in_flight]
    read = [call for call in flying if call and call.status is not ContactStatus.UNKNOWN]
    return sum(1 for call in read if _is_alive(call)) if read else None


def _is_alive(call: Call) -> bool:
    return call.status is ContactStatus.LIVE or bool(call.carrier and call.carrier.is_open)


def refine(ctx: RunContext, job: Job, rows: Iterable[Contact]) -> dict[str, Call]:
    """Ask for the calls behind the rows whose status alone does not tell what happened.

    Of the completed rows a few are asked for as well, and more where the few turn out wrong. What the
    platform's word then leaves open the carrier is asked about, where there are keys for it.
    """
    rows = tuple(rows)
    wanted = [row for row in rows if row.call_id and _needs_call(ctx, job, row)]
    found = _calls(ctx, [*wanted, *spotcheck.sample(rows, job.id)])
    return with_carrier(ctx, found | _calls(ctx, spotcheck.more(rows, found)), by_call(rows))


def _calls(ctx: RunContext, rows: Iterable[Contact]) -> dict[str, Call]:
    wanted = list(dict.fromkeys(row.call_id for row in rows if row.call_id))
    found: dict[str, Call] = {}
    for start in range(0, len(wanted), 100):
        found |= ctx.platform.get_calls(wanted[start : start + 100])
        ctx.reporter.progress("asking why calls ended", min(start + 100, len(wanted)), len(wanted))
        ctx.keep_alive()
    return found


def _needs_call(ctx: RunContext, job: Job, row: Contact) -> bool:
    if row.status in NEEDS_CALL:
        return True
    quiet = row.updated_at and (job.seen_at - row.updated_at).total_seconds() >= ctx.policy.stall_seconds
    return row.status.is_in_flight and (bool(quiet) or job.is_stopped)
