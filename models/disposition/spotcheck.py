"""Rows that say completed, checked against their calls: a few of them, and more where the few are wrong."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from random import Random

from models.disposition.refine import is_denied
from models.enums import ContactStatus
from models.platform import Call, Contact

LATEST = 10
"""Of the rows that ended last so many are checked, since a fault of today shows there."""
RANDOM = 10
"""So many more are drawn from the rest by the job's id, so that two looks check the same ones."""
MOST = 1000
"""Rows that are checked at the most once the sample has found a wrong one; the others are held."""

_EARLY = datetime.min.replace(tzinfo=UTC)


def sample(rows: Iterable[Contact], seed: str) -> list[Contact]:
    """Return the completed rows whose calls are read: the latest and some of the rest."""
    known = _checkable(rows)
    rest = known[LATEST:]
    drawn = Random(f"spotcheck/{seed}").sample(rest, min(RANDOM, len(rest)))  # noqa: S311  it only has to be fair
    return [*known[:LATEST], *drawn]


def more(rows: Iterable[Contact], calls: Mapping[str, Call]) -> list[Contact]:
    """Return the completed rows that are checked as well since some are wrong; none while all are right."""
    rows = list(rows)
    if not denied(rows, calls):
        return []
    return [row for row in _checkable(rows) if row.call_id not in calls][:MOST]


def denied(rows: Iterable[Contact], calls: Mapping[str, Call]) -> frozenset[str]:
    """Return the ids of rows that say completed while their call says that nobody answered."""
    pairs = ((row, calls.get(row.call_id or "")) for row in rows)
    return frozenset(row.id for row, call in pairs if call and is_denied(row, call))


def unchecked(rows: Sequence[Contact], calls: Mapping[str, Call]) -> frozenset[str]:
    """Return the ids of completed rows that nothing vouches for, once others have been found wrong."""
    if not denied(rows, calls):
        return frozenset()
    said = (row for row in rows if row.status is ContactStatus.REACHED)
    return frozenset(row.id for row in said if not _is_read(calls.get(row.call_id or "")))


def _is_read(call: Call | None) -> bool:
    return call is not None and call.status is not ContactStatus.UNKNOWN


def _checkable(rows: Iterable[Contact]) -> list[Contact]:
    found = [row for row in rows if row.status is ContactStatus.REACHED and row.call_id]
    return sorted(found, key=lambda row: (row.updated_at or _EARLY, row.id), reverse=True)
