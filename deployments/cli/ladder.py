"""Commands that climb the ladder, and those that decide about it."""

from typing import Annotated, Any

import typer

from deployments.cli.looking import Fixed, JobId, People, Purpose, Workspace, only_of_file
from deployments.cli.out import (
    INTERRUPTED,
    AsJson,
    InterruptedRecoveryError,
    ToldToEnd,
    can_ask,
    guarded,
    note,
    reporting,
    show_json,
    show_pairs,
)
from deployments.manual.completion import recovery_ids
from models.errors import EXIT_INTERRUPTED, EXIT_OK, exit_of
from models.triage.findings import plural

RecoveryId = Annotated[
    str,
    typer.Argument(
        metavar="RECOVERY",
        help="Id of the recovery, or its first characters where they fit one alone.",
        autocompletion=recovery_ids,
    ),
]
By = Annotated[str, typer.Option("--by", help="Who decides.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it goes into the audit.")]
PlanHash = Annotated[
    str,
    typer.Option("--plan", metavar="HASH", help="Hash of the plan that was read; another one is refused."),
]
Ticket = Annotated[
    str, typer.Option("--ticket", metavar="SYSTEM:ID", help="Ticket that hears of it, such as zendesk:4711.")
]
Plain = Annotated[
    bool, typer.Option("--no-prefect", help="Run without a Prefect server: no UI, same ledger.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("recover", help="Climb the ladder; ask before the first dispatch.")(guarded(recover))
    app.command("resume", help="Continue a killed, approved or held recovery from the ledger.")(
        guarded(resume)
    )
    app.command("approve", help="Approve the plan of a recovery that waits.")(guarded(approve))
    app.command("decline", help="Decline the plan of a recovery that waits; nobody is called.")(
        guarded(decline)
    )
    app.command("cancel", help="Withdraw a recovery: what is not yet ringing is taken back.")(guarded(cancel))


def recover(
    job: JobId,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Approve the plan without asking.")] = False,
    operator_fixed: Fixed = False,
    ticket: Ticket = "",
    purpose: Purpose = None,
    contacts: People = None,
    workspace: Workspace = "",
    no_prefect: Plain = False,
    as_json: AsJson = False,
) -> int:
    """Recover one job."""
    from tasks.runtime.outbox import chosen_ticket
    from tasks.runtime.wiring import open_runtime, who

    with reporting() as live:
        runtime = open_runtime(workspace=workspace, run={"purpose": purpose})
        ctx = runtime.context(job, reporter=live)
        ctx.ticket = chosen_ticket(runtime.settings, ticket)
        ctx.operator_fixed = operator_fixed
        ctx.approver = who() if yes else None
        ctx.only = only_of_file(ctx, contacts)
        ctx.platform.get_job(job)  # a wrong id or key is said before anything is written or started
        report = _run(ctx, plain=no_prefect)
    if report["state"] == "awaiting_approval" and not as_json and can_ask():
        return _ask(report, plain=no_prefect)
    return _show(report, as_json)


def resume(recovery: RecoveryId, *, no_prefect: Plain = False, as_json: AsJson = False) -> int:
    """Continue a recovery, or show how it ended."""
    from models.enums import State
    from tasks.finish.report import report_of
    from tasks.ledger import recoveries
    from tasks.runtime.wiring import open_runtime

    runtime = open_runtime()
    stored = recoveries.get(runtime.ledger, recovery)
    if State(stored.state).is_end and not (stored.state == State.HELD.value and stored.resumable):
        note(f"Recovery {recovery} has ended ({stored.state}); start a new one with `ringback recover`.")
        return _show(report_of(runtime.ledger, recovery), as_json)
    with reporting() as live:
        ctx = context_of(runtime, stored, live)
        report = _run(ctx, plain=no_prefect)
    return _show(report, as_json)


def approve(
    recovery: RecoveryId, *, by: By, reason: Reason, plan: PlanHash = "", as_json: AsJson = False
) -> int:
    """Approve the plan; the run that waits in Prefect then goes on, or `resume` does."""
    return _decide(recovery, plan, approved=True, by=by, reason=reason, as_json=as_json)


def decline(
    recovery: RecoveryId, *, by: By, reason: Reason, plan: PlanHash = "", as_json: AsJson = False
) -> int:
    """Decline the plan; the recovery is held and nobody is called."""
    return _decide(recovery, plan, approved=False, by=by, reason=reason, as_json=as_json)


def cancel(
    recovery: RecoveryId,
    *,
    by: Annotated[
        str, typer.Option("--by", metavar="NAME", help="Who cancels; the user here if not given.")
    ] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why; it goes into the audit.")] = "",
    as_json: AsJson = False,
) -> int:
    """Ask the running process to withdraw, or withdraw here where nobody runs it."""
    from models.enums import State
    from tasks.finish.report import report_of
    from tasks.ledger import recoveries
    from tasks.ledger.leases import is_held
    from tasks.prefect_api.approvals import wake
    from tasks.runs.runner import withdraw_here
    from tasks.runtime.wiring import claim, open_runtime

    said = _who_cancels(by, reason)
    runtime = open_runtime()
    stored = recoveries.get(runtime.ledger, recovery)
    if State(stored.state).is_end:
        note(f"Recovery {recovery} has ended already ({stored.state}).")
        return _show(report_of(runtime.ledger, recovery), as_json)
    with reporting() as live:
        ctx = context_of(runtime, stored, live)
        # Asked first: whoever runs it may end it and let go at once, and a claim would then start anew.
        is_run = is_held(runtime.ledger, ctx.job_key)
        recoveries.ask_cancel(runtime.ledger, recovery, said)
        ended = not is_run and claim(ctx).claim is not None
        if ended:
            withdraw_here(ctx)
        else:
            live.say("The process that runs it will withdraw and end; `ringback status` shows when.")
    wake(recovery, ended=ended)  # a run that waits for a person in Prefect has nothing more to wait for
    report = report_of(runtime.ledger, recovery)
    _print(report, as_json)
    return EXIT_OK


def _who_cancels(by: str, reason: str) -> dict[str, str]:
    from models.hooks.ids import by_trouble
    from models.masking.quotes import plain_word
    from tasks.prefect_api.approvals import GIVEN
    from tasks.runtime.settings.settings import SettingsError
    from tasks.runtime.wiring import who

    if trouble := by_trouble(by):
        raise SettingsError(f"--by: {trouble}")
    return {
        "by": by.strip() or who(),
        "reason": plain_word(reason.strip()),
        "via": f"command line as {who()}" + (f", {GIVEN}" if by.strip() else ""),
    }


def _run(ctx: Any, *, plain: bool) -> dict[str, Any]:
    """Run a recovery; Ctrl-C leaves a sentence that says who may still be called."""
    from flows.recover import climb, recover
    from tasks.runs.runner import run_or_follow
    from tasks.runs.stop_signals import ears

    try:
        report = run_or_follow(ctx, climb, None if plain else recover)
    except ToldToEnd:
        raise
    except KeyboardInterrupt:
        raise InterruptedRecoveryError(_where_it_stands(ctx) or INTERRUPTED) from None
    if (heard := ears(ctx)) and heard.has_ctrl_c:
        note(_where_it_stands(ctx))
        report["interrupted"] = True
    return report


def _where_it_stands(ctx: Any) -> str:
    from tasks.ledger.people.uncalled import interrupted

    found = interrupted(ctx.ledger, ctx.claim.recovery_id) if ctx.claim else None
    return found.message() if found else ""


def context_of(runtime: Any, stored: Any, live: Any) -> Any:
    """Return the context of a stored recovery: in its own workspace, whichever is the default one."""
    from dataclasses import replace

    from tasks.ledger.leases import only_of
    from tasks.runtime.wiring import open_runtime

    known = stored.workspace in runtime.settings.workspaces
    mine = open_runtime(runtime.settings, workspace=stored.workspace) if known else runtime
    ctx = mine.context(stored.job_id, reporter=live)
    return replace(ctx, workspace=stored.workspace, only=only_of(stored))


def _ask(report: dict[str, Any], *, plain: bool) -> int:
    from tasks.ledger import recoveries
    from tasks.runtime.wiring import open_runtime, who

    _print(report, as_json=False)
    if not _said_yes(f"Redial {plural(report['counts']['planned'], 'contact')}?"):
        return exit_of(report["state"])
    runtime = open_runtime()
    recovery_id = report["recovery_id"]
    recoveries.decide(
        runtime.ledger,
        recovery_id,
        approved=True,
        by=who(),
        reason="asked at the terminal",
        plan=report["plan_hash"],
        via=f"terminal of {who()}",
    )
    with reporting() as live:
        stored = recoveries.get(runtime.ledger, recovery_id)
        report = _run(context_of(runtime, stored, live), plain=plain)
    return _show(report, as_json=False)


def _said_yes(question: str) -> bool:
    try:
        return typer.confirm(question, default=False, err=True)
    except typer.Abort:  # Ctrl-C and Ctrl-D decide nothing
        return False


def _decide(recovery: str, plan: str, *, approved: bool, by: str, reason: str, as_json: bool) -> int:
    from models.enums import State
    from models.plan.plan import meant
    from tasks.finish.report import report_of
    from tasks.ledger import recoveries
    from tasks.ledger.waiting import end_overdue
    from tasks.prefect_api.approvals import GIVEN, wake
    from tasks.runtime.settings.settings import SettingsError
    from tasks.runtime.wiring import open_runtime, who

    runtime = open_runtime()
    stored = recoveries.get(runtime.ledger, recovery)
    if stored.state != State.AWAITING_APPROVAL.value:
        raise SettingsError(f"Recovery {recovery} is {stored.state}: it does not wait for approval.")
    if end_overdue(runtime.ledger, stored):
        wake(recovery, ended=True)
        raise SettingsError(
            f"The plan has waited for too long. Start `ringback recover {stored.job_id}` anew."
        )
    chosen = meant(plan, stored.plan_hash or "")
    via = f"command line as {who()}, {GIVEN}"
    recoveries.decide(runtime.ledger, recovery, approved=approved, by=by, reason=reason, plan=chosen, via=via)
    note(f"{'Approved' if approved else 'Declined'} plan {chosen}.")
    runtime.deliver()
    if done := wake(recovery, ended=not approved):
        note(f"{done}.")
    _print(report_of(runtime.ledger, recovery), as_json)
    return EXIT_OK


def show_recovery(recovery_id: str, as_json: bool) -> int:
    """Print the report of a recovery as it stands, and return the exit code of its state."""
    from tasks.finish.report import report_of
    from tasks.runtime.wiring import open_runtime

    return _show(report_of(open_runtime().ledger, recovery_id), as_json)


def _show(report: dict[str, Any], as_json: bool) -> int:
    _print(report, as_json)
    return EXIT_INTERRUPTED if report.get("interrupted") else exit_of(report["state"])


def _print(report: dict[str, Any], as_json: bool) -> None:
    if as_json:
        show_json(report)
        return
    from models.report.people import People

    counts = ", ".join(f"{name} {count}" for name, count in report["counts"].items() if count)
    show_pairs(
        {
            "recovery": report["recovery_id"],
            "job": report["job_id"],
            "state": report["state"],
            "cause": report["cause"],
            "verdict": report["verdict"],
            "people": People.from_json(report["people"]).message(),
            "counts": counts or "nobody was to be redialled",
            "plan": report["plan_hash"],
            "package": report["package"],
            "next": report["next_action"],
            "eta": (report["eta"] or {}).get("words"),
        }
    )
