"""Hearing a stop wherever it is pressed: Ctrl-C, SIGTERM, `ringback cancel`, the run's state in Prefect."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import FrameType

from models.verdict.ending import StopWish
from tasks.context import RunContext
from tasks.ledger import recoveries
from tasks.ledger.errors import LedgerError

LEAST_SECONDS = 0.5
"""Between two questions to ledger and Prefect at the least, however short a poll is."""
HEARD = {signal.SIGINT: "Ctrl-C at its terminal", signal.SIGTERM: "SIGTERM, its process was told to end"}
Ask = Callable[[], StopWish | None]


def _nobody() -> StopWish | None:
    return None


class Ears:
    """Tells whether somebody wants a recovery to stop; ledger and Prefect are asked once a poll at most."""

    def __init__(self, ctx: RunContext) -> None:
        """Hear for a run; whoever runs it under Prefect sets `ask_run`."""
        self.ask_run: Ask = _nobody
        self.wish: StopWish | None = None
        """What was heard; it stays."""
        self._ctx = ctx
        self._signal: StopWish | None = None
        self._asked = time.monotonic()

    def __call__(self) -> StopWish | None:
        """Return the wish that was heard, None where there is none."""
        if self.wish or not (self._signal or self._is_due()):
            return self.wish
        self._asked = time.monotonic()
        # A worker of Prefect's tells a run to end by a signal: its state says whether that is a cancel.
        self.wish = self._in_the_ledger() or self.ask_run() or self._signal
        if self.wish:
            self._ctx.reporter.say(f"Stopping: {self.wish.how}. What does not ring yet is taken back.")
        return self.wish

    def signalled(self, number: int, _frame: FrameType | None) -> None:
        """Remember a signal; a second Ctrl-C ends the process at once, which the ledger makes safe."""
        if number == signal.SIGINT and self._signal:
            raise KeyboardInterrupt
        self._signal = StopWish(HEARD[signal.Signals(number)])

    @property
    def has_ctrl_c(self) -> bool:
        """Tell whether somebody pressed Ctrl-C at this process."""
        return self._signal is not None and self._signal.how == HEARD[signal.SIGINT]

    @property
    def has_signal(self) -> bool:
        """Tell whether this process was told to end."""
        return self._signal is not None

    @contextmanager
    def armed(self) -> Iterator[None]:
        """Hear signals within, whoever else has set handlers; only a process's main thread can."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.signalled) for number in HEARD}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler if handler is not None else signal.SIG_DFL)

    def _is_due(self) -> bool:
        pause = max(LEAST_SECONDS, self._ctx.policy.poll_seconds)
        return time.monotonic() - self._asked >= pause

    def _in_the_ledger(self) -> StopWish | None:
        try:
            stored = recoveries.get(self._ctx.ledger, self._ctx.held.recovery_id)
        except LedgerError:
            return None  # whoever reads or writes next says so
        return (
            StopWish(recoveries.how_cancelled(self._ctx.ledger, stored.id), cancels=True)
            if stored.cancel_asked
            else None
        )


@contextmanager
def listening(ctx: RunContext) -> Iterator[Ears]:
    """Let a run hear whoever wants its recovery to stop."""
    ears = Ears(ctx)
    ctx.stop_asked = ears
    with ears.armed():
        yield ears


def end_if_told(ctx: RunContext) -> None:
    """End whatever would come after a recovery, by KeyboardInterrupt, where the process was told to end."""
    if isinstance(ctx.stop_asked, Ears) and ctx.stop_asked.has_signal:
        raise KeyboardInterrupt


def ears(ctx: RunContext) -> Ears | None:
    """Return what hears for a run, None where nobody does."""
    return ctx.stop_asked if isinstance(ctx.stop_asked, Ears) else None


def armed(ctx: RunContext) -> AbstractContextManager[None]:
    """Hear signals within again, where the run hears: Prefect's flows bring their own handlers."""
    mine = ears(ctx)
    return mine.armed() if mine else nullcontext()
