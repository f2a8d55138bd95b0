"""What operators call a platform's jobs by, and what is taken for granted of what they hand over."""

from collections.abc import Mapping
from dataclasses import dataclass

from models.contacts.sheet.names import key
from models.enums import JobStatus

GOING_ON = frozenset({JobStatus.SCHEDULED, JobStatus.RUNNING})


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The states of a job as its pages show them, compared without case and punctuation.

    `takes_reports` where calls are told by a file of the operator's, and not by the platform.
    """

    statuses: Mapping[str, JobStatus]
    assumed: tuple[str, ...]
    takes_reports: bool = True

    def status_of(self, word: str) -> JobStatus:
        """Return a job's status by its word; one that is not documented is unknown and holds."""
        return self.statuses.get(key(word), JobStatus.UNKNOWN)

    def goes_on(self, word: str) -> bool:
        """Tell whether a job goes on by a word."""
        return self.status_of(word) in GOING_ON
