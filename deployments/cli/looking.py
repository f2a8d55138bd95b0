"""Commands that only look: triage and plan."""

import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

from deployments.cli.out import (
    AsJson,
    guarded,
    note,
    reporting,
    show_json,
    show_lines,
    show_pairs,
    show_table,
)
from deployments.cli.typed import next_command, typed


def a_job(job: str) -> str:
    """Return a job's id, which is written down and shown as it is; refuse what gateway and form refuse."""
    from models.hooks.ids import job_trouble

    if trouble := job_trouble(job):
        raise typer.BadParameter(f"{trouble} Give the id that the platform's page of the job shows.")
    return job


JobId = Annotated[str, typer.Argument(metavar="JOB", help="Id of the job on the platform.", callback=a_job)]
Fixed = Annotated[
    bool, typer.Option("--operator-fixed", help="The fault of set-up is repaired: redial who failed by it.")
]
Workspace = Annotated[
    str, typer.Option("--workspace", help="One of the settings' workspaces; the default one if not given.")
]

Purpose = Annotated[
    str | None,
    typer.Option("--purpose", help="For this run: marketing, transactional, debt or research."),
]

People = Annotated[
    Path | None,
    typer.Option(
        "--contacts", metavar="FILE", help="Redial the people of this file alone; others are kept back."
    ),
]

RUNBOOK = {"health": "1", "permits": "2", "duplicates": "3", "strategy": "4"}
"""Numbers of the four checks of the runbook's triage."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("triage", help="Look at a job: findings and a diagnosis. Read only.")(guarded(triage))
    app.command("plan", help="Dry run: who would be redialled, held, dropped, and why.")(guarded(plan))


def triage(
    job: JobId, *, operator_fixed: Fixed = False, workspace: Workspace = "", as_json: AsJson = False
) -> int:
    """Look at a job and say what is wrong."""
    from tasks.triage.counted import people_now

    ctx = _looked_at(job, operator_fixed, workspace)
    diagnosis = ctx.case.diagnosis
    found = [finding.as_json() for finding in ctx.case.findings]
    people = people_now(ctx, ctx.case.look)
    if as_json:
        told = {"job_id": job, "diagnosis": diagnosis.as_json(), "people": people.as_json()}
        show_json(told | {"findings": found})
        return 0
    show_table(f"Job {job}", ["check", "result", "cause", "what was seen"], [_row(f) for f in found])
    told = {"People": people.message(), "Diagnosis": diagnosis.message, "Next": diagnosis.next_action}
    if command := next_command(job, diagnosis.path, workspace, operator_fixed=operator_fixed):
        told |= {"Command": command}
    show_pairs(told)
    return 0


def plan(
    job: JobId,
    *,
    rows: Annotated[bool, typer.Option("--rows", help="List everybody, whoever is kept back first.")] = False,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write everybody to a new file.")
    ] = None,
    show_numbers: Annotated[bool, typer.Option("--show-numbers", help="Give whole phone numbers.")] = False,
    operator_fixed: Fixed = False,
    purpose: Purpose = None,
    contacts: People = None,
    workspace: Workspace = "",
    as_json: AsJson = False,
) -> int:
    """Say who would be redialled, held and dropped, and why, under the plan's hash."""
    ctx = _looked_at(job, operator_fixed, workspace, purpose, contacts)
    document = _plan_document(ctx, show_numbers=show_numbers)
    if csv:
        from deployments.cli.people_file import write_people

        write_people(csv, document["contacts"])
        note(f"{len(document['contacts']):,} people are in {csv}.")
    if as_json:
        show_json(document)
        return 0
    _show_plan(ctx, document)
    if rows:
        _show_people(document["contacts"])
    elif not csv:
        again = typed("plan", job, workspace, operator_fixed=operator_fixed, purpose=purpose)
        again += f" --contacts {shlex.quote(str(contacts))}" if contacts else ""
        note(f"Everybody, one by one: {again} --rows, or --csv FILE.")
    return 0


def _show_plan(ctx: Any, document: dict[str, Any]) -> None:
    """Print a plan on one screen, however many people are in it."""
    from models.report.plan_lines import plan_lines

    found = plan_lines(ctx.case.plan.contacts)
    title = f"Plan of job {document['job_id']}: {document['cause'].replace('_', ' ')}"
    show_lines(title, [(f"{one.count:,}", one.head, one.reasons) for one in found])
    if document["groups"]:
        head = ["to redial", "waits for", "not before", "the last not before"]
        times = [[g["contacts"], g["why"], g["not_before"], g["last_not_before"]] for g in document["groups"]]
        show_table("When they may be called", head, times)
    sample = f"{document['sample']} first" if document["counts"]["redial"] else "nobody is redialled"
    show_pairs({"sample": sample, "hash": document["plan_hash"], "next": document["next_action"]})


def _show_people(contacts: list[dict[str, Any]]) -> None:
    """Print everybody, whoever is kept back first: they are looked for."""
    first = sorted(contacts, key=lambda one: one["action"] != "hold")
    rows = [[c["row"], c["phone"], c["action"], c["disposition"], c["why"]] for c in first]
    show_table("Everybody", ["row", "phone", "action", "disposition", "why"], rows)


def only_of_file(ctx: Any, contacts: Path | None) -> Any:
    """Return the people to whom a run is bound by a file, None without one."""
    if contacts is None:
        return None
    from tasks.contact_files.only import read_only_people

    return read_only_people(contacts, ctx.policy.default_region, ctx.secret)


def _looked_at(
    job: str,
    operator_fixed: bool,
    workspace: str,
    purpose: str | None = None,
    contacts: Path | None = None,
) -> Any:
    from flows.triage import check_the_job
    from tasks.runtime.wiring import open_runtime

    with reporting() as live:
        ctx = open_runtime(workspace=workspace, run={"purpose": purpose}).context(job, reporter=live)
        ctx.operator_fixed = operator_fixed
        ctx.only = only_of_file(ctx, contacts)
        check_the_job(ctx)
    return ctx


def _plan_document(ctx: Any, *, show_numbers: bool) -> dict[str, Any]:
    from models.calling import schedule
    from models.calling.rule import is_on
    from models.masking.redaction import mask_phone

    plan, diagnosis, now = ctx.case.plan, ctx.case.diagnosis, ctx.clock.now()
    contacts = []
    for one in plan.contacts:
        number = one.number.e164 or one.contact.phone or ""
        moment = schedule.not_before(one, now, ctx.policy)
        contacts.append(
            {
                "row": one.row,
                "phone": number if show_numbers else mask_phone(number),
                "disposition": one.disposition.value,
                "action": one.action.value,
                "why": one.why,
                "not_before": moment.at.isoformat() if moment and moment.at else None,
            }
        )
    return {
        "job_id": ctx.case.job_id,
        "plan_hash": plan.hash,
        "relies_on": plan.bound,
        "path": diagnosis.path.value,
        "cause": diagnosis.cause.value,
        "counts": plan.counts,
        "sample": plan.sample,
        "contacts": contacts,
        "groups": [group.as_json() for group in schedule.groups(plan.contacts, now, ctx.policy)]
        if is_on(ctx.policy)
        else [],
        "held_back": schedule.kept_back(plan.contacts),
        "findings": [finding.as_json() for finding in ctx.case.findings],
        "next_action": diagnosis.next_action,
    }


def _row(finding: dict[str, Any]) -> list[str]:
    number = RUNBOOK.get(finding["check"], " ")
    return [f"{number} {finding['check']}", finding["severity"], finding["cause"], finding["words"]]
