"""Builds that break a promise on purpose, in a child process only: the suites have to notice each of them."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx

from deployments.sandbox.in_memory.platform import FakePlatform
from models.enums import Phase, WaveState
from models.plan.markers import marker_of
from models.platform import Draft, Job, SubmitOutcomeUnknownError
from models.tables.ledger import Planned, Wave
from models.verdict.ending import Ending
from tasks import fault_points
from tasks.context import RunContext
from tasks.dispatch import fence, send, witness
from tasks.dispatch import waves as wave_steps
from tasks.dispatch.stops import stop
from tasks.finish import finish
from tasks.ledger import recoveries, waves
from tasks.ledger.store import Claim, Ledger
from tasks.markdown import source_job
from tasks.platforms.elevenlabs.adapter import ElevenLabs
from tasks.platforms.port import Platform
from tests.chaos import frozen
from tests.chaos.kills import child
from tests.chaos.kills.child import ChildCommand, dress
from tests.sure import sure

BROKEN = "CHAOS_BROKEN"
"""Names what is broken, in the environment of the child; empty for the whole build."""


def obey(told: Mapping[str, Any]) -> int:
    """Break what the environment names, then run the order as it is."""
    _break(told)
    return child.obey(told)


def obey_frozen(told: Mapping[str, Any]) -> int:
    """Break what the environment names, then run an order that freezes."""
    _break(told)
    return frozen.obey(told)


def obey_revived(told: Mapping[str, Any]) -> int:
    """Break what the environment names, then run an order while the dead source job comes back to life."""
    _break(told)
    order = ChildCommand(**told)
    dress(order)
    fault_points.arm(_revive(order.environ))
    return child.run(order)


def _revive(environ: Mapping[str, str]) -> fault_points.Act:
    def revive(passed: str) -> None:
        if passed == "wave.after_send":
            fault_points.arm(None)
            world = f"{environ['RINGBACK_PLATFORM_URL']}/sandbox/worlds/{environ['RINGBACK_PLATFORM_KEY']}"
            httpx.post(f"{world}/do", json={"what": "dispatcher_back"}).raise_for_status()

    return revive


def _break(told: Mapping[str, Any]) -> None:
    if name := (os.environ | told["environ"]).get(BROKEN):
        BREAKS[name]()


def send_before_writing() -> None:
    """Skip the intent commit: the wave goes out first and is written down afterwards.

    The platform, which would tell of the wave, is not believed either: one guard hides the other's loss.
    """
    witness._no_unknown_wave = lambda *_told: None
    write, send_wave = waves.intend, wave_steps.send_wave
    seen: list[Platform] = []

    def sending(ctx: RunContext, *args: Any, **options: Any) -> bool:
        seen.append(ctx.platform)
        return bool(send_wave(ctx, *args, **options))

    def intend(
        ledger: Ledger, claim: Claim, phase: Phase, contacts: Sequence[Planned], cap: int, **bounds: Any
    ) -> Wave:
        n = len(waves.of(ledger, claim.recovery_id)) + 1
        marker = marker_of(claim.recovery_id, n)
        source = recoveries.get(ledger, claim.recovery_id).source
        rows = tuple(map(send.as_contact, contacts))
        job = seen[-1].create_job(Draft(marker, source_job(source or {}), rows, cap))
        wave = waves.sending(ledger, claim, sure(write(ledger, claim, phase, contacts, cap, **bounds)))
        return waves.answered(
            ledger, claim, wave, WaveState.ACCEPTED, message="accepted", platform_job=job.id
        )

    ledger_waves: Any = waves
    steps: Any = wave_steps
    ledger_waves.intend, steps.send_wave = intend, sending


def drop_the_fence() -> None:
    """Redial without stopping the source and without looking at it again."""
    modules: tuple[Any, ...] = (fence, wave_steps, send, finish)
    for module in modules:
        module.hold_fence = lambda *_args, **_options: 0


def retry_the_create() -> None:
    """Send a create again when its answer is lost, as HTTP clients like to do."""
    adapters: tuple[Any, ...] = (ElevenLabs, FakePlatform)
    for adapter in adapters:
        adapter.create_job = _tried_again(adapter.create_job)


def _tried_again(once: Callable[[Any, Draft], Job]) -> Callable[[Any, Draft], Job]:
    def create_job(self: Any, draft: Draft) -> Job:
        try:
            return once(self, draft)
        except SubmitOutcomeUnknownError:
            return once(self, draft)

    return create_job


def forget_the_stop() -> None:
    """Stop for a verdict, and write the verdict down without the stop."""

    def decide(ctx: RunContext, ending: Ending, fields: dict[str, Any]) -> Ending:
        recoveries.update(ctx.ledger, ctx.held, "verdict", {}, **fields)
        return ending

    stop._decide = decide


def ignore_the_lease() -> None:
    """Write and send whoever holds the job by now."""
    ledger: Any = Ledger
    sender: Any = send
    ledger._prove = lambda _self, _session, _claim: None
    sender._check_fresh = lambda _desk, _wave, _told: None


BREAKS: Mapping[str, Callable[[], None]] = {
    "send before writing": send_before_writing,
    "drop the fence": drop_the_fence,
    "retry the create": retry_the_create,
    "forget the stop": forget_the_stop,
    "ignore the lease": ignore_the_lease,
}
