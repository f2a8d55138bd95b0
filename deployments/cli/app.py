"""All commands in one place; heavy imports wait until a command needs them."""

import sys

import typer

from deployments.cli import books, contacts, doors, ladder, looking, standing
from deployments.cli.out import misused

app = typer.Typer(
    name="ringback",
    help="Recover batch outbound-call jobs that stalled, fell short or failed; nobody is called twice.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    rich_markup_mode=None,
)
for module in (doors, looking, ladder, books, contacts, standing):
    module.register(app)


def main() -> None:
    """Run the command line."""
    try:
        sys.exit(app(prog_name="ringback", standalone_mode=False))
    except typer.TyperException as error:
        sys.exit(misused(error))
