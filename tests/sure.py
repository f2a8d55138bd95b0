"""What a test relies on being there."""

from typing import TypeVar

T = TypeVar("T")


def sure(found: T | None) -> T:
    """Return what was found; the test fails where nothing was."""
    assert found is not None
    return found
