"""The words of a picture: its sentence where there is nothing to draw, its text for who cannot see it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo

from models.chart.incident import Incident
from models.messages.diagnostics import EventMark

NEAR = 0.02
"""Marks nearer to each other than this share of the picture's width get one label."""


def span_text(span: timedelta) -> str:
    """Return a duration as a person says it: 40 s, 42 min, 3 h 05 min."""
    seconds = round(span.total_seconds())
    if seconds < 120:  # noqa: PLR2004  below two minutes, seconds say more
        return f"{seconds} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min"


def stall_text(incident: Incident, cause: str = "") -> str:
    """Return what is written over the shaded time, empty where there is none."""
    if incident.stall is None:
        return ""
    return f"nothing moved for {span_text(incident.stall.length)}" + (f": {cause}" if cause else "")


def untimed_text(incident: Incident) -> str:
    """Say how many calls are in no line, empty where all are."""
    if not incident.untimed:
        return ""
    calls = (
        "1 call of the job tells" if incident.untimed == 1 else f"{incident.untimed:,} calls of the job tell"
    )
    return f"{calls} no time and {'is' if incident.untimed == 1 else 'are'} not drawn"


def undrawn_text(incident: Incident, zone: tzinfo = UTC) -> str:
    """Return the sentence that stands in the place of a picture."""
    moments = incident.moments
    if not moments:
        return "No call of this job has a time, and no snapshot was kept: there is nothing to draw."
    if len(moments) == 1:
        return f"All that is known happened at {_at(moments[0], zone)}: there is nothing to draw."
    return "No two moments of this job's calls are known: there is nothing to draw."


def alt_text(incident: Incident, zone: tzinfo = UTC, cause: str = "") -> str:
    """Return the picture in words, for who cannot see it."""
    if not incident.can_be_drawn:
        return undrawn_text(incident, zone)
    of = f" of {incident.total}" if incident.total is not None else ""
    ends = [
        f"{line.points[-1][1]}{of} {line.name} by {_at(line.points[-1][0], zone)}" for line in incident.lines
    ]
    first, last = incident.moments[0], incident.moments[-1]
    parts = [f"Calls from {_at(first, zone)} to {_at(last, zone)}: {'; '.join(ends)}"]
    if incident.untimed:
        parts.append(untimed_text(incident))
    if incident.stall:
        parts.append(f"From {_at(incident.stall.start, zone)} {stall_text(incident, cause)}")
    parts += [f"{_at(mark.at, zone)}: {mark.message}" for mark in incident.marks]
    return ". ".join(parts) + "."


def together(marks: Sequence[EventMark], span: timedelta) -> list[EventMark]:
    """Return marks in order of time, those that would be written over each other under one label."""
    found: list[EventMark] = []
    for mark in sorted(marks, key=lambda one: one.at):
        if found and mark.at - found[-1].at <= span * NEAR:
            before = found[-1]
            found[-1] = EventMark(
                before.at, f"{before.message}, {mark.message}", stops=before.stops or mark.stops
            )
        else:
            found.append(mark)
    return found


def _at(moment: datetime, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"
