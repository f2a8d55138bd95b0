"""Simulation and stateful test are held against broken builds as well: each of them notices."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.chaos.broken.suites import SUITES

ROOT = Path(__file__).parents[3]
MUTATIONS = ("send before writing", "retry the create", "drop the fence")
"""Skip the intent commit, retry the create, drop the fence."""


def noticed(suite: str, build: str) -> list[str]:
    """Return what a suite has found in a build, in a process of its own: a mutation stays in it."""
    command = [sys.executable, "-m", "tests.chaos.broken.suites", suite, build]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    found: list[str] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("build", MUTATIONS)
@pytest.mark.parametrize("suite", SUITES)
def test_a_broken_build_is_noticed(suite: str, build: str) -> None:
    """Within the first drawn cases somebody is called twice or lost, and the suite says so."""
    assert noticed(suite, build) != []


@pytest.mark.parametrize("suite", SUITES)
def test_a_whole_build_is_not_blamed(suite: str) -> None:
    """What convicts a broken build finds nothing in the build as it is."""
    assert noticed(suite, "whole") == []
