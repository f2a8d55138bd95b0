"""A row a person of a job: what happened before, what we did, and the one end that each of them has."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from models.report.people import People, PersonEnd

DONE_WITH = (
    PersonEnd.REACHED_BEFORE,
    PersonEnd.REPEATED,
    PersonEnd.NO_NUMBER,
    PersonEnd.REACHED_BY_RECOVERY,
    PersonEnd.SUPPRESSED,
    PersonEnd.DECLINED,
    PersonEnd.DEAD_NUMBER,
    PersonEnd.VOICEMAIL,
    PersonEnd.NO_ANSWER,
)
"""Ends about which nobody has to ask: the first to leave a package that is too large, in this order."""


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person of a job; `phone` is whole here and masked in the package."""

    row: int
    contact_id: str
    phone: str | None
    end: PersonEnd
    before_status: str = ""
    """The platform's own word for the row, before any recovery touched the job."""
    before_code: str = ""
    before_means: str = ""
    """The disposition that was read from it."""
    before_calls: int = 0
    did: str = ""
    """What the plan did with them: redial, wait, hold, drop; empty where there is no plan."""
    redials: int = 0
    """Waves over all recoveries of the job."""
    recovery: str = ""
    """The recovery that the rest of the row tells of."""
    wave: int | None = None
    answer: str = ""
    """Of the platform: accepted, refused, unknown; else where the dispatch stands."""
    outcome: str = ""
    outcome_code: str = ""
    kept_back: str = ""
    """Why nobody dialled them, in words; empty for whoever was dialled."""


@dataclass(frozen=True, slots=True)
class PeopleTold:
    """Everybody of a job with the total that was expected; whom the platform does not list is `unlisted`."""

    expected: int = 0
    rows: Sequence[PersonRow] = ()

    @property
    def unlisted(self) -> int:
        """Return how many the platform counts and does not list."""
        return max(0, self.expected - len(self.rows))

    def counts(self) -> People:
        """Return how many came to each end; together they are all who were expected."""
        found = Counter(row.end for row in self.rows)
        found[PersonEnd.UNLISTED] += self.unlisted
        total = max(self.expected, len(self.rows))
        return People(total, {end: found[end] for end in PersonEnd if found[end]})


@dataclass(frozen=True, slots=True)
class KeptRows:
    """The rows that a package has room for, in their order, and how many of which end it has not."""

    rows: Sequence[PersonRow]
    left_out: Mapping[str, int] = field(default_factory=dict)


def fitting(rows: Sequence[PersonRow], most: int) -> KeptRows:
    """Return at most so many rows: whoever is done with leaves first, of one end the last rows."""
    if len(rows) <= most:
        return KeptRows(rows)
    leaves = {end: len(DONE_WITH) - n for n, end in enumerate(DONE_WITH)}
    kept = set(sorted(range(len(rows)), key=lambda n: (leaves.get(rows[n].end, 0), n))[:most])
    gone = Counter(row.end.value for n, row in enumerate(rows) if n not in kept)
    return KeptRows([row for n, row in enumerate(rows) if n in kept], dict(sorted(gone.items())))
