"""What is not taken: a file that is not the job's, a report of before, counters that run backwards."""

from collections.abc import Mapping, Sequence

from models.contacts.phones.normalise import normalise
from models.contacts.sheet.names import key
from models.handovers.reports import Reported, goes_back
from models.handovers.tables import JOB, Columns, FoundColumns, Table, find_columns, person
from models.triage.findings import plural

INSTEAD = "If the one before was wrong, hand this one over with --correct."


def no_phone_column(table: Table, columns: Columns) -> str | None:
    """Say why a file is no list of people: nothing in its number column can be read as one."""
    place = find_columns(table, columns).phone
    cells = (row[place] for _, row in table.filled if place < len(row))
    if any(normalise(cell, columns.region).person for cell in cells):
        return None
    return (
        f"No phone number can be read in the {table.kind} {table.name}. Name the column under [voqo], or set "
        "default_region in the policy for numbers without a country."
    )


def foreign_report(
    table: Table, told: Mapping[str, Reported], upload: Table | None, job_id: str, columns: Columns
) -> str | None:
    """Say why a report is not this job's: it names another one, or people who are not in the upload."""
    if other := _other_job(table, find_columns(table, columns), job_id):
        return f"The report {table.name} names job {other}, and this is job {job_id}: it was not taken."
    if upload is None:
        return None
    strangers = len(told.keys() - people(upload, columns))
    if not strangers:
        return None
    return (
        f"The report {table.name} names {plural(strangers, 'contact')} of {len(told)} that are not in the "
        f"upload of job {job_id}: one of the two is another job's. It was not taken."
    )


def _other_job(table: Table, found: FoundColumns, job_id: str) -> str | None:
    named = {found.cell(row, JOB) for _, row in table.filled} - {""}
    return next((other for other in sorted(named) if key(other) != key(job_id)), None)


def people(upload: Table, columns: Columns) -> frozenset[str]:
    """Return everybody in an upload."""
    place = find_columns(upload, columns).phone
    return frozenset(
        person(row[place] if place < len(row) else "", columns.region) for _, row in upload.filled
    )


def foreign_upload(
    upload: Table, before: Table | None, told: Mapping[str, Reported], columns: Columns
) -> str | None:
    """Say why an upload is not this job's: another one was handed over, or the reports name others."""
    if before is not None and (before.header, before.rows) != (upload.header, upload.rows):
        return f"Another upload ({before.name}) was handed over for this job. {INSTEAD}"
    strangers = len(told.keys() - people(upload, columns))
    if not strangers:
        return None
    return (
        f"The upload {upload.name} lacks {strangers} of the {len(told)} contacts that the reports name: it "
        f"is another job's. It was not taken. {INSTEAD}"
    )


def older_report(table: Table, told: Mapping[str, Reported], before: Mapping[str, Reported]) -> str | None:
    """Say why a report is older than the last one: it only takes back, or its times end earlier.

    A report that goes on with some people and back with others is taken: whom two reports contradict each
    other about is held.
    """
    if not before:
        return None
    back = [who for who, one in before.items() if goes_back(one, told.get(who))]
    further = [who for who, one in told.items() if who not in before or one.status is not before[who].status]
    if _newest(told) and _newest(before) and _newest(told) < _newest(before):
        return f"The report {table.name} ends before the last one does: it is older. {INSTEAD}"
    if back and not set(further) - set(back):
        return (
            f"The report {table.name} takes back what the last one said of {plural(len(back), 'contact')} "
            f"and tells nothing new: it is older. {INSTEAD}"
        )
    return None


def _newest(told: Mapping[str, Reported]) -> str:
    return max((one.at.isoformat() for one in told.values() if one.at), default="")


def counted_back(processed: int | None, before: Sequence[int | None]) -> str | None:
    """Say why a counter is not taken: it was higher in an earlier hand-over."""
    known = [count for count in before if count is not None]
    if processed is None or not known or processed >= max(known):
        return None
    return f"{processed} contacts processed are fewer than the {max(known)} of before. {INSTEAD}"
