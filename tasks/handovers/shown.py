"""What was kept of a hand-over, as people and programs read it: counts and words, no number and no name."""

from typing import Any

from models.masking.quotes import without_numbers
from tasks import markdown
from tasks.handovers.observe import TakenHandover


def handover_document(taken: TakenHandover) -> dict[str, Any]:
    """Return a hand-over as `ringback observe` prints it."""
    row, known = taken.row, taken.known
    return {
        "job_id": row.job_id,
        "at": row.at.isoformat(timespec="seconds"),
        "status": row.status,
        "expected": known.expected,
        "processed": known.processed,
        "handovers": len(known.rows),
        "contacts": len(known.contacts),
        "reported": len(known.told),
        "notes": list(taken.notes),
    }


def handover_markdown(document: dict[str, Any], send: str) -> str:
    """Return a hand-over as an artifact shows it; `send` says how files are handed over."""
    kept = {name: value for name, value in document.items() if not isinstance(value, list)}
    rows = [(name, "" if value is None else without_numbers(str(value))) for name, value in kept.items()]
    notes = "".join(f"* {without_numbers(note)}\n" for note in document["notes"])
    return (
        f"## Handed over\n\n{markdown.table(('what', 'kept'), rows)}\n\n{notes}"
        f"\n{send}\n\n**Next:** `ringback triage {document['job_id']}`, or the deployment `triage`.\n"
    )
