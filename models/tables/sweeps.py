"""What sweeps keep from one to the next beside counters: who is in which job, and whose a call is."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.moments import UtcMoment


class JobPeople(SQLModel, table=True):
    """The people of one job as a row of digests, `models.triage.people.packed`; no number is in it.

    `recipe` says how the digests were made and `total` how many rows the job had: where either is another
    now, the job is read again.
    """

    __tablename__ = "job_people"

    workspace: str = Field(primary_key=True)
    platform: str = Field(primary_key=True)
    job_id: str = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcMoment, index=True)
    total: int
    recipe: str
    people: bytes = Field(repr=False)


class CallOwner(SQLModel, table=True):
    """Whose a call is, where a platform's listing does not tell; kept once it is over.

    The job is empty where it is no job's.
    """

    __tablename__ = "call_owner"

    workspace: str = Field(primary_key=True)
    platform: str = Field(primary_key=True)
    call_id: str = Field(primary_key=True)
    job_id: str
    at: datetime = Field(sa_type=UtcMoment, index=True)
