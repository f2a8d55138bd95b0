"""The command that lists all that waits for a person."""

from typing import Annotated

import typer

from deployments.cli.out import AsJson, guarded, screen, show_json, show_table
from models.errors import EXIT_OK


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("waiting", help="List all that waits for a person: plans, held, escalated, people.")(
        guarded(waiting)
    )


def waiting(
    *,
    workspace: Annotated[
        str, typer.Option("--workspace", help="Only this workspace; all of them if not given.")
    ] = "",
    as_json: AsJson = False,
) -> int:
    """List what waits, the oldest first, each with the exact command."""
    from tasks.finish.waiting_list import TITLES, age, headline, waiting_document, waiting_for_people
    from tasks.runtime.wiring import open_runtime

    ledger = open_runtime().ledger
    found, now = waiting_for_people(ledger, workspace or None), ledger.clock.now()
    if as_json:
        show_json(waiting_document(found, now))
        return EXIT_OK
    screen().print(headline(found), markup=False, highlight=False)
    if found:
        head = ["what", "for", "job", "next", "command"]
        rows = [
            [TITLES[one.kind], age(one.since, now), one.job_id, one.message, one.command] for one in found
        ]
        show_table("Waits for a person", head, rows)
    return EXIT_OK
