"""Binds the pages of the manual to the commands, once all of them are registered."""

from typing import Any

import typer
from typer.models import CommandInfo

from deployments.manual.layout import Command, GroupedHelp
from deployments.manual.pages import PAGES, Page

AS_TYPED = "\b\n"
"""Before lines that are shown as they stand, not filled like a paragraph."""


def bind(app: typer.Typer, above: str = "") -> None:
    """Give every command of an app its section, examples and exit codes."""
    for command in app.registered_commands:
        _dress(command, f"{above}{_name(command)}")
        command.cls = Command
    for group in app.registered_groups:
        group.cls = GroupedHelp
        name = f"{above}{group.name}"
        _dress(group, name)
        bind(group.typer_instance or typer.Typer(), f"{name} ")


def _name(command: CommandInfo) -> str:
    return str(command.name or getattr(command.callback, "__name__", "")).replace("_", "-")


def _dress(info: Any, name: str) -> None:
    page = PAGES.get(name)
    if page is None:
        return
    info.rich_help_panel = page.section
    info.epilog = epilog(page)


def epilog(page: Page) -> str:
    """Return what stands below the options of a command: examples, exit codes, more to read."""
    parts = [_lines("Examples" if len(page.examples) > 1 else "Example", page.examples)]
    parts += [_lines("Exit codes", page.exits)] if page.exits else []
    parts += [page.more] if page.more else []
    return "\n\n".join(parts)


def _lines(title: str, lines: tuple[str, ...]) -> str:
    return "\n".join([f"{AS_TYPED}{title}:", *(f"  {line}" for line in lines)])
