"""The root of our errors: every one has an exit code of the contract and says what a person does next."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from deployments.cli.out import in_words
from models.enums import State
from models.errors import EXIT_ESCALATED, EXIT_FAULT, EXIT_INTERRUPTED, EXIT_PERSON, RingbackError, exit_of
from models.invariants import BrokenInvariantError
from models.platform import NoSuchJobError, PlatformDownError
from models.verdict.ending import CancelAskedError, Ending, HaltError, escalate, hold

PROJECT = Path(__file__).parents[3]
PACKAGES = ("models", "tasks", "flows", "deployments")


def exceptions() -> Iterator[type[BaseException]]:
    """Return every exception class that the four packages define, by what their files say."""
    for package in PACKAGES:
        for file in sorted((PROJECT / package).rglob("*.py")):
            tree = ast.parse(file.read_text())
            names = [node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and thrown(node)]
            if names:
                module = importlib.import_module(".".join(file.relative_to(PROJECT).with_suffix("").parts))
                yield from (getattr(module, name) for name in names)


def thrown(node: ast.ClassDef) -> bool:
    """Tell whether a class is an exception by its own name or by that of a base."""
    names = [node.name, *(ast.unparse(base) for base in node.bases)]
    return any(name.endswith(("Error", "Exception")) for name in names)


CLASSES = list(exceptions())


def test_the_walk_finds_them() -> None:
    """Without what it walks over, the test below would hold nothing."""
    assert len(CLASSES) > 30
    assert {HaltError, PlatformDownError, BrokenInvariantError} <= set(CLASSES)


@pytest.mark.parametrize("one", CLASSES, ids=lambda one: f"{one.__module__}.{one.__name__}")
def test_every_exception_has_the_one_root(one: type[BaseException]) -> None:
    """Whoever catches it knows how the command line ends and what a person does, without a list."""
    assert issubclass(one, RingbackError)
    assert one.__name__.endswith("Error")
    assert one.exit_code in {1, 2, 3, 4, EXIT_INTERRUPTED}
    assert one.next_action.endswith(".")


@pytest.mark.parametrize("state", State)
def test_a_halt_exits_as_its_ending_does(state: State) -> None:
    """What stops the ladder exits as the recovery that it leaves behind, and tells the same next step."""
    ending = Ending(state, "Because of it.", "Do this.")
    for error in (HaltError(ending), CancelAskedError(ending)):
        assert (error.exit_code, error.next_action) == (exit_of(state), "Do this.")


def test_holding_and_escalating_differ() -> None:
    """A person and engineering are two exit codes."""
    assert hold("A.", "B.").exit_code == EXIT_PERSON
    assert escalate("A.", "B.").exit_code == EXIT_ESCALATED


@pytest.mark.parametrize(
    ("error", "exit_code"),
    [(NoSuchJobError("No job b."), 2), (PlatformDownError("It is down."), 3), (RingbackError("Odd."), 1)],
)
def test_an_error_of_ours_is_its_own_sentence(error: RingbackError, exit_code: int) -> None:
    """The command line shows what we wrote, and ends as the class says."""
    assert in_words(error) == (str(error), exit_code)


@pytest.mark.parametrize("error", [ValueError("+61412345678"), BrokenInvariantError("+61412345678")])
def test_a_fault_of_ours_shows_only_its_place(error: Exception) -> None:
    """What nobody foresaw may hold anything, so its message stays inside."""
    message, exit_code = in_words(error)
    assert "61412345678" not in message
    assert exit_code == EXIT_FAULT


def test_the_next_action_names_the_recovery() -> None:
    """The command that a person copies holds the id of the recovery that stopped."""
    assert PlatformDownError("x").next_action_for("r_7").endswith("`ringback resume r_7`.")
    one = PlatformDownError("x")
    one.next_action = "Ring the platform about {recovery}."
    assert one.next_action_for("r_7") == "Ring the platform about r_7."
    assert PlatformDownError.next_action != one.next_action
