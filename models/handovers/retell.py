"""Retell's batches: what operators call them by, and what is taken for granted of them."""

from models.enums import JobStatus
from models.handovers.vocabulary import Vocabulary

RETELL = Vocabulary(
    statuses={
        "scheduled": JobStatus.SCHEDULED,
        "running": JobStatus.RUNNING,
        "paused": JobStatus.PAUSED,
        "completed": JobStatus.FINISHED,
        "finished": JobStatus.FINISHED,
        "cancelled": JobStatus.CANCELLED,
        "failed": JobStatus.FAILED,
    },
    assumed=(
        "no program sees a batch's state, its size or whom it has yet to call: an operator says so",
        "the words of the dashboard for a batch's state are not documented: these are ringback's own",
        "whom no call shows counts as not dialled only where the dashboard counts no more calls than listed",
        "calls that were only registered may be missing from listings: the dashboard's counter tells of them",
        "what a second request with one key does while the first is worked on is not documented: it waits",
        "a key is taken for over five minutes before its documented hour ends, counted from the first try",
        "a refusal of a repeated request proves nothing about the first one",
        "metadata of the batch's own tasks and versions of the agent are not told, and not repeated",
        "that a call to somebody on Retell's do-not-call list is meant by a 400 is told by its words",
    ),
    takes_reports=False,
)
"""Each assumption makes ringback more careful, none less."""
