"""Drafts: a wave that the platform has made and not begun is looked at, and only then started.

A create calls nobody there. So what it made is read back, and everything that is asked before a send is asked
once more with the draft in sight: of two ledgers that began together each sees the other's.
"""

from models.enums import JobStatus, WaveState
from models.platform import NoSuchJobError, SubmitRefusedError
from models.tables.ledger import Wave
from models.verdict.ending import HaltError, hold
from tasks.context import RunContext
from tasks.dispatch import calling_hours, witness
from tasks.dispatch.fence import hold_fence
from tasks.dispatch.send import check_people, unwanted
from tasks.dispatch.watch import withdraw
from tasks.ledger import recoveries, waves
from tasks.ledger.errors import LeaseLostError
from tasks.marks import struck
from tasks.platforms.port import MakesDrafts

UNWANTED = "somebody in it must not be called any more"
CLOSED = "calling hours are over"


def start(ctx: RunContext, wave: Wave) -> None:
    """Look at an accepted wave that is still a draft and start it; do nothing for any other.

    Where somebody in it must not be called any more, or hours are over, it stays a draft: nobody of it is
    called, and all of them wait for the next recovery. Raises HaltError where it may not be started.
    """
    platform = ctx.platform
    accepted = wave.state == WaveState.ACCEPTED.value
    if not isinstance(platform, MakesDrafts) or wave.platform_job is None or not accepted:
        return
    try:
        job = ctx.platform.get_job(wave.platform_job)
    except NoSuchJobError:
        struck("drafts.unseen")
        return  # what was made a moment ago may not be shown yet: the next look starts it
    if job.status is not JobStatus.DRAFT:
        return
    hold_fence(ctx, recoveries.get(ctx.ledger, wave.recovery_id))
    told = witness.ask(ctx)
    check_people(ctx, wave, job)
    if why := _left(ctx, wave, told):
        struck("drafts.left")
        ctx.reporter.say(f"Wave {wave.n} is left as the draft {job.id}, never started: {why}.")
        withdraw(ctx, [wave], why)
        return
    ctx.pulse()
    _check_fresh(ctx, wave, told)
    try:
        platform.start_job(job.id)
    except SubmitRefusedError as refused:
        raise _not_started(wave, job.id, refused) from None


def _left(ctx: RunContext, wave: Wave, told: witness.Testimony) -> str:
    if any(unwanted(ctx, waves.contacts_of(ctx.ledger, wave), told)):
        return UNWANTED
    return "" if calling_hours.may_go(ctx, wave) else CLOSED


def _check_fresh(ctx: RunContext, wave: Wave, told: witness.Testimony) -> None:
    # The lease was just renewed; what the platform told may be of before a sleep all the same.
    if told.was_slept_over(ctx.clock.now()):
        struck("drafts.slept")
        raise LeaseLostError(
            f"Wave {wave.n} was not started: this process slept too long to be sure of what the platform "
            "told."
        )


def _not_started(wave: Wave, job_id: str, refused: SubmitRefusedError) -> HaltError:
    struck("drafts.refused")
    return hold(
        f"Wave {wave.n} is the draft {job_id}, which was not started: {refused}",
        "Nobody of it was called. Correct what the platform names, then run recover again.",
    )
