"""A sweep over many workspaces: each on its own, and one summary of all of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from models.platform import PlatformError
from tasks import markdown
from tasks.context import RunContext
from tasks.ledger.errors import LedgerError
from tasks.prefect import HasRunInfo, publish, task
from tasks.sweep.sweep import REPORTED, SweepActions, SweepResult


@dataclass(frozen=True, slots=True)
class Place:
    """One workspace to sweep: its name, and how to come to its context and to what acts in it."""

    name: str
    open: Callable[[], tuple[RunContext, SweepActions]]


def within(place: Place, look: Callable[[RunContext, SweepResult, SweepActions], None]) -> SweepResult:
    """Sweep one workspace; whatever breaks there is said and does not stop the others."""
    swept = SweepResult(place.name)
    try:
        ctx, hands = place.open()
        look(ctx, swept, hands)
    except Exception as error:  # noqa: BLE001  another workspace must not suffer from any of it
        swept.broken = _why(error)
    return swept


def _why(error: Exception) -> str:
    # The message of an unforeseen error may hold anything, a number included: only its kind is shown.
    ours = isinstance(error, (PlatformError, LedgerError)) or type(error).__name__ == "SettingsError"
    return str(error) if ours else f"an unforeseen fault ({type(error).__name__})"


def sentence(swept: Sequence[SweepResult]) -> str:
    """Say a whole sweep in one line."""
    seen = sum(len(one.seen) for one in swept)
    stalled = sum(job.path == "recover" for one in swept for job in one.seen)
    opened = sum(what != REPORTED for one in swept for what in one.acted.values())
    went = sum(len(one.resumed) for one in swept)
    broken = [one.workspace for one in swept if one.broken]
    counts = {"workspaces": len(swept), "jobs": seen, "stalled": stalled}
    counts |= {"opened": opened, "continued": went}
    said = ", ".join(f"{count} {name}" for name, count in counts.items())
    return f"{said}; not looked at: {', '.join(broken)}" if broken else said


@task(name="Sum up the sweep")
def sum_up(run: HasRunInfo, swept: Sequence[SweepResult], cleared: str) -> str:
    """Show everything in one artifact."""
    rows = [
        (
            one.workspace,
            job.job_id,
            job.cause,
            job.path,
            one.acted.get(job.job_id) or job.stands or "",
            job.message,
        )
        for one in swept
        for job in one.seen
    ]
    rows += [(one.workspace, "", "", "", "", "no job to look at") for one in swept if not one.seen]
    table = markdown.table(("workspace", "job", "cause", "path", "done", "what was seen"), rows)
    notes = [f"- **{one.workspace} could not be swept:** {one.broken}" for one in swept if one.broken]
    for one in swept:
        notes += [f"- continued {rid}: {what}" for rid, what in one.resumed.items()]
        notes += [f"- closed {rid}: {what}" for rid, what in one.closed.items()]
    said = sentence(swept)
    publish(run, "sweep", "Sweep", "\n\n".join((f"## {said}", "\n".join(notes), table, cleared)) + "\n")
    return said
