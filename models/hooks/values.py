"""Values out of a foreign body: words, lists, tags, and ids of jobs and tickets as somebody typed them."""

import math
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from models.hooks import ids
from models.hooks.text.empties import is_unfilled
from models.hooks.text.mentions import jobs_in
from models.masking.redaction import redact

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/#@|-]{0,119}")
"""What is kept of a sender's own ids and shown to people as it is, unless it is like a number."""

_RUN = re.compile(r"(?<![A-Za-z0-9_])\d(?:[._-]?\d){6,14}(?![A-Za-z0-9])")
"""A part of an id that is a number by itself, as in `Issue.0491570156`."""

_NO_JOB = (
    "The hook names no job. Fill the ticket's field, write `job_id: ...` into its title or description, or "
    "correct the source's field map."
)
_TWO_JOBS = "The ticket's text names more than one job; put the right one into the ticket's field."
_MEND = "Correct the ticket's field or the source's field map."
_ODD = "a list, an object, true, false or no whole number"
_ODD_JOB = f"The hook names no job: {_ODD} stands in the place of its id. {_MEND}"
_ODD_TICKET = f"What stands in the place of the ticket's id is none: {_ODD}. {_MEND}"


@dataclass(frozen=True, slots=True)
class Found:
    """An id, or why there is none; both empty where nothing was given."""

    id: str = ""
    trouble: str = ""


def word(value: Any) -> str:
    """Return a text or a figure as a word; what was never filled, and anything else, is empty."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    text = str(value).strip() if isinstance(value, str) else _figure(value)
    return "" if is_unfilled(text) else text


def _figure(value: float) -> str:
    """Return a whole figure in digits, one with a fraction as it is written, and what is none empty."""
    if isinstance(value, int):
        return str(value)
    if not math.isfinite(value):
        return ""
    return str(int(value)) if value.is_integer() else str(value)


def is_odd(value: Any) -> bool:
    """Tell whether a value is of a kind that no id is: a list, an object, a truth value, NaN, a fraction."""
    if value is None or isinstance(value, str):
        return False
    if isinstance(value, float):
        return not value.is_integer()
    return isinstance(value, bool) or not isinstance(value, int)


def every(value: Any) -> list[str]:
    """Return the words of a list, or the one word that there is."""
    listed = value if isinstance(value, list) else [value]
    return [found for found in map(word, listed) if found]


def tags(value: Any) -> frozenset[str]:
    """Return tags, written as a list or as one text with blanks or commas."""
    return frozenset(one for found in every(value) for one in re.split(r"[\s,]+", found) if one)


def campaign(value: Any) -> str:
    """Return a campaign's id, empty where it is none or like a number."""
    found = word(value)
    return found if is_showable(found) else ""


def is_showable(text: str) -> bool:
    """Tell whether a sender's own id may be kept and shown as it is."""
    is_number = ids.is_like_phone(text) or bool(_RUN.search(text)) or redact(text, key=b"-")[0] != text
    return bool(ID.fullmatch(text)) and not is_number


def shortened(text: str) -> str:
    """Return an id as it is where it may be shown, else its hash: a sender may put anything there."""
    if not text or is_showable(text):
        return text
    return f"sha256:{sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def job_of(typed: Any, text: Any) -> Found:
    """Return the job of a typed field or, where that is empty, the one job that the text names."""
    if is_odd(typed):
        return Found(trouble=_ODD_JOB)
    if named := word(typed):
        trouble = ids.job_trouble(named)
        return Found(trouble=f"{trouble} {_MEND}") if trouble else Found(named)
    found = jobs_in(text)
    if len(found) > 1:
        return Found(trouble=_TWO_JOBS)
    return Found(found.pop()) if found else Found(trouble=_NO_JOB)


def ticket_of(value: Any, system: str) -> Found:
    """Return a ticket as SYSTEM:ID, of the source's own system where it names none."""
    if is_odd(value):
        return Found(trouble=_ODD_TICKET)
    named = word(value)
    if not named:
        return Found()
    own, colon, number = named.partition(":")
    ticket = f"{own.lower()}:{number}" if colon else f"{system}:{named}"
    trouble = ids.ticket_trouble(ticket)
    return Found(trouble=f"{trouble} {_MEND}") if trouble else Found(ticket)
