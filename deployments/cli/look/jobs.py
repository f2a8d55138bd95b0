"""The command that lists the platform's jobs, so that nobody has to bring an id."""

from typing import Annotated, Any

import typer

from deployments.cli.looking import Workspace
from deployments.cli.out import AsJson, guarded, note, reporting, screen, show_json
from models.errors import EXIT_OK


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("jobs", help="List the platform's jobs that run or ended lately. Read only.")(guarded(jobs))


def jobs(
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Older ones too, and the jobs that our waves are.")
    ] = False,
    workspace: Workspace = "",
    as_json: AsJson = False,
) -> int:
    """List jobs with name, state, how far they came, and whether a recovery of ours is there."""
    from tasks.runtime.wiring import open_runtime
    from tasks.triage.job_list import job_list

    with reporting() as live:
        ctx = open_runtime(workspace=workspace).context("", reporter=live)
        found = job_list(ctx, everything=everything)
    if not found["lists_all"]:
        note(f"{found['platform']} lists no jobs by itself: these are the ones that were handed over to us.")
    if as_json:
        show_json(found)
    elif found["jobs"]:
        _show(found["jobs"])
        note("`ringback triage JOB` says what is wrong with one of them.")
    else:
        older = "" if everything else " --all lists older ones."
        screen().print(f"No jobs run, and none ended lately.{older}", markup=False, highlight=False)
    return EXIT_OK


def _show(found: list[dict[str, Any]]) -> None:
    # One block a job: an id of thirty characters beside a name fits no table of 80 columns.
    for job in found:
        screen().print(f"{job['job_id']}  {job['status']}", markup=False, highlight=False, soft_wrap=True)
        ours = job["recovery"]
        told = [
            job["name"] or "without a name",
            f"{job['processed']:,}/{job['expected']:,} processed",
            f"since {job['created_at'][:16].replace('T', ' ')} UTC",
        ]
        told += ["a wave of ours"] if job["wave_of_ours"] else []
        told += [f"{ours['recovery_id']} {ours['state'].replace('_', ' ')}"] if ours else []
        screen().print(f"  {', '.join(told)}", markup=False, highlight=False)
