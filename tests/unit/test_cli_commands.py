"""What all commands have in common, read from the program itself."""

from typing import Any

from typer.main import get_command

from deployments.cli.app import app


def commands(group: Any, above: str = "") -> dict[str, list[str]]:
    """Return the options of every command and sub-command by its name."""
    found: dict[str, list[str]] = {}
    for name, one in group.commands.items():
        whole = f"{above}{name}"
        if getattr(one, "commands", None):
            found |= commands(one, f"{whole} ")
        else:
            found[whole] = [option for param in one.params for option in param.opts]
    return found


def test_every_command_prints_json() -> None:
    """A program can drive every command: `--json` is part of the contract."""
    found = commands(get_command(app))
    assert {"recover", "up", "metrics", "token add"} <= found.keys()
    assert [name for name, options in found.items() if "--json" not in options] == []
