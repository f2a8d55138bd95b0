"""What every test may use."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from deployments.sandbox.client import Sandbox

# The same examples on every run: a red run means a changed program. HYPOTHESIS_PROFILE=wide draws new ones.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("wide", deadline=None, max_examples=500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


SHARED = ("told", "prefect")
"""Fixtures that take long to make: whoever needs one of them runs beside the others that do."""
SINGLE = frozenset({"test_bad_input", "test_bad_jobs", "test_scenarios"})
"""Files whose tests share nothing but the sandbox; the tests of every other file stay together."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say which tests have to run in one process where several run tests (`pytest -n`)."""
    for item in items:
        if group := _group(item):
            item.add_marker(pytest.mark.xdist_group(group))


def _group(item: pytest.Item) -> str | None:
    if set(SHARED) & set(getattr(item, "fixturenames", ())):
        return "stories"
    if item.path.parent.name == "integration":
        return "integration"
    return None if item.path.stem in SINGLE else item.path.stem


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """Return a sandbox server in a process of its own; each test opens its own worlds in it."""
    with Sandbox() as running:
        yield running
