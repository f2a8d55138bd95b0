"""All commands in one place; heavy imports wait until a command needs them."""

import typer

from deployments.cli import books, contacts, doors, ladder, looking, standing

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
    app()
