"""What summary.json and manifest.json hold, for programs; `make docs` prints the JSON schemas."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from models.enums import Cause, Check, Disposition, Severity
from models.package.layout import SCHEMA_VERSION
from models.report.people import PersonEnd

Missing = Annotated[str, Field(pattern=r"^(unknown|n/a): .", description="Not there, and why.")]
Text = Annotated[str, Field(min_length=1, description="A fact, `unknown: why` or `n/a: why`.")]
Count = Annotated[int, Field(ge=0)]
_MOMENT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"
Moment = Annotated[str, Field(pattern=_MOMENT, description="ISO 8601 in UTC.")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Strict(BaseModel):
    """A part of a document: a name that is not listed is an error, and nothing is converted."""

    model_config = ConfigDict(extra="forbid", strict=True)


class TimeWindow(Strict):
    """From when to when the job is known about."""

    start: Moment | Missing
    end: Moment | Missing
    timezone: Annotated[str, Field(min_length=1, description="IANA name of the job's zone, or why not.")]


class SymptomFacts(Strict):
    """What a user saw."""

    name: Text
    summary: Text
    picture: Text


class FailedAndSuccessful(Strict):
    """About how many were called without success and how many were reached, of all who were expected."""

    failed: Count | Missing
    successful: Count | Missing
    total: Count | Missing


class Required(Strict):
    """The seven items that the runbook requires of an escalation, in its order."""

    workspace_id: Text
    campaign_id: Text
    batch_job_id: Text
    upload_id: Text
    time_window: TimeWindow
    symptom: SymptomFacts
    counts: FailedAndSuccessful


class PictureFacts(Strict):
    """One picture of the symptom, and whose it is."""

    file: str
    made_by: Literal["ringback", "a person"]
    says: str


class ApprovalFacts(Strict):
    """What a person decided about the plan."""

    at: Moment
    approved: bool
    by: str
    reason: str
    plan_hash: str


class PeopleFacts(Strict):
    """Everybody once; the ends add up to `expected`."""

    expected: Count
    ends: dict[PersonEnd, Count]


class FindingFacts(Strict):
    """What one check of the runbook saw."""

    check: Check
    severity: Severity
    cause: Cause
    words: str
    evidence: dict[str, Any]


class ReasonFacts(Strict):
    """How often one code ended a call; `share` is of all calls that ended."""

    code: str
    system: str
    disposition: Disposition | Literal[""]
    count: Count
    share: Annotated[float, Field(ge=0, le=1)]


class Summary(Strict):
    """summary.json: the facts of SUMMARY.md for programs."""

    model_config = ConfigDict(title="summary.json of a ringback package")

    schema_version: Literal["2"]
    required: Required
    recovery_id: Text
    platform: str
    generated_at: Moment
    escalated_because: list[str]
    verdict: Text
    next_action: Text
    eta: Text
    plan_hash: Text
    tried: list[str]
    approved: list[ApprovalFacts]
    asked: list[str]
    people: PeopleFacts
    pictures: list[PictureFacts]
    findings: list[FindingFacts]
    reasons: list[ReasonFacts]
    reasons_total: Annotated[Count, Field(description="Of which `reasons` has the most frequent.")]


class FileFacts(Strict):
    """One file as it stands in the zip."""

    sha256: Sha256
    bytes: Count
    media: str


class RedactionFacts(Strict):
    """By which rules the package is redacted, and how often each kind of thing was taken out."""

    profile: str
    counts: dict[str, Count]


class AuditFacts(Strict):
    """The audit chain in actions.jsonl: how many links there are, and the last one as an anchor."""

    entries: Count
    in_file: Count
    last_seq: Count
    last_mac: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]


class Manifest(Strict):
    """manifest.json: every file of the zip but itself, and what is not in it."""

    model_config = ConfigDict(title="manifest.json of a ringback package")

    schema_version: Literal["2"]
    bundle_id: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    created: Annotated[Moment, Field(description="As of when everything in it is told.")]
    reason: Text
    recovery_id: Text
    files: dict[str, FileFacts]
    redaction: RedactionFacts
    audit: AuditFacts
    people_left_out: Annotated[
        dict[PersonEnd, Count], Field(description="Whom people.csv had no room for, by their end.")
    ]
    left_out: list[str]
    notes: list[str]


DOCUMENTS: dict[str, type[Strict]] = {"summary": Summary, "manifest": Manifest}
"""What is published, by its name."""


def schema_of(name: str) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a document."""
    found = DOCUMENTS[name].model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found}


__all__ = ["DOCUMENTS", "SCHEMA_VERSION", "Manifest", "Summary", "schema_of"]
