"""Commands for jobs that no program can read: what an operator sees is handed over, and checked."""

from pathlib import Path
from typing import Annotated, Any

import typer

from deployments.cli.ladder import Plain, RecoveryId, resume, show_recovery
from deployments.cli.looking import JobId, Workspace
from deployments.cli.mapping import check_code, show_mapping
from deployments.cli.out import AsJson, guarded, note, show_json, show_pairs, show_table
from models.errors import EXIT_OK


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("observe", help="Hand over what the dashboard shows of a job, where no program can read it.")(
        guarded(observe)
    )
    app.command("confirm-stopped", help="Say by name that the source job is stopped; the recovery goes on.")(
        guarded(confirm_stopped)
    )
    platform = typer.Typer(help="Platforms: which there are, and what each can do.", no_args_is_help=True)
    platform.command("list", help="Show every platform that can be named, with its abilities.")(
        guarded(listing)
    )
    platform.command("check", help="Show how a job is read: columns, values, abilities, assumptions.")(
        guarded(check)
    )
    platform.command(
        "confirm-restored", help="After a restore: the calls made since the copy were looked up."
    )(guarded(confirm_restored))
    app.add_typer(platform, name="platform")


def observe(
    job: JobId,
    *,
    status: Annotated[str, typer.Option("--status", metavar="WORD", help="The job's state as shown.")],
    expected: Annotated[
        int | None, typer.Option("--expected", min=0, help="Contacts that the dashboard expects.")
    ] = None,
    processed: Annotated[
        int | None,
        typer.Option("--processed", min=0, help="Contacts that the dashboard counts as processed."),
    ] = None,
    upload: Annotated[
        Path | None, typer.Option("--upload", metavar="FILE", help="The job's contact file.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="The job's report, as downloaded.")
    ] = None,
    agent: Annotated[str | None, typer.Option("--agent", metavar="ID", help="Id of the job's agent.")] = None,
    number: Annotated[
        str | None, typer.Option("--from", metavar="NUMBER", help="The number that the job calls from.")
    ] = None,
    campaign: Annotated[str | None, typer.Option("--campaign", metavar="ID", help="Its campaign.")] = None,
    upload_id: Annotated[str | None, typer.Option("--upload-id", metavar="ID", help="Its upload.")] = None,
    correct: Annotated[
        bool, typer.Option("--correct", help="The hand-over before was wrong: this one takes its place.")
    ] = False,
    workspace: Workspace = "",
    as_json: AsJson = False,
) -> int:
    """Keep what an operator sees of a job as one moment; nothing is called and nothing is changed there."""
    from tasks.handovers.observe import OperatorReport
    from tasks.handovers.shown import handover_document
    from tasks.runtime.handing import hand_over
    from tasks.runtime.wiring import open_runtime, who

    seen = OperatorReport(
        job_id=job,
        by=who(),
        status=status,
        expected=expected,
        processed=processed,
        upload=upload,
        report=report,
        agent_id=agent,
        number=number,
        campaign_id=campaign,
        upload_id=upload_id,
        correct=correct,
    )
    taken = hand_over(open_runtime(workspace=workspace), seen)
    document = handover_document(taken)
    if as_json:
        show_json(document)
        return EXIT_OK
    show_pairs({name: value for name, value in document.items() if not isinstance(value, list)})
    for said in taken.notes:
        note(said)
    note(f"`ringback triage {job}` says what follows from it.")
    return EXIT_OK


def confirm_stopped(
    recovery: RecoveryId,
    *,
    by: Annotated[str, typer.Option("--by", help="Who has paused or deleted the job.")],
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="The job's report of after that.")
    ] = None,
    processed: Annotated[
        int | None, typer.Option("--processed", min=0, help="What the dashboard counts after that.")
    ] = None,
    no_prefect: Plain = False,
    as_json: AsJson = False,
) -> int:
    """Keep who has stopped the source job, and go on with the recovery that waits for it."""
    from models.enums import State
    from models.hooks.ids import by_trouble
    from tasks.ledger import recoveries
    from tasks.runtime.handing import hand_over, stop_report
    from tasks.runtime.settings.settings import SettingsError
    from tasks.runtime.wiring import open_runtime

    if not by.strip() or (trouble := by_trouble(by)):
        raise SettingsError(f"--by: {trouble if by.strip() else 'say who has stopped the job.'}")
    stored = recoveries.get(open_runtime().ledger, recovery)
    seen = stop_report(stored, by, report, processed)
    for said in hand_over(open_runtime(workspace=stored.workspace), seen).notes:
        note(said)
    if stored.state == State.AWAITING_APPROVAL.value:
        note("That is kept. The plan still waits for approval.")
        return show_recovery(recovery, as_json)
    return resume(recovery, no_prefect=no_prefect, as_json=as_json)


def listing(*, as_json: AsJson = False) -> int:
    """Show every platform with its abilities."""
    from models.messages.abilities import abilities
    from tasks.runtime.platforms import CAPABILITIES

    rows = [
        {"platform": name, "capabilities": can.as_json(), "abilities": list(abilities(can))}
        for name, can in CAPABILITIES.items()
    ]
    if as_json:
        show_json({"platforms": rows})
        return EXIT_OK
    for row in rows:
        show_table(str(row["platform"]), ["abilities"], [[line] for line in row["abilities"]])
    return EXIT_OK


def check(job: JobId, *, workspace: Workspace = "", as_json: AsJson = False) -> int:
    """Show how a job is read; nothing is called and nothing is changed."""
    from models.messages.abilities import abilities
    from tasks.platforms.mapped.adapter import Mapped
    from tasks.platforms.mapped.checked import checked as mapping_checked
    from tasks.platforms.port import Assumes, HandedOver
    from tasks.runtime.wiring import open_runtime

    ctx = open_runtime(workspace=workspace).context(job)
    platform, can = ctx.platform, ctx.platform.capabilities
    if isinstance(platform, Mapped):
        found = mapping_checked(platform, ctx.table, job) | {"abilities": list(abilities(can))}
        show_mapping(found, as_json=as_json)
        return check_code(found)
    document: dict[str, Any] = {"job_id": job, "platform": platform.name}
    if isinstance(platform, HandedOver):
        document |= platform.checked(job)
    else:
        assumed = list(platform.assumptions) if isinstance(platform, Assumes) else []
        document |= {"status": {"word": platform.get_job(job).raw_status}, "assumptions": assumed}
    document |= {"capabilities": can.as_json(), "abilities": list(abilities(can))}
    if as_json:
        show_json(document)
        return EXIT_OK
    _show_check(document)
    return EXIT_OK


def confirm_restored(
    *,
    by: Annotated[str, typer.Option("--by", help="Who has looked up the calls made since the copy.")],
    workspace: Workspace = "",
    as_json: AsJson = False,
) -> int:
    """Keep who has looked up whom ringback called since the copy, where only people can see that."""
    from tasks.ledger.database import restores
    from tasks.runtime.settings.settings import SettingsError
    from tasks.runtime.wiring import open_runtime

    if not by.strip():
        raise SettingsError("--by: say who has looked up the calls.")
    runtime = open_runtime(workspace=workspace)
    restores.confirm_calls(runtime.ledger, runtime.workspace, by)
    document = {"workspace": runtime.workspace, "by": by}
    if as_json:
        show_json(document)
    else:
        note(f"The calls of {runtime.workspace} since the copy are known; held recoveries can be resumed.")
    return EXIT_OK


def _show_check(document: dict[str, Any]) -> None:
    show_pairs({"job": document["job_id"], "platform": document["platform"], **document["status"]})
    if upload := document.get("upload"):
        show_pairs({f"upload {name}": value for name, value in upload.items()})
    if calls := document.get("calls"):
        show_table("Calls by status and reason", ["call", "calls"], [[*pair] for pair in calls.items()])
    if report := document.get("report"):
        show_pairs({f"report {name}": value for name, value in report.items() if name != "values"})
        rows = [[one["value"] or "(empty)", one["rows"], one["means"]] for one in report["values"]]
        show_table("Values of the report", ["value", "rows", "means"], rows)
    show_table("Abilities", ["what follows"], [[line] for line in document["abilities"]])
    if document["assumptions"]:
        show_table("Not confirmed", ["taken for granted"], [[line] for line in document["assumptions"]])
