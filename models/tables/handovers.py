"""What is known of platforms that cannot be read: hand-overs, calls we asked for, calls we heard of."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, Text
from sqlmodel import Field, SQLModel

from models.moments import UtcMoment


def _moment(*, nullable: bool = False) -> Any:
    """Return a column for an aware UTC time."""
    return Field(default=None, sa_type=UtcMoment, nullable=nullable)


class HandoverRow(SQLModel, table=True):
    """What one operator saw of a job at one moment; movement is judged between two of them."""

    __tablename__ = "handover"
    __table_args__ = (Index("ix_handover_job", "workspace", "platform", "job_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    workspace: str
    platform: str
    job_id: str
    at: datetime = _moment()
    by: str
    status: str
    expected: int | None = None
    processed: int | None = None
    agent_id: str | None = None
    number: str | None = None  # the caller's: a phone number, or what the platform calls it
    campaign_id: str | None = None
    upload_id: str | None = None
    upload: str | None = None  # digest of a HandedFile
    report: str | None = None
    stopped_by: str | None = None  # who has said that the job dials nobody more
    recovery_id: str | None = None  # the recovery that asked for it to be stopped
    void: bool = False  # the one after it took its place


class HandedFile(SQLModel, table=True):
    """One upload or report as it was handed over: its table, cell for cell."""

    __tablename__ = "handed_file"

    workspace: str = Field(primary_key=True)
    platform: str = Field(primary_key=True)
    job_id: str = Field(primary_key=True)
    digest: str = Field(primary_key=True)  # sha256 of the file's bytes
    kind: str  # upload or report
    name: str = Field(sa_type=Text)
    header: list[str] = Field(sa_column=Column(JSON, nullable=False))
    rows: list[list[str]] = Field(sa_column=Column(JSON, nullable=False))
    at: datetime = _moment()


class PeopleFile(SQLModel, table=True):
    """The people of a file that was handed over for recoveries of one job: keyed marks, never numbers."""

    __tablename__ = "people_file"

    id: str = Field(primary_key=True)  # OnlyPeople.key_for: the same people of the same file, the same key
    workspace: str
    platform: str
    job_id: str
    name: str = Field(sa_type=Text)
    sha256: str
    people: list[str] = Field(sa_column=Column(JSON, nullable=False))
    by: str
    at: datetime = _moment()


class PlacedCall(SQLModel, table=True):
    """One call that a wave has asked for: written down before the request, its answer after it."""

    __tablename__ = "placed_call"
    __table_args__ = (Index("ix_placed_call_person", "workspace", "person"),)

    recovery_id: str = Field(primary_key=True)
    contact_id: str = Field(primary_key=True)
    wave: int
    workspace: str
    platform: str
    person: str
    agent_id: str
    sent_at: datetime = _moment()
    state: str  # DispatchState: unknown until it has an answer
    first_sent_at: datetime | None = _moment(nullable=True)  # since when its token runs; None before 0008
    call_id: str | None = None  # the platform's own id, where its answer told one
    platform_at: datetime | None = _moment(nullable=True)  # the platform's own time of its answer
    answer: str = Field(default="", sa_type=Text)


class HeardCall(SQLModel, table=True):
    """One ended call that a webhook has told of; nothing that was said in it is kept."""

    __tablename__ = "heard_call"
    __table_args__ = (Index("ix_heard_call_person", "workspace", "person"),)

    workspace: str = Field(primary_key=True)
    platform: str = Field(primary_key=True)
    delivery_id: str = Field(primary_key=True)
    call_id: str
    agent_id: str
    person: str
    outbound: bool
    status: str
    error: str = Field(default="", sa_type=Text)  # the platform's own words, without numbers
    seconds: int | None = None
    started_at: datetime = _moment()
    ended_at: datetime | None = _moment(nullable=True)
    received_at: datetime = _moment()


class GrantedCall(SQLModel, table=True):
    """One call that a platform has asked about and was told to make: one a person and recovery, ever."""

    __tablename__ = "granted_call"

    recovery_id: str = Field(primary_key=True)
    contact_id: str = Field(primary_key=True)
    wave: int
    campaign_id: str  # the platform's own, as the question named it
    asked_as: str  # the campaign's own id of the contact
    at: datetime = _moment()
