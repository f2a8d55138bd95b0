"""How a run of a deployment tells what it does: log lines, and one live artifact of its progress."""

import time
from uuid import UUID

from prefect import get_run_logger

from models.invariants import given
from tasks.context import RunContext
from tasks.finish.progress import progress_markdown
from tasks.prefect_api.artifacts import show_beside

EVERY_SECONDS = 5.0
"""Between two updates of the progress; the last one is the report's."""


class Telling:
    """A reporter whose words are log lines and whose progress is an artifact that is kept up to date."""

    def __init__(self, run_id: UUID) -> None:
        """Tell beside a run, of no context yet."""
        self.ctx: RunContext | None = None
        self._run_id = run_id
        self._told = 0.0

    def say(self, message: str) -> None:
        """Log one sentence."""
        get_run_logger().info(message)

    def progress(self, what: str, done: int, total: int | None) -> None:
        """Bring the progress up to date, now and then; reading before the plan stands is only logged."""
        now = time.monotonic()
        if now - self._told < EVERY_SECONDS:
            return
        self._told = now
        if self.ctx and self.ctx.claim and what == "redialling":
            self.show_progress()
            return
        get_run_logger().info("%s: %s%s", what, done, f" of {total}" if total else "")

    def show_progress(self) -> None:
        """Show how far the context's recovery is, beside the run."""
        ctx = given(self.ctx, "there is progress only of a context")
        key = f"progress-{ctx.held.recovery_id}".replace("_", "-")
        show_beside(self._run_id, key, "Progress", progress_markdown(ctx))
