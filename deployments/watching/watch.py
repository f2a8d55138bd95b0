"""The command that looks on while a recovery runs, and ends with it."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from deployments.cli.out import AsJson, guarded, note, screen, show_json
from models.errors import EXIT_OK, exit_of

if TYPE_CHECKING:
    from models.report.live import LiveView
    from tasks.runtime.wiring import Runtime


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("watch", help="Look on while a recovery runs: counters, waves, sample, ETA.")(guarded(watch))


def watch(
    recovery: Annotated[str, typer.Argument(metavar="RECOVERY", help="Id of a recovery.")],
    *,
    every: Annotated[
        float, typer.Option("--every", min=0.2, max=3600, help="Seconds between two looks.")
    ] = 2.0,
    once: Annotated[bool, typer.Option("--once", help="Look once and end.")] = False,
    link: Annotated[
        bool, typer.Option("--link", help="Print a signed link to the live page instead.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Look on until the recovery ends; Ctrl-C ends the looking only."""
    from tasks.finish.live import LiveReader
    from tasks.runtime.wiring import open_runtime

    runtime = open_runtime()
    reader = LiveReader(runtime.ledger)
    first = reader.read(recovery)
    if link:
        return _print_link(runtime, recovery, as_json=as_json)
    last = first
    try:
        if once or first.is_over:
            _show_once(first, as_json=as_json)
        else:
            last = _follow(lambda: reader.read(recovery), every, as_json=as_json)
    except KeyboardInterrupt:
        note(f"No longer watched. Recovery {recovery} goes on as it was; `ringback status {recovery}`.")
        return EXIT_OK
    return exit_of(last.state.value) if last.is_over else EXIT_OK


def _follow(read: "Callable[[], LiveView]", every: float, *, as_json: bool) -> "LiveView":
    from deployments.watching.follow import each_change, follow

    def pause() -> None:
        time.sleep(every)

    if as_json:
        last = follow(read, lambda _: None, pause)
        show_json(last.as_json())
        return last
    if not screen().is_terminal:
        return follow(read, each_change(_line), pause)
    from rich.live import Live

    from deployments.watching.screen import drawn

    with Live(console=screen(), auto_refresh=False) as live:
        return follow(read, lambda view: live.update(drawn(view), refresh=True), pause)


def _show_once(view: "LiveView", *, as_json: bool) -> None:
    if as_json:
        show_json(view.as_json())
    elif screen().is_terminal:
        from deployments.watching.screen import drawn

        screen().print(drawn(view))
    else:
        _line(view.message())


def _line(words: str) -> None:
    typer.echo(words)


def _print_link(runtime: "Runtime", recovery: str, *, as_json: bool) -> int:
    from tasks.runtime.links import Links

    links = Links(runtime.settings, runtime.ledger.clock)
    address = links.live_address(recovery) or links.live(recovery)
    if as_json:
        show_json({"recovery_id": recovery, "link": address})
    else:
        typer.echo(address)
        if not runtime.settings.gateway.url:
            note("The path at the gateway: set `url` under [gateway] to have the whole address.")
    return EXIT_OK
