"""What can never be is refused by the interpreter without asserts too."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from models.invariants import BrokenInvariantError, ensure, given

ROOT = Path(__file__).parents[3]
ROOMS = ("models", "tasks", "flows", "deployments")
WITHOUT_ASSERTS = """
from tasks.runtime.database import open_ledger
from models.invariants import BrokenInvariantError
from models.enums import Phase, WaveState
from tasks.ledger import plans, waves
from tests.integration.scenes import KEY, claimed, frozen, intended
import sys

assert False, "this interpreter keeps its asserts"

def refused(act):
    try:
        act()
    except BrokenInvariantError as broken:
        return str(broken)
    return "not refused"

ledger = open_ledger(sys.argv[1], KEY)
claim = claimed(ledger)
frozen(ledger, claim, redial=6, drop=0)
rows = plans.next_up(ledger, "r_1", 3)
first = waves.sending(ledger, claim, waves.intend(ledger, claim, Phase.SAMPLE, rows[:1], 1))
print(refused(lambda: waves.intend(ledger, claim, Phase.SAMPLE, rows, 3)))
print(refused(lambda: waves.intend(ledger, claim, Phase.SAMPLE, rows[1:2] * 2, 2)))
print(refused(lambda: waves.sending(ledger, claim, first)))
waves.answered(ledger, claim, first, WaveState.ACCEPTED, message="accepted", platform_job="pj")
print(refused(lambda: waves.answered(ledger, claim, first, WaveState.REFUSED, message="late")))
print(len(waves.of(ledger, "r_1")), first.sends)
"""


def test_nobody_is_in_two_waves_without_asserts_either(url: str) -> None:
    """Under `python -O`: no contact in two waves or twice in one, no second send, no second answer."""
    done = subprocess.run(
        [sys.executable, "-O", "-c", WITHOUT_ASSERTS, url],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "a contact of this wave is already in another one",
        "a contact of this wave is already in another one",
        "wave 1 is unknown: look it up before it is sent again",
        "wave 1 has its answer already: accepted",
        "1 1",
    ]


@pytest.mark.parametrize("room", ROOMS)
def test_no_invariant_hangs_on_an_assert(room: str) -> None:
    """No assert stands in the product, whose meaning would depend on how Python was started."""
    found = [
        f"{path}:{node.lineno}"
        for path in sorted((ROOT / room).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Assert)
    ]
    assert not found


@pytest.mark.parametrize("empty", [0, "", False, ()])
def test_given_is_about_none_alone(empty: object) -> None:
    """A value that is empty is there; `ensure` is what takes it for a breach."""
    assert given(empty, "there") is empty
    with pytest.raises(BrokenInvariantError, match="said so"):
        ensure(empty, "said so")


def test_what_is_missing_is_named() -> None:
    """A value that is not there raises with the words that were given."""
    with pytest.raises(BrokenInvariantError, match="a wave is never deleted"):
        given(None, "a wave is never deleted")
