"""The fault points: all of them named, none of them in the way."""

import ast
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import tasks
from tasks import fault_points
from tasks.fault_points import OUTBOX_POINTS, POINTS, arm, fault_point, killer

ROOT = Path(tasks.__file__).parents[1]
ROOMS = ("models", "tasks", "flows", "deployments")


def marked() -> Counter[str]:
    """Count the calls of `fault_point` in the product by the name they give."""
    found: Counter[str] = Counter()
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "fault_point":
                    assert isinstance(node.args[0], ast.Constant), f"{path}: name the point where it is"
                    found[str(node.args[0].value)] += 1
    return found


def test_the_list_is_what_the_source_marks() -> None:
    """Every point of the list is marked exactly once, and nothing else is."""
    assert marked() == Counter(POINTS + OUTBOX_POINTS)


def test_nothing_is_armed_unless_asked() -> None:
    """Without RINGBACK_FAULT a fault point looks at one name and returns."""
    code = "import tasks.fault_points as f; assert f._act is None; [f.fault_point(p) for p in f.POINTS]"
    environ = {name: value for name, value in os.environ.items() if name != "RINGBACK_FAULT"}
    subprocess.run([sys.executable, "-c", code], env=environ, cwd=ROOT, check=True)


@pytest.mark.parametrize(("spec", "dies"), [("wave.before_send", 1), ("wave.before_send:2", 2)])
def test_the_process_dies_at_the_passing_that_is_named(spec: str, dies: int) -> None:
    """RINGBACK_FAULT kills at the nth passing of its point, not before and not elsewhere."""
    code = (
        "import sys, tasks.fault_points as f\n"
        "for n in range(1, 4):\n"
        "    f.fault_point('wave.after_send')\n"
        "    print(n, flush=True)\n"
        "    f.fault_point('wave.before_send')\n"
    )
    environ = os.environ | {"RINGBACK_FAULT": spec}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, check=False, env=environ, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL
    assert done.stdout.split() == [str(n) for n in range(1, dies + 1)]


@pytest.mark.parametrize("spec", ["wave.befor_send", "wave.before_send:x"])
def test_a_point_that_does_not_exist_is_refused(spec: str) -> None:
    """A misspelt point would never strike, so it is said instead."""
    with pytest.raises(ValueError, match="names no fault point"):
        killer(spec)


def test_a_test_may_do_something_else_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is armed is told the name of each point passed."""
    monkeypatch.setattr(fault_points, "_act", None)
    passed: list[str] = []
    arm(passed.append)
    fault_point("audit.append")
    arm(None)
    fault_point("audit.append")
    assert passed == ["audit.append"]
