"""`ringback package`: whether a package is whole and says one thing, wherever it has been."""

from pathlib import Path
from typing import Annotated, Any

import typer

from deployments.cli.out import AsJson, guarded, note, screen, show_json
from models.errors import EXIT_FAULT, EXIT_OK

File = Annotated[Path, typer.Argument(metavar="FILE", help="The package, a zip.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    package = typer.Typer(help="Diagnostics packages: check one.", no_args_is_help=True)
    package.callback()(_only_a_group)
    package.command("verify", help="Check a package: whole, unchanged, its counts true, no number in it.")(
        guarded(verify)
    )
    app.add_typer(package, name="package")


def _only_a_group() -> None:
    """Keep `verify` a command of its own while it is the only one."""


def verify(file: File, *, as_json: AsJson = False) -> int:
    """Check a package offline; neither ledger nor settings nor key are needed."""
    import hashlib

    from models.package.verify import verify as examine
    from tasks.package.reading import read_package

    data, files = read_package(file)
    found = examine(files)
    document = {
        "file": str(file),
        "sha256": hashlib.sha256(data).hexdigest(),
        "ok": found.ok,
        "schema_version": found.schema_version,
        "checked": list(found.checked),
        "problems": list(found.faults),
    }
    if as_json:
        show_json(document)
    else:
        _show(document)
    return EXIT_OK if found.ok else EXIT_FAULT


def _show(document: dict[str, Any]) -> None:
    name = Path(document["file"]).name
    for problem in document["problems"]:
        note(problem)
    if document["ok"]:
        _say(f"{name} holds: {', '.join(document['checked'])}.")
        _say(f"SHA-256 {document['sha256']}: the audit names it, `ringback audit RECOVERY` shows where.")
    else:
        _say(f"{name} does not hold: {len(document['problems'])} found, each above in a sentence.")


def _say(message: str) -> None:
    screen().print(message, markup=False, highlight=False, soft_wrap=True)
