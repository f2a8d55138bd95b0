"""How `--help` is laid out: commands in groups, values by what they are, in plain lines of 80 columns."""

import re
from itertools import groupby
from typing import Any

from typer.core import TyperCommand, TyperGroup

from deployments.manual.pages import GROUPS

KINDS = (
    (re.compile(r"<(?:int|float)(?: range)?>"), "N"),
    (re.compile(r"<path>"), "FILE"),
    (re.compile(r"<str>"), "TEXT"),
    (re.compile(r"<list\[str\]>(?:\.\.\.)?"), "TEXT"),
    (re.compile(r"<([^<>]*\|[^<>]*)>"), r"\1"),
)
"""What a kind of value is called in a help text, by what the parser calls it."""
RANGES = (
    (re.compile(r"(-?[\d.]+)<=x<=(-?[\d.]+)"), r"\1 to \2"),
    (re.compile(r"x>=(-?[\d.]+)"), r"at least \1"),
    (re.compile(r"x<=(-?[\d.]+)"), r"at most \1"),
)
"""Ranges of figures, as people write them."""


class Command(TyperCommand):
    """A command whose help names its arguments once and says `N`, not `<int range>`."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the parts of the usage line; what must be given stands without brackets."""
        return _without_braces(super().collect_usage_pieces(ctx))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments and options."""
        _write_params(self, ctx, formatter)


class GroupedHelp(TyperGroup):
    """A group of commands that lists them in sections, each with its whole sentence."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the parts of the usage line."""
        return _without_braces(super().collect_usage_pieces(ctx))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write options, then the commands."""
        _write_params(self, ctx, formatter)
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """Write the commands by section, in the order in which they are needed."""
        shown = [one for one in self.commands.values() if not one.hidden]
        width = max((len(str(one.name)) for one in shown), default=0)
        order = list(GROUPS)
        placed = sorted(shown, key=lambda one: order.index(_section(one)))
        for section, commands in groupby(placed, key=_section):
            with formatter.section(section):
                formatter.write_dl([(f"{one.name:<{width}}", one.help or "") for one in commands])


def _section(command: Any) -> str:
    section = str(getattr(command, "rich_help_panel", None) or "")
    return section if section in GROUPS else GROUPS[-1]


def _without_braces(pieces: list[str]) -> list[str]:
    return [piece.replace("{", "").replace("}", "") for piece in pieces]


def _write_params(command: Any, ctx: Any, formatter: Any) -> None:
    given: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
    for param in command.get_params(ctx):
        if record := param.get_help_record(ctx):
            is_argument = param.param_type_name == "argument"
            given["Arguments" if is_argument else "Options"].append(_record(*record, is_argument=is_argument))
    for title, records in given.items():
        if records:
            with formatter.section(title):
                formatter.write_dl(records)


def _record(name: str, words: str, *, is_argument: bool) -> tuple[str, str]:
    if is_argument:
        return name.partition(" ")[0], words.replace("[required]", "").strip()
    for sign, kind in KINDS:
        name = sign.sub(kind, name)
    for sign, told in RANGES:
        words = sign.sub(told, words)
    return name, words
