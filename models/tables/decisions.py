"""What people have decided about contacts that a recovery kept back."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, Text
from sqlmodel import Field, SQLModel

from models.moments import UtcMoment


class KeptDecision(SQLModel, table=True):
    """One decision about one contact; the newest of a contact that is not void counts."""

    __tablename__ = "kept_decision"
    __table_args__ = (Index("ix_kept_decision_job", "workspace", "platform", "job_id"),)

    id: int | None = Field(default=None, primary_key=True)
    workspace: str
    platform: str
    job_id: str
    recovery_id: str = Field(index=True)  # whose list was shown
    row: int
    contact_id: str
    phone: str
    choice: str  # models.enums.Choice
    by: str
    because: str = Field(sa_type=Text)
    via: str = Field(default="", sa_type=Text)
    at: datetime = Field(sa_type=UtcMoment)
    state: str  # hash of the list as it was shown
    about: str  # the disposition that kept the contact back
    seen: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))  # the source's row as it was seen
    known: list[str] = Field(sa_column=Column(JSON, nullable=False))  # models.disposition.decision's traces
    void_at: datetime | None = Field(default=None, sa_type=UtcMoment, nullable=True)
    void_why: str = Field(default="", sa_type=Text)
