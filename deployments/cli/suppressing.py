"""The command that keeps the suppression list: who must never be called."""

from pathlib import Path
from typing import Annotated, Any

import typer

from deployments.cli.looking import Workspace
from deployments.cli.out import EXIT_OK, AsJson, guarded, note, screen, show_json, show_table


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("suppress", help="The list of numbers that no recovery ever dials.")(guarded(suppress))


def suppress(
    number: Annotated[str | None, typer.Argument(metavar="[NUMBER]", help="One number.")] = None,
    *,
    file: Annotated[
        Path | None, typer.Option("--file", help="CSV or text, a number a line in the first column.")
    ] = None,
    why: Annotated[str, typer.Option("--why", help="Why; it stands in the list.")] = "",
    show: Annotated[bool, typer.Option("--list", help="Show the list, masked.")] = False,
    confirm_restored: Annotated[
        bool, typer.Option("--confirm-restored", help="After a restore: the list is whole again.")
    ] = False,
    workspace: Workspace = "",
    as_json: AsJson = False,
) -> int:
    """Add numbers to the list of the workspace; a number that is there already stays as it is."""
    from deployments.root import open_shop, who
    from deployments.settings import SettingsError
    from tasks.ledger import restores
    from tasks.ledger.opt_outs import add

    if number is None and file is None and not show and not confirm_restored:
        raise SettingsError("Name a NUMBER or a --file to suppress, or ask for the --list.")
    shop = open_shop(workspace=workspace)
    added = None
    if number is not None or file is not None:
        if not why.strip():
            raise SettingsError("Say with --why why nobody may call there; it stands in the list.")
        phones = _numbers(shop, number, file)
        added = add(shop.ledger, shop.settings.workspace, phones, why.strip())
    if confirm_restored:
        restores.confirm_opt_outs(shop.ledger, shop.settings.workspace, who())
        note(f"The opt-outs of {shop.settings.workspace} are whole; held recoveries can be resumed.")
    return _show(shop, added, show=show, as_json=as_json)


def _numbers(shop: Any, number: str | None, file: Path | None) -> list[str]:
    from deployments.settings import SettingsError
    from models.numbers import normalise
    from tasks.suppression import UnreadableList, from_file

    region, found = shop.policy.default_region, []
    if number is not None:
        read = normalise(number, region)
        phone = read.e164 or read.person
        if phone is None:
            raise SettingsError(
                f"That number cannot be suppressed: {read.problem}. Write it as +COUNTRY..., or set "
                "default_region in the policy."
            )
        found.append(phone)
    if file is not None:
        try:
            found += sorted(from_file(file, region))
        except UnreadableList as error:
            raise SettingsError(str(error)) from None
    return found


def _show(shop: Any, added: int | None, *, show: bool, as_json: bool) -> int:
    from models.masking import mask_phone
    from tasks.ledger.opt_outs import listed

    rows = [
        {"phone": mask_phone(one.phone), "at": one.at.isoformat(timespec="seconds"), "why": one.why}
        for one in (listed(shop.ledger, shop.settings.workspace) if show else [])
    ]
    if as_json:
        show_json({"added": added, **({"suppressed": rows} if show else {})})
        return EXIT_OK
    if added is not None:
        screen.print(f"{added} numbers are new on the list of {shop.settings.workspace}.", markup=False)
    if show:
        show_table(f"{len(rows)} suppressed", ["phone", "at", "why"], [list(row.values()) for row in rows])
    return EXIT_OK
