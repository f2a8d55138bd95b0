"""Waves of earlier recoveries that were taken back, read again before anybody of them is planned."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from models.disposition.hidden import hidden
from models.enums import ContactStatus, Disposition
from models.platform import Contact, Job, NoSuchJobError
from models.tables.ledger import Planned, Wave
from models.triage.observation import Attempt
from models.triage.related_jobs import Known
from models.triage.taken_back import GONE, HIDDEN, called_after_all, in_doubt
from tasks.context import RunContext
from tasks.dispatch.rows import match, read_rows
from tasks.marks import struck

UNDELIVERED = Disposition.UNDELIVERED.value


def read_again(ctx: RunContext, wave: Wave, planned: Sequence[Planned]) -> Mapping[str, Attempt]:
    """Return what a wave did to people, by contact, beyond what the ledger says; costs two requests.

    How its job stands is kept, so that the witness sees what it does after this look.
    """
    if wave.platform_job is None:
        return {}
    try:
        job, rows = read_rows(ctx, wave.platform_job)
    except NoSuchJobError:
        struck("taken_back.gone")
        back = (row for row in planned if row.outcome == UNDELIVERED)
        return {row.contact_id: in_doubt(as_said(row), wave.platform_job, GONE) for row in back}
    ctx.case.around[job.id] = list(Known.of(job))
    return _beyond(job, planned, match(ctx, planned, rows), rows)


def _beyond(
    job: Job, planned: Sequence[Planned], mine: Mapping[str, Contact], rows: Sequence[Contact]
) -> dict[str, Attempt]:
    found: dict[str, Attempt] = {}
    for row in planned:
        said, shown = as_said(row), mine.get(row.contact_id)
        if attempt := called_after_all(said, Disposition(row.outcome or "unknown"), job, shown):
            found[row.contact_id] = attempt
    if found:
        struck("taken_back.woken")
    if not hidden(job, rows, _known_to_be_called(planned, mine)):
        return found
    struck("taken_back.hidden_dispatch")
    back = (row for row in planned if row.outcome == UNDELIVERED)
    return {row.contact_id: in_doubt(as_said(row), job.id, HIDDEN) for row in back} | found


def _known_to_be_called(planned: Sequence[Planned], mine: Mapping[str, Contact]) -> dict[str, Contact]:
    # A cancel overwrites rows; of whom the ledger has an outcome, the dispatch is no secret.
    pairs = ((row, mine.get(row.contact_id)) for row in planned if row.outcome != UNDELIVERED)
    return {shown.id: replace(as_said(row), status=ContactStatus.IN_DOUBT) for row, shown in pairs if shown}


def as_said(row: Planned) -> Contact:
    """Return a planned contact as the ledger has it."""
    return Contact(row.contact_id, row.phone, ContactStatus.NOT_DIALED, "withdrawn", row.call_id)
