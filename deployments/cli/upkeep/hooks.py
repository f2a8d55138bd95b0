"""`ringback hook test`: whether a source of hooks works, before a real ticket needs it."""

from pathlib import Path
from typing import Annotated, Any

import typer

from deployments.cli.out import AsJson, guarded, note, show_json, show_pairs, show_table
from models.errors import EXIT_OK, EXIT_PERSON


def register(app: typer.Typer) -> None:
    """Add the command."""
    hook = typer.Typer(help="Hooks of ticket systems, tried out.", no_args_is_help=True)
    hook.callback()(_only_a_group)
    hook.command("test", help="Show what a hook would lead to; starts nothing, calls nobody.")(
        guarded(try_out)
    )
    app.add_typer(hook, name="hook")


def _only_a_group() -> None:
    """Keep `test` a command of its own while it is the only one."""


def try_out(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="Name of a [hooks.SOURCE] table.")],
    *,
    body: Annotated[
        Path | None,
        typer.Option("--body", metavar="FILE", help="A body of the system; a sample if not given."),
    ] = None,
    send: Annotated[
        bool, typer.Option("--send", help="Send it to the running gateway too, as a test.")
    ] = False,
    url: Annotated[
        str, typer.Option("--url", metavar="URL", help="Where the gateway is reached; implies --send.")
    ] = "",
    as_json: AsJson = False,
) -> int:
    """Show how a hook of a source is checked and read, and with --send what the gateway would do."""
    from tasks.clock import WallClock
    from tasks.runtime.hook_trial import hook_trial
    from tasks.runtime.settings.settings import load_settings

    tried = hook_trial(load_settings(), source, WallClock().now(), _content(body))
    found = tried.findings()
    gateway = tried.ask(url) if send or url else None
    if as_json:
        show_json({**found, "gateway": gateway})
    else:
        _show(found, gateway)
    starts = found["starts"] and (gateway is None or gateway["starts"])
    return EXIT_OK if starts else EXIT_PERSON


def _content(path: Path | None) -> bytes | None:
    try:
        return path.read_bytes() if path else None
    except OSError as error:
        raise typer.BadParameter(f"{path} cannot be read: {error.strerror}.") from None


def _show(found: dict[str, Any], gateway: dict[str, Any] | None) -> None:
    show_pairs(
        {
            "signed": found["scheme"],
            "secret": "; or ".join(found["secrets"]),
            "workspace": found["workspace"],
        }
    )
    rows = [[one["field"], one["read_from"], one["found"]] for one in found["fields"]]
    show_table("Read from the body", ["field", "read from", "found"], rows)
    if found["unfilled"]:
        note(
            f"The sample fills no {' and no '.join(found['unfilled'])}: give a body of your own with --body."
        )
    show_pairs(_ends(found))
    if gateway is not None:
        show_pairs({"gateway": gateway["url"], **_ends(gateway)})
    else:
        note("Not sent: --send asks the running gateway. The system itself has to hold the same secret.")


def _ends(found: dict[str, Any]) -> dict[str, Any]:
    names = {"would": "would", "why": "words", "job": "job_id", "of workspace": "asks_in",
             "ticket": "ticket", "approval": "approval"}  # fmt: skip
    return {name: found[key] for name, key in names.items() if found.get(key)}
