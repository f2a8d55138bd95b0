"""The command that says what is not set up right, before a job needs it."""

import typer

from deployments.cli.out import AsJson, guarded, reporting, screen, show_json
from models.errors import EXIT_FAULT, EXIT_OK


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor", help="Check key, platform, clock, ledger, disk and tickets. Read only.")(
        guarded(doctor)
    )


def doctor(*, as_json: AsJson = False) -> int:
    """Check what a recovery needs, and say of each whether it is right; exit with 1 where one is not."""
    from tasks.runtime.doctor import examine
    from tasks.runtime.settings.settings import load_settings

    with reporting():
        found = list(examine(load_settings()))
    if as_json:
        show_json({"checks": [one.as_json() for one in found]})
    else:
        for one in found:
            sign = "ok   " if one.is_ok else "WRONG"
            screen().print(f"{sign}  {one.what}: {one.said}", markup=False, highlight=False)
    return EXIT_OK if all(one.is_ok for one in found) else EXIT_FAULT
