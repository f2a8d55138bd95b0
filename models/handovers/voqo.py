"""Voqo's words, and what is taken for granted of it until somebody confirms it."""

from collections.abc import Mapping

from models.enums import JobStatus
from models.handovers.vocabulary import Vocabulary

STATUSES: Mapping[str, JobStatus] = {
    "pending": JobStatus.SCHEDULED,
    "running": JobStatus.RUNNING,
    "paused": JobStatus.PAUSED,
    "completed": JobStatus.FINISHED,
    "failed": JobStatus.FAILED,
    "error": JobStatus.FAILED,
    "failederror": JobStatus.FAILED,
    "deleted": JobStatus.CANCELLED,
}
"""The states of a job as the dashboard shows them, compared without case and punctuation."""
ASSUMED = (
    "the columns of the job's report are not documented: they were found by their names, or by the settings",
    "the report's values are not documented: completed counts as reached, failed asks for a known reason",
    "who is in no report counts as not dialled only where the dashboard counts as many as it lists",
    "calls go to Australia and the United States only",
    "call_ended does not carry the call's parameters: it is matched by agent, number, direction and start",
    "the error of a call is free text: one that RINGBACK_REASONS does not list is unknown, and holds",
)
"""What ringback relies on in Voqo and nobody has confirmed; each makes it more careful, none less."""
VOQO = Vocabulary(STATUSES, ASSUMED)


def status_of(word: str) -> JobStatus:
    """Return a job's status by the dashboard's word; one that is not documented is unknown and holds."""
    return VOQO.status_of(word)
