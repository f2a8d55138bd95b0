"""What a person has decided about one contact that was kept back, and what was known of them then."""

from dataclasses import dataclass
from datetime import datetime

from models.enums import Choice, Disposition
from models.moments import utc
from models.platform import Contact

_ANSWERED = "answered:"


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision that stands: by whom, why, and on the strength of what."""

    id: int
    contact_id: str
    phone: str
    choice: Choice
    by: str
    because: str
    at: datetime
    about: Disposition
    """What kept the contact back when it was decided about."""
    before: Contact
    """The job's own row as it was seen then."""
    known: frozenset[str] = frozenset()
    """The traces that were known then, as `call_trace`, `answer_trace` and `job_trace` write them."""
    handed_since: bool = False
    """True where a wave has handed the person over after the decision: it is used up."""

    @property
    def message(self) -> str:
        """Say who decided what, when and why."""
        return f"{self.by} decided {self.choice.value} on {utc(self.at)}: {self.because}"

    @property
    def hashed(self) -> list[str]:
        """Return what a plan's hash covers of it."""
        return [self.contact_id, self.choice.value, self.by, self.because]


@dataclass(frozen=True, slots=True)
class ShownSince:
    """What an earlier wave shows of one person by now."""

    disposition: Disposition
    call_id: str | None
    why: str
    is_answered: bool = False
    """True where the carrier says of the call that it is over and was answered."""


def call_trace(call_id: str) -> str:
    """Return the trace of one call at a person."""
    return f"call:{call_id}"


def answer_trace(call_id: str) -> str:
    """Return the trace of a carrier's word that a call was answered."""
    return f"{_ANSWERED}{call_id}"


def is_answer(trace: str) -> bool:
    """Tell whether a trace is such a word."""
    return trace.startswith(_ANSWERED)


def job_trace(job_id: str) -> str:
    """Return the trace of another job that holds a person; a wave without a job goes by its marker."""
    return f"job:{job_id}"
