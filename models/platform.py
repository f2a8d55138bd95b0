"""What a platform shows us, in our words: frozen values that an adapter fills and a rule reads."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from models.carrier import CarrierCall
from models.enums import Absence, ContactStatus, Fence, Find, JobStatus, Reads, Stop, Unit
from models.errors import EXIT_PERSON, EXIT_USAGE, RingbackError
from models.masking.quotes import plain_word, without_numbers

PHONE = "phone"
"""The channel of a contact that is called."""


def _mask(of: object, *names: str) -> None:
    for name in names:
        if word := getattr(of, name):
            object.__setattr__(of, name, plain_word(word))


@dataclass(frozen=True, slots=True)
class Reason:
    """One published reason why a call ended, as its system spells it.

    `system` is a key of the reason tables (`sip`, `q850`, `twilio`, `elevenlabs.conversation`, ...).
    """

    system: str
    code: str
    text: str = ""

    def __post_init__(self) -> None:
        """Take numbers out of what is shown and kept; a code that no table knows is masked by its ruling."""
        _mask(self, "system")
        object.__setattr__(self, "text", without_numbers(self.text))


@dataclass(frozen=True, slots=True)
class Job:
    """One batch of calls with its counters; times are aware UTC, on the platform's own clock."""

    id: str
    name: str
    status: JobStatus
    raw_status: str
    total: int
    dispatched: int
    finished: int
    created_at: datetime
    seen_at: datetime
    scheduled_at: datetime | None = None
    timezone: str | None = None
    retries: int = 0
    cap: int | None = None
    agent_id: str | None = None
    number_id: str | None = None
    campaign_id: str | None = None
    owner: str | None = None
    """The platform's own campaign that makes the job's calls, and calls its people again by itself."""
    is_campaign: bool = False
    """True where the job is itself such a campaign: only a person stops it, which leaves its rows alone."""
    own_rules: str = ""
    """What that campaign does by itself, in clauses: its attempts, its hours, what it waits for."""
    upload_id: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    """What a redial must repeat to be the same call: branch, environment, ringing time."""
    provider: str | None = None
    """Who carries its calls, as the platform spells it: twilio, sip_trunk, exotel, whatsapp."""
    halted: bool = False
    """True where it dials nobody without being over: a draft, one that is paused where a pause is all the
    stop there is, or one whose every call was dispatched and some of them are up."""

    @property
    def is_stopped(self) -> bool:
        """Tell whether it dials nobody more before somebody has it go on.

        So it is asked of the source and of waves of ours, which are read again; of a job of others only
        `status.is_over` counts, for whoever it still holds may be called any time.
        """
        return self.status.is_over or self.halted

    def __post_init__(self) -> None:
        """Take numbers out of the platform's own words."""
        _mask(self, "raw_status", "provider")


@dataclass(frozen=True, slots=True)
class Contact:
    """One row of a job; `phone` is as the platform stores it, `payload` what the agent says with it."""

    id: str
    phone: str | None
    status: ContactStatus
    raw_status: str
    call_id: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    reasons: tuple[Reason, ...] = ()
    payload: Mapping[str, Any] = field(default_factory=dict)
    channel: str = PHONE
    """How the person is reached: `phone`, or another way such as `whatsapp`, which is not ours to redial."""
    marker: str | None = None
    """The marker of the wave that submitted the row, where its variables still show one."""
    problem: str | None = None
    """Why the call cannot be repeated as it was, as a clause; None where nothing stands against it."""
    first_sight: bool = False
    """True where no platform tells when the row moved: `updated_at` is when this process saw it so first."""

    def __post_init__(self) -> None:
        """Take numbers out of the platform's own word."""
        _mask(self, "raw_status")


@dataclass(frozen=True, slots=True)
class Call:
    """One call as the platform remembers it; `answered` is None where it cannot say."""

    id: str
    status: ContactStatus
    raw_status: str
    answered: bool | None
    reasons: tuple[Reason, ...] = ()
    job_id: str | None = None
    contact_id: str | None = None
    started_at: datetime | None = None
    seconds: int | None = None
    carrier_id: str | None = None
    result: str | None = None
    """What the carrier says of the person: answered, voicemail, busy, no_answer or failed."""
    campaign_id: str | None = None
    """The outbound campaign that made the call, and makes the next one by itself."""
    marker: str | None = None
    """The marker of the wave that asked for the call, where its variables show one."""
    carrier: CarrierCall | None = None
    """What the carrier itself says of the call, where it was asked and has told."""

    def __post_init__(self) -> None:
        """Take numbers out of the platform's own words."""
        _mask(self, "raw_status", "result")


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """What a platform has answered about one call, as it came: JSON, and the ids of the request by header."""

    body: Any = field(repr=False)
    request_ids: Mapping[str, str] = field(default_factory=dict)


UNREAD = "unread"
"""The word of a call that exists for all we know and could not be read."""


def unread(call_id: str) -> Call:
    """Return a call that could not be read: its end is unknown."""
    return Call(call_id, ContactStatus.UNKNOWN, UNREAD, answered=None)


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls that a listing has shown; `complete` is False where others of the job may not have been seen."""

    found: tuple[Call, ...] = ()
    complete: bool = True

    def __iter__(self) -> Iterator[Call]:
        """Go through the calls."""
        return iter(self.found)


@dataclass(frozen=True, slots=True)
class Capacity:
    """Permits of a workspace; None where the platform does not tell."""

    live: int | None
    limit: int | None = None
    agent_live: int | None = None
    """Of the live conversations those of the agent that was asked for."""


@dataclass(frozen=True, slots=True)
class Config:
    """What a job was set up with: whether each part still exists, and what it allows."""

    agent_exists: bool | None
    number_exists: bool | None
    agent_limit: int | None = None
    caller: str | None = None
    notes: tuple[str, ...] = ()
    """What of it could not be read, with the platform's own words."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One wave as it is handed to a platform: the marker names it, the cap bounds its calls in the air."""

    marker: str
    source: Job
    contacts: tuple[Contact, ...]
    cap: int


@dataclass(frozen=True, slots=True)
class Started:
    """The answer to the start of one call: the status as the platform calls it, and its own time."""

    status: str
    at: datetime | None = None
    call_id: str | None = None
    """The call's id, where the answer tells it."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a platform can do; a task that lacks one says so in words and never guesses."""

    can_list_jobs: bool
    can_list_calls: bool
    can_stop: bool
    has_live_count: bool
    has_limit: bool
    absence: Absence
    """What a complete listing without a marker is worth, once the wait for it is over."""
    stop_overwrites_rows: bool
    max_rows: int
    unit: Unit = Unit.JOB
    find: Find = Find.JOBS
    fence: Fence = Fence.PLATFORM
    reads: Reads = Reads.PLATFORM
    token_seconds: float = 0
    """For how long after its first use a token makes no second call; 0 where there are no tokens."""
    campaigns: bool = False
    """True where a wave is an outbound campaign of the platform's own: one attempt a contact, no retries."""
    asks_first: bool = False
    """True where the platform asks us right before each call of a wave, and makes none without a yes."""
    stop: Stop = Stop.QUEUE
    """What a stop by program makes of a job's queue, where there is one (`can_stop`)."""
    drafts: bool = False
    """True where a create makes a draft, which calls nobody before it is started."""

    def as_json(self) -> dict[str, Any]:
        """Return every ability by its name."""
        return asdict(self)


class PlatformError(RingbackError):
    """A platform could not be asked or did not answer as agreed; nothing is known to have changed.

    `retry_after` is in seconds where the platform named it.
    """

    exit_code = EXIT_PERSON
    next_action = "When the platform answers again: `ringback resume {recovery}`."

    retry_after: float | None = None


class PlatformDownError(PlatformError):
    """The platform did not answer after the reads were tried again."""


class NoSuchJobError(PlatformError):
    """The platform knows no such job."""

    exit_code = EXIT_USAGE
    next_action = "Correct the job id or the key, then resume."


class AuthenticationError(PlatformError):
    """The platform refused the key."""

    exit_code = EXIT_USAGE
    next_action = "Correct the job id or the key, then resume."


class InvalidResponseError(PlatformError):
    """The platform answered something that is not what it documents."""

    next_action = "Show the message to engineering; `ringback resume {recovery}` asks the platform again."


class SubmitRefusedError(PlatformError):
    """A create was refused before processing: nobody is called, the same marker may go again."""

    next_action = "Correct what the platform names, then `ringback resume {recovery}`."

    def __init__(self, message: str, *, retry_after: float | None = None, fatal: bool = False) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.fatal = fatal
        """True where sending again cannot help: wrong key, empty balance, a body it does not accept."""


class SubmitRefusedContactError(SubmitRefusedError):
    """A call was refused for what its own contact holds: the others may be called."""

    def __init__(self, message: str, *, unwanted: bool = False) -> None:
        super().__init__(message)
        self.unwanted = unwanted
        """True where the platform knows that this person is not to be called: nothing has failed."""


class SubmitOutcomeUnknownError(PlatformError):
    """A create was sent and its answer was lost: it may have been accepted."""
