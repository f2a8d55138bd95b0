"""Commands that open a door: demo, sandbox, escalate, contacts."""

import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from deployments.cli.ladder import context_of
from deployments.cli.looking import Workspace
from deployments.cli.out import (
    AsJson,
    aside,
    guarded,
    reporting,
    screen,
    show_columns,
    show_json,
    show_pairs,
)
from deployments.manual.completion import scenarios
from models.errors import EXIT_FAULT

HEAD = ("story", "calls before", "redialled", "called twice", "end")
"""Titles of the demo's closing lines."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("demo", help="The whole story on the sandbox: recovered, held, escalated.")(guarded(demo))
    app.command("sandbox", help="A voice platform of our own on this machine, for trying things.")(
        guarded(sandbox)
    )
    app.command("escalate", help="Build the diagnostics package of a job or a recovery.")(guarded(escalate))


def demo(*, as_json: AsJson = False) -> int:
    """Run the three stories, and print how each ended and what somebody does next."""
    from dataclasses import asdict

    from deployments.demo import run_demo
    from tasks.runtime.settings.settings import load_settings

    folder = load_settings().folder / "demo"
    with reporting() as live:
        told = run_demo(folder, live)
    if as_json:
        show_json({"stories": [asdict(one) for one in told], "home": str(folder)})
    else:
        shown("\nWhat happened, and below each story what somebody does next\n")
        show_columns(HEAD, [(t.cells(), t.next_action) for t in told])
        shown("")
        show_pairs(where(folder, told))
        shown(f"\nWhere a line above says `ringback`, type this: {typed_in(folder)}")
    return EXIT_FAULT if any(t.twice for t in told) else 0


def shown(line: str) -> None:
    """Print one line as it stands."""
    screen().print(line, markup=False, highlight=False, soft_wrap=True)


def command() -> str:
    """Return how this very program is called from where the shell stands: its path, as short as it goes."""
    path = Path(sys.executable).with_name("ringback")
    if not path.exists():
        return "ringback"
    here = Path.cwd()
    if not path.is_relative_to(here):
        return shlex.quote(str(path))
    near = path.relative_to(here)
    return shlex.quote(f"./{near}" if len(near.parts) == 1 else str(near))


def where(folder: Path, told: list[Any]) -> dict[str, str]:
    """Return where the demo has left what, and what is typed to look at it."""
    found = {"ledger": str(folder / "ledger.db"), "look": f"{typed_in(folder)} status"}
    packages = [one.package for one in told if one.package]
    return found | ({"package": packages[0]} if packages else {})


def typed_in(folder: Path) -> str:
    """Return how this very program is called with the demo's home."""
    return f"RINGBACK_HOME={shlex.quote(str(folder))} {command()}"


def sandbox(
    *,
    scenario: Annotated[
        str, typer.Option("--scenario", help="Which story to set up.", autocompletion=scenarios)
    ] = "permit-leak",
    seed: Annotated[int, typer.Option("--seed", help="Which variant of it.")] = 1,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Loopback port; 0 takes a free one.")
    ] = 8787,
    contacts: Annotated[int, typer.Option("--contacts", min=1, help="Contacts of the job.")] = 60,
    speed: Annotated[float, typer.Option("--speed", min=0.1, help="How much shorter calls are.")] = 60,
    campaigns: Annotated[
        bool, typer.Option("--campaigns", help="An account that has ElevenLabs' outbound campaigns.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Run a sandbox until it is stopped."""
    from deployments.sandbox.command import Wishes, run_stand

    def ready(told: dict[str, Any]) -> None:
        if as_json:
            show_json(told)
            return
        screen().print(f"The sandbox runs at {told['url']}; stop it with Ctrl-C. Try, in another shell:\n")
        for line in told["try"]:
            shown(f"  {line}")

    return run_stand(ready, Wishes(scenario, seed, contacts, speed, campaigns), port)


def escalate(
    target: Annotated[str, typer.Argument(metavar="JOB|RECOVERY", help="Id of a job or of a recovery.")],
    *,
    reason: Annotated[
        str, typer.Option("--reason", help="What engineering should look at.")
    ] = "asked for by hand",
    screenshot: Annotated[
        Path | None,
        typer.Option(
            "--screenshot",
            metavar="FILE",
            help="A picture of the platform's page (PNG or JPEG); hide the numbers in it first.",
        ),
    ] = None,
    workspace: Workspace = "",
    as_json: AsJson = False,
) -> int:
    """Look at the job and build its package."""
    from flows.triage import check_the_job
    from tasks.package.escalate import package_of_job
    from tasks.package.screenshot import read_screenshot
    from tasks.runtime.wiring import open_runtime

    shot = read_screenshot(screenshot) if screenshot else None
    runtime = open_runtime(workspace=workspace)
    job_id, latest = _job_of(runtime, target)
    recovery_id = latest.id if latest else None
    with reporting() as live:
        of_recovery = latest is not None and not workspace
        ctx = context_of(runtime, latest, live) if of_recovery else runtime.context(job_id, reporter=live)
        check_the_job(ctx)
        built = package_of_job(ctx, reason, recovery_id, shot)
    document = {
        "job_id": job_id,
        "recovery_id": recovery_id,
        "package": str(built.path),
        "sha256": built.sha256,
    }
    if as_json:
        show_json(document)
    else:
        show_pairs(document)
        aside().print("Attach the package to the ticket; every number in it is masked.")
        if shot:
            aside().print("Your screenshot is in it as it is: ringback reads no picture, so it masks none.")
    return 0


def _job_of(runtime: Any, target: str) -> tuple[str, Any]:
    """Return the job that is meant, and the recovery of it that is: the one named, else its newest."""
    from tasks.ledger import recoveries
    from tasks.ledger.errors import NoSuchRecoveryError

    try:
        found = recoveries.get(runtime.ledger, recoveries.resolve(runtime.ledger, target))
    except NoSuchRecoveryError:
        return target, recoveries.latest_of_job(runtime.ledger, target)
    return found.job_id, found
