"""The words of the field, as values: one enum for each question with a closed set of answers."""

from enum import StrEnum


class JobStatus(StrEnum):
    """Where a job stands, whatever its platform calls it."""

    DRAFT = "draft"  # made and not started: nobody is called before somebody starts it
    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    FAILED = "failed"
    UNKNOWN = "unknown"

    @property
    def is_over(self) -> bool:
        """Tell whether the platform says that it will dial nobody more in this job."""
        return self in {JobStatus.FINISHED, JobStatus.CANCELLED, JobStatus.FAILED}


class ContactStatus(StrEnum):
    """Where one row of a job stands, whatever its platform calls it."""

    NOT_DIALED = "not_dialed"
    IN_DOUBT = "in_doubt"  # handed over, no proof of ringing
    LIVE = "live"
    REACHED = "reached"
    NOT_REACHED = "not_reached"  # tried and over; the reason tells how
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"

    @property
    def is_in_flight(self) -> bool:
        """Tell whether the row may hold a permit right now."""
        return self in {ContactStatus.IN_DOUBT, ContactStatus.LIVE}

    @property
    def is_over(self) -> bool:
        """Tell whether nothing more happens to the row by itself."""
        return self in {ContactStatus.REACHED, ContactStatus.NOT_REACHED, ContactStatus.CANCELLED}


class Absence(StrEnum):
    """What it is worth that a complete listing does not show a marker."""

    NEVER = "never"
    EARNED = "earned"  # proof once this ledger has found a marker of its own there
    DOCUMENTED = "documented"


class Unit(StrEnum):
    """What one create makes on a platform."""

    JOB = "job"
    CALL = "call"  # one contact a request: answers are per contact


class Find(StrEnum):
    """How a create whose answer was lost is asked about afterwards."""

    JOBS = "jobs"  # by the marker in a listing
    TOKEN = "token"  # noqa: S105  by the same request with the same token again: no second call in its time
    NEVER = "never"  # not at all: whom it was for is held until an outcome speaks


class Fence(StrEnum):
    """Who stops the source job."""

    PLATFORM = "platform"
    PERSON = "person"  # by name, in the platform's own pages


class Stop(StrEnum):
    """What a stop by program makes of a job's queue."""

    QUEUE = "queue"  # it is given up for good
    PAUSE = "pause"  # it waits, and anybody may have it go on


class Reads(StrEnum):
    """Where what is known of a job comes from."""

    PLATFORM = "platform"
    HANDOVERS = "handovers"  # files and words that an operator hands over, each a moment of its own
    JOINED = "joined"  # calls from the platform, the people from a file that an operator hands over


class Disposition(StrEnum):
    """What a past attempt means for redialling."""

    REACHED = "reached"
    IN_FLIGHT = "in_flight"
    AMBIGUOUS = "ambiguous"
    UNDELIVERED = "undelivered"
    TRANSIENT = "transient"
    LATER = "later"
    OPERATOR = "operator"
    PERMANENT = "permanent"
    DECLINED = "declined"
    DO_NOT_CONTACT = "do_not_contact"
    MALFORMED = "malformed"
    DUPLICATE = "duplicate"
    UNKNOWN = "unknown"


class Action(StrEnum):
    """What a plan does with one contact."""

    REDIAL = "redial"
    WAIT = "wait"  # in the air now: look again when it has landed
    HOLD = "hold"  # kept back for a person
    DROP = "drop"  # never redialled


class Choice(StrEnum):
    """What a person decides about a contact that was kept back."""

    REDIAL = "redial"  # in spite of the risk that the person was called
    REACHED = "reached"
    NEVER = "never"  # suppressed


class Check(StrEnum):
    """The operational checks, in the runbook's order, and the two that level 1 adds."""

    HEALTH = "health"
    PERMITS = "permits"
    DUPLICATES = "duplicates"
    STRATEGY = "strategy"
    CONFIG = "config"
    CONTACTS = "contacts"


class Severity(StrEnum):
    """How much a finding weighs."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"


class Cause(StrEnum):
    """Why a job is as it is."""

    NONE = "none"
    ALREADY_FINISHED = "already_finished"
    PERMITS = "permits"
    CALLING_WINDOW = "calling_window"
    DEAD_DISPATCHER = "dead_dispatcher"
    PROVIDER = "provider"
    CONFIG = "config"
    CALLER_FLAGGED = "caller_flagged"
    INVALID_NUMBERS = "invalid_numbers"
    FELL_SHORT = "fell_short"
    DUPLICATE_JOB = "duplicate_job"
    DUPLICATE_DISPATCH = "duplicate_dispatch"
    DUPLICATE_UPLOAD = "duplicate_upload"
    OTHER_LEDGER = "other_ledger"
    UNKNOWN = "unknown"


class Symptom(StrEnum):
    """The runbook's user-visible symptoms."""

    STUCK = "stuck_running"
    FELL_SHORT = "fell_short"
    SEGMENT_FAILS = "segment_fails"
    DUPLICATES = "duplicate_concern"
    NONE = "none"


class Path(StrEnum):
    """Where the diagnosis sends the job."""

    NOTHING = "nothing"
    RECOVER = "recover"
    HOLD = "hold"
    ESCALATE = "escalate"


class State(StrEnum):
    """Where a recovery stands; the last five are ends."""

    RUNNING = "running"
    AWAITING_APPROVAL = "awaiting_approval"
    RECOVERED = "recovered"
    HEALTHY = "healthy"
    HELD = "held"
    ESCALATED = "escalated"
    CANCELLED = "cancelled"

    @property
    def is_end(self) -> bool:
        """Tell whether the recovery is over."""
        return self not in {State.RUNNING, State.AWAITING_APPROVAL}


class Level(StrEnum):
    """How far up the ladder a recovery has climbed."""

    TRIAGE = "triage"
    OPERATOR = "level 1"
    SUPPORT = "level 2"
    ENGINEERING = "level 3"


class Phase(StrEnum):
    """Which part of the ladder sends a wave."""

    SAMPLE = "sample"
    WATCH = "watch"
    RAMP = "ramp"


class WaveState(StrEnum):
    """What is known of one submission to the platform."""

    INTENT = "intent"  # written down; it may or may not have been sent
    REFUSED = "refused"  # proved not processed: may be sent again under the same marker
    UNKNOWN = "unknown"  # sent, answer lost: look it up before anything else
    ACCEPTED = "accepted"
    SETTLED = "settled"  # accepted, and every dispatch in it has an outcome


class DispatchState(StrEnum):
    """What is known of handing one contact to the platform."""

    PLANNED = "planned"
    INTENT = "intent"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


class VerdictWord(StrEnum):
    """The three answers of the sample, and the one before it has an answer."""

    GO = "go"
    HOLD = "hold"
    ABORT = "abort"
    CONTINUE = "continue"
