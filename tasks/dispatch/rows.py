"""Rows of a job as the platform shows them now, and which of them are whose."""

from collections.abc import Iterable, Sequence
from itertools import islice

from models.platform import Contact, Job
from models.tables.ledger import Planned
from tasks.context import RunContext
from tasks.dispatch.people import by_person, same_line
from tasks.ledger.people.outcomes import OpenDispatch

PART = 500
"""Rows that are read between two signs of life."""


def read_rows(ctx: RunContext, job_id: str) -> tuple[Job, tuple[Contact, ...]]:
    """Return a job with its rows; a short read is repeated once, then shown as it is."""
    for _ in range(2):
        job = ctx.platform.get_job(job_id)
        rows: list[Contact] = []
        shown = iter(ctx.platform.list_contacts(job_id))
        while part := list(islice(shown, PART)):
            rows += part
            if len(part) == PART:
                ctx.reporter.progress("reading contacts", len(rows), job.total)
                ctx.keep_alive()
        if len(rows) >= job.total:
            break
    return job, tuple(rows)


def match(
    ctx: RunContext, planned: Iterable[Planned | OpenDispatch], rows: Sequence[Contact]
) -> dict[str, Contact]:
    """Return the platform's row of each planned contact: by id, or by number where it gives rows new ids."""
    by_id = {row.id: row for row in rows}
    found: dict[str, Contact] = {}
    lost = []
    for one in planned:
        if row := by_id.get(one.contact_id):
            found[one.contact_id] = row
        else:
            lost.append(one)
    by_line = by_person(ctx, rows) if lost else {}
    pairs = ((one.contact_id, by_line.get(same_line(one.phone))) for one in lost)
    return found | {contact_id: row for contact_id, row in pairs if row}
