"""Running a recovery: claim, run or watch, let go; with or without Prefect."""

from collections.abc import Callable
from typing import Any

from models.enums import State
from models.verdict.ending import CancelAskedError, Ending, StopWish
from tasks.context import RunContext
from tasks.dispatch import ladder
from tasks.finish import finish
from tasks.finish.report import report_of
from tasks.ledger import recoveries
from tasks.ledger.leases import is_held, release
from tasks.prefect import Flow
from tasks.runs.stop_signals import listening
from tasks.runtime.wiring import claim

Climb = Callable[[RunContext], State]
"""Whatever brings a claimed recovery to its end: the ladder, or the flow around it."""


def run_claimed(ctx: RunContext, climb: Climb) -> dict[str, Any]:
    """Run a claimed recovery to its end and return the report; the job is let go of on every way out."""
    mine = ctx.held
    try:
        with listening(ctx):
            climb(ctx)
    finally:
        release(ctx.ledger, mine)
    return report_of(ctx.ledger, mine.recovery_id)


def run_or_follow(ctx: RunContext, climb: Climb, recover: Flow[..., Any] | None = None) -> dict[str, Any]:
    """Claim the job and run its recovery, or watch the process that already does.

    Where the flow is given too, Prefect shows what happens.
    """
    if recover:
        _check_server(ctx)
    while True:
        claimed = claim(ctx)
        if claimed.claim:
            if claimed.continued:
                ctx.reporter.say(f"Continuing recovery {claimed.recovery_id} of this job.")
            return _shown(ctx, climb, recover) if recover else run_claimed(ctx, climb)
        report = follow(ctx, claimed.recovery_id, claimed.holder)
        if report:
            return report


def _check_server(ctx: RunContext) -> None:
    # Said before anything is claimed: a wrong address must not leave an open recovery behind.
    from tasks.prefect_api.server.process import named_server

    named_server(ctx.home)


def _shown(ctx: RunContext, climb: Climb, recover: Flow[..., Any]) -> dict[str, Any]:
    import httpx

    from tasks.prefect_api.server.process import ServerError, prefect_server

    mine = ctx.held
    try:
        prefect_server(ctx.home, _Pulsing(ctx))
        from tasks.runs.prefect_runner import with_prefect

        ctx.pulse()
        return run_claimed(ctx, lambda ctx: with_prefect(ctx, recover, climb))
    except httpx.HTTPError:
        # The platform's own errors have become sentences by here: it is Prefect that is gone.
        raise ServerError(
            f"The Prefect server no longer answers. `ringback resume {mine.recovery_id}` goes on with "
            "another one, with --no-prefect without any."
        ) from None
    finally:
        release(ctx.ledger, mine)


class _Pulsing:
    """Keeps the lease alive while a server starts."""

    def __init__(self, ctx: RunContext) -> None:
        self._ctx = ctx

    def say(self, message: str) -> None:
        """Pass a sentence on."""
        self._ctx.reporter.say(message)

    def progress(self, what: str, done: int, total: int | None) -> None:
        """Pass progress on, and renew the lease."""
        self._ctx.pulse()
        self._ctx.reporter.progress(what, done, total)


def follow(ctx: RunContext, recovery_id: str, holder: str) -> dict[str, Any] | None:
    """Watch a recovery that another process runs; None when that process is gone before the end."""
    ctx.reporter.say(f"Recovery {recovery_id} of this job is run by {holder}; joining it, and watching.")
    while is_held(ctx.ledger, ctx.job_key):
        ctx.clock.sleep(ctx.policy.poll_seconds)
    state = State(recoveries.get(ctx.ledger, recovery_id).state)
    return report_of(ctx.ledger, recovery_id) if state is not State.RUNNING else None


def withdraw_here(ctx: RunContext, ending: Ending | None = None) -> None:
    """End a recovery that nobody runs: look up what was begun, take back what is not yet ringing.

    Without an ending it is cancelled, in the name of who asked for that.
    """
    mine = ctx.held
    if ending is None:
        how = recoveries.how_cancelled(ctx.ledger, mine.recovery_id)
        ending = StopWish(how, cancels=True).ending()
    try:
        finish.finish(ctx, _taken_back(ctx, ending) or ending)
    finally:
        release(ctx.ledger, mine)


def _taken_back(ctx: RunContext, ending: Ending) -> Ending | None:
    @ladder.turn
    def stop(_ctx: RunContext) -> Ending | None:
        raise CancelAskedError(ending)

    return stop(ctx)
