"""A mapping: a file that was read, checked and understood, with all that follows from it."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from pydantic import ValidationError

from models.enums import Absence, Find
from models.mapping.claims import can_find, claims, too_much
from models.mapping.document import EvidenceLine, MappingDocument
from models.mapping.errors import MappingError
from models.platform import Capabilities
from models.reasons.overrides import Override

MOST_BYTES = 200_000
NO_CREATE = "the mapping names no way to create a job, so nobody can be redialled"
NO_RETRIES = (
    "the mapping does not say whether the platform calls again by itself (create.own_retries), so nobody can "
    "be redialled"
)
NO_PAYLOAD = (
    "the mapping does not say where the variables of a call come from (rows.payload), so no call can be "
    "repeated"
)


LEAST = Capabilities(
    can_list_jobs=False,
    can_list_calls=False,
    can_stop=False,
    has_live_count=False,
    has_limit=False,
    absence=Absence.NEVER,
    stop_overwrites_rows=True,
    max_rows=1,
    find=Find.NEVER,
)
"""What can be done by a mapping that names only how jobs and rows are read."""


@dataclass(frozen=True)
class PlatformMapping:
    """One mapping; `sha256` is of the file's bytes."""

    document: MappingDocument
    sha256: str

    @property
    def name(self) -> str:
        """Return what the platform is called in sentences."""
        return self.document.name

    @property
    def evidence(self) -> dict[str, EvidenceLine]:
        """Return what each claim that loosens goes by."""
        return self.document.evidence

    @property
    def can_create(self) -> bool:
        """Tell whether waves can be created."""
        return self.document.create is not None and self.document.create.own_retries is not None

    @property
    def problem(self) -> str | None:
        """Return why no call of this platform can be repeated, None where nothing stands against it."""
        if self.document.create is None:
            return NO_CREATE
        if not self.can_create:
            return NO_RETRIES
        rows = self.document.rows
        return NO_PAYLOAD if rows.payload is None and rows.fields.payload is None else None

    @property
    def capabilities(self) -> Capabilities:
        """Return what can be done by the mapping: what it does not name cannot be."""
        of = self.document
        return replace(
            LEAST,
            can_list_jobs=of.jobs is not None,
            can_list_calls=of.calls is not None,
            can_stop=of.stop is not None,
            has_live_count=of.capacity is not None and of.capacity.live is not None,
            has_limit=of.capacity is not None and of.capacity.limit is not None,
            absence=of.lookup.absence if can_find(of) else Absence.NEVER,
            max_rows=of.create.max_rows if of.create else 1,
            find=Find.JOBS if can_find(of) else Find.NEVER,
        )

    @property
    def reasons(self) -> tuple[Override, ...]:
        """Return the mapping's own rows for the reason tables."""
        return tuple(
            Override(row.system, row.code, row.disposition, row.reached, why=row.why)
            for row in self.document.reasons
        )

    @property
    def lacks(self) -> tuple[str, ...]:
        """Return what cannot be done or seen by this mapping, each as a clause."""
        return tuple(_lacks(self))

    def as_json(self) -> dict[str, Any]:
        """Return what stands in the plan's hash, the audit and the package."""
        lines = {claim: {"says": one.says, "source": one.source} for claim, one in self.evidence.items()}
        return {
            "platform": self.name,
            "sha256": self.sha256,
            "evidence": lines,
            "assumptions": list(self.document.assumptions),
        }


def _lacks(mapping: PlatformMapping) -> Iterator[str]:
    of, fields = mapping.document, mapping.document.job.fields
    if mapping.problem:
        yield mapping.problem
    if of.stop is None:
        yield "no program can stop a job: whom it still owns is not redialled before it has ended by itself"
    if mapping.capabilities.find is Find.NEVER:
        yield "a create without an answer cannot be looked up: the recovery holds"
    if fields.dispatched is None:
        yield "no counter tells of dispatches: one that no row shows is not seen"
    if fields.retries is None:
        yield "how often the platform has called contacts again by itself is not told: none is counted"
    if fields.scheduled_at is None and of.job.starts is None:
        yield "when a job is to start is not told: one that has called nobody yet is held"
    if of.call is None:
        yield "calls are not read: a contact that was called is held unless its row tells the reason"
    if of.rows.fields.updated_at is None and fields.updated_at is None:
        yield "neither rows nor jobs tell when they moved last: a stall shows between two looks alone"


def parse_mapping(data: bytes, name: str) -> PlatformMapping:
    """Return a mapping; raises MappingError with one sentence, and nothing of such a file is used.

    `name` is how the file is called in that sentence.
    """
    if len(data) > MOST_BYTES:
        raise MappingError(f"The mapping {name} has more than {MOST_BYTES:,} bytes: that is no mapping.")
    try:
        document = MappingDocument.model_validate(tomllib.loads(data.decode()))
    except UnicodeDecodeError:
        raise MappingError(f"The mapping {name} is not UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise MappingError(f"The mapping {name} is not TOML: {error}.") from None
    except ValidationError as error:
        raise MappingError(f"The mapping {name} cannot be used: {_first(error)}.") from None
    if trouble := next(too_much(document), None) or _unproved(document):
        raise MappingError(f"The mapping {name} claims too much: {trouble}.")
    return PlatformMapping(document, sha256(data).hexdigest())


def _first(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"{where} is no key of a mapping"
    words = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
    return f"{where}: {words}" if where else words


def _unproved(document: MappingDocument) -> str | None:
    made = claims(document)
    for claim, words in made.items():
        if claim not in document.evidence:
            return f'{words}, and [evidence."{claim}"] does not say where that is documented'
    for claim in document.evidence:
        if claim not in made:
            return f'[evidence."{claim}"] speaks of something that the mapping does not claim'
    return None
