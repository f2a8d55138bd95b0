"""What every test may use."""

from collections.abc import Iterator

import pytest

from deployments.sandbox.client import Sandbox


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """Return a sandbox server in a process of its own; each test opens its own worlds in it."""
    with Sandbox() as running:
        yield running
