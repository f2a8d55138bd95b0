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


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """Return a sandbox server in a process of its own; each test opens its own worlds in it."""
    with Sandbox() as running:
        yield running
