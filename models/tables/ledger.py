"""The ledger's tables: what is written here is the truth, Prefect only orchestrates."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.moments import UtcMoment

JsonDict = dict[str, Any]
SAID_NO = "outcome IN ('declined', 'do_not_contact')"
"""Who is not called by any other job either, as the index of them has it: a query asks in the same words."""


def _moment(*, nullable: bool = False, index: bool = False) -> Any:
    """Return a column for an aware UTC time."""
    return Field(default=None, sa_type=UtcMoment, nullable=nullable, index=index)


class Recovery(SQLModel, table=True):
    """One run of the ladder for one job."""

    __tablename__ = "recovery"
    __table_args__ = (UniqueConstraint("workspace", "platform", "job_id", "epoch"),)

    id: str = Field(primary_key=True)
    workspace: str
    platform: str
    job_id: str = Field(index=True)
    epoch: int
    state: str
    level: str
    started_at: datetime = _moment()
    ended_at: datetime | None = _moment(nullable=True)
    policy: JsonDict = Field(sa_column=Column(JSON, nullable=False))
    source: JsonDict | None = Field(default=None, sa_column=Column(JSON))
    diagnosis: JsonDict | None = Field(default=None, sa_column=Column(JSON))
    plan_hash: str | None = None
    approved_hash: str | None = None
    fenced_at: datetime | None = _moment(nullable=True)
    verdict: str | None = None
    aborted_at: datetime | None = _moment(nullable=True)
    cancel_asked: bool = False
    resumable: bool = False
    waits_until: datetime | None = _moment(nullable=True)  # the next calling hours, while it waits for them
    next_action: str = Field(default="", sa_type=Text)
    eta: JsonDict | None = Field(default=None, sa_column=Column(JSON))
    package: str | None = None
    around: JsonDict | None = Field(
        default=None, sa_column=Column(JSON)
    )  # models.triage.related_jobs.Known by job id: the workspace's other jobs when the plan was made


class Lease(SQLModel, table=True):
    """The claim on a job: one live holder, a token that only grows, an expiry."""

    __tablename__ = "lease"

    workspace: str = Field(primary_key=True)
    platform: str = Field(primary_key=True)
    job_id: str = Field(primary_key=True)
    recovery_id: str
    token: int
    host: str
    pid: int
    process_started: float
    expires_at: datetime = _moment()


class Snapshot(SQLModel, table=True):
    """The counters of a job at one moment; movement is judged over these."""

    __tablename__ = "snapshot"
    __table_args__ = (Index("ix_snapshot_job", "workspace", "platform", "job_id", "at"),)

    id: int | None = Field(default=None, primary_key=True)
    workspace: str
    platform: str
    job_id: str
    recovery_id: str | None = Field(default=None, index=True)
    at: datetime = _moment()
    status: str
    total: int
    dispatched: int
    finished: int
    counts: JsonDict = Field(sa_column=Column(JSON, nullable=False))
    live: int | None = None
    limit: int | None = None


class FindingRow(SQLModel, table=True):
    """What one check saw."""

    __tablename__ = "finding"

    id: int | None = Field(default=None, primary_key=True)
    recovery_id: str = Field(index=True)
    check: str
    severity: str
    cause: str
    message: str = Field(sa_type=Text, sa_column_kwargs={"name": "words"})
    evidence: JsonDict = Field(sa_column=Column(JSON, nullable=False))


class Planned(SQLModel, table=True):
    """One contact of a plan and all that became of it; a contact to redial is in at most one wave."""

    __tablename__ = "planned"
    __table_args__ = (
        UniqueConstraint("recovery_id", "contact_id"),
        Index(
            "uq_planned_redial",
            "recovery_id",
            "phone",
            unique=True,
            sqlite_where=Column("action", Text) == "redial",
            postgresql_where=Column("action", Text) == "redial",
        ),
        Index("ix_planned_state", "recovery_id", "state", "position"),
        Index("ix_planned_phone", "phone"),
        Index("ix_planned_wave", "recovery_id", "wave", "outcome", "outcome_code", "fault"),
        Index("ix_planned_settled", "recovery_id", "settled_at"),
        Index(
            "ix_planned_said_no",
            "recovery_id",
            sqlite_where=text(SAID_NO),
            postgresql_where=text(SAID_NO),
        ),
    )

    recovery_id: str = Field(primary_key=True)
    row: int = Field(primary_key=True)
    contact_id: str
    phone: str | None = None
    disposition: str
    action: str
    code: str = ""
    why: str = Field(default="", sa_type=Text)
    attempts: int = 0
    payload: JsonDict = Field(sa_column=Column(JSON, nullable=False))
    seen: JsonDict = Field(sa_column=Column(JSON, nullable=False))
    calling: JsonDict | None = Field(
        default=None, sa_column=Column(JSON)
    )  # models.calling.rule.Facts, where asked
    position: int | None = None  # place in the drawn order; None where it is not redialled
    state: str | None = None  # DispatchState; None where it is not redialled
    wave: int | None = None
    outcome: str | None = None
    outcome_code: str = ""
    fault: bool = False
    outcome_why: str = Field(default="", sa_type=Text)
    call_id: str | None = None
    settled_at: datetime | None = _moment(nullable=True)
    decision: int | None = None  # id of the KeptDecision that it follows


class Wave(SQLModel, table=True):
    """One submission to the platform: written down before it is sent."""

    __tablename__ = "wave"
    __table_args__ = (UniqueConstraint("marker"),)

    recovery_id: str = Field(primary_key=True)
    n: int = Field(primary_key=True)
    phase: str
    marker: str
    body_hash: str
    size: int
    cap: int
    state: str
    sends: int = 0
    token: int
    intent_at: datetime = _moment()
    sent_at: datetime | None = _moment(nullable=True)
    answered_at: datetime | None = _moment(nullable=True)
    moved_at: datetime | None = _moment(nullable=True)
    withdrawn_at: datetime | None = _moment(nullable=True)
    platform_job: str | None = Field(default=None, index=True)
    answer: str = Field(default="", sa_type=Text)
    in_air: int = Field(default=0, sa_column_kwargs={"server_default": "0"})  # as its recovery saw it last


class LookRow(SQLModel, table=True):
    """One look at the sample or the relaunch: the figures that a verdict is a pure function of."""

    __tablename__ = "look"

    id: int | None = Field(default=None, primary_key=True)
    recovery_id: str = Field(index=True)
    at: datetime = _moment()
    phase: str
    n: int
    k: int
    unresolved: int
    statistic: float
    word: str
    why: str = Field(sa_type=Text)


class Decision(SQLModel, table=True):
    """What a person decided about a plan."""

    __tablename__ = "decision"

    id: int | None = Field(default=None, primary_key=True)
    recovery_id: str = Field(index=True)
    at: datetime = _moment()
    approved: bool
    by: str
    reason: str = Field(sa_type=Text)
    plan_hash: str


class Suppressed(SQLModel, table=True):
    """A number that no recovery dials, whatever the plan says."""

    __tablename__ = "suppressed"

    workspace: str = Field(primary_key=True)
    phone: str = Field(primary_key=True)
    at: datetime = _moment()
    why: str = Field(sa_type=Text)


class Account(SQLModel, table=True):
    """A platform account and the first name it was known by: leases and counts go by that name."""

    __tablename__ = "account"

    fingerprint: str = Field(primary_key=True)  # keyed hash of platform, address and key
    workspace: str
    seen_at: datetime = _moment()


class Sighting(SQLModel, table=True):
    """What the listing of an account has shown of our own markers: only this makes absence a proof."""

    __tablename__ = "sighting"

    workspace: str = Field(primary_key=True)
    platform: str = Field(primary_key=True)
    found: int = 0  # accepted waves whose marker stood in a listing
    slowest: float = 0.0  # seconds from a send to the first listing that showed its marker, at the most
    renames: bool = False  # True once a job came back under another name than its marker
    at: datetime = _moment()


class AuditRow(SQLModel, table=True):
    """One link of the audit chain of a recovery."""

    __tablename__ = "audit"

    recovery_id: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    at: str
    kind: str
    body: JsonDict = Field(sa_column=Column(JSON, nullable=False))
    previous: str
    mac: str
    key_id: str


class PackageRow(SQLModel, table=True):
    """A diagnostics package as it was handed out."""

    __tablename__ = "package"

    id: int | None = Field(default=None, primary_key=True)
    recovery_id: str = Field(index=True)
    at: datetime = _moment()
    path: str
    sha256: str
    size: int
