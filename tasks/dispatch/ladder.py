"""The sample and the relaunch as steps, one wave each; what stops them comes back as an ending."""

from collections.abc import Callable
from functools import wraps

from models.enums import Level, Phase, State, VerdictWord
from models.verdict.ending import Ending, Halt
from models.verdict.sprt import Verdict
from tasks import markdown
from tasks.conductor import publish, step
from tasks.context import desk
from tasks.dispatch import calling_hours, witness
from tasks.dispatch import waves as wave_steps
from tasks.dispatch.stop import decided, stop
from tasks.dispatch.watch import Seen
from tasks.dispatch.waves import CancelAsked
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
        except CancelAsked as asked:
            return stop(asked.ending)
        except Halt as halt:
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
    wave_steps.check_cancel(desk())
    wave_steps.finish_started_waves(desk())
    return None


@step("Sample: send one small wave and watch it")
@turn
def sample_wave() -> Turn:
    """Send at most five contacts, watch them to their end, judge."""
    here = desk()
    wave_steps.finish_delayed_waves(here)
    _, so_far = wave_steps.weigh_sample(here, below=_sample_end())  # a killed run may not have come to judge
    if so_far.word is VerdictWord.CONTINUE and not wave_steps.live_waves(here):
        _send_when_there_is_room(Phase.SAMPLE, wave_steps.SAMPLE_WAVE, below=_sample_end())
    wave_steps.watch_until(here, lambda seen: not any(one.open for one in seen))
    verdict = wave_steps.judge_sample(here, below=_sample_end())
    here.reporter.say(f"Sample: {verdict.k} of {verdict.n} failed, verdict {verdict.word.value}.")
    return _after_sample(verdict)


def _sample_end() -> int:
    here = desk()
    size = recoveries.policy_of(recoveries.get(here.ledger, here.held.recovery_id)).sample_max
    return plans.sample_end(here.ledger, here.held.recovery_id, size)


def _send_when_there_is_room(phase: Phase, wanted: int, *, below: int | None = None) -> None:
    here = desk()
    waited = 0.0
    wave_steps.check_cancel(here)
    while wave_steps.left(here, below=below) and not wave_steps.send_wave(here, phase, wanted, below=below):
        wave_steps.check_cancel(here)
        if not calling_hours.anybody_now(here, below=below):
            if wave_steps.live_waves(here):
                return  # their calls are watched to the end before the night
            calling_hours.wait_for_opening(here, below=below)
            waited = 0.0  # patience runs in calling hours alone
            continue
        if waited > here.policy.permit_patience:
            space = wave_steps.measure_room(here)
            raise wave_steps.no_permit(here, space)
        here.wait()
        waited += here.policy.poll_seconds


def _after_sample(verdict: Verdict) -> Turn:
    here = desk()
    if verdict.word is VerdictWord.CONTINUE:
        return None
    publish(
        f"sample-{here.case.job_id}",
        "Looks of the sample",
        markdown.looks_markdown(recoveries.looks(here.ledger, here.held.recovery_id)),
    )
    word, level = verdict.word.value, Level.OPERATOR.value
    if verdict.word is VerdictWord.GO:
        fault_point("verdict.before_write")
        recoveries.update(here.ledger, here.held, "verdict", {"verdict": word}, verdict=word, level=level)
        return None
    if ending := witness.all_taken(here):
        return stop(ending)
    aborted = here.clock.now() if verdict.word is VerdictWord.ABORT else None
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
    here = desk()
    earlier = recoveries.of_job(here.ledger, here.job_key)
    return any(r.aborted_at for r in earlier if r.id != here.held.recovery_id)


def sample_verdict() -> str | None:
    """Return the verdict of the sample as the ledger has it, None while it has none."""
    here = desk()
    return recoveries.get(here.ledger, here.held.recovery_id).verdict


@step("Confirm permits and dispatch progress")
@turn
def confirm_permits() -> Turn:
    """Level 2: permits again, now with the sample behind us."""
    here = desk()
    space = wave_steps.measure_room(here)
    note = {"free": space.free, "limit": space.limit, "foreign": space.foreign}
    recoveries.update(here.ledger, here.held, "permits", note, level=Level.SUPPORT.value)
    return None


@step("Relaunch: send the next wave and watch")
@turn
def relaunch_wave() -> Turn:
    """Send one wave into the free permits, then watch until there is room for the next."""
    here = desk()
    wave_steps.finish_delayed_waves(here)
    _, so_far = wave_steps.weigh_relaunch(here)
    if so_far.word is VerdictWord.ABORT:  # a killed run may not have come to act on it
        return _aborted(wave_steps.judge_relaunch(here))
    watched = len_watched()
    if watched < here.policy.watch_first:
        _send_when_there_is_room(Phase.WATCH, min(wave_steps.SAMPLE_WAVE, here.policy.watch_first - watched))
        return _watch_each()
    _send_when_there_is_room(Phase.RAMP, wave_steps.next_ramp(here))
    found: list[Turn] = []

    def enough(seen: list[Seen]) -> bool:
        verdict = wave_steps.judge_relaunch(here)
        if verdict.word is VerdictWord.ABORT:
            found.append(_aborted(verdict))
            return True
        if not calling_hours.anybody_now(here):
            return not any(one.open for one in seen)
        return wave_steps.measure_room(here, seen).free > 0

    wave_steps.watch_until(here, enough)
    return found[0] if found else None


def len_watched() -> int:
    """Return how many dispatches of the relaunch were watched one by one."""
    here = desk()
    sent = waves.of(here.ledger, here.held.recovery_id)
    return sum(wave.size for wave in sent if wave.phase == Phase.WATCH.value)


def _watch_each() -> Turn:
    here = desk()
    wave_steps.watch_until(here, lambda seen: not any(one.open for one in seen))
    verdict = wave_steps.judge_relaunch(here)
    return _aborted(verdict) if verdict.word is VerdictWord.ABORT else None


def _aborted(verdict: Verdict) -> Ending:
    why = f"Failures in the relaunch pass the transient threshold. {verdict.why}"
    todo = "Give the package to engineering; what was not yet ringing is back."
    ending = Ending(State.ESCALATED, why, todo)
    return stop(ending, verdict=VerdictWord.ABORT.value, aborted_at=desk().clock.now())


def is_anybody_left() -> bool:
    """Tell whether the relaunch has anybody to dispatch or to watch."""
    here = desk()
    return bool(wave_steps.left(here) or wave_steps.live_waves(here) or wave_steps.begun_waves(here))
