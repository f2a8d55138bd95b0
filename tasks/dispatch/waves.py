"""Waves of the sample and the relaunch: choose, send, watch, judge."""

from collections.abc import Callable, Sequence
from functools import partial

from models.enums import Phase, Unit, VerdictWord, WaveState
from models.plan.permit_budget import PermitBudget, wave_size
from models.plan.sampling import ramp
from models.platform import Capacity
from models.policy.policy import Policy
from models.report.advice import Failure, failure_of
from models.report.people import LEFT_SUPPRESSED
from models.tables.ledger import LookRow, Wave
from models.triage.findings import plural
from models.verdict.ending import HaltError, escalate, hold
from models.verdict.sprt import Gate, SprtPlan, Verdict, config_share, judge, judge_gates
from models.verdict.tally import Tallied, tally
from tasks.context import RunContext
from tasks.dispatch import calling_hours, drafts, witness
from tasks.dispatch.fence import hold_fence
from tasks.dispatch.figures import figures
from tasks.dispatch.permits import limit_of, live_waves, measure_room
from tasks.dispatch.send import dispatch, stop_duplicate_submissions
from tasks.dispatch.stops.cancel import CancelAskedError, check_cancel
from tasks.dispatch.watch import WaveObservation, look_at, outcome_patience, withdraw
from tasks.ledger import outbox, plans, recoveries, waves
from tasks.ledger.people.ends import ended_calls
from tasks.ledger.people.pace import estimate_of
from tasks.marks import struck
from tasks.triage.decided import why_not
from tasks.triage.suppression import suppressed

__all__ = ["CancelAskedError", "check_cancel", "limit_of", "live_waves", "measure_room"]

ACCOUNT_CODES = frozenset({"sip:402", "sip:401", "sip:407"})
SAMPLE_WAVE = 5
"""Contacts in one wave of the sample at the most: what is in the air at an abort still rings."""


def finish_started_waves(ctx: RunContext) -> None:
    """Bring every wave that a killed run had begun to the platform, or find it there."""
    for wave in begun_waves(ctx):
        drafts.start(ctx, dispatch(ctx, wave, partial(look_round, ctx)))


def begun_waves(ctx: RunContext) -> list[Wave]:
    """Return the waves that were written down and are not proved to be on the platform."""
    begun = (WaveState.INTENT, WaveState.REFUSED, WaveState.UNKNOWN)
    return waves.of(ctx.ledger, ctx.held.recovery_id, begun)


def finish_delayed_waves(ctx: RunContext) -> None:
    """Send what had to wait for calling hours, once nothing is in the air that would go unwatched."""
    if not live_waves(ctx):
        finish_started_waves(ctx)


def send_wave(ctx: RunContext, phase: Phase, wanted: int, *, below: int | None = None) -> Wave | None:
    """Send the next contacts as one wave within the free permits; None where there is no room or nobody.

    Before that the source is read anew and the platform is asked what else it holds. Only who may be called
    at this moment is taken, and no more than can be dialled before closing time.
    """
    recovery = recoveries.get(ctx.ledger, ctx.held.recovery_id)
    hold_fence(ctx, recovery, whole=True)
    _skip_suppressed(ctx)
    told = witness.ask(ctx)
    witness.leave_out_taken(ctx, told)
    _skip_decided_otherwise(ctx)
    space = measure_room(ctx, running=told.running)
    waiting = left(ctx, below=below)
    if phase is not Phase.RAMP and space.wrapping and space.free < min(wanted, waiting):
        return None  # a small wave need not be smaller for permits that come free by the next look
    size = wave_size(wanted, space, waiting, ctx.policy)
    contacts = calling_hours.pick(ctx, size, space.free, below=below) if size else []
    if not contacts or not space.free:
        return None
    cap = min(space.free, len(contacts))
    singly = ctx.platform.capabilities.unit is Unit.CALL
    wave = waves.intend(ctx.ledger, ctx.held, phase, contacts, cap, most=space.most, singly=singly)
    if wave is None:
        return None
    ctx.reporter.say(f"Wave {wave.n} ({phase.value}): {plural(wave.size, 'contact')}, {wave.cap} at a time.")
    sent = dispatch(ctx, wave, partial(look_round, ctx), told)
    drafts.start(ctx, sent)
    write_estimate(ctx)
    return sent


def write_estimate(ctx: RunContext) -> None:
    """Keep the estimate as of now in the ledger, for everybody who asks and every ticket that is told."""
    recovery_id = ctx.held.recovery_id
    stated = (recoveries.get(ctx.ledger, recovery_id).source or {}).get("limit")
    permits = max(1, min(ctx.policy.permits, stated or ctx.policy.permits) - ctx.policy.headroom)
    eta = estimate_of(ctx.ledger, recovery_id, ctx.policy, permits).as_json()
    with ctx.ledger.write(ctx.held) as session:
        recovery = recoveries.find(session, recovery_id)
        recovery.eta = eta
        session.add(recovery)
        ctx.case.slips_at = outbox.tell_pace(session, ctx.ledger, recovery)


def _skip_suppressed(ctx: RunContext) -> None:
    # Whoever waits under a number is taken out once; nobody comes to wait under it later in a run.
    fresh = suppressed(ctx) - ctx.case.skipped
    if not fresh:
        return
    words = "the number came onto the suppression list"
    why = dict.fromkeys(plans.waiting_with(ctx.ledger, ctx.held.recovery_id, fresh), words)
    plans.skip(ctx.ledger, ctx.held, why, "suppressed", code=LEFT_SUPPRESSED)
    ctx.case.skipped |= fresh


def _skip_decided_otherwise(ctx: RunContext) -> None:
    everybody = (row for rows in plans.waiting(ctx.ledger, ctx.held.recovery_id) for row in rows)
    plans.skip(ctx.ledger, ctx.held, why_not(ctx, everybody), "decided about, and news since")


def failure(ctx: RunContext, phases: Sequence[Phase]) -> Failure | None:
    """Return what stands out among the ended calls of some phases, None where nothing failed."""
    return failure_of(ended_calls(ctx.ledger, ctx.held.recovery_id, phases), ctx.table.look_up)


def sprt_plan(policy: Policy) -> SprtPlan:
    """Return the sample's test as the policy sets it."""
    return SprtPlan(policy.p0, policy.p1, policy.alpha, policy.beta, policy.sample_max, policy.max_unresolved)


def weigh_sample(ctx: RunContext, *, below: int) -> tuple[Tallied, Verdict]:
    """Return the figures of the sample as the ledger shows it, and what they say."""
    seen = tally(figures(ctx).sample)
    verdict = judge_gates(_gates(seen, ctx.policy), n=seen.n, k=seen.k) or judge(
        seen.n,
        seen.k,
        sprt_plan(ctx.policy),
        unresolved=seen.unresolved,
        exhausted=not is_anybody_left(ctx, below=below),
        nothing_left=not is_anybody_left(ctx),
    )
    return seen, verdict


def judge_sample(ctx: RunContext, *, below: int) -> Verdict:
    """Judge the sample, and write the look down first."""
    seen, verdict = weigh_sample(ctx, below=below)
    _write_look(ctx, Phase.SAMPLE, seen, verdict)
    return verdict


def weigh_relaunch(ctx: RunContext) -> tuple[Tallied, Verdict]:
    """Return the figures of all dispatches after the sample, and what the open-ended monitor says."""
    found = figures(ctx)
    seen = tally(found.relaunch)
    return seen, judge_gates(_gates(seen, ctx.policy), n=seen.n, k=seen.k) or found.monitor.judge()


def judge_relaunch(ctx: RunContext) -> Verdict:
    """Judge the relaunch, and write the look down first where it shows anything new."""
    seen, verdict = weigh_relaunch(ctx)
    last = recoveries.last_look(ctx.ledger, ctx.held.recovery_id)
    if last is None or (last.phase, last.n, last.k) != (Phase.RAMP.value, seen.n, seen.k):
        _write_look(ctx, Phase.RAMP, seen, verdict)
    return verdict


def _gates(seen: Tallied, policy: Policy) -> list[Gate]:
    gates = [Gate.ACCOUNT_ERROR] if ACCOUNT_CODES & set(seen.shared) else []
    if config_share(seen.shared, seen.total, policy.shared_code):
        gates.append(Gate.CONFIG_SHARE)
    return gates


def _write_look(ctx: RunContext, phase: Phase, seen: Tallied, verdict: Verdict) -> None:
    look = LookRow(
        recovery_id=ctx.held.recovery_id,
        at=ctx.clock.now(),
        phase=phase.value,
        n=seen.n,
        k=seen.k,
        unresolved=seen.unresolved,
        statistic=round(verdict.statistic, 6),
        word=verdict.word.value,
        why=verdict.why,
    )
    waves.write_look(ctx.ledger, ctx.held, look)


def watch_until(ctx: RunContext, enough: Callable[[list[WaveObservation]], bool]) -> list[WaveObservation]:
    """Look at the live waves again and again until it is enough; a wave that stands still escalates."""
    while True:
        seen = _look_at_all(ctx)
        if _take_back_at_closing(ctx, seen):
            continue
        if enough(seen):
            return seen
        _raise_if_stalled(ctx, seen)
        ctx.wait()


def look_round(ctx: RunContext) -> bool:
    """Look once at everything while a wave is refused; tell whether more waves may go by what is seen."""
    seen = _look_at_all(ctx)
    if not _take_back_at_closing(ctx, seen):
        _raise_if_stalled(ctx, seen)
    return weigh_relaunch(ctx)[1].word is not VerdictWord.ABORT


def _look_at_all(ctx: RunContext) -> list[WaveObservation]:
    hold_fence(ctx, check_cancel(ctx))
    live = live_waves(ctx)
    stop_duplicate_submissions(ctx, live)
    seen = [look_at(ctx, wave) for wave in live]
    for left in (one.wave for one in seen if one.is_draft):
        drafts.start(ctx, left)
    _report(ctx)
    if ctx.case.slips_at and ctx.clock.now() >= ctx.case.slips_at:
        write_estimate(ctx)
    ctx.say_gaps()
    return seen


def _take_back_at_closing(ctx: RunContext, seen: Sequence[WaveObservation]) -> bool:
    # A wave was made small enough to be dialled in time; what the platform has not dialled yet comes back.
    late = calling_hours.closing(ctx, [one.wave for one in seen if one.waiting])
    if late:
        names = ", ".join(str(wave.n) for wave in late)
        ctx.reporter.say(f"Calling hours end: what wave {names} has not dialled yet is taken back.")
        withdraw(ctx, late, "calling hours end")
    return bool(late)


def _report(ctx: RunContext) -> None:
    recovery_id, singly = ctx.held.recovery_id, ctx.platform.capabilities.unit is Unit.CALL
    if ctx.case.to_redial is None:
        ctx.case.to_redial = plans.count_to_redial(ctx.ledger, recovery_id)
    called = waves.count_handed(ctx.ledger, recovery_id, singly=singly)
    ctx.reporter.progress("redialling", called, ctx.case.to_redial)


def _raise_if_stalled(ctx: RunContext, seen: Sequence[WaveObservation]) -> None:
    now = ctx.clock.now()
    patience = outcome_patience(ctx)
    for one in seen:
        still = (now - (one.wave.moved_at or now)).total_seconds()
        if one.ended or not one.open or one.at_carrier or still < patience:
            continue
        told = ctx.platform.get_capacity()
        if one.in_flight and (told.live or 0) >= one.in_flight:
            continue  # long calls are no stall
        _judge_stall(ctx, one, still, told)


def _judge_stall(ctx: RunContext, one: WaveObservation, still: float, told: Capacity) -> None:
    live = told.live
    full = live is None or live >= limit_of(ctx, told.limit)
    if full and still < ctx.policy.permit_patience:
        return
    if live is None:
        struck("stall.unknown_live")
        raise hold(
            f"Wave {one.wave.n} has not moved for {still:.0f} s, and how many calls are in the air cannot be "
            "read: it may wait for a permit, or for nothing.",
            f"Look at job {one.wave.platform_job} on the platform, then resume; a key that may read the live "
            "count tells the two apart.",
            resumable=True,
        )
    if full:
        raise hold(
            f"Wave {one.wave.n} has waited {still:.0f} s for a permit that other calls keep.",
            "Free permits or raise the limit, then resume.",
            resumable=True,
        )
    raise escalate(
        f"Wave {one.wave.n} was accepted and {one.open} of its contacts have not moved for {still:.0f} s, "
        "with permits free: the job stays stalled after a validated retry.",
        "Give the package to engineering: the platform's dispatcher does not work off new jobs either.",
    )


def no_permit(ctx: RunContext, space: PermitBudget) -> HaltError:
    """Return the halt of a recovery that has waited for a permit in vain."""
    if ctx.policy.headroom >= space.limit:
        return hold(
            f"No permit may be used: {space.limit} permits, of which {ctx.policy.headroom} stay free.",
            "Raise permits or lower headroom in the policy, then resume.",
            resumable=True,
        )
    return hold(
        f"No permit came free in {ctx.policy.permit_patience:.0f} s; others use {space.foreign}.",
        "Free permits or raise the limit, then resume.",
        resumable=True,
    )


def next_ramp(ctx: RunContext) -> int:
    """Return the size that the next wave of the relaunch aims at: twice the last one."""
    last = waves.last_size(ctx.ledger, ctx.held.recovery_id, Phase.RAMP)
    return ramp(SAMPLE_WAVE if last is None else last, ctx.policy.wave_max)


def left(ctx: RunContext, *, below: int | None = None) -> int:
    """Return how many contacts are planned and not yet in a wave."""
    return plans.count_left(ctx.ledger, ctx.held.recovery_id, below=below)


def is_anybody_left(ctx: RunContext, *, below: int | None = None) -> bool:
    """Tell whether any contact is planned and not yet in a wave."""
    return plans.is_anybody_left(ctx.ledger, ctx.held.recovery_id, below=below)
