"""How a job's files were read: every column, every value, and what nobody has mapped."""

from collections import Counter
from typing import Any

from models.handovers.reports import meaning
from models.handovers.tables import STATUS, Table, find_columns
from models.handovers.voqo import ASSUMED, status_of
from models.masking.quotes import without_numbers
from models.tables.handovers import HandoverRow
from tasks.platforms.voqo.known import KnownJob


def checked(known: KnownJob) -> dict[str, Any]:
    """Return how a job's hand-overs are read; no number of a person is in it."""
    newest = known.newest
    report = known.reports.get(known.last("report") or "")
    return {
        "job_id": known.job_id,
        "status": {"word": newest.status, "read_as": status_of(newest.status).value},
        "stopped_by": known.stopped_by,
        "contacts": dict(sorted(Counter(one.status.value for one in known.contacts).items())),
        "handovers": [_handover(row) for row in known.rows],
        "upload": _upload(known, known.upload) if known.upload else None,
        "report": _report(known, report) if report else None,
        "assumptions": list(ASSUMED),
    }


def _handover(row: HandoverRow) -> dict[str, Any]:
    return {
        "at": row.at.isoformat(timespec="seconds"),
        "by": row.by,
        "status": row.status,
        "expected": row.expected,
        "processed": row.processed,
        "upload": bool(row.upload),
        "report": bool(row.report),
        "stopped_by": row.stopped_by,
    }


def _upload(known: KnownJob, table: Table) -> dict[str, Any]:
    place = find_columns(table, known.columns).phone
    variables = [name for at, name in enumerate(table.header) if at != place and name.strip()]
    return {
        "file": without_numbers(table.name),
        "rows": len(table.filled),
        "phone_column": table.header[place],
        "variables": variables,
    }


def _report(known: KnownJob, table: Table) -> dict[str, Any]:
    found = find_columns(table, known.columns)
    seen = Counter(found.cell(row, STATUS) for _, row in table.filled)
    values = [_value(known, value, count) for value, count in seen.most_common()]
    return {
        "file": without_numbers(table.name),
        "rows": len(table.filled),
        "phone_column": table.header[found.phone],
        "columns": {what: table.header[place] for what, place in found.places.items()},
        "doubtful": {what: list(names) for what, names in found.doubtful.items()},
        "values": values,
        "unmapped": [one["value"] for one in values if not one["mapped"]],
    }


def _value(known: KnownJob, value: str, count: int) -> dict[str, Any]:
    status, mapped = meaning(value, known.columns.values)
    return {
        "value": without_numbers(value)[:80],
        "rows": count,
        "means": status.value if mapped else "held: nobody has said what it means",
        "mapped": mapped,
    }
