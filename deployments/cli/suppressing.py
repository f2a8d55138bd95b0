"""The command that keeps the suppression list: who must never be called."""

from pathlib import Path
from typing import Annotated, Any

import typer

from deployments.cli.looking import Workspace
from deployments.cli.out import AsJson, guarded, note, screen, show_json, show_pairs, show_table
from deployments.deciding.opt_outs import check_number, remove_number
from models.errors import EXIT_OK
from models.triage.findings import plural

MOST_SHOWN = 10
EXAMPLES = 3


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("suppress", help="The list of numbers that no recovery ever dials.")(guarded(suppress))


def suppress(
    number: Annotated[str | None, typer.Argument(metavar="NUMBER", help="One number.")] = None,
    *,
    file: Annotated[Path | None, typer.Option("--file", help="An opt-out list: text, CSV or XLSX.")] = None,
    why: Annotated[str, typer.Option("--why", help="Why; it stands in the list.")] = "",
    show: Annotated[bool, typer.Option("--list", help="Show the list, masked.")] = False,
    check: Annotated[
        str | None, typer.Option("--check", metavar="NUMBER", help="Say whether a number is on the list.")
    ] = None,
    remove: Annotated[
        str | None, typer.Option("--remove", metavar="NUMBER", help="Take a number off the list again.")
    ] = None,
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who takes it off.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why it may be called again.")] = "",
    confirm_restored: Annotated[
        bool, typer.Option("--confirm-restored", help="After a restore: the list is whole again.")
    ] = False,
    workspace: Workspace = "",
    as_json: AsJson = False,
) -> int:
    """Add numbers to the list of the workspace; a number that is there already stays as it is."""
    from tasks.ledger.database import restores
    from tasks.runtime.settings.settings import SettingsError
    from tasks.runtime.wiring import open_runtime, who

    asked = [number, file, show or None, confirm_restored or None, check, remove]
    if all(one is None for one in asked):
        raise SettingsError("Name a NUMBER or a --file to suppress, or ask for the --list or to --check.")
    if (check is not None or remove is not None) and sum(one is not None for one in asked) > 1:
        raise SettingsError("--check and --remove each stand alone: nothing else was done.")
    runtime = open_runtime(workspace=workspace)
    if check is not None:
        return check_number(runtime, _number(runtime, check), as_json=as_json)
    if remove is not None:
        return remove_number(runtime, _number(runtime, remove), by=by, reason=reason, as_json=as_json)
    added = taken = None
    if number is not None or file is not None:
        added, taken = _added(runtime, number, file, why.strip())
    if confirm_restored:
        restores.confirm_opt_outs(runtime.ledger, runtime.workspace, who())
        note(f"The opt-outs of {runtime.workspace} are whole; held recoveries can be resumed.")
    return _show(runtime, added, taken, show=show, as_json=as_json)


def _added(runtime: Any, number: str | None, file: Path | None, why: str) -> tuple[Any, Any]:
    """Put a number and a file's numbers on the list, and return what was added and how the file was read."""
    from tasks.ledger.people.opt_outs import add
    from tasks.runtime.settings.settings import SettingsError

    if not why:
        raise SettingsError("Say with --why why nobody may call there; it stands in the list.")
    phones, taken = [] if number is None else [_number(runtime, number)], None
    if file is not None:
        taken = _list(runtime, file)
        phones += sorted(taken.numbers)
    return add(runtime.ledger, runtime.workspace, phones, why), taken


def _number(runtime: Any, number: str) -> str:
    from models.contacts.phones.normalise import normalise
    from tasks.runtime.settings.settings import SettingsError

    read = normalise(number, runtime.policy.default_region)
    phone = read.e164 or read.person
    if phone is None:
        raise SettingsError(
            f"That number cannot be read: {read.problem}. Write it as +COUNTRY..., or set "
            "default_region in the policy."
        )
    return phone


def _list(runtime: Any, file: Path) -> Any:
    from tasks.runtime.settings.settings import SettingsError
    from tasks.triage.suppression import UnreadableListError, read_list

    try:
        return read_list(file, runtime.policy.default_region)
    except UnreadableListError as error:
        raise SettingsError(str(error)) from None


def _document(taken: Any) -> dict[str, Any]:
    """Say what was taken from a file: how many numbers, from which column, some masked, and what not."""
    from models.masking.redaction import mask_phone

    return {
        "numbers": len(taken.numbers),
        "column": taken.column,
        "examples": [mask_phone(phone) for phone in sorted(taken.numbers)[:EXAMPLES]],
        "not_taken": [{"line": line, "why": why} for line, why in taken.passed_over],
    }


def _tell(taken: dict[str, Any]) -> None:
    not_taken = taken["not_taken"]
    lines = "; ".join(f"line {one['line']} {one['why']}" for one in not_taken[:MOST_SHOWN])
    more = f"; and {len(not_taken) - MOST_SHOWN} more" if len(not_taken) > MOST_SHOWN else ""
    show_pairs(
        {
            "numbers in the file": taken["numbers"],
            "read from": taken["column"] or "nothing: the file is empty",
            "such as": ", ".join(taken["examples"]) or "none",
            "lines not taken": f"{lines}{more}" or "none",
        }
    )


def _show(runtime: Any, added: int | None, taken: Any, *, show: bool, as_json: bool) -> int:
    from models.masking.redaction import mask_phone
    from tasks.ledger.people.opt_outs import listed, taken_off

    rows = [
        {"phone": mask_phone(one.phone), "at": one.at.isoformat(timespec="seconds"), "why": one.why}
        for one in (listed(runtime.ledger, runtime.workspace) if show else [])
    ]
    off = [row.body for row in taken_off(runtime.ledger, runtime.workspace)] if show else []
    gone = [{name: one[name] for name in ("phone", "since", "why", "by", "reason")} for one in off]
    told = {} if taken is None else {"file": _document(taken)}
    if as_json:
        show_json({"added": added, **told, **({"suppressed": rows, "taken_off": gone} if show else {})})
        return EXIT_OK
    if told:
        _tell(told["file"])
    if added is not None:
        new = f"{plural(added, 'number')} {'is' if added == 1 else 'are'} new"
        screen().print(f"{new} on the list of {runtime.workspace}.", markup=False)
    if show:
        show_table(f"{len(rows):,} suppressed", ["phone", "at", "why"], [list(row.values()) for row in rows])
        if gone:
            show_table(f"{len(gone):,} taken off again", list(gone[0]), [list(one.values()) for one in gone])
    return EXIT_OK
