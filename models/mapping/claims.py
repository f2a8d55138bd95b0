"""What a mapping claims that loosens: each claim needs evidence, and some are refused whatever is said."""

from collections.abc import Iterator, Mapping

from models.enums import Absence, ContactStatus, Disposition
from models.mapping.document import CreateTable, ListingTable, MappingDocument, ReasonAt
from models.mapping.selectors import Selector
from models.reasons.ruling import REDIALS
from models.reasons.table import ReasonTable

NEVER_REFUSED = frozenset({408, 409, 425})
"""Client errors that may stand for a create that was processed: timed out, there already, replayed early."""
SHORTEST_MARKER = 24
"""Characters that a marker may have at the least: a place that takes fewer would cut it."""
SIGNS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
LOOSE = REDIALS | {Disposition.OPERATOR}


def claims(of: MappingDocument) -> Mapping[str, str]:
    """Return every claim that loosens, by the key of its evidence: what is taken for granted by it."""
    return dict(_claims(of))


def _claims(of: MappingDocument) -> Iterator[tuple[str, str]]:
    if of.times.zone:
        yield "times.zone", f"times without a zone are {of.times.zone}"
    yield from _of_jobs(of)
    yield from _of_statuses(of)
    for name in ("rows", "jobs", "calls"):
        listing: ListingTable | None = getattr(of, name)
        if listing is not None and listing.paging.is_inferred:
            yield f"{name}.paging", f"the listing of {name} is complete by its end ({listing.paging.end})"
    if of.rows.payload == "none":
        yield "rows.payload", "a call needs the number alone"
    yield from _of_calls(of)
    yield from _of_reasons(of)
    yield from _of_create(of.create)
    if of.capacity is not None and of.capacity.live is not None:
        yield "capacity.live", "the live count counts every call that holds a permit"
    if of.stop is not None:
        yield "stop", "a stop ends dialling, and calls in the air go on"
    if of.lookup.absence is not Absence.NEVER:
        yield "lookup.absence", f"a complete listing without a marker is proof ({of.lookup.absence.value})"


def _of_jobs(of: MappingDocument) -> Iterator[tuple[str, str]]:
    if of.job.fields.updated_at is not None and of.rows.fields.updated_at is None:
        yield "job.updated_at", "nothing of a job has moved since its updated_at"
    if of.job.starts:
        yield "job.starts", "a job starts at once and waits for no time or hours of its own"
    if of.job.fields.retries is not None:
        yield "job.retries", "so many times the platform has called the failed rows again"


def _of_statuses(of: MappingDocument) -> Iterator[tuple[str, str]]:
    for word, status in of.job.statuses.items():
        if status.is_over:
            yield f"job.statuses.{word}", f"a job that is {word!r} dials nobody more"
    for word, row in of.rows.statuses.items():
        if row is ContactStatus.NOT_DIALED:
            yield f"rows.statuses.{word}", f"a row that is {word!r} was not dialled"


def _of_calls(of: MappingDocument) -> Iterator[tuple[str, str]]:
    if of.call is None:
        return
    for word, status in of.call.statuses.items():
        if status in {ContactStatus.NOT_REACHED, ContactStatus.NOT_DIALED}:
            yield f"call.statuses.{word}", f"nobody was reached by a call that is {word!r}"
    if of.call.fields.answered is not None:
        yield "call.answered", "a call that is not answered reached nobody"


def _of_reasons(of: MappingDocument) -> Iterator[tuple[str, str]]:
    known = packaged_systems()
    for system in dict.fromkeys(at.system.strip().lower() for at in _places(of)):
        if system in known:
            yield f"reasons.{system}", f"codes are those of {system}, which the packaged tables explain"
    for row in of.reasons:
        if row.disposition in LOOSE:
            yield (
                f"reasons.{row.system}.{row.code}",
                f"{row.system} {row.code} may be redialled ({row.disposition.value})",
            )


def _places(of: MappingDocument) -> tuple[ReasonAt, ...]:
    return (*of.rows.reasons, *(of.call.reasons if of.call else ()))


def packaged_systems() -> frozenset[str]:
    """Return the systems that the packaged tables know."""
    return frozenset(system for system, _ in ReasonTable.packaged().rows.exact)


def _of_create(create: CreateTable | None) -> Iterator[tuple[str, str]]:
    if create is None:
        return
    if create.own_retries:
        words = "does not call anybody again by itself" if create.own_retries == "none" else "is told not to"
        yield "create.own_retries", f"the platform {words}"
    for name, statuses in (("refused", create.refused), ("again", create.again)):
        for status in statuses:
            yield f"create.{name}.{status}", f"nothing is created where a create is answered with {status}"
    if create.token is not None:
        yield "create.token", "a create that repeats its key is carried out once"


def too_much(of: MappingDocument) -> Iterator[str]:
    """Yield, in words, what no evidence can make right."""
    yield from _answers(of.create)
    yield from _lookup(of)
    yield from _made_up(of)
    if of.calls is not None and (of.call is None or of.call.fields.job_id is None):
        yield "calls are listed and call.fields.job_id does not tell whose they are"
    known = packaged_systems()
    for row in of.reasons:
        name = f"reasons {row.system} {row.code}"
        if row.system.strip().lower() in known:
            yield f"{name}: {row.system} is a system of the packaged tables, which a mapping leaves alone"
        if row.disposition in REDIALS and row.reached != "no":
            yield f"{name} is a redial ({row.disposition.value}) of somebody who may have been reached"


def _made_up(of: MappingDocument) -> Iterator[str]:
    """Yield fields that say what the platform does not: a count of what it shows, one moment for two."""
    job, rows = of.job.fields, of.rows.fields
    for name in ("total", "dispatched", "finished"):
        at: Selector | None = getattr(job, name)
        if at is not None and at.makes_up:
            yield (
                f"job.fields.{name} counts what an answer shows, or is a value of the mapping's own, and no "
                "counter of the platform's: leave it out, then the rows are counted"
            )
    for where, other, fields in (
        ("job.fields.updated_at", job.updated_at, job),
        ("job.fields.scheduled_at", job.scheduled_at, job),
        ("rows.fields.updated_at", rows.updated_at, rows),
    ):
        if other is not None and fields.created_at is not None and other.text == fields.created_at.text:
            yield f"{where} reads the moment of created_at, which says nothing of it: leave it out"


def _answers(create: CreateTable | None) -> Iterator[str]:
    if create is None:
        return
    for status in create.accepted:
        if not 200 <= status < 300:  # noqa: PLR2004  the success codes
            yield f"create.accepted holds {status}, which is no success"
    for name, statuses in (("refused", create.refused), ("again", create.again)):
        for status in statuses:
            if not 400 <= status < 500 or status in NEVER_REFUSED:  # noqa: PLR2004  the client errors
                yield f"create.{name} holds {status}: after such an answer the wave may exist"
    if set(create.refused) & set(create.again):
        yield "create.refused and create.again share a status"
    yield from _marker(create)


def _marker(create: CreateTable) -> Iterator[str]:
    if create.marker is not None:
        if create.marker.longest < SHORTEST_MARKER:
            yield f"create.marker.longest is below {SHORTEST_MARKER}, so a marker would be cut: leave it out"
        if missing := set(SIGNS) - alphabet(create.marker.alphabet):
            yield f"create.marker.alphabet lacks {min(missing)!r}, which markers hold: leave the marker out"
        if not create.carries_marker:
            yield "create.marker is described, and create.body puts `marker` nowhere"


def alphabet(said: str) -> frozenset[str]:
    """Return the characters that an alphabet such as `A-Za-z0-9_-` means; a last - is itself."""
    found: set[str] = set()
    at = 0
    while at < len(said):
        if said[at + 1 : at + 2] == "-" and at + 2 < len(said):
            found |= {chr(code) for code in range(ord(said[at]), ord(said[at + 2]) + 1)}
            at += 3
        else:
            found.add(said[at])
            at += 1
    return frozenset(found)


def can_find(of: MappingDocument) -> bool:
    """Tell whether a wave whose answer was lost can be looked up by its marker among the jobs."""
    listed = of.jobs is not None and of.job.fields.name is not None
    return listed and of.create is not None and of.create.carries_marker


def _lookup(of: MappingDocument) -> Iterator[str]:
    if of.lookup.absence is not Absence.NEVER and not can_find(of):
        yield (
            "lookup.absence claims that a wave which is not listed does not exist, and no wave can be found: "
            "that needs [jobs], job.fields.name and [create.marker]"
        )
