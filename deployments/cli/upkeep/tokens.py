"""Commands for the tokens of the gateway's API."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer

from deployments.cli.out import AsJson, guarded, note, screen, show_json, show_pairs, show_table
from models.errors import EXIT_OK

Name = Annotated[str, typer.Option("--name", help="Whose token it is; it signs what the token does.")]
Scopes = Annotated[str, typer.Option("--scope", help="read, operate, approve; several with commas.")]
Days = Annotated[
    int | None, typer.Option("--days", min=1, max=3650, help="How long it lasts; for ever if not given.")
]
Workspaces = Annotated[
    list[str] | None,
    typer.Option(
        "--workspace",
        metavar="NAME",
        help="A workspace that it speaks for; may be repeated, `*` for all. The default one if not given.",
    ),
]

LONGEST_NAME = 60


def register(app: typer.Typer) -> None:
    """Add the commands."""
    token = typer.Typer(help="Tokens of the gateway's API.", no_args_is_help=True)
    token.command("add", help="Make a token; it is shown once and kept as a hash.")(guarded(add))
    token.command("list", help="Show every token: name, scopes, until when.")(guarded(listing))
    token.command("revoke", help="Take a token out of use at once.")(guarded(revoke))
    token.command("confirm", help="Bring tokens back into use that a restore has disabled.")(guarded(confirm))
    app.add_typer(token, name="token")


def add(
    *,
    name: Name,
    scope: Scopes = "read",
    workspace: Workspaces = None,
    days: Days = None,
    as_json: AsJson = False,
) -> int:
    """Make a token and show it this once."""
    from models.hooks.ids import by_trouble
    from models.hooks.tokens import scopes_of
    from tasks.ledger.inbox import tokens
    from tasks.runtime.settings.settings import SettingsError
    from tasks.runtime.wiring import open_runtime

    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise SettingsError(f"--name is a word or two, at most {LONGEST_NAME} characters.")
    if trouble := by_trouble(name):
        raise SettingsError(f"--name: {trouble}")
    try:
        scopes = scopes_of(scope)
    except ValueError as error:
        raise SettingsError(f"--scope: {error}") from None
    runtime = open_runtime()
    bound = _bound(runtime.settings, workspace)
    try:
        made = tokens.add(runtime.ledger, name, scopes, timedelta(days=days) if days else None, bound)
    except tokens.NameTakenError as error:
        raise SettingsError(str(error)) from None
    document = {"name": name, "scopes": sorted(scopes), "workspaces": bound, "token": made.text}
    if as_json:
        show_json(document)
    else:
        show_pairs(document | {"scopes": ", ".join(sorted(scopes)), "workspaces": ", ".join(bound)})
        note("Keep it now: it is not shown again.")
    return EXIT_OK


def _bound(settings: Any, given: list[str] | None) -> list[str]:
    """Return the workspaces that a token is for; raises SettingsError for one that nobody has set up."""
    from models.hooks.tokens import EVERY
    from tasks.runtime.settings.settings import SettingsError

    hooked = (table.workspace for table in settings.hooks.values() if table.workspace)
    known = [settings.workspace, *settings.workspaces, *hooked]
    for name in given or ():
        if name not in {EVERY, *known}:
            raise SettingsError(
                f"--workspace: there is no workspace {name!r} in the settings. "
                f"Known: {', '.join(dict.fromkeys(known))}; `*` is all of them."
            )
    return [EVERY] if given and EVERY in given else sorted(set(given or [settings.workspace]))


def listing(*, as_json: AsJson = False) -> int:
    """Show every token without its secret."""
    from tasks.ledger.database import restores
    from tasks.ledger.inbox import tokens
    from tasks.runtime.wiring import open_runtime

    ledger = open_runtime().ledger
    waiting = restores.wait_for_confirmation(ledger)
    rows = [_shown(row, ledger.clock.now(), waiting) for row in tokens.listing(ledger)]
    if as_json:
        show_json({"tokens": rows})
    elif rows:
        show_table("Tokens", list(rows[0]), [list(row.values()) for row in rows])
        if any(row["workspaces"] == "*" for row in rows):
            note("`*` speaks for every workspace, as every token did before tokens were bound.")
    else:
        screen().print("No tokens yet. `ringback token add --name NAME --scope read` makes one.")
    return EXIT_OK


def revoke(name: Annotated[str, typer.Argument(metavar="NAME")], *, as_json: AsJson = False) -> int:
    """Revoke a token by its name."""
    from tasks.ledger.inbox import tokens
    from tasks.runtime.settings.settings import SettingsError
    from tasks.runtime.wiring import open_runtime

    ledger = open_runtime().ledger
    try:
        row = tokens.revoke(ledger, name)
    except tokens.NoSuchTokenError as error:
        raise SettingsError(str(error)) from None
    document = _shown(row, ledger.clock.now())
    if as_json:
        show_json(document)
    else:
        show_pairs(document)
    return EXIT_OK


def confirm(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="One token.")] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Every token that waits.")] = False,
    as_json: AsJson = False,
) -> int:
    """Say that a token of a restored ledger was not revoked since the copy was made."""
    from tasks.ledger.database import restores
    from tasks.runtime.settings.settings import SettingsError
    from tasks.runtime.wiring import open_runtime, who

    if (name is None) is not everything:
        raise SettingsError("Name one token to confirm, or confirm --all that wait.")
    confirmed = restores.confirm_tokens(open_runtime().ledger, None if everything else [str(name)], who())
    if as_json:
        show_json({"confirmed": confirmed})
    else:
        screen().print(f"In use again: {', '.join(confirmed) or 'none waited'}.", markup=False)
    return EXIT_OK


def _shown(row: Any, now: datetime, waiting: Collection[str] = ()) -> dict[str, str]:
    from models.hooks.tokens import is_alive

    state = "in use" if is_alive(now, row.expires_at, row.revoked_at) else "expired"
    if row.id in waiting:
        return _row(row, "to confirm after a restore")
    return _row(row, "revoked" if row.revoked_at else state)


def _row(row: Any, state: str) -> dict[str, str]:
    return {
        "name": row.name,
        "id": row.id,
        "scopes": row.scopes,
        "workspaces": ", ".join(row.workspaces),
        "state": state,
        "expires": row.expires_at.isoformat(timespec="seconds") if row.expires_at else "never",
    }
