"""An operator hands a job over: what is not the job's is refused in a sentence, all else is kept."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from models.contacts.verdict import ContactFileError
from models.enums import JobStatus
from models.errors import EXIT_USAGE, RingbackError
from models.handovers.refusals import (
    counted_back,
    foreign_report,
    foreign_upload,
    no_phone_column,
    older_report,
    people,
)
from models.handovers.reports import CONTRADICTED, read_report
from models.handovers.tables import Columns, Table
from models.handovers.vocabulary import Vocabulary
from models.handovers.voqo import VOQO
from models.masking.quotes import plain_word
from models.tables.handovers import HandoverRow
from tasks.contact_files.table import read_table
from tasks.ledger.handovers import Handovers
from tasks.marks import struck
from tasks.platforms.voqo.known import KnownJob, known_job


class NotTakenError(RingbackError):
    """A hand-over that is not taken; nothing of it was kept."""

    exit_code = EXIT_USAGE
    next_action = "Put the file or the figure right, and hand it over again."


class UnreadableHandoverError(NotTakenError):
    """A file that nobody could take, whichever job it is said to be of."""


@dataclass(frozen=True, kw_only=True)
class OperatorReport:
    """What an operator sees of a job at one moment, as they say it."""

    job_id: str
    by: str
    status: str | None = None
    """None where a person only says that the job is stopped: it is as it was said to be before."""
    expected: int | None = None
    processed: int | None = None
    upload: Path | None = None
    report: Path | None = None
    agent_id: str | None = None
    number: str | None = None
    campaign_id: str | None = None
    upload_id: str | None = None
    correct: bool = False
    """True where the hand-over before was wrong and this one takes its place."""
    stopped_for: str | None = None
    """The recovery for which a person says that the job is stopped."""


@dataclass(frozen=True)
class TakenHandover:
    """A hand-over that was kept, and what is to be said of it."""

    row: HandoverRow
    known: KnownJob = field(repr=False)
    notes: tuple[str, ...] = ()


def observe(
    handovers: Handovers, seen: OperatorReport, columns: Columns, vocabulary: Vocabulary = VOQO
) -> TakenHandover:
    """Keep what an operator sees of a job; raises NotTakenError where it is another's, or older.

    `vocabulary` is what the platform's jobs are called by, and whether files of it tell of calls.
    """
    if seen.report and not vocabulary.takes_reports:
        struck("handovers.no_report")
        raise NotTakenError(
            f"Calls of job {seen.job_id} are read from the platform: no report of it is taken. Say how many "
            "its dashboard counts with --processed N."
        )
    before = _before(handovers, seen, columns)
    try:
        tables = _tables(seen, columns)
        trouble = next(_troubles(handovers, seen, tables, before, columns), None)
    except ContactFileError as fault:
        struck("handovers.unreadable")
        raise UnreadableHandoverError(f"{fault} Nothing was handed over.") from None
    if trouble:
        struck("handovers.not_taken")
        raise NotTakenError(trouble)
    row = handovers.add(_row(handovers, seen, tables, before), list(tables.values()), correct=seen.correct)
    known = known_job(handovers, seen.job_id, columns)
    return TakenHandover(row, known, tuple(_notes(seen, known, columns, vocabulary)))


def _before(handovers: Handovers, seen: OperatorReport, columns: Columns) -> KnownJob | None:
    rows = handovers.of_job(seen.job_id)
    rows = rows[:-1] if seen.correct else rows
    if not rows:
        return None
    uploads = [row.upload for row in rows if row.upload]
    upload = handovers.table(seen.job_id, uploads[-1]) if uploads else None
    return replace(known_job(handovers, seen.job_id, columns), rows=rows, upload=upload)


def _tables(seen: OperatorReport, columns: Columns) -> dict[str, Table]:
    found = {}
    if seen.upload:
        found["upload"] = read_table(seen.upload, "upload", columns.upload_phone)
    if seen.report:
        found["report"] = read_table(seen.report, "report", columns.report_phone)
    for table in found.values():
        if trouble := no_phone_column(table, columns):
            raise ContactFileError(trouble)
    return found


def _troubles(
    handovers: Handovers,
    seen: OperatorReport,
    tables: Mapping[str, Table],
    before: KnownJob | None,
    columns: Columns,
) -> Iterator[str]:
    """Yield why a hand-over is not taken."""
    told = before.told if before else {}
    known = before.upload if before else None
    new, report = tables.get("upload"), tables.get("report")
    found = [_other_kind(handovers, seen.job_id, table, tables) for table in tables.values()]
    if new:
        found.append(foreign_upload(new, None if seen.correct else known, told, columns))
        if seen.correct and known and known.rows != new.rows and handovers.has_recovery(seen.job_id):
            found.append("A recovery of this job goes by the upload of before: it is not replaced any more.")
    if report:
        now = read_report(report, columns, handovers.ledger.clock.now())
        found.append(foreign_report(report, now, new or known, seen.job_id, columns))
        found.append(older_report(report, now, told))
    found.append(counted_back(seen.processed, [row.processed for row in before.rows] if before else []))
    if before is None and seen.status is None:
        found.append(f"Nobody has handed over job {seen.job_id} yet: say with --status what is shown.")
    yield from filter(None, found)


def _other_kind(handovers: Handovers, job_id: str, table: Table, tables: Mapping[str, Table]) -> str | None:
    """Say why a file is not taken that was handed over as the other kind, now or before."""
    before = handovers.table(job_id, table.digest)
    others = [one for one in (*tables.values(), before) if one and one.digest == table.digest]
    if all(one.kind == table.kind for one in others):
        return None
    return f"The file {table.name} was given as the upload and as the report: it can be one of them only."


def _row(
    handovers: Handovers, seen: OperatorReport, tables: Mapping[str, Table], before: KnownJob | None
) -> HandoverRow:
    digests = {kind: table.digest for kind, table in tables.items()}
    status = seen.status if seen.status is not None else (before.newest.status if before else "")
    return HandoverRow(
        workspace=handovers.workspace,
        platform=handovers.platform,
        job_id=seen.job_id,
        at=handovers.ledger.clock.now(),
        by=seen.by,
        status=plain_word(status),
        expected=seen.expected,
        processed=seen.processed,
        agent_id=seen.agent_id,
        number=seen.number,
        campaign_id=seen.campaign_id,
        upload_id=seen.upload_id,
        upload=digests.get("upload"),
        report=digests.get("report"),
        stopped_by=seen.by if seen.stopped_for else None,
        recovery_id=seen.stopped_for,
    )


def _notes(seen: OperatorReport, known: KnownJob, columns: Columns, vocabulary: Vocabulary) -> Iterator[str]:
    if seen.status is not None and vocabulary.status_of(seen.status) is JobStatus.UNKNOWN:
        listed = ", ".join(vocabulary.statuses)
        yield f"The status {plain_word(seen.status)!r} is not known and holds the job. Known: {listed}."
    if known.upload is None:
        yield "The job's upload was not handed over: nobody can be redialled without it (--upload FILE)."
    if known.upload and known.expected not in {None, len(known.upload.filled)}:
        rows = len(known.upload.filled)
        yield f"The dashboard expects {known.expected} contacts, and the upload has {rows}."
    if vocabulary.takes_reports:
        yield from _notes_of_reports(seen, known, columns)
    elif known.processed is None:
        yield "Nobody has said how many calls were counted: whom no call shows is held (--processed N)."


def _notes_of_reports(seen: OperatorReport, known: KnownJob, columns: Columns) -> Iterator[str]:
    if not known.last("agent_id"):
        yield "The job's agent was not named: nobody can be redialled without it (--agent ID)."
    if not known.read:
        yield "No report was handed over: only the dashboard's counter tells who was called (--report FILE)."
    if not known.counted:
        yield "Nobody has said how many were processed: whoever is in no report is held (--processed N)."
    if torn := sum(1 for one in known.told.values() if one.raw == CONTRADICTED):
        yield f"The reports contradict each other about {torn} people: they are held."
    if unmapped := sum(1 for one in known.told.values() if not one.mapped):
        yield (
            f"The report says of {unmapped} people what nobody has mapped: they are held. `ringback "
            f"platform check {seen.job_id}` lists the values."
        )
    if known.upload and known.read and len(known.told) < len(people(known.upload, columns)):
        yield "The last report does not list everybody of the upload."
