"""The sample and the relaunch as tasks, one wave each; what stops them comes back as an ending."""

from collections.abc import Callable
from functools import wraps

from models.enums import Level, Phase, State, VerdictWord
from models.report.advice import advice_for
from models.verdict.ending import Ending, HaltError
from models.verdict.sprt import Verdict
from tasks import markdown
from tasks.context import RunContext
from tasks.dispatch import calling_hours, witness
from tasks.dispatch import waves as wave_steps
from tasks.dispatch.stops.stop import decided, stop
from tasks.dispatch.watch import WaveObservation
from tasks.dispatch.waves import CancelAskedError
from tasks.fault_points import fault_point
from tasks.ledger import plans, recoveries, waves
from tasks.prefect import announce, publish, task

Turn = Ending | None
"""None: go on. An ending: the ladder stops here."""


def turn(act: Callable[[RunContext], Turn]) -> Callable[[RunContext], Turn]:
    """Bring back what stops a task as its ending, after taking back what is not yet ringing."""

    @wraps(act)
    def run(ctx: RunContext) -> Turn:
        try:
            return act(ctx)
        except CancelAskedError as asked:
            return stop(ctx, asked.ending)
        except HaltError as halt:
            return stop(ctx, halt.ending)

    return run


def go_on_stopping(ctx: RunContext) -> Turn:
    """After a kill: a recovery that was about to stop sends nothing more."""
    ending = decided(ctx)
    return carry_out_the_stop(ctx, ending) if ending else None


@task(name="Carry out the stop that an interrupted run had decided on")
def carry_out_the_stop(ctx: RunContext, ending: Ending) -> Ending:
    """Take back what is not yet ringing, and write the end down."""
    return stop(ctx, ending)


def finish_begun_waves(ctx: RunContext) -> Turn:
    """After a kill: bring what was begun to its end; a first run has begun nothing."""
    return reconcile_begun_waves(ctx) if wave_steps.begun_waves(ctx) else None


@task(name="Reconcile the waves of an interrupted run")
@turn
def reconcile_begun_waves(ctx: RunContext) -> Turn:
    """Look up what was sent, send what was only written down."""
    wave_steps.check_cancel(ctx)
    wave_steps.finish_started_waves(ctx)
    return None


@task(name="Sample: send one small wave and watch it")
@turn
def sample_wave(ctx: RunContext) -> Turn:
    """Send at most five contacts, watch them to their end, judge."""
    wave_steps.finish_delayed_waves(ctx)
    _, so_far = wave_steps.weigh_sample(
        ctx, below=_sample_end(ctx)
    )  # a killed run may not have come to judge
    if so_far.word is VerdictWord.CONTINUE and not wave_steps.live_waves(ctx):
        _send_when_there_is_room(ctx, Phase.SAMPLE, wave_steps.SAMPLE_WAVE, below=_sample_end(ctx))
    wave_steps.watch_until(ctx, lambda seen: not any(one.open for one in seen))
    verdict = wave_steps.judge_sample(ctx, below=_sample_end(ctx))
    ctx.reporter.say(f"Sample: {verdict.k} of {verdict.n} failed, verdict {verdict.word.value}.")
    return _after_sample(ctx, verdict)


def _sample_end(ctx: RunContext) -> int:
    size = recoveries.policy_of(recoveries.get(ctx.ledger, ctx.held.recovery_id)).sample_max
    return plans.sample_end(ctx.ledger, ctx.held.recovery_id, size)


def _send_when_there_is_room(ctx: RunContext, phase: Phase, wanted: int, *, below: int | None = None) -> None:
    waited = 0.0
    wave_steps.check_cancel(ctx)
    while wave_steps.is_anybody_left(ctx, below=below) and not wave_steps.send_wave(
        ctx, phase, wanted, below=below
    ):
        wave_steps.check_cancel(ctx)
        if not calling_hours.anybody_now(ctx, below=below):
            if wave_steps.live_waves(ctx):
                return  # their calls are watched to the end before the night
            calling_hours.wait_for_opening(ctx, below=below)
            waited = 0.0  # patience runs in calling hours alone
            continue
        if waited > ctx.policy.permit_patience:
            space = wave_steps.measure_room(ctx, running=witness.ask(ctx).running)
            raise wave_steps.no_permit(ctx, space)
        ctx.wait()
        waited += ctx.policy.poll_seconds


def _after_sample(ctx: RunContext, verdict: Verdict) -> Turn:
    if verdict.word is VerdictWord.CONTINUE:
        return None
    publish(
        ctx,
        f"sample-{ctx.case.job_id}",
        "Looks of the sample",
        markdown.looks_markdown(recoveries.looks(ctx.ledger, ctx.held.recovery_id)),
    )
    word, level = verdict.word.value, Level.OPERATOR.value
    if verdict.word is VerdictWord.GO:
        fault_point("verdict.before_write")
        recoveries.update(ctx.ledger, ctx.held, "verdict", {"verdict": word}, verdict=word, level=level)
        announce(ctx, "verdict", ctx.held.recovery_id, ctx.case.job_id, {"verdict": word, "why": verdict.why})
        return None
    if ending := witness.all_taken(ctx):
        return stop(ctx, ending)
    aborted = ctx.clock.now() if verdict.word is VerdictWord.ABORT else None
    return stop(ctx, _held_by_sample(ctx, verdict), verdict=word, level=level, aborted_at=aborted)


def _held_by_sample(ctx: RunContext, verdict: Verdict) -> Ending:
    if verdict.word is VerdictWord.ABORT:
        why = f"The sample was stopped. {verdict.why}"
        advice = advice_for(wave_steps.failure(ctx, [Phase.SAMPLE]))
        if _stopped_before(ctx):
            todo = "Give the package to engineering: an earlier recovery was stopped by failures too."
            return Ending(State.ESCALATED, why, f"{todo} {advice}")
        return Ending(State.HELD, why, advice)
    todo = "Look at the sample's calls; run recover again for a fresh sample once they are understood."
    return Ending(State.HELD, f"The sample gave no verdict. {verdict.why}", todo)


def _stopped_before(ctx: RunContext) -> bool:
    earlier = recoveries.of_job(ctx.ledger, ctx.job_key)
    return any(r.aborted_at for r in earlier if r.id != ctx.held.recovery_id)


def sample_verdict(ctx: RunContext) -> str | None:
    """Return the verdict of the sample as the ledger has it, None while it has none."""
    return recoveries.get(ctx.ledger, ctx.held.recovery_id).verdict


@task(name="Confirm permits and dispatch progress")
@turn
def confirm_permits(ctx: RunContext) -> Turn:
    """Level 2: permits again, now with the sample behind us."""
    space = wave_steps.measure_room(ctx)
    note = {"free": space.free, "limit": space.limit, "foreign": space.foreign}
    recoveries.update(ctx.ledger, ctx.held, "permits", note, level=Level.SUPPORT.value)
    if waves.of(ctx.ledger, ctx.held.recovery_id) and is_anybody_left(ctx):
        wave_steps.write_estimate(ctx)  # what a killed run may not have come to write, and to tell
    return None


@task(name="Relaunch: send the next wave and watch")
@turn
def relaunch_wave(ctx: RunContext) -> Turn:
    """Send one wave into the free permits, then watch until there is room for the next."""
    wave_steps.finish_delayed_waves(ctx)
    _, so_far = wave_steps.weigh_relaunch(ctx)
    if so_far.word is VerdictWord.ABORT:  # a killed run may not have come to act on it
        return _aborted(ctx, wave_steps.judge_relaunch(ctx))
    watched = len_watched(ctx)
    if watched < ctx.policy.watch_first:
        _send_when_there_is_room(
            ctx, Phase.WATCH, min(wave_steps.SAMPLE_WAVE, ctx.policy.watch_first - watched)
        )
        return _watch_each(ctx)
    _send_when_there_is_room(ctx, Phase.RAMP, wave_steps.next_ramp(ctx))
    found: list[Turn] = []

    def enough(seen: list[WaveObservation]) -> bool:
        verdict = wave_steps.judge_relaunch(ctx)
        if verdict.word is VerdictWord.ABORT:
            found.append(_aborted(ctx, verdict))
            return True
        if not calling_hours.anybody_now(ctx):
            return not any(one.open for one in seen)
        return wave_steps.measure_room(ctx, seen).free > 0

    wave_steps.watch_until(ctx, enough)
    return found[0] if found else None


def len_watched(ctx: RunContext) -> int:
    """Return how many dispatches of the relaunch were watched one by one."""
    return waves.count_in(ctx.ledger, ctx.held.recovery_id, Phase.WATCH)


def _watch_each(ctx: RunContext) -> Turn:
    wave_steps.watch_until(ctx, lambda seen: not any(one.open for one in seen))
    verdict = wave_steps.judge_relaunch(ctx)
    return _aborted(ctx, verdict) if verdict.word is VerdictWord.ABORT else None


def _aborted(ctx: RunContext, verdict: Verdict) -> Ending:
    why = f"Failures in the relaunch pass the transient threshold. {verdict.why}"
    advice = advice_for(wave_steps.failure(ctx, [Phase.WATCH, Phase.RAMP]))
    todo = f"Give the package to engineering; what was not yet ringing is back. {advice}"
    ending = Ending(State.ESCALATED, why, todo)
    return stop(ctx, ending, verdict=VerdictWord.ABORT.value, aborted_at=ctx.clock.now())


def is_anybody_left(ctx: RunContext) -> bool:
    """Tell whether the relaunch has anybody to dispatch or to watch."""
    return bool(wave_steps.is_anybody_left(ctx) or wave_steps.live_waves(ctx) or wave_steps.begun_waves(ctx))
