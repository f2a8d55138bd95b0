"""The tables of a mapping file; every field that may be left out takes an ability away where it is."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from models.enums import Absence, ContactStatus, Disposition, JobStatus
from models.mapping import templates
from models.mapping.paths import checked_path
from models.mapping.selectors import Selector
from models.reasons.ruling import Reached

_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
_TAKEN = frozenset({"host", "content-length", "content-type", "transfer-encoding", "connection", "cookie"})
NONE: frozenset[str] = frozenset()
JOB: frozenset[str] = frozenset({"job_id"})

Expression = Annotated[Selector, BeforeValidator(Selector.of)]
Words = Annotated[str, Field(min_length=1, max_length=200)]
Sentence = Annotated[str, Field(min_length=12, max_length=600)]


def _header(name: str) -> str:
    if not _HEADER.fullmatch(name) or name.lower() in _TAKEN:
        raise ValueError(f"{name!r} is no header that a mapping may set")
    return name


Header = Annotated[str, AfterValidator(_header)]


Printable = Annotated[str, Field(max_length=100, pattern=r"^[\x20-\x7e]*$")]


class MappingTable(BaseModel):
    """A table of the file: a key that is not known is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Auth(MappingTable):
    """The header that carries the key, and fixed ones that stand beside it: a version, say."""

    header: Header
    prefix: Printable = ""
    headers: dict[Header, Printable] = Field(default_factory=dict)


class Times(MappingTable):
    """How times are written; ISO 8601 times without a zone tell no moment unless `zone` is documented."""

    form: Literal["iso", "unix", "unix_ms"] = "iso"
    zone: Literal["UTC"] | None = None


class Errors(MappingTable):
    """Where an error answer says in words what is wrong."""

    message: Expression | None = None


class Fields(MappingTable):
    """What is read of one object, each by an expression."""


class JobFields(Fields):
    """What is read of a job. Counters that are not shown are counted from its rows."""

    id: Expression
    status: Expression
    created_at: Expression
    name: Expression | None = None
    total: Expression | None = None
    dispatched: Expression | None = None
    finished: Expression | None = None
    updated_at: Expression | None = None
    scheduled_at: Expression | None = None
    timezone: Expression | None = None
    retries: Expression | None = None
    cap: Expression | None = None
    agent_id: Expression | None = None
    number_id: Expression | None = None
    campaign_id: Expression | None = None
    upload_id: Expression | None = None
    provider: Expression | None = None
    settings: Expression | None = None


class RowFields(Fields):
    """What is read of a row."""

    id: Expression
    phone: Expression
    status: Expression
    call_id: Expression | None = None
    created_at: Expression | None = None
    updated_at: Expression | None = None
    payload: Expression | None = None
    marker: Expression | None = None


class CallFields(Fields):
    """What is read of a call."""

    id: Expression
    status: Expression
    answered: Expression | None = None
    seconds: Expression | None = None
    job_id: Expression | None = None
    contact_id: Expression | None = None
    started_at: Expression | None = None
    carrier_id: Expression | None = None
    marker: Expression | None = None


class ReasonAt(MappingTable):
    """Where a reason stands: its system in the reason tables, its code, and the text beside it."""

    system: Words
    code: Expression
    text: Expression | None = None


class Paging(MappingTable):
    """How a listing goes on, and how it says that it has ended.

    `by` says what is sent: nothing (`whole`), a `cursor`, a `page` number or an `offset`. `end` says what is
    believed: `more` (a boolean), `total` (a count of all members), `pages` (a count of pages) or `cursor`
    (none is given any more); `short` and `empty` pages, `whole`, and whatever an expression works out instead
    of walking to it, are believed with evidence alone.
    """

    by: Literal["whole", "cursor", "page", "offset"]
    end: Literal["more", "total", "pages", "cursor", "short", "empty", "whole"] = "whole"
    send: Words | None = None
    first: int = Field(1, ge=0, le=1)
    size_send: Words | None = None
    size: int | None = Field(None, ge=1, le=1000)
    more: Expression | None = None
    total: Expression | None = None
    pages: Expression | None = None
    cursor: Expression | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        whole = (self.by == "whole", self.end == "whole")
        if any(whole) and not all(whole):
            raise ValueError("a listing without a documented end is no listing: say `end`, or by = 'whole'")
        if self.by != "whole" and not self.send:
            raise ValueError(f"paging by {self.by} needs `send`, the parameter that is sent")
        if self.by == "cursor" and self.cursor is None:
            raise ValueError("paging by cursor needs `cursor`, where the next one stands")
        if self.end in {"more", "total", "pages", "cursor"} and getattr(self, self.end) is None:
            raise ValueError(f"end = {self.end!r} needs `{self.end}`, where that stands")
        if (self.end == "short" or self.by == "offset") and self.size is None:
            raise ValueError(f"paging by {self.by} that ends by {self.end} needs `size`")
        if (self.size is None) != (self.size_send is None):
            raise ValueError("`size` and `size_send` belong together: the size is asked for, not guessed")
        if self.by == "cursor" and self.end in {"short", "pages"}:
            raise ValueError(f"a cursor does not end by {self.end}")
        return self

    @property
    def is_inferred(self) -> bool:
        """Tell whether the end is no word of the platform's: what an expression works out is none."""
        if self.end in {"short", "empty", "whole"}:
            return True
        told: Selector = getattr(self, self.end)
        return not told.only_walks


class ListingTable(MappingTable):
    """A listing: its path, what is asked for, where its members stand, and how it is paged."""

    path: str
    members: Expression
    paging: Paging
    query: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _asks_plainly(self) -> Self:
        for name, value in self.query.items():
            if isinstance(value, list) or (isinstance(value, Mapping) and templates.FROM not in value):
                raise ValueError(f"query.{name} is no single value")
            templates.check(value, within=templates.ABOUT_A_JOB)
        return self


class JobTable(MappingTable):
    """How one job is read."""

    path: str
    body: Expression | None = None
    fields: JobFields
    statuses: dict[str, JobStatus]
    starts: Literal["at_once"] | None = None
    """`at_once` where a job neither waits for a time nor for calling hours of its own."""

    @model_validator(mode="after")
    def _has_a_path(self) -> Self:
        checked_path(self.path, JOB)
        if self.starts and self.fields.scheduled_at is not None:
            raise ValueError("starts and fields.scheduled_at say two things: keep one")
        return self


class JobsTable(ListingTable):
    """How jobs are listed; `read_each` reads each by its id, where members do not show all of a job."""

    read_each: bool = False
    fields: dict[str, Expression] = Field(default_factory=dict)
    """Fields that members show elsewhere than the job itself does."""

    @model_validator(mode="after")
    def _has_a_path(self) -> Self:
        checked_path(self.path, NONE)
        if strange := set(self.fields) - set(JobFields.model_fields):
            raise ValueError(f"fields.{min(strange)} is no field of a job")
        return self


class RowsTable(ListingTable):
    """How the rows of a job are read; `payload` says where what the agent is told comes from.

    `upload`: from the file that an operator hands over; `none`: a call needs the number alone. Where neither
    it nor fields.payload is there, no call can be repeated.
    """

    fields: RowFields
    statuses: dict[str, ContactStatus]
    payload: Literal["upload", "none"] | None = None
    reasons: tuple[ReasonAt, ...] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        checked_path(self.path, JOB)
        if self.payload and self.fields.payload is not None:
            raise ValueError("payload and fields.payload say two things: keep one")
        return self


class UploadTable(MappingTable):
    """The upload that rows are joined with, by the person behind the number."""

    phone: Words | None = None


class CallTable(MappingTable):
    """How one call is read."""

    path: str
    body: Expression | None = None
    fields: CallFields
    statuses: dict[str, ContactStatus]
    reasons: tuple[ReasonAt, ...] = ()

    @model_validator(mode="after")
    def _has_a_path(self) -> Self:
        checked_path(self.path, frozenset({"call_id"}))
        return self


class CallsTable(ListingTable):
    """How the calls of a job are listed; members are read as the call is."""

    @model_validator(mode="after")
    def _has_a_path(self) -> Self:
        checked_path(self.path, JOB if "{job_id}" in self.path else NONE)
        return self


class Existence(MappingTable):
    """Where something can be asked for: an answer means that it exists, 404 that it does not."""

    path: str


class CapacityTable(MappingTable):
    """Calls in the air and their limit, as far as the platform tells."""

    path: str
    live: Expression | None = None
    limit: Expression | None = None

    @model_validator(mode="after")
    def _has_a_path(self) -> Self:
        checked_path(self.path, NONE)
        return self


class MarkerTable(MappingTable):
    """What the place that carries our marker takes: its length and its characters."""

    longest: int = Field(ge=1, le=1000)
    alphabet: str = Field(min_length=3, max_length=100)


class TokenTable(MappingTable):
    """The header of an idempotency key; it is sent, and asked about only where it is documented."""

    header: Header


class Created(MappingTable):
    """Where the answer to a create tells which job was made."""

    id: Expression
    name: Expression | None = None


class CreateTable(MappingTable):
    """How a wave is created, and what each answer means; a status that is not listed may have called."""

    path: str
    body: dict[str, Any]
    accepted: tuple[int, ...] = Field(min_length=1)
    refused: tuple[int, ...] = ()
    again: tuple[int, ...] = ()
    job: Created
    max_rows: int = Field(ge=1)
    own_retries: Literal["none", "off"] | None = None
    marker: MarkerTable | None = None
    token: TokenTable | None = None

    @model_validator(mode="after")
    def _is_built(self) -> Self:
        checked_path(self.path, NONE)
        templates.check(self.body)
        if not any(place.startswith("contact.phone") for place in templates.places(self.body)):
            raise ValueError("body says nowhere whom to call: no place is filled from contact.phone")
        return self

    @property
    def carries_marker(self) -> bool:
        """Tell whether a wave can be known again by what it says."""
        return self.marker is not None and "marker" in templates.places(self.body)


class StopTable(MappingTable):
    """How a job is stopped: it dials nobody more, and calls in the air go on."""

    path: str
    method: Literal["POST", "PUT", "PATCH"] = "POST"
    body: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _has_a_path(self) -> Self:
        checked_path(self.path, JOB)
        if self.body is not None:
            templates.check(self.body, within=templates.ABOUT_A_JOB)
        return self


class Lookup(MappingTable):
    """What it is worth that a complete listing does not show a marker."""

    absence: Absence = Absence.NEVER


class OwnReason(MappingTable):
    """One row of the mapping's own for the reason tables."""

    system: Words
    code: Words
    disposition: Disposition
    reached: Reached
    why: Words


class EvidenceLine(MappingTable):
    """A sentence of the platform's documents and where it stands."""

    says: Sentence
    source: Annotated[str, Field(min_length=8, max_length=400)]


class MappingDocument(MappingTable):
    """A whole mapping file."""

    format: Literal[1]
    name: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9 ._-]{0,39}$")]
    assumptions: tuple[Sentence, ...] = ()
    constants: dict[str, str | int] = Field(default_factory=dict)
    auth: Auth
    times: Times = Times()
    errors: Errors = Errors()
    job: JobTable
    rows: RowsTable
    jobs: JobsTable | None = None
    upload: UploadTable = UploadTable()
    call: CallTable | None = None
    calls: CallsTable | None = None
    agent: Existence | None = None
    number: Existence | None = None
    capacity: CapacityTable | None = None
    create: CreateTable | None = None
    stop: StopTable | None = None
    lookup: Lookup = Lookup()
    reasons: tuple[OwnReason, ...] = ()
    evidence: dict[str, EvidenceLine] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _existences(self) -> Self:
        for what, place in (("agent", self.agent), ("number", self.number)):
            if place is not None:
                checked_path(place.path, frozenset({f"{what}_id"}))
        return self
