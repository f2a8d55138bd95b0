"""The demo's closing lines work when they are typed."""

import shlex
import sys
from pathlib import Path

import pytest

from deployments.cli.doors import command, where


def test_the_line_to_look_names_the_program_and_its_home(tmp_path: Path) -> None:
    """What is typed is a program that is there, and the home that the demo wrote into."""
    home, program, word = shlex.split(where(tmp_path / "a demo", [])["look"])
    assert home == f"RINGBACK_HOME={tmp_path / 'a demo'}"
    assert (Path(program).exists(), word) == (True, "status")


def test_the_program_is_named_from_where_the_shell_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Inside the project it is a short path, and it is one that leads there."""
    program = Path(sys.executable).with_name("ringback")
    monkeypatch.chdir(program.parent)
    assert command() == "./ringback"
    monkeypatch.chdir(program.parents[1])
    assert Path(command()) == program.relative_to(program.parents[1])
