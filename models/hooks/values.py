"""Values out of a foreign body: words, lists, tags, and the job that a ticket names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/#@|-]{0,119}")
"""What is kept of a sender's ids and shown to people as it is."""

JOB_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{2,119}")
"""An id of a job: no plus, blank or quote, so no phone number as people write one."""

IN_TEXT = re.compile(r"job[_ -]?id\s*[:=]\s*(\S+)", re.IGNORECASE)
"""How a job is named in a title or a description."""

_LIKE_A_NUMBER = re.compile(r"\d{7,15}")
_DEEPEST = 12
_LONGEST_TEXT = 100_000

_NO_JOB = (
    "The hook names no job. Fill the ticket's field, write `job_id: ...` into its title or description, or "
    "correct the source's field map."
)
_TWO_JOBS = "The ticket's text names more than one job; put the right one into the ticket's field."
_NO_ID = "What stands in the place of the job's id is none. Correct the ticket's field or the field map."
_NO_TICKET_ID = "What stands in the place of the ticket's id is none. Correct the source's field map."


@dataclass(frozen=True, slots=True)
class FoundJob:
    """A job's id, or why there is none."""

    id: str = ""
    trouble: str = ""


def word(value: Any) -> str:
    """Return a text or a figure as a word; an unfilled placeholder and anything else is empty."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    text = str(value).strip()
    return "" if text.startswith(("{{", "${")) else text


def every(value: Any) -> list[str]:
    """Return the words of a list, or the one word that there is."""
    listed = value if isinstance(value, list) else [value]
    return [found for found in map(word, listed) if found]


def tags(value: Any) -> frozenset[str]:
    """Return tags, written as a list or as one text with blanks or commas."""
    return frozenset(one for found in every(value) for one in re.split(r"[\s,]+", found) if one)


def campaign(value: Any) -> str:
    """Return a campaign's id, empty where it is none."""
    found = word(value)
    return found if ID.fullmatch(found) else ""


def ticket_trouble(ticket: str) -> str:
    """Return why a ticket's id cannot be used, empty where it can."""
    return "" if not ticket or ID.fullmatch(ticket) else _NO_TICKET_ID


def job_of(typed: Any, text: Any) -> FoundJob:
    """Return the job of a typed field or, where that is empty, the one job that the text names."""
    named = word(typed)
    if named:
        return FoundJob(named) if JOB_ID.fullmatch(named) else FoundJob(trouble=_NO_ID)
    found = set(_jobs_in(text))
    if len(found) > 1:
        return FoundJob(trouble=_TWO_JOBS)
    return FoundJob(found.pop()) if found else FoundJob(trouble=_NO_JOB)


def _jobs_in(text: Any) -> Iterator[str]:
    for line in _texts(text, 0):
        for raw in IN_TEXT.findall(line[:_LONGEST_TEXT]):
            begun = JOB_ID.match(raw.lstrip("\"'`<*[("))
            job = begun[0].rstrip(".:-") if begun else ""
            # Digits alone may be somebody's number: in free text they are never taken for a job.
            if JOB_ID.fullmatch(job) and not _LIKE_A_NUMBER.fullmatch(job):
                yield job


def _texts(value: Any, depth: int) -> Iterator[str]:
    """Yield the texts of a value, as deep as a rich-text document nests them."""
    if isinstance(value, str):
        yield value
    elif depth < _DEEPEST and isinstance(value, (list, dict)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one, depth + 1)
