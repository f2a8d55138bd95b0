"""The command that checks a contact file."""

from pathlib import Path
from typing import Annotated, Any

import typer

from deployments.cli.looking import Workspace, a_job
from deployments.cli.out import (
    AsJson,
    Live,
    guarded,
    note,
    reporting,
    screen,
    show_json,
    show_pairs,
    show_table,
)
from models.errors import EXIT_OK

MOST_SHOWN = 40
ALONE = (
    "--for stands beside --workspace alone: the file is read as `ringback recover --contacts` reads it, in "
    "the policy's default_region. Check it without --for first."
)


def _job_or_none(job: str) -> str:
    return a_job(job) if job else ""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("contacts", help="Check a contact file: which rows may be dialled.")(guarded(contacts))


Region = Annotated[str | None, typer.Option("--region", help="Country of numbers without one: AU.")]
Column = Annotated[str | None, typer.Option("--column", help="Name or place of the number column.")]
Rules = Annotated[str | None, typer.Option("--platform", help="Check this platform's upload rules.")]
Clean = Annotated[Path | None, typer.Option("--clean", help="Write the rows that may be dialled here.")]
Problems = Annotated[Path | None, typer.Option("--problems", help="Write the problems here.")]
_FOR = "Keep its people for recoveries of this job, and say their key."
ForJob = Annotated[str, typer.Option("--for", metavar="JOB", help=_FOR, callback=_job_or_none)]


def contacts(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, TSV or XLSX.")],
    *,
    region: Region = None,
    column: Column = None,
    platform: Rules = None,
    clean: Clean = None,
    problems: Problems = None,
    job: ForJob = "",
    workspace: Workspace = "",
    as_json: AsJson = False,
) -> int:
    """Check every row of a contact file; with --for, keep who is in it under a key, without the numbers."""
    from models.contacts.verdict import ContactFileError
    from tasks.contact_files.file import check_file
    from tasks.runtime.settings.settings import SettingsError

    if job:
        if any((region, column, platform, clean, problems)):
            raise SettingsError(ALONE)
        return _hand_over(file, job, workspace, as_json=as_json)

    try:
        with reporting() as live:
            report = check_file(
                file,
                region=region.upper() if region else None,
                column=column,
                platform=platform,
                on_progress=_progress(live),
                clean_file=clean,
                problem_file=problems,
            )
    except ContactFileError as fault:
        raise SettingsError(str(fault)) from None
    _show(file, report, as_json=as_json)
    return EXIT_OK


def _hand_over(file: Path, job: str, workspace: str, *, as_json: bool) -> int:
    """Keep the people of a file for recoveries of a job, and say the key that forms and requests take."""
    from tasks.runtime.handing import hand_over_people
    from tasks.runtime.wiring import open_runtime, who

    kept = hand_over_people(open_runtime(workspace=workspace), job, file, who()).as_json()
    if as_json:
        show_json(kept)
        return EXIT_OK
    show_pairs(kept)
    if kept["left_out"]:
        rows = "1 row names" if kept["left_out"] == 1 else f"{kept['left_out']:,} rows name"
        note(f"{rows} nobody who may be dialled: `ringback contacts FILE --region ...` says which and why.")
    note("`contacts` is the key for the form of `recover`, for the gateway and for assistants.")
    return EXIT_OK


def _progress(live: Live) -> Any:
    def show(progress: Any) -> None:
        live.progress("checking (kB read)", progress.bytes_read // 1024, progress.size // 1024)

    return show


def _show(file: Path, report: Any, *, as_json: bool) -> None:
    if as_json:
        show_json(_document(report))
        return
    screen().print(f"{file.name}: {report.headline}", markup=False, highlight=False, soft_wrap=True)
    rows = [[p.row, p.line, p.code, "yes" if p.repaired else "no", p.message] for p in report.problems]
    if rows:
        show_table(f"{file.name}", ["row", "line", "problem", "dialled", "what"], rows[:MOST_SHOWN])
    if len(rows) > MOST_SHOWN:
        show_pairs({"more": f"{len(rows) - MOST_SHOWN} problems; --problems FILE writes all of them"})
    notes = {f"note {i}": note.message for i, note in enumerate(report.notes, 1)}
    counts = {"rows": report.rows, "may be dialled": report.ok, "held": report.held}
    show_pairs({**counts, "numbers from": report.column or "a file without a header", **notes})


def _document(report: Any) -> dict[str, Any]:
    def plain(found: Any) -> list[dict[str, Any]]:
        names = ("row", "line", "code", "message", "repaired")
        return [{name: getattr(one, name) for name in names} for one in found]

    return {
        "rows": report.rows,
        "ok": report.ok,
        "problems": plain(report.problems),
        "notes": plain(report.notes),
        "headline": report.headline,
        "column": report.column,
        "encoding": report.encoding,
    }
