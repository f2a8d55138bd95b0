"""Commands for what stands and runs by itself: sweep and up."""

from typing import Annotated, cast

import typer

from deployments.cli.out import AsJson, guarded, reporting, show_json, show_table


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("sweep", help="Look at every running job; report, propose or recover the stalled ones.")(
        guarded(sweep)
    )
    app.command("up", help="Start Prefect with the recover and sweep deployments on this machine.")(
        guarded(up)
    )


def sweep(
    *,
    act: Annotated[str, typer.Option("--act", help="report, propose or recover.")] = "report",
    as_json: AsJson = False,
) -> int:
    """Look at every running job of the workspace."""
    from deployments.root import open_shop
    from deployments.settings import SettingsError
    from deployments.sweeping import Act, run_sweep

    if act not in {"report", "propose", "recover"}:
        raise SettingsError(f"--act is report, propose or recover, not {act!r}.")
    with reporting() as live:
        found = run_sweep(open_shop(), cast("Act", act), live)
    if as_json:
        show_json(found)
        return 0
    rows = [[j["job_id"], j["cause"], j["path"], j["acted"] or "", j["words"]] for j in found["jobs"]]
    show_table("Sweep", ["job", "cause", "path", "done", "what was seen"], rows)
    for recovery_id, state in found["resumed"].items():
        typer.echo(f"{recovery_id}: {state}")
    return 0


def up(
    *,
    port: Annotated[int, typer.Option("--port", help="Port of the Prefect server.")] = 4200,
    every: Annotated[int, typer.Option("--every", min=60, help="Seconds between two sweeps.")] = 300,
    act: Annotated[
        str, typer.Option("--act", help="What a sweep does: report, propose or recover.")
    ] = "report",
) -> int:
    """Start everything on this machine and run until stopped."""
    from deployments.up import run_up

    with reporting() as live:
        return run_up(port, every, act, live)
