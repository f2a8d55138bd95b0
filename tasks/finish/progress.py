"""How far a running recovery is: counts, a bar, and both answers of the ETA."""

from collections.abc import Mapping
from datetime import datetime

from models.enums import DispatchState
from models.estimate.eta import estimate
from models.estimate.pace import Progress
from models.tables.ledger import Planned
from tasks import markdown
from tasks.context import RunContext
from tasks.ledger import plans, recoveries, waves

BAR = 20
"""Characters of the bar."""


def progress_markdown(ctx: RunContext) -> str:
    """Return how far the context's recovery is, as a support agent reads it while it runs."""
    recovery_id = ctx.held.recovery_id
    counts = recoveries.counts(ctx.ledger, recovery_id)
    total = counts["planned"] - counts["skipped"]
    done = total - counts["waiting"]
    eta = estimate(_so_far(ctx, recovery_id), ctx.clock.now())
    rows = [(name.replace("_", " "), count) for name, count in counts.items() if count]
    return (
        f"## {done} of {total} dispatched\n\n`{_bar(done, total)}`\n\n**ETA:** {eta.words()}\n\n"
        f"{markdown.table(('contacts', 'count'), rows)}\n\nRecovery `{recovery_id}`, as of "
        f"{ctx.clock.now():%Y-%m-%d %H:%M:%S} UTC.\n"
    )


def _so_far(ctx: RunContext, recovery_id: str) -> Progress:
    rows = [row for row in plans.contacts(ctx.ledger, recovery_id) if row.position is not None]
    sent = {wave.n: wave.answered_at for wave in waves.of(ctx.ledger, recovery_id) if wave.answered_at}
    dispatched = [sent[row.wave] for row in rows if row.wave in sent]
    ended = [row for row in rows if row.settled_at]
    return Progress(
        pending=sum(row.state in {DispatchState.PLANNED.value, DispatchState.INTENT.value} for row in rows),
        in_air=sum(row.state == DispatchState.ACCEPTED.value and row.settled_at is None for row in rows),
        dispatched_at=dispatched,
        ended_at=[row.settled_at for row in ended if row.settled_at],
        durations=[seconds for row in ended if (seconds := _seconds(row, sent)) is not None],
        permits=max(1, ctx.policy.permits - ctx.policy.headroom),
    )


def _seconds(row: Planned, sent: Mapping[int, datetime]) -> float | None:
    begun = sent.get(row.wave or 0)
    return (row.settled_at - begun).total_seconds() if row.settled_at and begun else None


def _bar(done: int, total: int) -> str:
    filled = round(BAR * done / total) if total else BAR
    return "█" * filled + "░" * (BAR - filled)
