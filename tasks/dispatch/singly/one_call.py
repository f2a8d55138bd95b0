"""One call: what is asked right before it, and the one request for it."""

from models.enums import ContactStatus
from models.invariants import given
from models.plan.fence import has_moved
from models.platform import Contact, Draft, Started
from models.tables.ledger import Planned, Wave
from tasks.context import RunContext
from tasks.dispatch.cancel import check_cancel
from tasks.dispatch.people import who
from tasks.dispatch.person_fence import check_stopped
from tasks.ledger import calls, plans, recoveries
from tasks.ledger.errors import LeaseLostError
from tasks.markdown import source_job
from tasks.marks import struck
from tasks.platforms.port import StartsCalls
from tasks.triage.suppression import suppressed

SUPPRESSED = "the number came onto the suppression list"


def why_not(ctx: RunContext, row: Planned, platform: StartsCalls) -> str | None:
    """Say why somebody is not called after all: asked right before each call, as late as possible."""
    recovery = check_cancel(ctx)
    check_stopped(ctx, recovery)
    if row.phone in suppressed(ctx):
        struck("place.suppressed")
        return SUPPRESSED
    before = plans.seen_before([row])[row.contact_id]
    phone = given(row.phone, "only a person's number is redialled")
    moved = has_moved(before, platform.row_now(recovery.job_id, row.contact_id, phone, recovery.started_at))
    if moved:
        struck("place.moved")
    return moved


def start(ctx: RunContext, wave: Wave, row: Planned, platform: StartsCalls) -> Started:
    """Write down that a call is asked for, and ask for it; raises what the platform's answer is."""
    draft = _draft(ctx, wave, row)
    person = given(who(ctx, row.phone), "only a person's number is redialled")
    ctx.pulse()
    call = calls.placing(ctx.ledger, ctx.held, row, person=person, agent_id=draft.source.agent_id or "")
    if (ctx.clock.now() - call.sent_at).total_seconds() > ctx.policy.lease_seconds / 2:
        raise LeaseLostError(
            f"A call of wave {wave.n} was not asked for: this process slept too long to be sure of its lease."
        )
    return platform.start_call(draft)


def _draft(ctx: RunContext, wave: Wave, row: Planned) -> Draft:
    recovery = recoveries.get(ctx.ledger, wave.recovery_id)
    source = given(recovery.source, "a plan is frozen after a look")
    contact = Contact(row.contact_id, row.phone, ContactStatus.NOT_DIALED, "planned", payload=row.payload)
    return Draft(wave.marker, source_job(source), (contact,), 1)
