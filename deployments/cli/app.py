"""All commands in one place; heavy imports wait until a command needs them."""

import signal
import sys
from typing import Annotated, Any

import typer

from deployments.cli import (
    books,
    contacts,
    doors,
    handing,
    ladder,
    looking,
    mapping,
    standing,
    suppressing,
)
from deployments.cli.look import doctor, jobs, packages, stats
from deployments.cli.out import ToldToEnd, misused
from deployments.cli.upkeep import backups, hooks, keys, outbox, tokens
from deployments.deciding import decide, waiting
from deployments.manual.binding import bind
from deployments.manual.layout import GroupedHelp
from deployments.manual.pages import ROOT
from deployments.mcp import command as mcp
from deployments.reporting import report
from deployments.watching import watch

app = typer.Typer(
    name="ringback",
    help="Recover batch outbound-call jobs that stalled, fell short or failed; nobody is called twice.",
    epilog=ROOT,
    cls=GroupedHelp,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_show_locals=False,
    rich_markup_mode=None,
)
for module in (
    doors,
    looking,
    ladder,
    handing,
    mapping,
    books,
    contacts,
    suppressing,
    standing,
    outbox,
    tokens,
    hooks,
    keys,
    backups,
    decide,
    waiting,
    mcp,
    report,
    jobs,
    stats,
    watch,
    doctor,
    packages,
):
    module.register(app)
bind(app)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"ringback {version('ringback')}")
        raise typer.Exit


@app.callback()
def root(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and exit.", callback=_version, is_eager=True),
    ] = False,
) -> None:
    """Take the options that belong to no command."""


def main() -> None:
    """Run the command line."""
    signal.signal(signal.SIGTERM, _interrupt)
    for stream in (sys.stdout, sys.stderr):
        # A terminal that has no sign for a mask's dots shows another one; it is no reason to fail.
        getattr(stream, "reconfigure", _nothing)(errors="replace")
    try:
        sys.exit(app(prog_name="ringback", standalone_mode=False))
    except typer.TyperException as error:
        sys.exit(misused(error))


def _interrupt(*_: Any) -> None:
    # Being told to end is like Ctrl-C: the job is let go of, and a server of our own is stopped.
    raise ToldToEnd


def _nothing(**_: Any) -> None:
    """Leave a stream as it is: it was closed, or is none of Python's own."""
