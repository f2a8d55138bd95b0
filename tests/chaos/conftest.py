"""What the chaos tests share: a warm process that forks children."""

from collections.abc import Iterator

import pytest

from tests.chaos.kills.fork_server import ForkServer


@pytest.fixture(scope="session")
def nursery() -> Iterator[ForkServer]:
    """Return a nursery that stays warm for the whole session."""
    with ForkServer() as warm:
        yield warm
