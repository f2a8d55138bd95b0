"""`ringback mapping`: look at a mapping file, alone or on a job, before anything goes by it."""

from pathlib import Path
from typing import Annotated, Any

import typer

from deployments.cli.looking import Workspace
from deployments.cli.out import AsJson, guarded, show_json, show_pairs, show_table
from models.errors import EXIT_OK, EXIT_PERSON

File = Annotated[Path, typer.Argument(metavar="FILE", help="The mapping file.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    mapping = typer.Typer(help="Mapping files: a REST platform by a file.", no_args_is_help=True)
    mapping.callback()(_only_a_group)
    mapping.command("check", help="Show how a mapping reads a job, and what follows from it. Read only.")(
        guarded(check)
    )
    app.add_typer(mapping, name="mapping")


def _only_a_group() -> None:
    """Keep `check` a command of its own while it is the only one."""


def check(
    file: File,
    *,
    job: Annotated[str, typer.Option("--job", metavar="JOB", help="A job to read by it.")] = "",
    workspace: Workspace = "",
    as_json: AsJson = False,
) -> int:
    """Show how a mapping reads a job; without one, what the file claims and lacks."""
    from models.hooks.ids import job_trouble
    from models.messages.abilities import abilities
    from tasks.platforms.mapped.adapter import NAME
    from tasks.platforms.mapped.checked import checked
    from tasks.runtime.mappings import load_mapping, make_mapped
    from tasks.runtime.settings.settings import SettingsError
    from tasks.runtime.wiring import load_table, open_runtime

    mapping = load_mapping(file)
    if not job:
        show_mapping({**mapping.as_json(), "lacks": list(mapping.lacks)}, as_json=as_json)
        return EXIT_OK
    if trouble := job_trouble(job):
        raise typer.BadParameter(trouble)
    runtime = open_runtime(workspace=workspace)
    if runtime.settings.platform != NAME:
        raise SettingsError("The settings name another platform: set RINGBACK_PLATFORM=http.")
    clock = runtime.ledger.clock
    platform = make_mapped(runtime.settings, runtime.policy, clock, ledger=runtime.ledger, mapping=mapping)
    document = checked(platform, load_table(runtime.settings, platform), job)
    document["abilities"] = list(abilities(platform.capabilities))
    show_mapping(document, as_json=as_json)
    return check_code(document)


def check_code(document: dict[str, Any]) -> int:
    """Return the exit code of a check: whatever was mapped and cannot be read is for a person to look at."""
    return EXIT_PERSON if document.get("problems") or document.get("gaps") else EXIT_OK


def show_mapping(document: dict[str, Any], *, as_json: bool) -> None:
    """Show what a check of a mapping has found."""
    if as_json:
        show_json(document)
        return
    show_pairs({"platform": document["platform"], "sha256": document["sha256"]})
    if job := document.get("job"):
        show_pairs({f"job {name}": value for name, value in job.items() if name != "fields"})
    if rows := document.get("rows"):
        fields = rows["fields"].items()
        lines = [[name, one["expression"], f"{one['filled']} of {one['of']}"] for name, one in fields]
        show_table("Fields of rows", ["field", "expression", "filled"], lines)
        held = [[why, count] for why, count in rows["held_because"].items()]
        _lines("Held whatever their status", ["why", "rows"], held)
        show_table("Words of rows", ["word", "rows", "means"], [list(one.values()) for one in rows["words"]])
    for what in ("rows", "calls"):
        if reasons := (document.get(what) or {}).get("reasons"):
            lines = [list(one.values()) for one in reasons]
            show_table(f"Reasons of {what}", ["system", "code", "count", "means"], lines)
    unmapped = [
        [place, word, n] for place, words in document.get("unmapped", {}).items() for word, n in words.items()
    ]
    _lines("Nobody has mapped", ["place", "word", "seen"], unmapped)
    _lines("Cannot be read", ["what", "why"], [list(one) for one in document.get("problems", {}).items()])
    _lines("Left out, for it could not be read", ["what"], [[line] for line in document.get("gaps", ())])
    _lines("Cannot be done", ["what"], [[line] for line in document["lacks"]])
    _lines("Abilities", ["what follows"], [[line] for line in document.get("abilities", ())])
    evidence = [[claim, one["says"], one["source"]] for claim, one in document["evidence"].items()]
    _lines("Evidence", ["claim", "says", "source"], evidence)
    _lines("Not confirmed", ["taken for granted"], [[line] for line in document["assumptions"]])


def _lines(title: str, heads: list[str], lines: list[list[Any]]) -> None:
    if lines:
        show_table(title, heads, lines)
