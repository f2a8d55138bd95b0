"""What all commands have in common, read from the program itself."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from deployments.cli.app import app

PROJECT = Path(__file__).parents[3] / "pyproject.toml"


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


@pytest.mark.parametrize("command", ["triage", "plan", "recover"])
@pytest.mark.parametrize(
    "job", ["+61412345678", "0412 345 678", "tel:61412345678", "61412345678", "a job", "x"]
)
def test_a_command_takes_no_number_for_a_job(command: str, job: str) -> None:
    """What the hooks refuse as a job's id the command line refuses too, and does not repeat it."""
    told = CliRunner().invoke(app, [command, job])
    assert told.exit_code == 2
    assert "What stands in the place of the job's id is none" in " ".join(
        told.output.replace("│", " ").split()
    )
    assert job == "x" or job not in told.output


def test_the_version_is_the_projects() -> None:
    """`--version` prints one line, the name and the version of pyproject.toml, and exits with 0."""
    declared = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["version"]
    told = CliRunner().invoke(app, ["--version"])
    assert (told.exit_code, told.output) == (0, f"ringback {declared}\n")


def test_the_version_goes_before_a_command() -> None:
    """Whoever asks for the version beside a command gets the version, and nothing is done."""
    told = CliRunner().invoke(app, ["--version", "recover", "job_1", "--yes"])
    assert (told.exit_code, told.output.count("\n")) == (0, 1)
