"""Commands in the program's own sentences: whoever types what a message says is understood."""

import ast
import re
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path

import pytest

from docs.generate.errors import errors
from models.errors import RingbackError
from tests.unit.docs.pages import ROOT
from tests.unit.docs.test_commands import trouble

SOURCES = sorted(
    path for room in ("models", "tasks", "flows", "deployments") for path in (ROOT / room).rglob("*.py")
)
QUOTED = re.compile(r"`ringback ([^`]+)`")


def commands(path: Path) -> Iterator[str]:
    """Return what stands in backticks after `ringback` in the strings of a source; what is filled in is X."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(v.value) if isinstance(v, ast.Constant) else "X" for v in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        yield from QUOTED.findall(text)


def test_every_command_in_a_sentence_is_one() -> None:
    """What a message tells a person to type exists, with each of its options."""
    found = {told for path in SOURCES for told in commands(path)}
    assert len(found) > 20
    assert {told: why for told in found if (why := trouble(told.split()))} == {}


@pytest.mark.parametrize(
    "error", sorted(set(errors()), key=attrgetter("__name__")), ids=attrgetter("__name__")
)
def test_an_error_says_what_it_is_and_what_to_do(error: type[RingbackError]) -> None:
    """Each has a sentence of its own and one for whoever meets it."""
    assert (error.__doc__ or "").partition("\n")[0].endswith(".")
    assert error.next_action.endswith(".")
