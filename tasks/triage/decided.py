"""Decisions about contacts that were kept back: carried out in a plan, held against facts to the last."""

from collections.abc import Iterable, Mapping
from functools import partial

from models.disposition.carried_out import carry_out, news_of
from models.disposition.decision import Decided, ShownSince
from models.disposition.refine import contact_disposition
from models.disposition.strategy import Evidence, Judged, in_time
from models.enums import Choice, ContactStatus, Disposition, Unit
from models.platform import Contact, Job, NoSuchJobError
from models.tables.ledger import Planned, Wave
from models.triage.observation import Observation
from tasks.context import RunContext
from tasks.dispatch.people import who
from tasks.dispatch.rows import match, read_rows
from tasks.ledger import waves
from tasks.ledger.people.decided import any_made, in_force, void_among
from tasks.marks import struck
from tasks.triage.observe import refine

SAID_REACHED = "a person has said that this person was reached"
VOID = "the decision to redial this person is of before the ledger was put back to an earlier copy"


def with_decisions(
    ctx: RunContext, look: Observation, evidence: Evidence, people: tuple[Judged, ...]
) -> tuple[Judged, ...]:
    """Return the judged rows with what people have decided about them; asks the platform what waves show."""
    made = in_force(ctx.ledger, ctx.job_key)
    if not made:
        return people
    timed = partial(in_time, look=look, evidence=evidence, policy=ctx.policy)
    return carry_out(people, made, _shown(ctx, made), ctx.policy, timed)


def why_not(ctx: RunContext, rows: Iterable[Planned]) -> dict[str, str]:
    """Return whom of the plan no wave may hand over any more, by contact with why.

    That is whoever was said to be reached, and whoever is redialled by a decision that is void by now, or
    since which something of them has become known. Costs requests only for waves that hold such people.
    """
    if not any_made(ctx.ledger, ctx.job_key):
        return {}
    rows = tuple(rows)
    made = in_force(ctx.ledger, ctx.job_key, but=ctx.held.recovery_id)
    gone = _said_reached(ctx, rows, made)
    followed = {row.contact_id: row.decision for row in rows if row.decision is not None}
    void = void_among(ctx.ledger, followed.values()) if followed else frozenset()
    gone |= {contact_id: VOID for contact_id, decision in followed.items() if decision in void}
    mine = {contact_id: made[contact_id] for contact_id in followed.keys() & made.keys() - gone.keys()}
    shown = _shown(ctx, mine)
    news = {contact_id: news_of(decided, shown.get(contact_id)) for contact_id, decided in mine.items()}
    gone |= {
        contact_id: f"{mine[contact_id].by} decided to redial; {why}"
        for contact_id, why in news.items()
        if why
    }
    if gone:
        struck("decided.left_out")
    return gone


def _said_reached(ctx: RunContext, rows: Iterable[Planned], made: Mapping[str, Decided]) -> dict[str, str]:
    reached = {who(ctx, one.phone) for one in made.values() if one.choice is Choice.REACHED}
    return {row.contact_id: SAID_REACHED for row in rows if reached and who(ctx, row.phone) in reached}


def _shown(ctx: RunContext, made: Mapping[str, Decided]) -> dict[str, ShownSince]:
    """Read the earlier waves that hold people whom somebody has decided to redial."""
    wanted = {contact_id for contact_id, one in made.items() if one.choice is Choice.REDIAL}
    found: dict[str, ShownSince] = {}
    if not wanted:
        return found
    for recovery, wave in waves.of_job(ctx.ledger, ctx.job_key):
        if wave.platform_job and not (ctx.claim and recovery.id == ctx.claim.recovery_id):
            rows = [row for row in waves.contacts_of(ctx.ledger, wave) if row.contact_id in wanted]
            found |= _of_wave(ctx, wave, rows) if rows else {}
    return found


def _of_wave(ctx: RunContext, wave: Wave, planned: list[Planned]) -> dict[str, ShownSince]:
    try:
        job, rows = read_rows(ctx, wave.platform_job or "")
    except NoSuchJobError:
        return {}  # as when it was decided: nothing tells
    mine = match(ctx, planned, rows)
    calls = refine(ctx, job, mine.values())
    found = {}
    for contact_id, row in mine.items():
        call = calls.get(row.call_id or "")
        if open_words := _open(ctx, job, row):
            found[contact_id] = ShownSince(Disposition.IN_FLIGHT, row.call_id, open_words)
            continue
        settled = contact_disposition(row, call, ctx.table, job_is_over=job.is_stopped, stuck=True)
        answered = bool(call and call.carrier and call.carrier.was_taken)
        found[contact_id] = ShownSince(settled.disposition, row.call_id, settled.why, answered)
    return found


def _open(ctx: RunContext, job: Job, row: Contact) -> str:
    """Say why the call of an earlier wave may still come, empty where it does not."""
    if row.status is ContactStatus.LIVE:
        return "the person is on the line"
    whole = ctx.platform.capabilities.unit is Unit.JOB
    waits = whole and not job.is_stopped and not row.status.is_over
    return f"job {job.id}, a wave of ours, goes on and still holds this person" if waits else ""
