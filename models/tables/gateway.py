"""The gateway's tables: what was asked for, on its way to a run, and who may ask."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.moments import UtcMoment


def _moment(*, nullable: bool = False) -> Any:
    """Return a column for an aware UTC time."""
    return Field(default=None, sa_type=UtcMoment, nullable=nullable)


class InboxRow(SQLModel, table=True):
    """One request, written down before it is answered and started from here: HookState tells where it is."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("source", "delivery_id"),
        UniqueConstraint("source", "digest"),
        Index("ix_inbox_due", "state", "next_at"),
        Index("ix_inbox_job", "workspace", "job_id"),
    )

    id: str = Field(primary_key=True)
    source: str
    delivery_id: str | None = None
    digest: str | None = None  # sha256 of the signed time and the body; the body itself is not kept
    act: str
    state: str
    message: str = Field(default="", sa_type=Text, sa_column_kwargs={"name": "words"})
    received_at: datetime = _moment()
    workspace: str = ""
    job_id: str = ""
    ticket: str = ""
    campaign: str = ""
    request: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    key: str | None = None
    recovery_id: str | None = None  # of a wake: which recovery shall go on
    joined: str | None = None  # the request, or else the recovery, that already does what this one asks
    attempts: int = 0
    next_at: datetime = _moment()
    host: str = ""
    pid: int = 0
    process_started: float = 0.0
    claimed_until: datetime | None = _moment(nullable=True)
    run_id: str | None = None
    ended_at: datetime | None = _moment(nullable=True)


class ApiToken(SQLModel, table=True):
    """One token of the API: its hash, never itself."""

    __tablename__ = "api_token"
    __table_args__ = (UniqueConstraint("name"),)

    id: str = Field(primary_key=True)  # the part of the token that may be shown
    name: str
    hash: str
    scopes: str  # comma-separated
    workspaces: list[str] = Field(
        default_factory=lambda: ["*"], sa_column=Column(JSON, nullable=False, server_default='["*"]')
    )  # names; `*` for all
    created_at: datetime = _moment()
    expires_at: datetime | None = _moment(nullable=True)
    revoked_at: datetime | None = _moment(nullable=True)
