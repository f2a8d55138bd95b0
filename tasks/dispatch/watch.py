"""Watching waves: reading what became of each dispatch, and taking back what is not yet ringing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.disposition.hidden import hidden, hidden_message
from models.disposition.refine import Settled, contact_disposition
from models.enums import ContactStatus, Disposition, JobStatus, Reads
from models.invariants import given
from models.plan.permit_budget import InAir
from models.platform import Call, Contact, Job, NoSuchJobError, PlatformError
from models.tables.ledger import Wave
from models.triage.findings import plural
from models.verdict.ending import HaltError, escalate, hold
from tasks.context import RunContext
from tasks.dispatch.rows import match, read_rows
from tasks.fault_points import fault_point
from tasks.ledger import waves
from tasks.ledger.people.outcomes import DispatchOutcome, OpenDispatch, open_of, settle
from tasks.marks import struck
from tasks.triage.observe import refine

PENDING = frozenset({Disposition.IN_FLIGHT, Disposition.UNDELIVERED})


@dataclass(frozen=True, slots=True)
class WaveObservation:
    """One look at a live wave."""

    wave: Wave
    open: int
    in_flight: int
    waiting: int
    ended: int
    is_draft: bool = False
    """True where the wave is on the platform and nobody has started it."""
    at_carrier: int = 0
    """Contacts whose call is over on the platform, and not yet at the carrier."""

    @property
    def in_air(self) -> InAir:
        """Return the wave as the room for others reckons with it."""
        return InAir(self.wave.cap, self.open, self.in_flight)


def look_at(ctx: RunContext, wave: Wave) -> WaveObservation:
    """Read one accepted wave, write new outcomes down, and settle it when all have one."""
    accepted = given(wave.platform_job, "only accepted waves are looked at")
    try:
        job, rows = read_rows(ctx, accepted)
    except NoSuchJobError:
        if not _may_still_appear(ctx, wave):
            raise _gone(wave) from None
        return WaveObservation(wave, wave.size, 0, wave.size, 0)
    fault_point("look.after_read")
    planned = open_of(ctx.ledger, wave)
    mine = match(ctx, planned, rows)
    found, at_carrier = _outcomes(ctx, job, mine)
    left = [mine.get(one.contact_id) for one in planned if one.contact_id not in found]
    _no_second_call(ctx, job, rows, done=not left)
    flying = sum(1 for row in left if row and row.status.is_in_flight)
    settle(ctx.ledger, ctx.held, wave, found, done=not left, in_air=flying, listed=ctx.case.listed)
    if not left:
        _free_permits(ctx, job, rows)
    queued = sum(1 for row in left if row and row.status is ContactStatus.NOT_DIALED)
    return WaveObservation(
        wave, len(left), flying, queued, len(found), job.status is JobStatus.DRAFT, at_carrier
    )


def _gone(wave: Wave) -> HaltError:
    return hold(
        f"Wave {wave.n} is no longer on the platform: what became of its "
        f"{plural(wave.size, 'contact')} is unknown.",
        f"Look for calls of job {wave.platform_job} by hand; these contacts are not called again.",
    )


def _may_still_appear(ctx: RunContext, wave: Wave) -> bool:
    age = ctx.clock.now() - (wave.answered_at or wave.intent_at)
    return age < timedelta(seconds=ctx.policy.visibility_seconds)


def _free_permits(ctx: RunContext, job: Job, rows: Sequence[Contact]) -> None:
    # A row that was handed over and never called keeps its permit, and may yet ring, until a stop.
    stuck = any(row.status.is_in_flight for row in rows)
    if stuck and not job.is_stopped and ctx.platform.capabilities.can_stop:
        ctx.platform.stop_job(job.id)


def _outcomes(
    ctx: RunContext, job: Job, mine: Mapping[str, Contact]
) -> tuple[dict[str, DispatchOutcome], int]:
    """Return who has an outcome, and how many have none because the carrier still has their call."""
    # Whoever waits for their turn has no outcome, however often that is asked.
    begun = {contact_id: row for contact_id, row in mine.items() if not _waits(row)}
    calls = refine(ctx, job, begun.values())
    patience = outcome_patience(ctx)
    found, at_carrier = {}, 0
    for contact_id, row in begun.items():
        quiet = (job.seen_at - row.updated_at).total_seconds() if row.updated_at else 0.0
        call = calls.get(row.call_id or "")
        settled = contact_disposition(
            row,
            call,
            ctx.table,
            job_is_over=job.is_stopped,
            stuck=quiet >= patience,
            before=None,
        )
        if quiet >= patience:
            settled = _waited_for(settled, call)
        if settled.disposition in PENDING:
            at_carrier += row.status.is_over and _is_open(call)
            continue
        found[contact_id] = _outcome(settled, row, call, _ended_at(ctx, job, row))
    return found, at_carrier


def _waited_for(settled: Settled, call: Call | None) -> Settled:
    """Hold a call that its carrier alone still has: it is waited for no longer than any other."""
    if settled.disposition is not Disposition.IN_FLIGHT or not _is_open(call):
        return settled
    struck("watching.at_the_carrier")
    return Settled(Disposition.AMBIGUOUS, settled.ruling, f"it was waited for long enough: {settled.why}")


def _is_open(call: Call | None) -> bool:
    """Tell whether the carrier still has a call that is not alive on the platform."""
    told = call.carrier if call and call.status is not ContactStatus.LIVE else None
    return told is not None and told.is_open


def _waits(row: Contact) -> bool:
    return row.status is ContactStatus.NOT_DIALED and not row.call_id


def outcome_patience(ctx: RunContext) -> float:
    """Return after how long a dispatch that does not move is held, in seconds.

    Where calls are not read from the platform, only a webhook moves one, and that comes minutes after it.
    """
    if ctx.platform.capabilities.reads is Reads.HANDOVERS:
        return max(ctx.policy.stall_seconds, ctx.policy.outcome_seconds)
    return ctx.policy.stall_seconds


def _no_second_call(ctx: RunContext, job: Job, rows: Sequence[Contact], *, done: bool) -> None:
    if not ctx.platform.capabilities.can_list_calls or not (done or job.dispatched > len(rows)):
        return
    known = frozenset(row.call_id for row in rows if row.call_id)
    called = {row.id for row in rows if row.call_id}
    twice = [c for c in ctx.platform.list_calls(job, job.created_at, known) if c.contact_id in called]
    if twice:
        raise escalate(
            f"The platform has called {plural(len(twice), 'contact')} of job {job.id} more than once.",
            "Nothing more was sent. Give the package to engineering: its dispatcher repeats deliveries.",
        )


def withdraw(ctx: RunContext, live: Sequence[Wave], why: str) -> None:
    """Stop waves, wait for what is in the air, and mark what never rang as undelivered.

    Raises the last error after all the others are stopped, where one cannot be.
    """
    before: dict[int, Mapping[str, Contact]] = {}
    failed: PlatformError | None = None
    for wave in live:
        try:
            before[wave.n] = _stop(ctx, wave)
        except PlatformError as error:
            failed = error
    fault_point("withdraw.after_stop")
    stopped = [wave for wave in live if wave.n in before]
    waves.withdrawn(ctx.ledger, ctx.held, stopped, why)
    ctx.wait(ctx.policy.visibility_seconds)
    for wave in stopped:
        _settle_stopped(ctx, wave, before[wave.n])
    if failed:
        raise failed


def _stop(ctx: RunContext, wave: Wave) -> Mapping[str, Contact]:
    while True:
        try:
            before = _rows_by_contact(ctx, wave)
            break
        except NoSuchJobError:
            if not _may_still_appear(ctx, wave):
                raise
            ctx.wait()
    fault_point("withdraw.before_stop")
    ctx.platform.stop_job(wave.platform_job or "")
    return before


def _rows_by_contact(ctx: RunContext, wave: Wave) -> Mapping[str, Contact]:
    _, rows = read_rows(ctx, wave.platform_job or "")
    return match(ctx, waves.contacts_of(ctx.ledger, wave), rows)


def _settle_stopped(ctx: RunContext, wave: Wave, before: Mapping[str, Contact]) -> None:
    waited = 0.0
    while True:
        job, rows = read_rows(ctx, wave.platform_job or "")
        planned = open_of(ctx.ledger, wave)
        late = waited >= outcome_patience(ctx)
        found = _stopped_outcomes(ctx, job, planned, rows, before, late=late)
        done = len(found) == len(planned)
        settle(ctx.ledger, ctx.held, wave, found, done=done, listed=ctx.case.listed)
        if done:
            return
        if not job.is_stopped:
            struck("watching.stop_was_lost")
            ctx.platform.stop_job(job.id)  # the first word was lost, or is carried out late
        ctx.wait()
        waited += ctx.policy.poll_seconds


def _stopped_outcomes(
    ctx: RunContext,
    job: Job,
    planned: Sequence[OpenDispatch],
    rows: Sequence[Contact],
    before: Mapping[str, Contact],
    *,
    late: bool,
) -> dict[str, DispatchOutcome]:
    mine = match(ctx, planned, rows)
    calls = refine(ctx, job, mine.values())
    doubt = _unproved(job, rows, before)
    found = {}
    for row in planned:
        now, was = mine.get(row.contact_id), before.get(row.contact_id)
        outcome = _stopped(ctx, job, now, was, calls)
        if doubt and outcome.disposition is Disposition.UNDELIVERED:
            outcome = DispatchOutcome(
                Disposition.AMBIGUOUS if late else Disposition.IN_FLIGHT, "", doubt, None
            )
        if outcome.disposition is Disposition.IN_FLIGHT and late:
            outcome = DispatchOutcome(
                Disposition.AMBIGUOUS, "", "the call did not end in time", outcome.call_id
            )
        if outcome.disposition is not Disposition.IN_FLIGHT:
            found[row.contact_id] = outcome
    return found


def _unproved(job: Job, rows: Sequence[Contact], before: Mapping[str, Contact]) -> str:
    """Say why nobody is proved undialled by a job that was told to stop; empty where all of it is told."""
    if not job.is_stopped:
        return "the wave was told to stop and had not stopped in time"
    count = hidden(job, rows, {row.id: row for row in before.values()})
    if count:
        struck("watching.hidden_dispatch")
    return hidden_message(count) if count else ""


def _stopped(
    ctx: RunContext, job: Job, now: Contact | None, was: Contact | None, calls: Mapping[str, Call]
) -> DispatchOutcome:
    if now is None:
        return DispatchOutcome(Disposition.AMBIGUOUS, "", "the platform no longer shows the row", None)
    call = calls.get(now.call_id or "")
    settled = contact_disposition(now, call, ctx.table, job_is_over=job.is_stopped, stuck=False, before=was)
    return _outcome(settled, now, call)


def _ended_at(ctx: RunContext, job: Job, row: Contact) -> datetime | None:
    # The platform's own times, carried over to our clock: the two may be minutes apart.
    quiet = job.seen_at - row.updated_at if row.updated_at else timedelta()
    return ctx.clock.now() - max(quiet, timedelta())


def _outcome(
    settled: Settled, row: Contact, call: Call | None, ended_at: datetime | None = None
) -> DispatchOutcome:
    ruling, carrier = settled.ruling, call.carrier if call else None
    code = ruling.label if ruling else row.raw_status
    return DispatchOutcome(
        settled.disposition, code, settled.why, row.call_id, settled.is_fault, ended_at, carrier
    )
