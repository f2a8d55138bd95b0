"""What a workspace holds: agents, numbers, jobs, their rows, and the calls made for them.

Times are unix seconds on the platform's clock. Statuses are spelled as the ElevenLabs wire format does.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from deployments.sandbox.engine.outcomes import Outcome
from deployments.sandbox.engine.seeded_random import carrier_sid

ROW_ENDS = frozenset({"completed", "failed", "voicemail", "cancelled"})
DEFAULT_RINGING_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Agent:
    """One voice agent; a limit of -1 means that it has none of its own."""

    id: str
    name: str
    limit: int = -1


@dataclass(frozen=True, slots=True)
class Number:
    """One number that calls go out from."""

    id: str
    phone: str
    label: str
    agent: Agent


@dataclass(frozen=True, slots=True)
class JobSubmission:
    """What somebody asks for when submitting a job; `rows` are (id or None, phone, client data)."""

    name: str
    agent: Agent
    number_id: str
    rows: tuple[tuple[str | None, str, Mapping[str, Any] | None], ...]
    scheduled_at: float | None = None
    timezone: str | None = None
    cap: int | None = None
    branch_id: str | None = None
    environment: str | None = None
    ringing_seconds: int = DEFAULT_RINGING_SECONDS


@dataclass(slots=True, eq=False)
class Job:
    """One batch of calls; `held` counts its permits, `queue` the rows its dispatcher still knows of.

    `campaign_id` names the outbound campaign that owns it and calls by itself. `asked_at` is when the request
    for it arrived, which is earlier than its creation where that took long; `visible_at` since when it stands
    in listings, `readable_at` since when it can be read by its id.
    """

    id: str
    order: JobSubmission
    created_at: float
    scheduled_at: float
    updated_at: float
    status: str = "pending"
    source: bool = False
    retries: int = 0
    dispatched: int = 0
    finished: int = 0
    held: int = 0
    dead: bool = False
    pause: float | None = None
    visible_at: float = 0.0
    readable_at: float = 0.0
    asked_at: float = 0.0
    provider: str = "sip_trunk"
    campaign_id: str | None = None
    next_turn: float = 0.0
    planned: bool = False
    rows: list["Row"] = field(default_factory=list)
    queue: deque["Row"] = field(default_factory=deque)

    @property
    def dispatches(self) -> bool:
        """Tell whether the job's dispatcher would hand over another row."""
        return bool(self.queue) and not self.dead and self.status in {"pending", "in_progress"}


@dataclass(slots=True, eq=False)
class Row:
    """One recipient of one job.

    `holds` counts its permits, `in_air` those of them that belong to a dial; the difference has leaked.
    `again` counts the deliveries that the dispatcher still owes it by mistake. `asked_id` is the id that it
    was submitted with, `hidden` that nothing shows its dials, `whatsapp` who it is where it is no phone call,
    `inbound` that they called us.
    """

    id: str
    phone: str
    job: Job
    created_at: float
    updated_at: float
    data: Mapping[str, Any] | None = None
    status: str = "pending"
    call: "Call | None" = None
    deliveries: int = 0
    again: int = 0
    holds: int = 0
    in_air: int = 0
    asked_id: str = ""
    hidden: bool = False
    whatsapp: str | None = None
    inbound: bool = False
    was: str = ""
    """Its status before a cancel overwrote it."""
    woken_at: float | None = None
    """When its job began again by itself after a cancel, with this row still to be dialled."""


@dataclass(slots=True, eq=False)
class Call:
    """One dial that was truly made; `hidden` ones left no record on the platform."""

    id: str
    row: Row
    outcome: Outcome
    delivery: int
    started_at: float
    status: str = "initiated"
    accepted_at: float | None = None
    ended_at: float | None = None
    hidden: bool = False

    @property
    def sid(self) -> str:
        """Return the id of the dial as the carrier has it, where that is Twilio."""
        return carrier_sid("CA", self.id)

    @property
    def seconds(self) -> int:
        """Return the talk time in whole seconds, at least 1 for an answered call that is over."""
        if self.accepted_at is None or self.ended_at is None:
            return 0
        return max(1, round(self.ended_at - self.accepted_at))

    @property
    def is_live(self) -> bool:
        """Tell whether the call is in the air now."""
        return self.ended_at is None
