"""One call: what is asked right before it, and the one request for it, while what was asked still holds."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from models.enums import ContactStatus
from models.invariants import given
from models.plan.fence import has_moved
from models.platform import Contact, Draft, Started
from models.tables.ledger import Planned, Wave
from tasks.context import RunContext
from tasks.dispatch.people import who
from tasks.dispatch.stops.cancel import check_cancel
from tasks.dispatch.stops.person_fence import check_stopped
from tasks.dispatch.witness import FRESH
from tasks.ledger import calls, plans, recoveries
from tasks.ledger.errors import LeaseLostError
from tasks.markdown import source_job
from tasks.marks import struck
from tasks.platforms.port import StartsCalls
from tasks.triage.decided import why_not
from tasks.triage.suppression import suppressed

SUPPRESSED = "the number came onto the suppression list"


@dataclass(frozen=True, slots=True)
class Answer:
    """What was asked right before a call: why it is not made, None where it may be, and until when it may."""

    why_not: str | None
    until: datetime


def ask_before(ctx: RunContext, row: Planned, platform: StartsCalls) -> Answer:
    """Ask whether somebody may be called, as late as possible; a process that slept meanwhile asks again."""
    began = ctx.clock.now()
    why = _why_not(ctx, row, platform)
    if why is None and ctx.clock.now() - began > FRESH:
        struck("place.old_look")
        why = _why_not(ctx, row, platform)
    return Answer(why, ctx.clock.now() + FRESH)


def _why_not(ctx: RunContext, row: Planned, platform: StartsCalls) -> str | None:
    recovery = check_cancel(ctx)
    check_stopped(ctx, recovery)
    if row.phone in suppressed(ctx):
        struck("place.suppressed")
        return SUPPRESSED
    if gone := why_not(ctx, [row]):
        struck("place.decided")
        return gone[row.contact_id]
    before = plans.seen_before([row])[row.contact_id]
    phone = given(row.phone, "only a person's number is redialled")
    moved = has_moved(before, platform.row_now(recovery.job_id, row.contact_id, phone, recovery.started_at))
    if moved:
        struck("place.moved")
    return moved


def start(ctx: RunContext, wave: Wave, row: Planned, platform: StartsCalls, until: datetime) -> Started:
    """Write down that a call is asked for, and ask for it; raises what the platform's answer is.

    `until` is how long what was asked before it may be acted on: after that LeaseLostError, and no request.
    """
    _in_time(ctx, wave, until)
    draft = _draft(ctx, wave, row)
    person = given(who(ctx, row.phone), "only a person's number is redialled")
    ctx.pulse()
    call = calls.placing(ctx.ledger, ctx.held, row, person=person, agent_id=draft.source.agent_id or "")
    _in_time(ctx, wave, min(until, call.sent_at + timedelta(seconds=ctx.policy.lease_seconds / 2)))
    return platform.start_call(draft)


def _in_time(ctx: RunContext, wave: Wave, until: datetime) -> None:
    if ctx.clock.now() <= until:
        return
    struck("place.slept")
    raise LeaseLostError(
        f"A call of wave {wave.n} was not asked for: this process slept too long to be sure of its lease and "
        "of what it had asked before."
    )


def _draft(ctx: RunContext, wave: Wave, row: Planned) -> Draft:
    recovery = recoveries.get(ctx.ledger, wave.recovery_id)
    source = given(recovery.source, "a plan is frozen after a look")
    contact = Contact(row.contact_id, row.phone, ContactStatus.NOT_DIALED, "planned", payload=row.payload)
    return Draft(wave.marker, source_job(source), (contact,), 1)
