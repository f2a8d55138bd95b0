"""The command that is shown next can be typed as it stands."""

import shlex

import pytest
from typer.main import get_command

from deployments.cli.app import app
from deployments.cli.typed import next_command, typed
from models.enums import Path


@pytest.mark.parametrize("operator_fixed", [True, False])
@pytest.mark.parametrize("workspace", ["", "acme"])
@pytest.mark.parametrize("path", [Path.RECOVER, Path.HOLD, Path.ESCALATE])
def test_the_next_command_is_one_of_the_program(path: Path, workspace: str, operator_fixed: bool) -> None:
    """Command and options exist, and what was asked for this time is asked for again."""
    shown = next_command("job_1", path, workspace, operator_fixed=operator_fixed)
    program, verb, *words = shlex.split(shown)
    found = get_command(app).commands[verb].make_context(verb, words)  # type: ignore[attr-defined]
    assert program == "ringback"
    assert found.params.get("job", found.params.get("target")) == "job_1"
    assert found.params["workspace"] == workspace
    assert found.params.get("operator_fixed", operator_fixed) == operator_fixed


def test_where_nothing_is_to_be_done_there_is_no_command() -> None:
    """A job that moves asks nobody to type anything."""
    assert next_command("job_1", Path.NOTHING) == ""


def test_a_plan_is_shown_again_as_it_was_asked_for() -> None:
    """Purpose and workspace decide who may be called: they are not lost on the way to the list."""
    assert (
        typed("plan", "job_1", "acme", purpose="debt")
        == "ringback plan job_1 --workspace acme --purpose debt"
    )
