"""Stopping: the decision is written down before it is carried out, so that no kill can undo it."""

from typing import Any

from models.enums import State, WaveState
from models.platform import PlatformError
from models.verdict.ending import Ending, HaltError
from tasks.context import RunContext
from tasks.dispatch.fence import stood_still
from tasks.dispatch.send import close_unsent_waves, look_up
from tasks.dispatch.watch import withdraw
from tasks.fault_points import fault_point
from tasks.ledger import recoveries, waves
from tasks.prefect import announce

KEPT = "ending"
"""Where the decision stands among the facts that a recovery keeps of its source."""


def stop(ctx: RunContext, ending: Ending, **fields: Any) -> Ending:
    """Bring a recovery to rest: nothing more is sent, what is not yet ringing is taken back.

    An ending that `resume` goes on from needs none of that. `fields` of the recovery are written with the
    decision, in one transaction. Of two decisions the first one stands. Returns the ending, with what could
    not be taken back.
    """
    if ending.resumable:
        return ending
    ctx.stopping = True
    ending = decided(ctx) or _decide(ctx, ending, fields)
    try:
        # What rings is known at once; a lost answer is looked for afterwards, which may take its time.
        ending = _looked_up(ctx, _withdrawn(ctx, ending))
        ending = _withdrawn(ctx, ending)
        stood_still(ctx)
    except PlatformError as error:
        open_ones = waves.of(ctx.ledger, ctx.held.recovery_id, (WaveState.UNKNOWN, WaveState.ACCEPTED))
        jobs = ", ".join(wave.platform_job or wave.marker for wave in open_ones)
        todo = f"{ending.next_action} Stop these jobs by hand: {jobs}."
        return Ending(ending.state, f"{ending.why} Taking back failed: {error}", todo)
    return ending


def decided(ctx: RunContext) -> Ending | None:
    """Return the ending that an earlier run had decided on and died before it was carried out."""
    kept = (recoveries.get(ctx.ledger, ctx.held.recovery_id).source or {}).get(KEPT)
    return Ending(State(kept["state"]), kept["why"], kept["next_action"]) if kept else None


def _decide(ctx: RunContext, ending: Ending, fields: dict[str, Any]) -> Ending:
    fault_point("stop.before_write")
    kept = {"state": ending.state.value, "why": ending.why, "next_action": ending.next_action}
    source = recoveries.get(ctx.ledger, ctx.held.recovery_id).source or {}
    note = kept | ({"verdict": fields["verdict"]} if "verdict" in fields else {})
    recoveries.update(ctx.ledger, ctx.held, "decided", note, source=source | {KEPT: kept}, **fields)
    if "verdict" in fields:
        told = {"verdict": fields["verdict"], "why": ending.why}
        announce(ctx, "verdict", ctx.held.recovery_id, ctx.case.job_id, told)
    return ending


def _looked_up(ctx: RunContext, ending: Ending) -> Ending:
    # What a killed run had begun may be on the platform already: what is not found cannot be taken back.
    close_unsent_waves(ctx)
    for wave in waves.of(ctx.ledger, ctx.held.recovery_id, (WaveState.UNKNOWN,)):
        try:
            look_up(ctx, wave)
        except HaltError as halt:
            why, todo = halt.ending.why, halt.ending.next_action
            ending = Ending(ending.state, f"{ending.why} {why}", f"{ending.next_action} {todo}")
    return ending


def _withdrawn(ctx: RunContext, ending: Ending) -> Ending:
    if live := waves.of(ctx.ledger, ctx.held.recovery_id, (WaveState.ACCEPTED,)):
        withdraw(ctx, live, ending.why)
    return ending
