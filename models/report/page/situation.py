"""Where a recovery stands, with all that sentences about it are made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.enums import Cause, State, Symptom
from models.masking.quotes import without_numbers
from models.report.people import People

LONGEST_NAME = 80
"""Characters of a job's name that are shown."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """Since when the job stood still when it was looked at, and how many of its calls were over by then."""

    since: datetime
    finished: int
    expected: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A recovery as of `now`; times are aware, `zone` is the job's IANA zone, None where it names none."""

    job: str
    """The job's name, its id where it has none; cut and without numbers, see `job_name`."""
    state: State
    now: datetime
    people: People
    zone: str | None = None
    symptom: Symptom | None = None
    cause: Cause | None = None
    """None until a diagnosis was made."""
    stopped: Stopped | None = None
    opens: datetime | None = None
    """When calling hours open, where the job waits for nothing else."""
    planned: int = 0
    calls: int = 0
    """Calls that this recovery has made."""
    failed: int = 0
    """Of them those that failed."""
    aborted: bool = False
    """True where calls were stopped because too many of them failed."""
    fenced: bool = False
    """True once the source job was stopped for the recovery."""
    declined: bool = False
    interrupted: bool = False
    by_decision: bool = False
    """True where somebody was called again at a person's word, although a call of before is not ruled out."""
    answer_by: datetime | None = None
    """Until when the plan may be approved."""
    waits_until: datetime | None = None
    """When it goes on, while it waits for calling hours."""
    eta: Mapping[str, Any] | None = None
    missed: datetime | None = None
    """The end that was named before and is not kept, where that is said now."""

    @property
    def is_read(self) -> bool:
        """Tell whether the job could be read, and so anything is known of it."""
        return self.cause is not None


def job_name(name: object, job_id: str) -> str:
    """Return the name of a job as people are shown it: one line, not too long, without a number."""
    line = without_numbers(" ".join(str(name or "").split())) or job_id
    return line if len(line) <= LONGEST_NAME else f"{line[: LONGEST_NAME - 3].rstrip()}..."
