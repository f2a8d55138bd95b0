"""What the sandbox accepts: the submit request of the wire format, and its own control requests."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from deployments.sandbox.engine.entities import DEFAULT_RINGING_SECONDS, Agent, JobSubmission
from deployments.sandbox.scenarios import DEFAULT_CONTACTS

MOST_ROWS = 10_000
Phone = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^\+?[0-9(][0-9 ().\-]{4,24}$")]


class RecipientIn(BaseModel):
    """One OutboundCallRecipient; the sandbox calls phones only."""

    id: str | None = None
    phone_number: Phone
    conversation_initiation_client_data: dict[str, Any] | None = None


class CallConfigIn(BaseModel):
    """A TelephonyCallConfig."""

    ringing_timeout_secs: int = Field(default=DEFAULT_RINGING_SECONDS, ge=1, le=999)


class SubmitIn(BaseModel):
    """The body of POST /v1/convai/batch-calling/submit."""

    call_name: str
    agent_id: str
    recipients: list[RecipientIn] = Field(min_length=1, max_length=MOST_ROWS)
    agent_phone_number_id: str | None = None
    scheduled_time_unix: int | None = None
    timezone: str | None = None
    branch_id: str | None = None
    environment: str | None = None
    telephony_call_config: CallConfigIn = CallConfigIn()
    target_concurrency_limit: int | None = Field(default=None, ge=1)

    def order(self, agent: Agent, number_id: str, skew: float) -> JobSubmission:
        """Return the job that this asks for; `skew` is the platform's clock error in seconds."""
        rows = tuple((r.id, r.phone_number, r.conversation_initiation_client_data) for r in self.recipients)
        return JobSubmission(
            name=self.call_name,
            agent=agent,
            number_id=number_id,
            rows=rows,
            scheduled_at=None if self.scheduled_time_unix is None else self.scheduled_time_unix - skew,
            timezone=self.timezone,
            cap=self.target_concurrency_limit,
            branch_id=self.branch_id,
            environment=self.environment,
            ringing_seconds=self.telephony_call_config.ringing_timeout_secs,
        )


class FaultIn(BaseModel):
    """One scripted fault by name, with its options (see `faults.Fault`)."""

    model_config = ConfigDict(extra="allow")

    name: str


class DoIn(BaseModel):
    """The body of POST /sandbox/worlds/{key}/do; `job_id` is the source job, `newest` the newest wave.

    `what` is one of `moves.MOVES`, `n` how many rows it is about (0: all), `seconds` after which it happens.
    """

    what: str
    job_id: str | None = None
    n: int = Field(default=0, ge=0)
    seconds: float = Field(default=0.0, ge=0)


class WorldIn(BaseModel):
    """The body of POST /sandbox/worlds; `faults` is a script, or a seed for a random one.

    Two worlds of one scenario, seed and `salt` have the same ids; without one every world has its own.
    `numbers` is what the last rows of the source's upload hold instead of their numbers; None is no number.
    `adversary` draws all that the published format leaves open from a seed; `moves` are made at once.
    `campaigns` is True for an account that has outbound campaigns.
    """

    scenario: str
    seed: int = 1
    contacts: int = Field(default=DEFAULT_CONTACTS, ge=0, le=MOST_ROWS)
    speed: float = Field(default=60.0, gt=0)
    permits: int | None = Field(default=None, ge=1)
    salt: str | None = None
    numbers: list[str | None] = []
    faults: list[FaultIn] | int = []
    adversary: int | None = None
    campaigns: bool = False
    moves: list[DoIn] = []
