"""The command that writes the report of a recovery: a page, Markdown or JSON, for customers or engineers."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from deployments.cli.ladder import RecoveryId
from deployments.cli.out import AsJson, guarded, note, show_json
from models.report.page.voices import Format, Voice


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        "report", help="Tell what happened: a page, Markdown or JSON, for a customer or an engineer."
    )(guarded(report))


def report(
    recovery: RecoveryId,
    *,
    how: Annotated[Format, typer.Option("--format", help="html: one page; md: Markdown; json.")] = Format.MD,
    voice: Annotated[
        Voice, typer.Option("--voice", help="customer: ready to be sent on; engineer: codes and commands.")
    ] = Voice.CUSTOMER,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write it there, over what is there.")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Write the report of a recovery as the ledger has it; the platform is not asked."""
    from tasks.finish.page.report import document_of, written
    from tasks.runtime.wiring import open_runtime
    from tasks.whole_file import write_whole

    _check(out)
    how = Format.JSON if as_json and out is None else how
    runtime = open_runtime()
    drawn = how is Format.HTML
    made = document_of(runtime.ledger, recovery, voice, runtime.keys.phones, drawn=drawn)
    text = written(made, how)
    if out is None:
        sys.stdout.write(text)
        sys.stdout.flush()
        return 0
    write_whole(out, text.encode())
    if as_json:
        show_json({"file": str(out), "format": how.value, "voice": voice.value, "bytes": len(text.encode())})
    else:
        note(f"The report is in {out}.")
    return 0


def _check(out: Path | None) -> None:
    from tasks.runtime.settings.settings import SettingsError

    if out is not None and not out.parent.is_dir():
        raise SettingsError(f"There is no folder {out.parent} for the report: make it, or name another file.")
    if out is not None and out.is_dir():
        raise SettingsError(f"{out} is a folder: name a file in it with --out.")
