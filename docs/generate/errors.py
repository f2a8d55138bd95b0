"""Prints the tables of docs/troubleshooting.md: each error that a person can meet, and what to do."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

from models.errors import EXIT_FAULT, EXIT_PERSON, EXIT_USAGE, RingbackError
from tasks.markdown import table

PAGE = Path("docs/troubleshooting.md")
MARK, END = "<!-- errors: printed by `make docs` -->", "<!-- end -->"
ROOMS = ("models", "tasks", "deployments")
KINDS = {
    EXIT_USAGE: "Something to correct (exit code 2)",
    EXIT_PERSON: "A person decides, nothing is lost (exit code 3)",
    EXIT_FAULT: "A fault, of ours or around us (exit code 1)",
}
_APART = ("__main__", ".migrations", ".sandbox")
"""What is run by import, and what no user of a real platform meets."""


def errors_page() -> str:
    """Return the page with its table as the program's errors are now."""
    page = PAGE.read_text(encoding="utf-8")
    found = re.compile(f"{re.escape(MARK)}.*?{re.escape(END)}", re.DOTALL)
    return found.sub(lambda _: f"{MARK}\n{error_tables()}\n{END}", page, count=1)


def error_tables() -> str:
    """Return a table for each exit code: what is meant, what a person does, and its name in the source."""
    known = sorted(set(errors()), key=lambda one: one.__name__)
    parts = []
    for code, title in KINDS.items():
        rows = [
            (_sentence(one), one.next_action.replace("{recovery}", "RECOVERY"), f"`{one.__name__}`")
            for one in known
            if one.exit_code == code
        ]
        parts += [f"### {title}", table(("what it says", "what to do", "name"), rows)]
    return "\n\n".join(parts)


def errors() -> Iterator[type[RingbackError]]:
    """Return every public error of the program that says itself what a person does about it."""
    for room in ROOMS:
        for module in walk_packages(import_module(room).__path__, f"{room}."):
            if not any(part in module.name for part in _APART):
                import_module(module.name)
    for one in _below(RingbackError):
        of_ours = not any(part in one.__module__ for part in _APART) and one.__module__.startswith(ROOMS)
        if of_ours and not one.__name__.startswith("_") and one.next_action is not RingbackError.next_action:
            yield one


def _below(parent: type[RingbackError]) -> Iterator[type[RingbackError]]:
    for child in parent.__subclasses__():
        yield child
        yield from _below(child)


def _sentence(error: type[RingbackError]) -> str:
    return (error.__doc__ or "").partition("\n")[0]
