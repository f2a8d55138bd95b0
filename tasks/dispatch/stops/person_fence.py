"""A person as the fence: nobody is redialled before somebody says by name that the source job is stopped."""

from models.handovers.history import StopSaid
from models.invariants import given
from models.tables.ledger import Recovery
from models.verdict.ending import HaltError, escalate, hold
from tasks.context import RunContext
from tasks.ledger import recoveries
from tasks.marks import struck
from tasks.platforms.port import HandedOver


def check_stopped(ctx: RunContext, recovery: Recovery) -> None:
    """Make sure that a person has said to this recovery that the source is stopped, and that it still is.

    Raises HaltError, which `resume` goes on from, where nobody has, where it runs again, or where nothing of
    after the stop tells whom it had called until then.
    """
    platform = ctx.platform
    said = platform.stop_said(recovery.job_id, recovery.id) if isinstance(platform, HandedOver) else None
    ctx.case.asks_for_stop = said is None or bool(said.again) or not said.told
    if said is None:
        struck("fence.asks_a_person")
        raise _asked(recovery)
    if said.again:
        struck("fence.runs_again")
        raise hold(
            f"Job {recovery.job_id} was stopped by {said.by}, and goes on by what was handed over since "
            f"({said.again}).",
            _request(recovery),
            resumable=True,
        )
    if not said.told:
        struck("fence.nothing_told")
        raise hold(
            f"Job {recovery.job_id} is stopped, says {said.by}; whom it had called until then is not told.",
            f"Hand over what the job shows now: `ringback observe {recovery.job_id} --status WORD "
            f"--processed N`, or its report where it has one (--report FILE), then `ringback resume "
            f"{recovery.id}`.",
            resumable=True,
        )
    _keep(ctx, recovery, said)


def _asked(recovery: Recovery) -> HaltError:
    return hold(
        f"No program can stop job {recovery.job_id}: nobody is redialled before a person has.",
        _request(recovery),
        resumable=True,
    )


def _request(recovery: Recovery) -> str:
    return (
        f"Pause or delete job {recovery.job_id} in its dashboard, so that nobody runs it again. Then "
        f"say who did it, with the report of after that: `ringback confirm-stopped {recovery.id} --by NAME "
        "--report FILE` (without a report, or where there are none: --processed N, as the dashboard counts "
        "now)."
    )


def _keep(ctx: RunContext, recovery: Recovery, said: StopSaid) -> None:
    """Write down once who has stopped the source."""
    told = {"by": said.by, "at": said.at.isoformat()}
    source = given(recovery.source, "a plan is frozen after a look")
    if source.get("stopped") != told:
        note = {"job": recovery.job_id, **told}
        recovery.source = source | {"stopped": told}
        recoveries.update(ctx.ledger, ctx.held, "stopped", note, source=recovery.source)


def untold(recovery: Recovery, shown: str) -> HaltError:
    """Return the halt of a recovery whose source's counter tells of calls that its `shown` do not."""
    struck("fence.hidden_dispatch")
    which = "the report of after the stop" if shown == "reports" else "what the dashboard counts now"
    option = "--report FILE" if shown == "reports" else "--processed N"
    return hold(
        f"Job {recovery.job_id} has called more contacts since the plan than its {shown} show.",
        f"Nobody is redialled before it is known whom. Hand {which} over: `ringback observe "
        f"{recovery.job_id} --status WORD {option}`, then `ringback resume {recovery.id}`.",
        resumable=True,
    )


def called_too(job_id: str, count: int) -> HaltError:
    """Return the halt of a recovery some of whose people were called by somebody else too."""
    struck("fence.called_too")
    return escalate(
        f"{count} contacts of job {job_id} that waves hold were called by somebody else too: the job goes on "
        "though a person has said that it is stopped, or people call by hand.",
        "Nothing more is sent. See to it that nobody else calls, then give the package to engineering.",
    )
