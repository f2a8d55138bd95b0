"""Running a recovery from a desk: claim, run or watch, let go; with or without Prefect."""

from collections.abc import Callable
from typing import Any

from deployments.prefect.tracing import traced
from deployments.stop_signals import listening
from flows.recover import recover
from models.enums import State
from models.verdict.ending import CANCELLED, CancelAskedError, Ending
from tasks.conductor import conducted_by, conducting
from tasks.context import RunContext, at
from tasks.dispatch import ladder
from tasks.finish import finish
from tasks.finish.report import report_of
from tasks.ledger import recoveries
from tasks.ledger.leases import is_held, release
from tasks.runtime.wiring import claim

Conduct = Callable[[RunContext], State]
"""Whoever conducts the ladder at a desk."""


def plainly(ctx: RunContext) -> State:
    """Run the ladder without Prefect."""
    with conducted_by(traced(conducting.get())), at(ctx):
        return recover()


def run_claimed(ctx: RunContext, conduct: Conduct = plainly) -> dict[str, Any]:
    """Run the ladder to its end and return the report; the job is let go of on every way out."""
    mine = ctx.held
    try:
        with listening(ctx):
            conduct(ctx)
    finally:
        release(ctx.ledger, mine)
    return report_of(ctx.ledger, mine.recovery_id)


def run_or_follow(ctx: RunContext, *, plain: bool = False) -> dict[str, Any]:
    """Claim the job and run its recovery, or watch the process that already does."""
    if not plain:
        _check_server(ctx)
    while True:
        claimed = claim(ctx)
        if claimed.claim:
            if claimed.continued:
                ctx.reporter.say(f"Continuing recovery {claimed.recovery_id} of this job.")
            return _conducted(ctx, plain=plain)
        report = follow(ctx, claimed.recovery_id, claimed.holder)
        if report:
            return report


def _check_server(ctx: RunContext) -> None:
    # Said before anything is claimed: a wrong address must not leave an open recovery behind.
    from deployments.prefect.server.process import named_server

    named_server(ctx.home)


def _conducted(ctx: RunContext, *, plain: bool) -> dict[str, Any]:
    if plain:
        return run_claimed(ctx)
    import httpx

    from deployments.prefect.server.process import ServerError, prefect_server

    mine = ctx.held
    try:
        prefect_server(ctx.home, _Pulsing(ctx))
        from deployments.prefect.prefect_runner import with_prefect

        ctx.pulse()
        return run_claimed(ctx, with_prefect)
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
        self._desk = ctx

    def say(self, words: str) -> None:
        """Pass a sentence on."""
        self._desk.reporter.say(words)

    def progress(self, what: str, done: int, total: int | None) -> None:
        """Pass progress on, and renew the lease."""
        self._desk.pulse()
        self._desk.reporter.progress(what, done, total)


def follow(ctx: RunContext, recovery_id: str, holder: str) -> dict[str, Any] | None:
    """Watch a recovery that another process runs; None when that process is gone before the end."""
    ctx.reporter.say(f"Recovery {recovery_id} of this job is run by {holder}; joining it, and watching.")
    while is_held(ctx.ledger, ctx.job_key):
        ctx.clock.sleep(ctx.policy.poll_seconds)
    state = State(recoveries.get(ctx.ledger, recovery_id).state)
    return report_of(ctx.ledger, recovery_id) if state is not State.RUNNING else None


def withdraw_here(ctx: RunContext, ending: Ending = CANCELLED) -> None:
    """End a recovery that nobody runs: look up what was begun, take back what is not yet ringing."""
    mine = ctx.held
    try:
        with at(ctx):
            finish.finish(_taken_back(ending) or ending)
    finally:
        release(ctx.ledger, mine)


def _taken_back(ending: Ending) -> Ending | None:
    @ladder.turn
    def stop() -> Ending | None:
        raise CancelAskedError(ending)

    return stop()
