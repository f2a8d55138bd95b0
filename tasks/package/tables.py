"""The tables of a package: plain rows, and CSV that no spreadsheet runs as a formula."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import tzinfo
from typing import Any, TypeVar

from models.carrier import CarrierCall
from models.contacts.spreadsheet import is_risky
from models.masking.redaction import mask_phone, phone_token
from models.messages.diagnostics import Diagnostics, TimelineRow
from models.messages.summary_text import aware, iso_utc, zone_of
from models.package.people import PersonRow

TIMELINE = (
    "ts_utc",
    "local",
    "status",
    "total",
    "dispatched",
    "finished",
    "failed",
    "in_flight",
    "permits_used",
    "permits_limit",
)
REASONS = ("code", "system", "disposition", "count", "share", "first_seen", "last_seen", "sample_calls")
CALLS = (
    "call_id",
    "number",
    "contact",
    "attempt",
    "status",
    "system",
    "code",
    "disposition",
    "started",
    "ended",
    "seconds",
    "carrier_status",
    "carrier_codes",
    "carrier_answered_by",
    "carrier_seconds",
)
OURS = frozenset(
    {"number", "contact", "started", "ended", "end", "did", "answer", "recovery", "ts_utc", "local"}
)
"""Columns of our own masks, tokens, times, ids and words: there is nothing to redact in them."""

Row = dict[str, Any]
_T = TypeVar("_T")
_OUR_MASK = re.compile(r"\+\d{1,3}•+\d{0,2}(?:\[c_[0-9a-f]{8}\])?")


def timeline_rows(d: Diagnostics, rows: Iterable[TimelineRow]) -> list[Row]:
    """Return the counters over time, in UTC and in the job's own zone."""
    zone = zone_of(d.timezone)
    return [
        {
            "ts_utc": iso_utc(row.ts),
            "local": _local(row, zone),
            "status": row.status,
            "total": row.total,
            "dispatched": row.dispatched,
            "finished": row.finished,
            "failed": row.failed,
            "in_flight": row.in_flight,
            "permits_used": row.live,
            "permits_limit": row.permits,
        }
        for row in rows
    ]


def reason_rows(d: Diagnostics) -> list[Row]:
    """Return how often each code ended a call."""
    return [
        {
            "code": row.code,
            "system": row.system,
            "disposition": row.disposition,
            "count": row.count,
            "share": row.share,
            "first_seen": iso_utc(row.first_seen),
            "last_seen": iso_utc(row.last_seen),
            "sample_calls": " ".join(row.sample_calls),
        }
        for row in d.reasons
    ]


def call_rows(d: Diagnostics, most: int, key: bytes) -> list[Row]:
    """Return at most so many calls, those that reached nobody first, with mask and token for the number."""
    ordered = sorted(d.calls, key=lambda call: "reached" in {call.status, call.disposition})
    return [
        {
            "call_id": call.call_id or "none",
            "number": mask_phone(call.phone) if call.phone else "unknown",
            "contact": phone_token(key, call.phone) if call.phone else "unknown",
            "attempt": call.attempt,
            "status": call.status,
            "system": call.system,
            "code": call.code,
            "disposition": call.disposition,
            "started": iso_utc(call.started),
            "ended": iso_utc(call.ended),
            "seconds": call.seconds,
            **_carrier(call.carrier),
        }
        for call in ordered[:most]
    ]


def _carrier(told: CarrierCall | None) -> Row:
    return (
        {
            "carrier_status": told.status,
            "carrier_codes": " ".join(told.codes),
            "carrier_answered_by": told.answered_by,
            "carrier_seconds": told.seconds,
        }
        if told
        else {}
    )


def people_rows(people: Iterable[PersonRow], key: bytes) -> list[Row]:
    """Return a row a person, with the mask and the token that calls.csv has for the same number."""
    return [
        {
            "row": one.row,
            "contact_id": one.contact_id,
            "number": mask_phone(one.phone) if one.phone else "unknown",
            "contact": phone_token(key, one.phone) if one.phone else "unknown",
            "before_status": one.before_status,
            "before_code": one.before_code,
            "before_means": one.before_means,
            "before_calls": one.before_calls,
            "did": one.did,
            "redials": one.redials,
            "recovery": one.recovery,
            "wave": one.wave,
            "answer": one.answer,
            "outcome": one.outcome,
            "outcome_code": one.outcome_code,
            "kept_back_because": one.kept_back,
            "end": one.end.value,
        }
        for one in people
    ]


def csv_text(heads: Sequence[str], rows: Iterable[Mapping[str, Any]], last_line: str = "") -> str:
    """Return the rows as CSV, an empty cell for what nobody told; `last_line` says what is left out."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows([safe_cell(row.get(head)) for head in heads] for row in rows)
    if last_line:
        writer.writerow([safe_cell(last_line)])
    return out.getvalue()


def safe_cell(value: Any) -> str:
    """Return a cell of one line that no spreadsheet runs; figures and our own masks stay as they are."""
    if value is None:
        return ""
    text = str(value)
    if is_risky(text) and not isinstance(value, int | float) and not _OUR_MASK.fullmatch(text):
        text = f"'{text}"
    return " ".join(text.splitlines())


def thinned(items: Sequence[_T], most: int) -> list[_T]:
    """Return at most so many items, evenly spaced, the first and the last among them."""
    if len(items) <= most:
        return list(items)
    if most < 2:  # noqa: PLR2004  a first and a last need two places
        return list(items[len(items) - most :])
    return [items[round(n * (len(items) - 1) / (most - 1))] for n in range(most)]


def _local(row: TimelineRow, zone: tzinfo | None) -> str:
    """Return the moment in the job's zone, empty where that is unknown."""
    return aware(row.ts).astimezone(zone).isoformat(timespec="seconds") if zone else ""
