"""The sample and the relaunch as steps, one wave each; what stops them comes back as an ending."""

from collections.abc import Callable
from functools import wraps

from models.enums import Level, Phase, State, VerdictWord
from models.verdict.ending import Ending, HaltError
from models.verdict.sprt import Verdict
from tasks import markdown
from tasks.conductor import publish, step
from tasks.context import current_context
from tasks.dispatch import calling_hours, witness
from tasks.dispatch import waves as wave_steps
from tasks.dispatch.stop import decided, stop
from tasks.dispatch.watch import WaveObservation
from tasks.dispatch.waves import CancelAskedError
from tasks.fault_points import fault_point
from tasks.ledger import plans, recoveries, waves

Turn = Ending | None
"""None: go on. An ending: the ladder stops here."""

PROVIDER_ADVICE = "The provider still fails. Wait until it has recovered, then run recover again."


def turn(act: Callable[[], Turn]) -> Callable[[], Turn]:
    """Bring back what stops a step as its ending, after taking back what is not yet ringing."""

    @wraps(act)
    def run() -> Turn:
        try:
            return act()
        except CancelAskedError as asked:
            return stop(asked.ending)
        except HaltError as halt:
            return stop(halt.ending)

    return run


@step("Carry out a stop that was decided on")
def go_on_stopping() -> Turn:
    """After a kill: a recovery that was about to stop sends nothing more."""
    ending = decided()
    return stop(ending) if ending else None


@step("Bring begun waves to an end")
@turn
def finish_begun_waves() -> Turn:
    """After a kill: look up what was sent, send what was only written down."""
    wave_steps.check_cancel(current_context())
    wave_steps.finish_started_waves(current_context())
    return None


@step("Sample: send one small wave and watch it")
@turn
def sample_wave() -> Turn:
    """Send at most five contacts, watch them to their end, judge."""
    ctx = current_context()
    wave_steps.finish_delayed_waves(ctx)
    _, so_far = wave_steps.weigh_sample(ctx, below=_sample_end())  # a killed run may not have come to judge
    if so_far.word is VerdictWord.CONTINUE and not wave_steps.live_waves(ctx):
        _send_when_there_is_room(Phase.SAMPLE, wave_steps.SAMPLE_WAVE, below=_sample_end())
    wave_steps.watch_until(ctx, lambda seen: not any(one.open for one in seen))
    verdict = wave_steps.judge_sample(ctx, below=_sample_end())
    ctx.reporter.say(f"Sample: {verdict.k} of {verdict.n} failed, verdict {verdict.word.value}.")
    return _after_sample(verdict)


def _sample_end() -> int:
    ctx = current_context()
    size = recoveries.policy_of(recoveries.get(ctx.ledger, ctx.held.recovery_id)).sample_max
    return plans.sample_end(ctx.ledger, ctx.held.recovery_id, size)


def _send_when_there_is_room(phase: Phase, wanted: int, *, below: int | None = None) -> None:
    ctx = current_context()
    waited = 0.0
    wave_steps.check_cancel(ctx)
    while wave_steps.left(ctx, below=below) and not wave_steps.send_wave(ctx, phase, wanted, below=below):
        wave_steps.check_cancel(ctx)
        if not calling_hours.anybody_now(ctx, below=below):
            if wave_steps.live_waves(ctx):
                return  # their calls are watched to the end before the night
            calling_hours.wait_for_opening(ctx, below=below)
            waited = 0.0  # patience runs in calling hours alone
            continue
        if waited > ctx.policy.permit_patience:
            space = wave_steps.measure_room(ctx)
            raise wave_steps.no_permit(ctx, space)
        ctx.wait()
        waited += ctx.policy.poll_seconds


def _after_sample(verdict: Verdict) -> Turn:
    ctx = current_context()
    if verdict.word is VerdictWord.CONTINUE:
        return None
    publish(
        f"sample-{ctx.case.job_id}",
        "Looks of the sample",
        markdown.looks_markdown(recoveries.looks(ctx.ledger, ctx.held.recovery_id)),
    )
    word, level = verdict.word.value, Level.OPERATOR.value
    if verdict.word is VerdictWord.GO:
        fault_point("verdict.before_write")
        recoveries.update(ctx.ledger, ctx.held, "verdict", {"verdict": word}, verdict=word, level=level)
        return None
    if ending := witness.all_taken(ctx):
        return stop(ending)
    aborted = ctx.clock.now() if verdict.word is VerdictWord.ABORT else None
    return stop(_held_by_sample(verdict), verdict=word, level=level, aborted_at=aborted)


def _held_by_sample(verdict: Verdict) -> Ending:
    if verdict.word is VerdictWord.ABORT:
        why = f"The sample was stopped. {verdict.why}"
        if _stopped_before():
            todo = "Give the package to engineering: an earlier recovery was stopped by failures too."
            return Ending(State.ESCALATED, why, todo)
        return Ending(State.HELD, why, PROVIDER_ADVICE)
    todo = "Look at the sample's calls; run recover again for a fresh sample once they are understood."
    return Ending(State.HELD, f"The sample gave no verdict. {verdict.why}", todo)


def _stopped_before() -> bool:
    ctx = current_context()
    earlier = recoveries.of_job(ctx.ledger, ctx.job_key)
    return any(r.aborted_at for r in earlier if r.id != ctx.held.recovery_id)


def sample_verdict() -> str | None:
    """Return the verdict of the sample as the ledger has it, None while it has none."""
    ctx = current_context()
    return recoveries.get(ctx.ledger, ctx.held.recovery_id).verdict


@step("Confirm permits and dispatch progress")
@turn
def confirm_permits() -> Turn:
    """Level 2: permits again, now with the sample behind us."""
    ctx = current_context()
    space = wave_steps.measure_room(ctx)
    note = {"free": space.free, "limit": space.limit, "foreign": space.foreign}
    recoveries.update(ctx.ledger, ctx.held, "permits", note, level=Level.SUPPORT.value)
    return None


@step("Relaunch: send the next wave and watch")
@turn
def relaunch_wave() -> Turn:
    """Send one wave into the free permits, then watch until there is room for the next."""
    ctx = current_context()
    wave_steps.finish_delayed_waves(ctx)
    _, so_far = wave_steps.weigh_relaunch(ctx)
    if so_far.word is VerdictWord.ABORT:  # a killed run may not have come to act on it
        return _aborted(wave_steps.judge_relaunch(ctx))
    watched = len_watched()
    if watched < ctx.policy.watch_first:
        _send_when_there_is_room(Phase.WATCH, min(wave_steps.SAMPLE_WAVE, ctx.policy.watch_first - watched))
        return _watch_each()
    _send_when_there_is_room(Phase.RAMP, wave_steps.next_ramp(ctx))
    found: list[Turn] = []

    def enough(seen: list[WaveObservation]) -> bool:
        verdict = wave_steps.judge_relaunch(ctx)
        if verdict.word is VerdictWord.ABORT:
            found.append(_aborted(verdict))
            return True
        if not calling_hours.anybody_now(ctx):
            return not any(one.open for one in seen)
        return wave_steps.measure_room(ctx, seen).free > 0

    wave_steps.watch_until(ctx, enough)
    return found[0] if found else None


def len_watched() -> int:
    """Return how many dispatches of the relaunch were watched one by one."""
    ctx = current_context()
    sent = waves.of(ctx.ledger, ctx.held.recovery_id)
    return sum(wave.size for wave in sent if wave.phase == Phase.WATCH.value)


def _watch_each() -> Turn:
    ctx = current_context()
    wave_steps.watch_until(ctx, lambda seen: not any(one.open for one in seen))
    verdict = wave_steps.judge_relaunch(ctx)
    return _aborted(verdict) if verdict.word is VerdictWord.ABORT else None


def _aborted(verdict: Verdict) -> Ending:
    why = f"Failures in the relaunch pass the transient threshold. {verdict.why}"
    todo = "Give the package to engineering; what was not yet ringing is back."
    ending = Ending(State.ESCALATED, why, todo)
    return stop(ending, verdict=VerdictWord.ABORT.value, aborted_at=current_context().clock.now())


def is_anybody_left() -> bool:
    """Tell whether the relaunch has anybody to dispatch or to watch."""
    ctx = current_context()
    return bool(wave_steps.left(ctx) or wave_steps.live_waves(ctx) or wave_steps.begun_waves(ctx))
