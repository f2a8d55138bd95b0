"""Markers: short enough for any platform, and read back from any name that holds one."""

import pytest

from models.plan.markers import LONGEST, marker_of, read_marker


@pytest.mark.parametrize("n", [1, 7, 999_999])
def test_a_marker_names_its_wave(n: int) -> None:
    """Recovery and wave can be read back from the name, which is short and plain enough for any platform."""
    marker = marker_of("r_05a9f21adc", n)
    assert read_marker(marker) == ("r_05a9f21adc", n)
    assert len(marker) <= LONGEST
    assert marker.replace("-", "").replace("_", "").isalnum()


def test_a_marker_of_the_last_version_is_still_known() -> None:
    """Waves that version 0.1 has sent are not taken for somebody else's jobs."""
    assert read_marker("ringback/r_1/007/job/with/slashes") == ("r_1", 7)


@pytest.mark.parametrize("odd", ["r" * 40, "", "r 1", "r/1", "r.1", "é"])
def test_a_marker_that_a_platform_may_change_is_never_made(odd: str) -> None:
    """A recovery's id that makes a long or unusual name is refused before anything is sent."""
    with pytest.raises(ValueError, match="marker"):
        marker_of(odd, 1)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "rb",
        "rb-r_1",
        "rb-r_1-",
        "rb-r_1-x",
        "xrb-r_1-1",
        "rb-r_1-1 ",
        "RB-r_1-1",
        "ringback/r_1/001",
        "ringback/r_1/x/job",
    ],
)
def test_a_name_of_somebody_else_is_no_marker(name: str) -> None:
    """Only our own form is read as ours, whole."""
    assert read_marker(name) is None
