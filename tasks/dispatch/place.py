"""A wave of single calls: each is written down, asked for once, and its answer written down, one by one."""

from datetime import datetime

from models.enums import DispatchState, Disposition
from models.platform import SubmitOutcomeUnknownError, SubmitRefusedContactError, SubmitRefusedError
from models.tables.ledger import Planned, Wave
from models.verdict.ending import hold
from tasks.context import RunContext
from tasks.dispatch import calling_hours
from tasks.dispatch.singly.ask_again import ask_again, is_asked_about, promise
from tasks.dispatch.singly.one_call import ask_before, start
from tasks.ledger import calls, waves
from tasks.marks import struck
from tasks.platforms.port import StartsCalls

CLOSED = "calling hours ended before its turn"


def place_calls(ctx: RunContext, wave: Wave, platform: StartsCalls) -> tuple[Wave, float | None]:
    """Ask for every call of a wave that was not asked for yet, one after the other.

    A call whose answer was lost before, or in a run that was killed, is asked about by its token while that
    holds; where there are none it is never asked for again. Returns the wave, still open and with a pause in
    seconds where the platform could not be reached or an answer is still to be asked about.
    """
    ask_again(ctx, wave, platform)
    for row in calls.unsent(ctx.ledger, wave):
        asked = ask_before(ctx, row, platform)
        if asked.why_not:
            wave = waves.leave_out(ctx.ledger, ctx.held, wave, {row.contact_id: asked.why_not})
            continue
        if not calling_hours.may_be_called(ctx, row):
            # Calls are paced: its turn may come when the hours in which the wave was made have ended.
            struck("place.hours")
            wave = waves.leave_out(ctx.ledger, ctx.held, wave, {row.contact_id: CLOSED}, calling_hours.LATER)
            continue
        try:
            _place(ctx, wave, row, platform, asked.until)
        except SubmitRefusedError as refusal:
            if not refusal.fatal:
                return wave, refusal.retry_after or ctx.policy.poll_seconds
            if not is_asked_about(ctx, wave):
                calls.close(ctx.ledger, ctx.held, wave)
            todo = f"Put that right, then `ringback resume {wave.recovery_id}`: it goes on with the rest."
            raise hold(str(refusal), todo, resumable=True) from None
        ctx.wait(1 / ctx.policy.calls_per_second)
    if is_asked_about(ctx, wave):
        return wave, ctx.policy.poll_seconds
    if wave.size and calls.is_begun(ctx.ledger, wave.recovery_id, wave.n):
        return calls.close(ctx.ledger, ctx.held, wave), None
    return wave, None


def _place(ctx: RunContext, wave: Wave, row: Planned, platform: StartsCalls, until: datetime) -> None:
    try:
        started = start(ctx, wave, row, platform, until)
    except SubmitRefusedContactError as refusal:
        meaning = Disposition.DO_NOT_CONTACT if refusal.unwanted else Disposition.OPERATOR
        _answered(ctx, wave, row, DispatchState.REFUSED, str(refusal), refused=meaning)
    except SubmitRefusedError as refusal:
        _answered(ctx, wave, row, DispatchState.REFUSED, str(refusal))
        raise
    except SubmitOutcomeUnknownError as lost:
        struck("place.unknown")
        _answered(ctx, wave, row, DispatchState.UNKNOWN, str(lost))
        ctx.reporter.say(f"Row {row.row}: {lost}. {promise(ctx)}")
    else:
        calls.placed(
            ctx.ledger,
            ctx.held,
            wave,
            row,
            DispatchState.ACCEPTED,
            message=started.status,
            at=started.at,
            call_id=started.call_id,
        )


def _answered(
    ctx: RunContext,
    wave: Wave,
    row: Planned,
    state: DispatchState,
    message: str,
    *,
    refused: Disposition | None = None,
) -> None:
    calls.placed(ctx.ledger, ctx.held, wave, row, state, message=message, refused=refused)
