"""The fence: a contact that has moved since it was seen leaves the plan."""

from collections.abc import Mapping
from typing import Any

import pytest

from models.enums import ContactStatus
from models.plan.fence import SourceCounters, has_moved, moved_rows, unexplained
from models.platform import Contact
from tests.unit.look_example import row

NOT_DIALED, IN_DOUBT, LIVE, REACHED, NOT_REACHED, CANCELLED, UNKNOWN = ContactStatus
STILL = {
    (NOT_DIALED, NOT_DIALED),
    (NOT_DIALED, CANCELLED),
    (NOT_REACHED, NOT_REACHED),
    (NOT_REACHED, CANCELLED),
    (CANCELLED, CANCELLED),
    (REACHED, REACHED),
    (IN_DOUBT, IN_DOUBT),
    (LIVE, LIVE),
    (UNKNOWN, UNKNOWN),
}
"""What a row that may be redialled can look like after the source was stopped without having moved."""


@pytest.mark.parametrize("now", list(ContactStatus))
@pytest.mark.parametrize("before", [NOT_DIALED, NOT_REACHED, CANCELLED])
def test_a_redial_goes_on_only_if_its_row_stands_still(before: ContactStatus, now: ContactStatus) -> None:
    """Of the rows that may be redialled, each that looks dialled, queued or strange meanwhile has moved."""
    assert (has_moved(row(1, before), row(1, now)) is None) is ((before, now) in STILL)


@pytest.mark.parametrize(
    ("before", "now", "moved"),
    [
        ({}, {"call_id": "k1"}, True),
        ({"call_id": "k1"}, {"call_id": "k1"}, False),
        ({"call_id": "k1"}, {"call_id": "k2"}, True),
        ({"call_id": "k1"}, {}, False),
    ],
)
@pytest.mark.parametrize("status", [NOT_REACHED, CANCELLED])
def test_a_new_call_is_movement_whatever_the_status(
    status: ContactStatus, before: Mapping[str, Any], now: Mapping[str, Any], moved: bool
) -> None:
    """A cancel rewrites statuses and not calls: a call that was not there before has been made meanwhile."""
    found = has_moved(row(1, NOT_REACHED, **before), row(1, status, **now))
    assert (found is not None) is moved


def test_a_row_that_is_gone_has_moved() -> None:
    """What the platform no longer shows cannot be shown to have stood still."""
    assert has_moved(row(1, NOT_DIALED), None) == "the platform no longer shows the row"


def test_movement_is_told_for_each_contact() -> None:
    """Those that moved are named with how; those that stand still, and strangers, are not."""
    before = [row(1, NOT_DIALED), row(2, NOT_DIALED), row(3, NOT_DIALED)]
    now: dict[str, Contact] = {"c1": row(1, NOT_DIALED), "c2": row(2, LIVE), "c9": row(9, LIVE)}
    found = moved_rows(before, now)
    assert set(found) == {"c2", "c3"}
    assert "live" in found["c2"]


@pytest.mark.parametrize(
    ("before", "now", "moved", "hidden"),
    [(5, 5, 0, 0), (5, 8, 3, 0), (5, 8, 1, 2), (5, 6, 4, 0)],
)
def test_dispatches_that_no_row_shows_are_counted(before: int, now: int, moved: int, hidden: int) -> None:
    """A counter that has grown by more than the rows that moved tells of people nobody can name yet."""
    assert unexplained(SourceCounters(before, 0), SourceCounters(now, 0), moved) == hidden


@pytest.mark.parametrize(
    ("now", "moved", "hidden"),
    [
        pytest.param(SourceCounters(16, 1), 0, 0, id="all eight wait to be called again"),
        pytest.param(SourceCounters(19, 1), 3, 0, id="three of them were, and show it"),
        pytest.param(SourceCounters(19, 1), 1, 2, id="three of them were, and one shows it"),
        pytest.param(SourceCounters(19, 0), 1, 2, id="the platform counts no retries, its counter fell"),
        pytest.param(SourceCounters(24, 1), 6, 2, id="the counter stands where it stood"),
        pytest.param(SourceCounters(24, 1), 8, 0, id="all of them were, and show it"),
        pytest.param(SourceCounters(20, 2), 6, 14, id="after two retries nothing can be told"),
    ],
)
def test_a_retry_hides_nobody(now: SourceCounters, moved: int, hidden: int) -> None:
    """Of 24 dispatched 8 had failed; a retry took them off the counter, and it says no less for that."""
    assert unexplained(SourceCounters(24, 0, failed=8), now, moved) == hidden
