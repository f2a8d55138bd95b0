"""Dispatch: intent, commit, send once, write the answer down; look up before anything is sent again."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from models.enums import Absence, ContactStatus, Find, WaveState
from models.invariants import given
from models.plan.tokens import token_window
from models.platform import Contact, Draft, Job, SubmitOutcomeUnknownError, SubmitRefusedError
from models.report.people import LEFT_SUPPRESSED
from models.tables.ledger import Planned, Sighting, Wave
from models.triage.findings import plural
from models.verdict.ending import HaltError, hold
from tasks.context import RunContext
from tasks.dispatch import calling_hours, witness
from tasks.dispatch.fence import hold_fence
from tasks.dispatch.people import who
from tasks.dispatch.place import place_calls
from tasks.dispatch.rows import match, read_rows
from tasks.dispatch.singly.ask_again import is_asked_about
from tasks.dispatch.witness import Testimony
from tasks.fault_points import fault_point
from tasks.ledger import calls, recoveries, waves
from tasks.ledger.account import sightings
from tasks.ledger.errors import LeaseLostError
from tasks.ledger.waves import DraftRow
from tasks.markdown import source_job
from tasks.marks import struck
from tasks.platforms.port import StartsCalls
from tasks.triage.decided import why_not
from tasks.triage.suppression import know_the_opt_outs, suppressed

ADOPTED = "adopted; found"
"""How the answer begins of a wave that was looked up."""
ASKED_AGAIN = "asked again with its token:"
NOT_THERE = frozenset({WaveState.INTENT.value, WaveState.REFUSED.value, WaveState.UNKNOWN.value})
"""States of a wave that is still to be brought to the platform, or to be found there."""
TIMES = 3
"""How many times the longest delay that a marker was seen to take makes absence a proof."""


def dispatch(
    ctx: RunContext, wave: Wave, look_round: Callable[[], bool], told: Testimony | None = None
) -> Wave:
    """Bring a wave to the platform, once, however often it takes.

    `look_round` does what is done between any two waves, while the platform takes none, and tells whether to
    go on. The wave comes back unsent where it says no, and where it may not be called now while other waves
    are in the air: these are watched to their end before anybody sleeps. `told` is what the platform has
    just been asked, for the first try alone.
    """
    waited = 0.0
    while wave.state in NOT_THERE:
        if wave.state == WaveState.UNKNOWN.value:
            wave = look_up(ctx, wave)
            continue
        if not calling_hours.may_go(ctx, wave) and waves.of(
            ctx.ledger, wave.recovery_id, (WaveState.ACCEPTED,)
        ):
            return wave
        wave, pause = _send(ctx, wave, told)
        told = None
        if wave.state == WaveState.REFUSED.value or pause is not None:
            # However short a pause the platform asks for: no two tries without a look and a wish to cancel.
            pause = max(pause or 0.0, ctx.policy.poll_seconds)
            waited += pause
            if waited > ctx.policy.permit_patience and not is_asked_about(ctx, wave):
                raise _no_room(ctx)
            if not _looked_round(ctx, pause, look_round):
                return wave
    return wave


def _looked_round(ctx: RunContext, pause: float, look_round: Callable[[], bool]) -> bool:
    # A pause may be long, and the world goes on: the source wakes up, a person cancels, calling hours end.
    while pause > 0:
        ctx.wait(min(pause, ctx.policy.poll_seconds))
        pause -= ctx.policy.poll_seconds
        if not look_round():
            return False
    return True


def _send(ctx: RunContext, wave: Wave, told: Testimony | None) -> tuple[Wave, float | None]:
    if calling_hours.until_open(ctx, wave) or _slept(ctx, told):
        # A night has passed, or this process slept: the source may have woken up.
        hold_fence(ctx, recoveries.get(ctx.ledger, wave.recovery_id))
        told = None
    told = told or witness.ask(ctx)
    if found := told.of(wave):
        struck("dispatch.was_there")
        return _adopt(ctx, wave, found), None
    wave = _without(ctx, wave, told)
    if wave.state not in NOT_THERE:
        return wave, None
    return _submit(ctx, wave, told)


def _slept(ctx: RunContext, told: Testimony | None) -> bool:
    if told is None or not told.is_old(ctx.clock.now()):
        return False
    struck("dispatch.old_look")
    return True


def _without(ctx: RunContext, wave: Wave, told: Testimony) -> Wave:
    """Take out of a wave whom another job holds by now, or who must not be called any more."""
    newer, why = unwanted(ctx, calls.unsent(ctx.ledger, wave), told)
    if newer:
        wave = waves.leave_out(ctx.ledger, ctx.held, wave, newer, witness.TAKEN)
    if why and wave.state in NOT_THERE:
        wave = waves.leave_out(ctx.ledger, ctx.held, wave, why, LEFT_SUPPRESSED)
    return wave


def unwanted(
    ctx: RunContext, rows: Sequence[Planned], told: Testimony
) -> tuple[dict[str, str], dict[str, str]]:
    """Return who of some is held by another job by now, and who must not be called any more, with why."""
    know_the_opt_outs(ctx)
    gone = suppressed(ctx)
    why = why_not(ctx, rows)
    newer: dict[str, str] = {}
    for row in rows:
        if held_by := told.taken.get(who(ctx, row.phone) or ""):
            struck("dispatch.newer_job")
            newer[row.contact_id] = held_by
        elif row.phone in gone:
            # Between writing a wave down and sending it a recovery may have been dead for days.
            struck("dispatch.suppressed")
            why[row.contact_id] = "the number came onto the suppression list"
    return newer, why


def _submit(ctx: RunContext, wave: Wave, told: Testimony) -> tuple[Wave, float | None]:
    if isinstance(ctx.platform, StartsCalls):
        return place_calls(ctx, wave, ctx.platform)
    draft = _draft(ctx, wave)
    ctx.pulse()
    wave = waves.sending(ctx.ledger, ctx.held, wave)
    try:
        job = _create(ctx, wave, draft, told)
    except SubmitRefusedError as refusal:
        wave = _answered(ctx, wave, WaveState.REFUSED, str(refusal))
        if refusal.fatal:
            raise hold(str(refusal), "Repair what the platform refuses, then run recover again.") from None
        return wave, refusal.retry_after
    except SubmitOutcomeUnknownError as lost:
        ctx.reporter.say(f"Wave {wave.n}: {lost}. Looking it up before anything else.")
        return _answered(ctx, wave, WaveState.UNKNOWN, str(lost)), None
    wave = _accept(ctx, wave, job, "accepted")
    _look_at_the_listing(ctx, wave, job)
    return wave, None


def _create(ctx: RunContext, wave: Wave, draft: Draft, told: Testimony) -> Job:
    fault_point("wave.before_send")
    _check_fresh(ctx, wave, told)
    job = ctx.platform.create_job(draft)
    fault_point("wave.after_send")
    return job


def _look_at_the_listing(ctx: RunContext, wave: Wave, job: Job) -> None:
    """Compare the name that came back at once, and see how long a new job takes to be listed.

    The first wave is looked for in any case: two ledgers that began together see each other here.
    """
    if job.name != wave.marker:
        struck("dispatch.renamed")
        sightings.renamed(ctx.ledger, ctx.held)
    ctx.case.unseen.add(wave.marker)
    if wave.n == 1 or _sighting(ctx) is None:
        witness.ask(ctx)


def _sighting(ctx: RunContext) -> Sighting | None:
    return sightings.of(ctx.ledger, ctx.held.workspace, ctx.held.platform)


def _check_fresh(ctx: RunContext, wave: Wave, told: Testimony) -> None:
    # A process frozen between commit and send must not send on a lease that others may have taken, nor on
    # what the platform told before it slept.
    now = ctx.clock.now()
    age = now - (wave.sent_at or wave.intent_at)
    if age.total_seconds() > ctx.policy.lease_seconds / 2 or told.was_slept_over(now):
        raise LeaseLostError(
            f"Wave {wave.n} was not sent: this process slept too long to be sure of its lease and of what "
            "the platform told."
        )


def _accept(ctx: RunContext, wave: Wave, job: Job, message: str) -> Wave:
    return _answered(ctx, wave, WaveState.ACCEPTED, message, job.id)


def _answered(ctx: RunContext, wave: Wave, state: WaveState, message: str, job_id: str | None = None) -> Wave:
    fault_point("wave.before_result")
    return waves.answered(ctx.ledger, ctx.held, wave, state, message=message, platform_job=job_id)


def _draft(ctx: RunContext, wave: Wave) -> Draft:
    recovery = recoveries.get(ctx.ledger, wave.recovery_id)
    source = given(recovery.source, "a plan is frozen after a look")
    rows = waves.drafts_of(ctx.ledger, wave)
    return Draft(wave.marker, source_job(source), tuple(map(as_contact, rows)), wave.cap)


def as_contact(row: Planned | DraftRow) -> Contact:
    """Return a planned contact as it is handed to the platform."""
    return Contact(row.contact_id, row.phone, ContactStatus.NOT_DIALED, "planned", payload=row.payload)


def look_up(ctx: RunContext, wave: Wave) -> Wave:
    """Find out what became of a wave whose answer was lost: adopt it, or prove that it does not exist.

    Where the platform has tokens, it is asked by the same request once more. Raises HaltError where it is not
    found and absence proves nothing: whoever is in it is not called again.
    """
    if not ctx.platform.capabilities.can_list_jobs:
        raise _cannot_ask(wave)
    by_token = ctx.platform.capabilities.find is Find.TOKEN
    if by_token and (asked := _asked_by_token(ctx, wave)):
        return asked
    seen = _sighting(ctx)
    if found := _found(ctx, wave, seen):
        return _adopt(ctx, wave, found)
    if not _is_proof(ctx, seen) or wave.sends > ctx.policy.resends:
        struck("dispatch.absence_unearned")
        raise _cannot_ask(wave)
    return _answered(ctx, wave, WaveState.REFUSED, "absent from two complete listings")


def _asked_by_token(ctx: RunContext, wave: Wave) -> Wave | None:
    """Send a wave without an answer once more under its token, None where that is not to be.

    It is looked for first, and the first request may still be worked on, so the second one waits. Whoever
    must not be called any more, and calling hours, are asked as before any other send: then nothing is sent,
    and the listing decides.
    """
    patience, holds = ctx.policy.absence_patience, ctx.platform.capabilities.token_seconds
    sent, soon = wave.sent_at or wave.intent_at, ctx.policy.visibility_seconds
    window = token_window(wave.intent_at, sent, holds, patience)
    for moment, most in ((sent + timedelta(seconds=soon), soon), (window.since, patience)):
        _wait_until(ctx, moment, most)
        hold_fence(ctx, recoveries.get(ctx.ledger, wave.recovery_id))
        told = witness.ask(ctx)
        if found := told.of(wave):
            return _adopt(ctx, wave, found)
    if wave.sends > ctx.policy.resends or not window.is_open(ctx.clock.now()):
        struck("dispatch.token_over")
        return None
    if any(unwanted(ctx, waves.contacts_of(ctx.ledger, wave), told)) or not calling_hours.may_go(ctx, wave):
        struck("dispatch.not_asked_again")
        return None
    return _ask_again(ctx, wave, told)


def _ask_again(ctx: RunContext, wave: Wave, told: Testimony) -> Wave:
    draft = _draft(ctx, wave)
    ctx.pulse()
    wave = waves.asked_again(ctx.ledger, ctx.held, wave)
    struck("dispatch.asked_again")
    try:
        job = _create(ctx, wave, draft, told)
    except (SubmitRefusedError, SubmitOutcomeUnknownError) as unclear:
        # A refusal may come before the token is looked at: it does not tell what became of the first request.
        return _answered(ctx, wave, WaveState.UNKNOWN, f"asked again with its token: {unclear}")
    wave = _accept(ctx, wave, job, f"{ASKED_AGAIN} {job.id}")
    _look_at_the_listing(ctx, wave, job)
    return wave


def _found(ctx: RunContext, wave: Wave, seen: Sighting | None) -> list[Job]:
    """Look for a wave's marker until its time is over and two complete listings in a row lack it.

    The time counts from when the answer was lost, or from our own arrival: whoever gave up or died may have
    left a request behind that the platform was still busy with.
    """
    lost = max(wave.answered_at or wave.sent_at or wave.intent_at, ctx.arrived)
    first = ctx.policy.visibility_seconds
    wait = max(first, ctx.policy.absence_patience, TIMES * seen.slowest if seen else 0.0)
    _wait_until(ctx, lost + timedelta(seconds=first), first)
    missed, pause = 0, ctx.policy.poll_seconds
    while True:
        if found := witness.ask(ctx).of(wave):
            return found
        over = ctx.clock.now() >= lost + timedelta(seconds=wait)
        missed = missed + 1 if over else 0
        if missed > 1:
            return []
        ctx.wait(pause if over else min(pause, wait))
        pause = pause if over else 2 * pause


def _wait_until(ctx: RunContext, moment: datetime, most: float) -> None:
    # At most the whole wait: a clock that was set back must not lengthen it.
    left = (moment - ctx.clock.now()).total_seconds()
    ctx.wait(min(max(0.0, left), most))


def _is_proof(ctx: RunContext, seen: Sighting | None) -> bool:
    worth = ctx.platform.capabilities.absence
    earned = worth is Absence.EARNED and seen is not None and seen.found > 0
    return (earned or worth is Absence.DOCUMENTED) and not (seen and seen.renames)


def _adopt(ctx: RunContext, wave: Wave, found: list[Job]) -> Wave:
    fault_point("wave.before_adopt")
    first = min(found, key=lambda job: (job.created_at, job.id))
    if ctx.platform.capabilities.campaigns:
        check_people(ctx, wave, first)
    wave = _accept(ctx, wave, first, f"{ADOPTED} {len(found)} under its marker")
    witness.stop_twins(ctx, wave, found)
    return wave


def check_people(ctx: RunContext, wave: Wave, job: Job) -> None:
    """Raise HaltError where a job under a wave's marker does not hold just that wave's people.

    A key may name what it made before, and a draft may be anything before it is looked at.
    """
    rows = read_rows(ctx, job.id)[1]
    mine = match(ctx, waves.contacts_of(ctx.ledger, wave), rows)
    if len(mine) == wave.size >= len(rows):
        return
    struck("dispatch.other_people")
    others = f" and {len(rows) - len(mine)} others" if len(rows) > len(mine) else ""
    raise hold(
        f"{job.id} carries the marker of wave {wave.n} and holds {len(mine)} of its "
        f"{plural(wave.size, 'contact')}{others}: it is not taken for that wave.",
        f"Look at {job.id} on the platform: who made it, and whom it calls; stop it there where nobody wants "
        "it. Then resume: it is compared again.",
        resumable=True,
    )


def stop_duplicate_submissions(ctx: RunContext, live: Sequence[Wave]) -> None:
    """Look for twins of waves that were sent more than once, or whose answer was lost.

    Absence was proof, and proofs can fail; and a run that found a twin may have died before it stopped it.
    """
    if any(wave.sends > 1 or wave.answer.startswith(ADOPTED) for wave in live):
        witness.ask(ctx)


def close_unsent_waves(ctx: RunContext) -> None:
    """Close waves that were written down and never sent; a recovery that goes on may still send them."""
    for wave in waves.of(ctx.ledger, ctx.held.recovery_id, (WaveState.INTENT,)):
        if calls.is_begun(ctx.ledger, wave.recovery_id, wave.n):
            struck("send.begun_calls")
            calls.close(ctx.ledger, ctx.held, wave)
            continue
        _answered(ctx, wave, WaveState.REFUSED, "written down, and never sent")


def _no_room(ctx: RunContext) -> HaltError:
    return hold(
        f"The platform took no wave of job {ctx.case.job_id} for {ctx.policy.permit_patience:.0f} s.",
        "Free permits or raise the limit, then resume.",
        resumable=True,
    )


def _cannot_ask(wave: Wave) -> HaltError:
    return hold(
        f"Whether wave {wave.n} was accepted cannot be told; its "
        f"{plural(wave.size, 'contact is', 'contacts are')} not called again.",
        f"Look for {wave.marker} on the platform: whom its job holds there was called. Then run recover "
        "again; it takes the wave up where it shows by then.",
    )
