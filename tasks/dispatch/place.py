"""A wave of single calls: each is written down, asked for once, and its answer written down, one by one."""

from models.enums import ContactStatus, DispatchState
from models.invariants import given
from models.plan.fence import has_moved
from models.platform import (
    Contact,
    Draft,
    SubmitOutcomeUnknownError,
    SubmitRefusedContactError,
    SubmitRefusedError,
)
from models.tables.ledger import Planned, Wave
from models.verdict.ending import hold
from tasks.context import RunContext
from tasks.dispatch import calling_hours
from tasks.dispatch.cancel import check_cancel
from tasks.dispatch.people import who
from tasks.dispatch.person_fence import check_stopped
from tasks.ledger import calls, plans, recoveries, waves
from tasks.ledger.errors import LeaseLostError
from tasks.markdown import source_job
from tasks.marks import struck
from tasks.platforms.port import StartsCalls
from tasks.triage.suppression import suppressed

SUPPRESSED = "the number came onto the suppression list"
CLOSED = "calling hours ended before its turn"


def place_calls(ctx: RunContext, wave: Wave, platform: StartsCalls) -> tuple[Wave, float | None]:
    """Ask for every call of a wave that was not asked for yet, one after the other.

    A call whose answer was lost before, or in a run that was killed, is never asked for again. Returns the
    wave, still open and with a pause in seconds where the platform could not be reached.
    """
    for row in calls.unsent(ctx.ledger, wave):
        if why := _why_not(ctx, row):
            wave = waves.leave_out(ctx.ledger, ctx.held, wave, {row.contact_id: why})
            continue
        if not calling_hours.may_be_called(ctx, row):
            # Calls are paced: its turn may come when the hours in which the wave was made have ended.
            struck("place.hours")
            wave = waves.leave_out(ctx.ledger, ctx.held, wave, {row.contact_id: CLOSED}, calling_hours.LATER)
            continue
        try:
            _place(ctx, wave, row, platform)
        except SubmitRefusedError as refusal:
            if not refusal.fatal:
                return wave, refusal.retry_after or ctx.policy.poll_seconds
            calls.close(ctx.ledger, ctx.held, wave)
            todo = f"Put that right, then `ringback resume {wave.recovery_id}`: it goes on with the rest."
            raise hold(str(refusal), todo, resumable=True) from None
        ctx.wait(1 / ctx.policy.calls_per_second)
    if wave.size and calls.is_begun(ctx.ledger, wave.recovery_id, wave.n):
        return calls.close(ctx.ledger, ctx.held, wave), None
    return wave, None


def _why_not(ctx: RunContext, row: Planned) -> str | None:
    """Say why somebody is not called after all: asked right before each call, as late as possible."""
    recovery = check_cancel(ctx)
    check_stopped(ctx, recovery)
    if row.phone in suppressed(ctx):
        struck("place.suppressed")
        return SUPPRESSED
    before = plans.seen_before([row])[row.contact_id]
    now = {one.id: one for one in ctx.platform.list_contacts(recovery.job_id)}
    moved = has_moved(before, now.get(row.contact_id))
    if moved:
        struck("place.moved")
    return moved


def _place(ctx: RunContext, wave: Wave, row: Planned, platform: StartsCalls) -> None:
    draft = _draft(ctx, wave, row)
    person = given(who(ctx, row.phone), "only a person's number is redialled")
    ctx.pulse()
    call = calls.placing(ctx.ledger, ctx.held, row, person=person, agent_id=draft.source.agent_id or "")
    if (ctx.clock.now() - call.sent_at).total_seconds() > ctx.policy.lease_seconds / 2:
        raise LeaseLostError(
            f"A call of wave {wave.n} was not asked for: this process slept too long to be sure of its lease."
        )
    try:
        started = platform.start_call(draft)
    except SubmitRefusedContactError as refusal:
        _answered(ctx, wave, row, DispatchState.REFUSED, str(refusal), faulty=True)
    except SubmitRefusedError as refusal:
        _answered(ctx, wave, row, DispatchState.REFUSED, str(refusal))
        raise
    except SubmitOutcomeUnknownError as lost:
        struck("place.unknown")
        _answered(ctx, wave, row, DispatchState.UNKNOWN, str(lost))
        ctx.reporter.say(f"Row {row.row}: {lost}. It is not called again; a webhook may still tell.")
    else:
        calls.placed(
            ctx.ledger, ctx.held, wave, row, DispatchState.ACCEPTED, message=started.status, at=started.at
        )


def _answered(
    ctx: RunContext, wave: Wave, row: Planned, state: DispatchState, message: str, *, faulty: bool = False
) -> None:
    calls.placed(ctx.ledger, ctx.held, wave, row, state, message=message, faulty=faulty)


def _draft(ctx: RunContext, wave: Wave, row: Planned) -> Draft:
    recovery = recoveries.get(ctx.ledger, wave.recovery_id)
    source = given(recovery.source, "a plan is frozen after a look")
    contact = Contact(row.contact_id, row.phone, ContactStatus.NOT_DIALED, "planned", payload=row.payload)
    return Draft(wave.marker, source_job(source), (contact,), 1)
