"""Waves of earlier recoveries that were left without an outcome: read, never sent again."""

from models.enums import WaveState
from models.platform import NoSuchJobError
from models.tables.ledger import Wave
from models.verdict.ending import HaltError
from tasks.context import RunContext
from tasks.dispatch.watch import look_at
from tasks.dispatch.witness import Testimony
from tasks.ledger import calls, waves
from tasks.marks import struck

UNSETTLED = frozenset({WaveState.REFUSED.value, WaveState.INTENT.value, WaveState.UNKNOWN.value})


def settle_earlier(ctx: RunContext, wave: Wave, told: Testimony) -> bool:
    """Find out what became of one wave; True where none of its contacts is in doubt any more."""
    if wave.state == WaveState.INTENT.value and calls.is_begun(ctx.ledger, wave.recovery_id, wave.n):
        struck("earlier.begun_calls")
        wave = calls.close(ctx.ledger, ctx.held, wave)
    if wave.state in UNSETTLED:
        # Never sent, or proved absent: a memory like any other. What stands on the platform counts.
        wave = _adopted(ctx, wave, told)
    if wave.state == WaveState.REFUSED.value:
        return True
    if wave.state == WaveState.INTENT.value:
        waves.answered(ctx.ledger, ctx.held, wave, WaveState.REFUSED, message="it was never sent")
        return True
    if wave.state != WaveState.ACCEPTED.value:
        return False
    try:
        return look_at(ctx, wave).open == 0
    except (NoSuchJobError, HaltError):
        return False  # somebody deleted it: whether it called anybody cannot be told


def _adopted(ctx: RunContext, wave: Wave, told: Testimony) -> Wave:
    found = sorted(told.of(wave), key=lambda job: (job.created_at, job.id))
    if not found:
        return wave
    if wave.state != WaveState.UNKNOWN.value:
        struck("earlier.there_after_all")
    words = "found later under its marker"
    return waves.answered(
        ctx.ledger, ctx.held, wave, WaveState.ACCEPTED, message=words, platform_job=found[0].id
    )
