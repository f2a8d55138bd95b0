"""A process that opens the ledger looks for garbage seldom, and never more often than it was told to."""

import gc
from collections.abc import Iterator

import pytest

from tasks.runtime.collecting import AT_ONCE, collect_rarely


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Leave the process as it was."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


@pytest.mark.parametrize(("before", "after"), [(700, AT_ONCE), (AT_ONCE * 2, AT_ONCE * 2), (0, 0)])
def test_garbage_is_looked_for_seldom(before: int, after: int) -> None:
    """Python's own figure is raised; a larger one, and collecting that is switched off, stay."""
    gc.set_threshold(before, 10, 10)
    collect_rarely()
    assert gc.get_threshold()[0] == after
