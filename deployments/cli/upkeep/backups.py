"""The commands that keep a copy of the ledger and bring it back."""

from pathlib import Path
from typing import Annotated, Any

import typer

from deployments.cli.out import AsJson, guarded, note, reporting, show_json, show_pairs
from models.errors import EXIT_OK

Force = Annotated[bool, typer.Option("--force", help="Overwrite the file.")]
Over = Annotated[bool, typer.Option("--over", help="Put the ledger that is there aside, whole.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("backup", help="Write the ledger, as of one moment, and its keys into one file.")(
        guarded(backup)
    )
    app.command("restore", help="Bring a backup back; what it cannot know is asked for.")(guarded(restore))


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; keep it like a password.")],
    *,
    force: Force = False,
    as_json: AsJson = False,
) -> int:
    """Back the ledger up, also while recoveries run."""
    from tasks.runtime.backup import back_up
    from tasks.runtime.settings.settings import load_settings

    with reporting() as live:
        made = back_up(load_settings(), file, live, force=force)
    if as_json:
        show_json(made)
        return EXIT_OK
    rows = sum(made["counts"].values())
    show_pairs({"file": made["file"], "as of": made["made_at"], "rows": rows, "bytes": made["size"]})
    if made["keys"] != "file":
        note("The audit key comes from RINGBACK_AUDIT_KEY and is not in the backup: keep it elsewhere.")
    note("It holds phone numbers and keys: keep it like a password. Packages and settings are not in it.")
    return EXIT_OK


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `ringback backup` has made.")],
    *,
    over: Over = False,
    as_json: AsJson = False,
) -> int:
    """Restore a backup into the home, and say what has to be confirmed."""
    from tasks.runtime.restore import restore as put_back
    from tasks.runtime.settings.settings import load_settings

    settings = load_settings()
    with reporting() as live:
        done = put_back(settings, file, live, over=over)
    if as_json:
        show_json(done)
        return EXIT_OK
    show_pairs({"restored": done["file"], "as of": done["made_at"], "rows": sum(done["counts"].values())})
    if done["kept"]:
        show_pairs({"kept aside": ", ".join(done["kept"])})
    _ask(settings)
    return EXIT_OK


def _ask(settings: Any) -> None:
    from deployments.cli.upkeep.restored import restored_words
    from tasks.ledger.database import restores
    from tasks.runtime.wiring import open_runtime

    runtime = open_runtime(settings)
    if doubtful := restores.unconfirmed(runtime.ledger, settings.workspace):
        note(restored_words(doubtful))
    note("Open recoveries wait: `ringback resume RECOVERY` looks at the platform again and asks anew.")
