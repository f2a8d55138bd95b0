"""What a diagnostics package is made of: frozen values, and words for every one that is missing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from models.carrier import CarrierCall
from models.enums import Symptom
from models.package.people import PeopleTold
from models.triage.findings import Finding


@dataclass(frozen=True, slots=True)
class Missing:
    """A required item that is not there, and why; it shows as `unknown: why` and is never left out."""

    why: str
    applies: bool = True
    """False where the platform has no such thing at all: it then shows as `n/a: why`."""

    def __str__(self) -> str:
        """Say that it is missing and why."""
        return f"{'unknown' if self.applies else 'n/a'}: {self.why}"


def not_on_platform(why: str) -> Missing:
    """Say that the platform has no such thing, as ElevenLabs has neither campaigns nor uploads."""
    return Missing(why, applies=False)


Text: TypeAlias = str | Missing
Count: TypeAlias = int | Missing
Moment: TypeAlias = datetime | Missing


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """How often one code ended a call; `share` is of all calls that ended, 0 to 1."""

    code: str
    system: str
    disposition: str
    count: int
    share: float
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    sample_calls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """The counters at one moment; None where the platform does not tell."""

    ts: datetime
    status: str
    total: int
    dispatched: int
    finished: int
    failed: int | None = None
    in_flight: int | None = None
    live: int | None = None
    """Permits in use in the whole workspace."""
    permits: int | None = None
    """The limit on them."""


@dataclass(frozen=True, slots=True)
class CallRow:
    """One call; `phone` is whole here and masked in the package."""

    call_id: str | None
    phone: str | None
    attempt: int
    status: str
    system: str = ""
    code: str = ""
    disposition: str = ""
    started: datetime | None = None
    ended: datetime | None = None
    seconds: int | None = None
    wave: int | None = None
    """The wave of ours that made it; None for a call of the job itself."""
    carrier: CarrierCall | None = None
    """The carrier's own word on it, raw; None where it was not asked or has told none."""


@dataclass(frozen=True, slots=True)
class HandedContact:
    """One contact that ringback handed to the platform, and when its call had ended."""

    at: datetime
    ended: datetime | None = None


@dataclass(frozen=True, slots=True)
class EventMark:
    """Something that happened at one moment; `stops` where the job was stopped by it."""

    at: datetime
    message: str
    stops: bool = False


@dataclass(frozen=True, slots=True)
class Approval:
    """What a person decided about a plan: their name stays readable, every number in it is masked."""

    at: datetime
    approved: bool
    by: str
    reason: str
    plan_hash: str


@dataclass(frozen=True, slots=True)
class Screenshot:
    """A picture that a person gave, without its metadata; what it shows is not read, so not masked either."""

    name: str
    """Of its file in the package: `screenshot.png` or `screenshot.jpg`."""
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ContactProblem:
    """One row of the contact file that is not as it should be; `row` counts data rows, `line` the file's."""

    row: int
    line: int | None
    code: str
    message: str
    repaired: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostics:
    """All that engineering needs to know of one job; times are aware UTC."""

    workspace_id: Text
    campaign_id: Text
    job_id: Text
    upload_id: Text
    window_start: Moment
    window_end: Moment
    timezone: Text
    symptom: Symptom | Missing
    summary: Text
    failed: Count
    successful: Count
    total: Count

    recovery_id: Text
    platform: str
    generated_at: datetime
    verdict: Text
    next_action: Text
    eta_words: Text
    plan_hash: Text
    escalated_because: tuple[str, ...] = ()
    tried: tuple[str, ...] = ()
    approved: tuple[Approval, ...] = ()
    asked: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    reasons: tuple[ReasonRow, ...] = ()
    timeline: tuple[TimelineRow, ...] = ()
    calls: tuple[CallRow, ...] = ()
    people: PeopleTold = field(default_factory=PeopleTold)
    screenshot: Screenshot | None = None
    """The person's own picture of the platform's page."""
    handed: tuple[HandedContact, ...] = ()
    """The calls of ringback's own waves."""
    marks: tuple[EventMark, ...] = ()
    """The stop, the approval, the first wave of each phase, the verdict and the end."""
    had_ended: bool = False
    """True where the job had ended by itself: nobody stopped it, and its silence is no stall."""
    closed: tuple[tuple[datetime, datetime], ...] = ()
    """From when to when the recovery waited for calling hours."""
    contact_file: Mapping[str, Any] | Missing = Missing("no contact file was read in this recovery")
    """Facts of the upload: rows, encoding, delimiter, duplicates by row number."""
    contact_problems: tuple[ContactProblem, ...] = ()
    actions: tuple[Mapping[str, Any], ...] = ()
    """The audit entries as dicts, oldest first."""
    api_samples: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    customer: str = ""
    """What the customer is told, empty where there is no recovery."""
    relies_on: Mapping[str, Any] = field(default_factory=dict)
    """What of the platform the recovery relies on: abilities, and a mapping with its evidence."""
