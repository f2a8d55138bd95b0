"""The contacts themselves, and what their failures have in common."""

from dataclasses import replace

import pytest

from models.contacts.phones.normalise import Number
from models.disposition.strategy import Judged
from models.enums import Action, Cause, ContactStatus, Disposition, Severity
from models.triage.checks.contacts import contacts
from models.triage.checks.strategy import strategy
from tests.unit.look_example import job, judged, look, row

DEAD, DONE = Disposition.PERMANENT, Disposition.REACHED


def bad(n: int, why: str = "the row has no number") -> Judged:
    """Return a row without a number."""
    return replace(judged(n, Disposition.MALFORMED, Action.DROP, number=Number(None, why)), why=why)


@pytest.mark.parametrize(
    ("total", "shown", "malformed", "severity", "cause"),
    [
        (2, 2, 0, Severity.OK, Cause.NONE),
        (2, 2, 1, Severity.WARN, Cause.NONE),
        (3, 2, 0, Severity.UNKNOWN, Cause.UNKNOWN),
        (3, 2, 2, Severity.UNKNOWN, Cause.UNKNOWN),
        (1, 2, 0, Severity.OK, Cause.NONE),
        (0, 0, 0, Severity.OK, Cause.NONE),
    ],
)
def test_every_expected_row_has_to_be_seen(
    total: int, shown: int, malformed: int, severity: Severity, cause: Cause
) -> None:
    """A row that is counted and not shown has a fate that nobody knows; a bad number is only said."""
    rows = [row(n, ContactStatus.NOT_DIALED) for n in range(1, shown + 1)]
    people = [bad(n) if n <= malformed else judged(n) for n in range(1, shown + 1)]
    found = contacts(look(rows, job(total=total)), people)
    assert (found.severity, found.cause) == (severity, cause)


def test_what_is_wrong_with_numbers_is_counted() -> None:
    """Each problem is counted, and doubtful numbers, which may be dialled, beside them."""
    doubtful = judged(3, number=Number("+12005550123", warning="no range"))
    people = [bad(1), bad(2, "wrong length"), bad(4), doubtful]
    found = contacts(look([row(n, ContactStatus.NOT_DIALED) for n in range(4)]), people)
    assert found.evidence["malformed"] == {"the row has no number": 2, "wrong length": 1}
    assert found.evidence["doubtful"] == 1
    assert "3 rows hold nothing" in found.message


@pytest.mark.parametrize(
    ("dead", "alive", "severity"),
    [(4, 0, Severity.OK), (5, 20, Severity.FAIL), (5, 21, Severity.OK), (50, 0, Severity.FAIL)],
)
def test_a_fifth_of_dead_numbers_is_a_bad_segment(dead: int, alive: int, severity: Severity) -> None:
    """Five dead numbers that are a fifth of the dialled ones are named; fewer are what every upload has."""
    people = [judged(n, DEAD, Action.DROP) for n in range(dead)]
    people += [judged(100 + n, DONE, Action.DROP) for n in range(alive)]
    found = strategy(people)
    assert found.severity is severity
    assert found.cause is (Cause.INVALID_NUMBERS if severity is Severity.FAIL else Cause.NONE)


def test_every_contact_is_counted_under_one_action() -> None:
    """The sentence names each action's number, and they add up to everybody."""
    people = [judged(n, action=action) for n, action in enumerate([*Action, Action.REDIAL])]
    found = strategy(people)
    assert found.message == "Redial 2, keep back 1, wait for 1, never redial 1."
    assert sum(found.evidence["actions"].values()) == len(people)
    assert sum(found.evidence["dispositions"].values()) == len(people)
