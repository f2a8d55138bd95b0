"""Rows of a job as the platform shows them now, and which of them are whose."""

from collections.abc import Iterable, Sequence

from models.platform import Contact, Job
from models.tables.ledger import Planned
from tasks.context import RunContext
from tasks.dispatch.people import by_person, same_line


def read_rows(ctx: RunContext, job_id: str) -> tuple[Job, tuple[Contact, ...]]:
    """Return a job with its rows; a short read is repeated once, then shown as it is."""
    for _ in range(2):
        job = ctx.platform.get_job(job_id)
        rows: list[Contact] = []
        for row in ctx.platform.list_contacts(job_id):
            rows.append(row)
            if len(rows) % 500 == 0:
                ctx.reporter.progress("reading contacts", len(rows), job.total)
                ctx.pulse()
        if len(rows) >= job.total:
            break
    return job, tuple(rows)


def match(ctx: RunContext, planned: Iterable[Planned], rows: Sequence[Contact]) -> dict[str, Contact]:
    """Return the platform's row of each planned contact: by id, or by number where it gives rows new ids."""
    by_id = {row.id: row for row in rows}
    by_line = by_person(ctx, rows)
    pairs = ((p.contact_id, by_id.get(p.contact_id) or by_line.get(same_line(p.phone))) for p in planned)
    return {contact_id: row for contact_id, row in pairs if row}
