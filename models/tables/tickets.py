"""The tables of what is told outside: which tickets hear of a recovery, and what is still to be told."""

from datetime import datetime

from sqlalchemy import JSON, Column, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.moments import UtcMoment
from models.tables.ledger import JsonDict


class TicketLink(SQLModel, table=True):
    """One ticket that hears of a recovery."""

    __tablename__ = "ticket_link"

    recovery_id: str = Field(primary_key=True)
    system: str = Field(primary_key=True)
    ticket_id: str = Field(primary_key=True)
    linked_at: datetime = Field(default=None, sa_type=UtcMoment, nullable=False)


class OutboxRow(SQLModel, table=True):
    """One message on its way out: written with what it tells of, delivered when the other side is there.

    `recovery_id` is the recovery that it tells of or, where none came of a request, the request's id.
    `target` is the ticket's id, or the name of a channel where `system` is `notify`. A row is leased while
    somebody delivers it: `lease` is a word of theirs, `leased_until` when it lapses.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("recovery_id", "system", "target", "milestone"),
        Index("ix_outbox_due", "state", "next_try"),
    )

    id: int | None = Field(default=None, primary_key=True)
    recovery_id: str = Field(index=True)
    milestone: str
    system: str
    target: str
    facts: JsonDict = Field(sa_column=Column(JSON, nullable=False))
    written_at: datetime = Field(default=None, sa_type=UtcMoment, nullable=False)
    state: str
    tries: int = 0
    next_try: datetime = Field(default=None, sa_type=UtcMoment, nullable=False)
    lease: str | None = None
    leased_until: datetime | None = Field(default=None, sa_type=UtcMoment, nullable=True)
    last_words: str = Field(default="", sa_type=Text)
    done_at: datetime | None = Field(default=None, sa_type=UtcMoment, nullable=True)
