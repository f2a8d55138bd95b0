"""What `--help` prints: every command has its place, examples that parse, and no parser's words."""

import re
import shlex
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from deployments.cli.app import app
from deployments.manual.pages import GROUPS, PAGES, SCENARIO_NAMES
from deployments.sandbox.scenarios import SCENARIOS
from models.enums import State
from models.errors import EXITS

ROOT: Any = get_command(app)
WIDE = 80


def everything(group: Any, above: str = "") -> dict[str, Any]:
    """Return every command, group and sub-command by its name."""
    found: dict[str, Any] = {}
    for name, one in group.commands.items():
        found[f"{above}{name}"] = one
        found |= everything(one, f"{above}{name} ") if getattr(one, "commands", None) else {}
    return found


COMMANDS = everything(ROOT)


def helped(*words: str) -> str:
    """Return the help of a command on a terminal of 80 columns."""
    told = CliRunner().invoke(app, [*words, "-h"], env={"COLUMNS": str(WIDE)}, prog_name="ringback")
    assert told.exit_code == 0
    return told.output


def test_every_command_has_a_page() -> None:
    """No command is without its section and an example, and no page is of a command that is gone."""
    assert sorted(PAGES) == sorted(COMMANDS)


@pytest.mark.parametrize("name", PAGES)
def test_the_examples_parse(name: str) -> None:
    """Whoever pastes an example is not told that there is no such command, option or value."""
    for example in PAGES[name].examples:
        assert example.startswith(f"ringback {name.split(maxsplit=1)[0]}")
        command, words = ROOT, shlex.split(example)[1:]
        while hasattr(command, "commands"):
            command = command.commands[words.pop(0)]
        command.make_context("example", words)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_help_is_for_people(name: str) -> None:
    """Eighty columns hold it; no `<int range>`, no doubled bracket, no `{JOB}`; `-h` is `--help`."""
    told = helped(*name.split())
    assert max(map(len, told.splitlines())) <= WIDE
    assert not re.search(r"[<>{}]|\[\[|\]\]|range", told)
    assert "-h, --help" in told
    assert "Example" in told


def test_the_commands_stand_in_sections() -> None:
    """The list begins with looking and ends with running; every command is in it once, uncut."""
    told = helped()
    places = [told.index(f"\n{section}:\n") for section in GROUPS]
    assert places == sorted(places)
    assert "..." not in told.partition("Options:")[2]
    assert [name for name in ROOT.commands if len(re.findall(rf"^  {name} ", told, re.MULTILINE)) != 1] == []


def test_the_exit_codes_are_told() -> None:
    """The help of what climbs the ladder tells the code of every end that is not 0."""
    told = helped("recover")
    assert "Exit codes:" in told
    assert {str(EXITS[State.HELD]), str(EXITS[State.ESCALATED])} <= set(
        re.findall(r"^ +(\d+)  ", told, re.MULTILINE)
    )


def test_the_sandbox_names_its_scenarios() -> None:
    """`sandbox --help` names every scenario there is, and no other."""
    assert tuple(SCENARIOS) == SCENARIO_NAMES
    told = " ".join(helped("sandbox").split())
    assert f"Known scenarios: {', '.join(SCENARIOS)}." in told


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_completes(shell: str) -> None:
    """The shell's own completion is there, and completes a command and a scenario."""
    ask = {"_RINGBACK_COMPLETE": f"complete_{shell}", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    line = "ringback sandbox --scenario permit"
    words = {"COMP_WORDS": line, "COMP_CWORD": "3", "_TYPER_COMPLETE_ARGS": line}
    told = CliRunner().invoke(app, [], env=ask | words, prog_name="ringback")
    assert "permit-leak" in told.output
    assert "poison" not in told.output
