"""Commands for what stands and runs by itself: sweep and up."""

from typing import Annotated, Any, cast

import typer

from deployments.cli.looking import Workspace
from deployments.cli.out import AsJson, guarded, logging_on, note, show_json, show_table
from models.errors import EXIT_OK, EXIT_PERSON


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("sweep", help="Look at jobs that run or ended short; act on stalled ones.")(guarded(sweep))
    app.command("gateway", help="Run the gateway alone: hooks, API and webhooks, without the rest of `up`.")(
        guarded(gateway)
    )
    app.command("up", help="Start Prefect, worker, sweeps and gateway here.")(guarded(up))


def sweep(
    *,
    act: Annotated[
        str, typer.Option("--act", help="report, propose or recover; policy: what the workspace says.")
    ] = "report",
    workspace: Workspace = "",
    as_json: AsJson = False,
) -> int:
    """Look at every job of every workspace that runs, or that ended short or failed lately."""
    from flows.sweep import sweep_here
    from tasks.runs.sweep_runs import Wish

    _known(act)
    with logging_on() as live:
        found = sweep_here(cast("Wish", act), live, workspace)
    if as_json:
        show_json(found)
        return _code(found)
    rows = [[j["job_id"], j["cause"], j["path"], j["acted"] or "", j["words"]] for j in found["jobs"]]
    show_table("Sweep", ["job", "cause", "path", "done", "what was seen"], rows)
    for recovery_id, state in {**found["resumed"], **found["closed"]}.items():
        typer.echo(f"{recovery_id}: {state}")
    for name, why in found["broken"].items():
        note(f"Workspace {name} could not be swept: {why}")
    return _code(found)


def _known(act: str) -> None:
    from tasks.runtime.settings.settings import SettingsError

    if act not in {"policy", "report", "propose", "recover"}:
        raise SettingsError(f"--act is policy, report, propose or recover, not {act!r}.")


def _code(found: dict[str, Any]) -> int:
    return EXIT_PERSON if found["broken"] else EXIT_OK


def gateway(
    *,
    port: Annotated[
        int | None, typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one.")
    ] = None,
    host: Annotated[str | None, typer.Option("--host", help="Address to listen on.")] = None,
    as_json: AsJson = False,
) -> int:
    """Run the gateway until it is stopped."""
    from deployments.gateway.__main__ import run_gateway

    def ready(url: str) -> None:
        if as_json:
            show_json({"gateway": url})
        else:
            typer.echo(f"Gateway: {url}; stop it with Ctrl-C.")

    return run_gateway(host, port, ready)


def up(
    *,
    port: Annotated[
        int, typer.Option("--port", min=1, max=65535, help="Port of the Prefect server and its UI.")
    ] = 4200,
    gateway_port: Annotated[
        int, typer.Option("--gateway-port", min=1, max=65535, help="Port of the ticket gateway.")
    ] = 8484,
    every: Annotated[int, typer.Option("--every", min=60, help="Seconds between two sweeps.")] = 300,
    act: Annotated[
        str, typer.Option("--act", help="What a sweep does: policy, report, propose or recover.")
    ] = "policy",
    as_json: AsJson = False,
) -> int:
    """Start everything on this machine and run until stopped."""
    from deployments.up.stack import Wishes, run_up

    def ready(addresses: dict[str, str]) -> None:
        if as_json:
            show_json(addresses)

    _known(act)
    with logging_on() as live:
        return run_up(Wishes(port, gateway_port, every, act), live, ready)
