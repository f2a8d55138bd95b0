"""The same picture for the customer whose batch it is: the calls alone, in words that need no glossary."""

from collections.abc import Mapping
from dataclasses import replace

from models.chart.incident import Incident

LINES: Mapping[str, str] = {
    "started": "calls begun",
    "ended": "calls ended",
    "reached nobody": "calls that reached nobody",
    "dispatched": "calls begun",
    "finished": "calls ended",
    "failed": "calls that reached nobody",
    "called by ringback": "our new calls",
    "ended, of ringback's": "our new calls ended",
}
MARKS: Mapping[str, str] = {
    "job stopped": "batch stopped by us",
    "approved": "new calls agreed",
    "declined": "new calls declined",
    "cancelled by a person": "new calls stopped",
    "first calls of the sample": "our first calls",
    "first calls of the others": "calls to the others",
    "recovered": "done",
    "held": "paused",
    "escalated": "with our engineers",
    "cancelled": "stopped",
}
"""What is marked for them; any other mark is for engineers."""


def for_customers(incident: Incident) -> Incident:
    """Return the picture with the lines and marks that a customer understands."""
    return replace(
        incident,
        lines=tuple(replace(line, name=LINES.get(line.name, line.name)) for line in incident.lines),
        marks=tuple(
            replace(mark, message=MARKS[mark.message]) for mark in incident.marks if mark.message in MARKS
        ),
    )
