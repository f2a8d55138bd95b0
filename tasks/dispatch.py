"""Dispatch: intent, commit, send once, write the answer down; look up before anything is sent again."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from models.ending import Halt, escalate, hold
from models.platform import Contact, Draft, Job, Refused, Unclear
from models.tables import Planned, Wave
from models.words import Absence, ContactStatus, WaveState
from tasks import hours
from tasks.desk import Desk
from tasks.faults import fault_point
from tasks.fence import hold_fence
from tasks.ledger import recoveries, waves
from tasks.ledger.errors import LeaseLost
from tasks.meanwhile import nobody_taken
from tasks.suppression import suppressed
from tasks.words import source_job

ADOPTED = "adopted; found"
"""How the answer begins of a wave that was looked up."""
LISTING_SLACK = timedelta(days=1)
"""How far a platform's clock may be off without hiding a wave from the look-up."""


def dispatch(desk: Desk, wave: Wave, look_round: Callable[[], bool]) -> Wave:
    """Bring a wave to the platform, once, however often it takes.

    `look_round` does what is done between any two waves, while the platform takes none, and tells whether to
    go on. The wave comes back unsent where it says no, and where it may not be called now while other waves
    are in the air: these are watched to their end before anybody sleeps.
    """
    waited = 0.0
    while wave.state != WaveState.ACCEPTED.value:
        if wave.state == WaveState.UNKNOWN.value:
            wave = look_up(desk, wave)
            continue
        if not hours.may_go(desk, wave) and waves.of(desk.ledger, wave.recovery_id, (WaveState.ACCEPTED,)):
            return wave
        wave, pause = _send(desk, wave)
        if wave.state == WaveState.REFUSED.value:
            pause = pause if pause is not None else desk.policy.poll_seconds
            waited += pause
            if waited > desk.policy.permit_patience:
                raise _no_room(desk)
            if not _looked_round(desk, pause, look_round):
                return wave
    return wave


def _looked_round(desk: Desk, pause: float, look_round: Callable[[], bool]) -> bool:
    # A pause may be long, and the world goes on: the source wakes up, a person cancels, calling hours end.
    while pause > 0:
        desk.wait(min(pause, desk.policy.poll_seconds))
        pause -= desk.policy.poll_seconds
        if not look_round():
            return False
    return True


def _send(desk: Desk, wave: Wave) -> tuple[Wave, float | None]:
    if hours.until_open(desk, wave):
        # A night has passed: the source may have woken up, or somebody may have opted out.
        hold_fence(desk, recoveries.get(desk.ledger, wave.recovery_id))
        nobody_taken(desk, wave)
    draft = _draft(desk, wave)
    _nobody_suppressed(desk, wave, draft)
    desk.pulse()
    wave = waves.sending(desk.ledger, desk.held, wave)
    fault_point("wave.before_send")
    _still_ours(desk, wave)
    try:
        job = desk.platform.create_job(draft)
    except Refused as refusal:
        wave = _answered(desk, wave, WaveState.REFUSED, str(refusal))
        if refusal.fatal:
            raise hold(str(refusal), "Repair what the platform refuses, then run recover again.") from None
        return wave, refusal.retry_after
    except Unclear as lost:
        desk.reporter.say(f"Wave {wave.n}: {lost}. Looking it up before anything else.")
        return _answered(desk, wave, WaveState.UNKNOWN, str(lost)), None
    fault_point("wave.after_send")
    return _accept(desk, wave, job, "accepted"), None


def _nobody_suppressed(desk: Desk, wave: Wave, draft: Draft) -> None:
    # Between writing a wave down and sending it a recovery may have been dead for days.
    gone = suppressed(desk)
    asked = sum(1 for contact in draft.contacts if contact.phone in gone)
    if asked:
        raise hold(
            f"{asked} contacts of wave {wave.n} came onto the suppression list before it was sent.",
            "Nothing of it is sent. Run recover again: a fresh plan leaves them out.",
        )


def _still_ours(desk: Desk, wave: Wave) -> None:
    # A process frozen between commit and send must not send on a lease that others may have taken.
    age = desk.clock.now() - (wave.sent_at or wave.intent_at)
    if age.total_seconds() > desk.policy.lease_seconds / 2:
        raise LeaseLost(f"Wave {wave.n} was not sent: this process slept too long to be sure of its lease.")


def _accept(desk: Desk, wave: Wave, job: Job, words: str) -> Wave:
    return _answered(desk, wave, WaveState.ACCEPTED, words, job.id)


def _answered(desk: Desk, wave: Wave, state: WaveState, words: str, job_id: str | None = None) -> Wave:
    fault_point("wave.before_result")
    return waves.answered(desk.ledger, desk.held, wave, state, words=words, platform_job=job_id)


def _draft(desk: Desk, wave: Wave) -> Draft:
    recovery = recoveries.get(desk.ledger, wave.recovery_id)
    assert recovery.source is not None, "a plan is frozen after a look"
    rows = waves.contacts_of(desk.ledger, wave)
    return Draft(wave.marker, source_job(recovery.source), tuple(map(as_contact, rows)), wave.cap)


def as_contact(row: Planned) -> Contact:
    """Return a planned contact as it is handed to the platform."""
    return Contact(row.contact_id, row.phone, ContactStatus.NOT_DIALED, "planned", payload=row.payload)


def look_up(desk: Desk, wave: Wave) -> Wave:
    """Find out what became of a wave whose answer was lost: adopt it, or prove that it does not exist."""
    if not desk.platform.capabilities.can_list_jobs:
        raise _cannot_ask(wave)
    _wait_until_visible(desk, wave)
    for _ in range(2):
        found = with_marker(desk, wave)
        if found:
            return _adopt(desk, wave, found)
        desk.wait()
    if desk.platform.capabilities.absence is Absence.NEVER or wave.sends > desk.policy.resends:
        raise _cannot_ask(wave)
    return _answered(desk, wave, WaveState.REFUSED, "absent from two complete listings")


def _wait_until_visible(desk: Desk, wave: Wave) -> None:
    # Counted from the later of the send and our own arrival: a process that died may have sent late.
    since = max(wave.sent_at or wave.intent_at, desk.arrived)
    left = since + timedelta(seconds=desk.policy.visibility_seconds) - desk.clock.now()
    desk.wait(max(0.0, left.total_seconds()))


def with_marker(desk: Desk, wave: Wave) -> list[Job]:
    """Return the jobs of the platform that carry a wave's marker."""
    since: datetime = wave.intent_at - LISTING_SLACK
    return [job for job in desk.platform.list_jobs(since) if job.name == wave.marker]


def _adopt(desk: Desk, wave: Wave, found: list[Job]) -> Wave:
    fault_point("wave.before_adopt")
    first = min(found, key=lambda job: (job.created_at, job.id))
    wave = _accept(desk, wave, first, f"{ADOPTED} {len(found)} under its marker")
    _stop_twins(desk, wave, found)
    return wave


def no_twin(desk: Desk, live: Sequence[Wave]) -> None:
    """Look for twins of waves that were sent more than once, or whose answer was lost.

    Absence was proof, and proofs can fail; and a run that found a twin may have died before it stopped it.
    """
    for wave in live:
        if wave.sends > 1 or wave.answer.startswith(ADOPTED):
            _stop_twins(desk, wave, with_marker(desk, wave))


def _stop_twins(desk: Desk, wave: Wave, found: Sequence[Job]) -> None:
    twins = [job for job in found if job.id != wave.platform_job]
    for job in twins:
        desk.platform.stop_job(job.id)
    if twins:
        raise escalate(
            f"The platform holds wave {wave.n} {len(twins) + 1} times under one marker.",
            "All but one were stopped. Give the package to engineering.",
        )


def never_sent(desk: Desk) -> None:
    """Close waves that were written down and never sent; a recovery that goes on may still send them."""
    for wave in waves.of(desk.ledger, desk.held.recovery_id, (WaveState.INTENT,)):
        _answered(desk, wave, WaveState.REFUSED, "written down, and never sent")


def _no_room(desk: Desk) -> Halt:
    return hold(
        f"The platform took no wave of job {desk.case.job_id} for {desk.policy.permit_patience:.0f} s.",
        "Free permits or raise the limit, then resume.",
        resumable=True,
    )


def _cannot_ask(wave: Wave) -> Halt:
    return hold(
        f"Whether wave {wave.n} was accepted cannot be told; its {wave.size} contacts are not called again.",
        f"Look for {wave.marker} on the platform and decide by hand.",
    )
