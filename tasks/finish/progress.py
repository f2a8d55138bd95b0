"""How far a recovery is: who is called, who is not, a bar, and the ETA."""

from typing import Any

from models.enums import State
from models.report.people import People
from tasks.context import RunContext
from tasks.finish.report import people_table, report_of
from tasks.ledger.people.pace import estimate_of

BAR = 20
"""Characters of the bar."""


def progress_markdown(ctx: RunContext) -> str:
    """Return how far the context's recovery is, as a support agent reads it while it runs and after."""
    report = report_of(ctx.ledger, ctx.held.recovery_id)
    counts = report["counts"]
    total = counts["planned"]
    called = total - counts["waiting"] - counts["skipped"] - counts["withdrawn"] - counts["refused"]
    missing = f", {total - called} not called" if total > called else ""
    if report["state"] == State.RUNNING.value:
        missing = f", {counts['waiting']} to go" if counts["waiting"] else missing
    return (
        f"## {called} of {total} called{missing}\n\n`{_bar(called, total)}`\n\n"
        f"**ETA:** {_eta(ctx, report)}\n\n"
        f"{people_table(People.from_json(report['people']))}\n\nRecovery `{report['recovery_id']}` is "
        f"{report['state'].replace('_', ' ')}, as of {ctx.clock.now():%Y-%m-%d %H:%M:%S} UTC.\n"
    )


def _eta(ctx: RunContext, report: dict[str, Any]) -> str:
    if report["state"] == State.RUNNING.value:
        permits = max(1, ctx.policy.permits - ctx.policy.headroom)
        return estimate_of(ctx.ledger, ctx.held.recovery_id, ctx.policy, permits).message()
    return str((report["eta"] or {}).get("words", ""))


def _bar(done: int, total: int) -> str:
    filled = done * BAR // total if total else BAR
    return "█" * filled + "░" * (BAR - filled)
