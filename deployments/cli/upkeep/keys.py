"""Commands for the keys of the audit: a new one signs from now on, and the old ones still verify."""

from typing import Any

import typer

from deployments.cli.out import AsJson, guarded, note, show_json, show_table
from models.errors import EXIT_OK


def register(app: typer.Typer) -> None:
    """Add the commands."""
    keys = typer.Typer(help="Keys that sign the audit.", no_args_is_help=True)
    keys.command("list", help="Show which key signs and which ones only verify; never a key itself.")(
        guarded(listing)
    )
    keys.command("rotate", help="Add a key that signs from now on; the old ones still verify.")(
        guarded(rotate)
    )
    app.add_typer(keys, name="keys")


def listing(*, as_json: AsJson = False) -> int:
    """Show the ids of all keys, what each is for, and how many entries it has signed."""
    rows = _rows()
    if as_json:
        show_json({"keys": rows})
    else:
        show_table("Keys of the audit", ["id", "signs", "entries"], [list(row.values()) for row in rows])
    return EXIT_OK


def rotate(*, as_json: AsJson = False) -> int:
    """Add a signing key to the key file, and show what there is now."""
    from tasks.runtime.database import rotate_key
    from tasks.runtime.settings.settings import load_settings

    made = rotate_key(load_settings())
    if as_json:
        show_json({"made": made, "keys": _rows()})
        return EXIT_OK
    note(
        f"{made} signs from now on. What the other keys signed is still verified, and tokens of numbers stay."
    )
    note(
        "Whatever runs signs with the old key until it is started again. Make a backup: it holds the new key."
    )
    return EXIT_OK


def _rows() -> list[dict[str, Any]]:
    from tasks.runtime.database import open_home, signed_entries
    from tasks.runtime.settings.settings import load_settings

    keys, ledger = open_home(load_settings())
    signed = signed_entries(ledger.engine)
    return [
        {"id": name, "signs": name == keys.newest, "entries": signed.get(name, 0)}
        for name in dict.fromkeys([*keys.by_id, *signed])
    ]
