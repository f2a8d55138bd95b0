"""What the hand-overs of one job say together, the oldest first."""

from collections.abc import Sequence

from models.handovers.history import StopSaid
from models.handovers.vocabulary import Vocabulary
from models.tables.handovers import HandoverRow


def last_said(rows: Sequence[HandoverRow], name: str) -> str | None:
    """Return what was said last of something that not every hand-over repeats."""
    return next((said for row in reversed(rows) if (said := getattr(row, name)) is not None), None)


def expected(rows: Sequence[HandoverRow]) -> int | None:
    """Return how many contacts the dashboard expects, as was said last."""
    return next((row.expected for row in reversed(rows) if row.expected is not None), None)


def processed(rows: Sequence[HandoverRow]) -> int | None:
    """Return the dashboard's counter, None where nobody has read it since the last report."""
    for row in reversed(rows):
        if row.processed is not None:
            return row.processed
        if row.report is not None:
            return None
    return None


def stopped_by(rows: Sequence[HandoverRow], vocabulary: Vocabulary) -> str | None:
    """Return who has said that the job is stopped, None where it goes on by what was said since."""
    for row in reversed(rows):
        if row.stopped_by:
            return row.stopped_by
        if vocabulary.goes_on(row.status):
            return None
    return None


def stop_said(rows: Sequence[HandoverRow], recovery_id: str, vocabulary: Vocabulary) -> StopSaid | None:
    """Return what a person has said to a recovery that asked for the job to be stopped."""
    places = [at for at, row in enumerate(rows) if row.recovery_id == recovery_id and row.stopped_by]
    if not places:
        return None
    said, since = rows[places[-1]], rows[places[-1] + 1 :]
    again = next((row.status for row in reversed(since) if vocabulary.goes_on(row.status)), None)
    told = any(row.report or row.processed is not None for row in (said, *since))
    return StopSaid(said.stopped_by or "", said.at, again, told)
