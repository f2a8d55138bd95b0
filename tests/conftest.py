"""What every test may use."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from deployments.sandbox.client import Sandbox
from tasks.marks import listen

# The same examples on every run: a red run means a changed program. HYPOTHESIS_PROFILE=wide draws new ones.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("wide", deadline=None, max_examples=500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


SERVERS = (
    "test_cli_books", "test_cli_deciding", "test_cli_endings", "test_own_server", "test_prefect",
    "test_resume", "test_stopped", "test_ticket_story", "test_ui", "test_up", "test_up_lost",
    "test_up_moving", "test_up_restored", "test_workers",
)  # fmt: skip
"""Files with tests that need a Prefect server or the stories told beside it: one after the other, for each
server keeps a core busy while it starts."""
LONG = ("test_kill", "test_stateful", "test_singles")
"""Files with few tests that take long: by themselves they would be the last to start, and be waited for."""
SINGLE = ("test_bad_input", "test_bad_jobs", "test_scenarios")
"""Files whose tests share nothing but the sandbox; the tests of every other file stay together."""


def group_of(nodeid: str) -> str:
    """Return what runs in one process with a test, where several processes run tests (`pytest -n`)."""
    file = Path(nodeid.partition("::")[0])
    if file.stem in SERVERS:
        return "servers"
    if file.stem in LONG:
        return "long"
    if "integration" in file.parts:
        return "integration"
    return nodeid if file.stem in SINGLE else str(file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each process groups of tests; xdist's own groups by marker are lost with pytest 9.2."""
    from xdist.scheduler import LoadScopeScheduling

    class ByGroup(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

    return ByGroup(config, log)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """Return a sandbox server in a process of its own; each test opens its own worlds in it."""
    with Sandbox() as running:
        yield running


@pytest.fixture(autouse=True)
def _guards_strike(request: pytest.FixtureRequest) -> Iterator[None]:
    """Hold a test to the guards that it is about: one that passes without them proves nothing."""
    mark = request.node.get_closest_marker("strikes")
    if mark is None:
        yield
        return
    with listen() as heard:
        yield
    assert [guard for guard in mark.args if not heard[guard]] == []
