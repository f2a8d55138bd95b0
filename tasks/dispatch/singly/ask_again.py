"""Calls without an answer: asked about by sending the same request with the same token, while that holds.

A request that was lost before it arrived makes its call only now: so whatever is asked before a call is asked
before this one too.
"""

from datetime import datetime

from models.enums import DispatchState, Find
from models.plan.tokens import TokenWindow, token_window
from models.platform import SubmitOutcomeUnknownError, SubmitRefusedError
from models.tables.handovers import PlacedCall
from models.tables.ledger import Planned, Wave
from tasks.context import RunContext
from tasks.dispatch import calling_hours
from tasks.dispatch.singly.one_call import Answer, ask_before, start
from tasks.ledger import calls
from tasks.marks import struck
from tasks.platforms.port import StartsCalls

NEVER = "It is not called again; a webhook may still tell."
BY_TOKEN = "It is asked about by its token."  # noqa: S105  a sentence
LEFT = "not asked about again: "


def promise(ctx: RunContext) -> str:
    """Say what becomes of a call whose answer was lost."""
    return BY_TOKEN if ctx.platform.capabilities.find is Find.TOKEN else NEVER


def ask_again(ctx: RunContext, wave: Wave, platform: StartsCalls) -> None:
    """Ask about every call of a wave whose answer is not known and whose token may be used right now.

    Whoever must not be called any more is not asked about: what became of the first request stays unknown.
    """
    if ctx.platform.capabilities.find is not Find.TOKEN:
        return
    for row, call in calls.unanswered(ctx.ledger, wave):
        window = _window(ctx, call)
        if _is_left(call) or not window.is_open(ctx.clock.now()):
            continue
        asked = _ask_before(ctx, row, platform)
        if asked.why_not:
            struck("ask_again.left")
            _still_unknown(ctx, wave, row, f"{LEFT}{asked.why_not}")
            continue
        # However long the questions took: after its time the token makes a second call.
        _ask(ctx, wave, row, platform, min(asked.until, window.until))
        ctx.wait(1 / ctx.policy.calls_per_second)


def is_asked_about(ctx: RunContext, wave: Wave) -> bool:
    """Tell whether the answer to some call of a wave can still be asked about, now or by and by."""
    if ctx.platform.capabilities.find is not Find.TOKEN:
        return False
    now = ctx.clock.now()
    windows = [_window(ctx, call) for _, call in calls.unanswered(ctx.ledger, wave) if not _is_left(call)]
    return any(window.is_open(now) or window.is_to_come(now) for window in windows)


def _window(ctx: RunContext, call: PlacedCall) -> TokenWindow:
    holds, patience = ctx.platform.capabilities.token_seconds, ctx.policy.absence_patience
    return token_window(calls.first_sent(call), call.sent_at, holds, patience)


def _is_left(call: PlacedCall) -> bool:
    return call.answer.startswith(LEFT)


def _ask_before(ctx: RunContext, row: Planned, platform: StartsCalls) -> Answer:
    asked = ask_before(ctx, row, platform)
    if asked.why_not is None and not calling_hours.may_be_called(ctx, row):
        return Answer("calling hours have ended", asked.until)
    return asked


def _ask(ctx: RunContext, wave: Wave, row: Planned, platform: StartsCalls, until: datetime) -> None:
    struck("ask_again.asked")
    try:
        started = start(ctx, wave, row, platform, until)
    except SubmitRefusedError as refusal:
        # Whether the first request was taken is not in it: a limit, or a check, may come before the token's.
        struck("ask_again.refused")
        _still_unknown(ctx, wave, row, str(refusal))
    except SubmitOutcomeUnknownError as lost:
        _still_unknown(ctx, wave, row, str(lost))
    else:
        calls.placed(
            ctx.ledger,
            ctx.held,
            wave,
            row,
            DispatchState.ACCEPTED,
            message=f"asked again with its token: {started.status}",
            at=started.at,
            call_id=started.call_id,
        )


def _still_unknown(ctx: RunContext, wave: Wave, row: Planned, message: str) -> None:
    calls.placed(ctx.ledger, ctx.held, wave, row, DispatchState.UNKNOWN, message=message)
