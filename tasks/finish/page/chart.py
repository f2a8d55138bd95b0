"""The picture of a report, from the ledger alone: the job's counters as they were seen, and our own calls."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlmodel import col, select

from models.chart.alt_text import alt_text
from models.chart.for_customers import for_customers
from models.chart.incident import incident_of
from models.enums import Cause, Check
from models.messages.diagnostics import CallRow, EventMark, HandedContact, TimelineRow
from models.messages.summary_text import zone_of
from models.report.page.document import Picture
from models.report.page.situation import Situation
from models.report.page.voices import Voice
from models.tables.ledger import Planned, Recovery
from tasks.ledger import recoveries, waves
from tasks.ledger.audit import entries
from tasks.ledger.store import Ledger
from tasks.package.diagnostics import timeline_row
from tasks.package.moments import TAKEN, closed_of, marks_of
from tasks.package.picture import LABEL, ChartMargin, draw

Clean = Callable[[str], str]
_OVER = frozenset({Cause.FELL_SHORT, Cause.ALREADY_FINISHED})


@dataclass(frozen=True, slots=True)
class CallsKnown:
    """What the ledger knows of a job's calls: its counters, and whom we handed over."""

    timeline: tuple[TimelineRow, ...]
    handed: tuple[HandedContact, ...]
    marks: tuple[EventMark, ...]
    closed: tuple[tuple[datetime, datetime], ...]
    had_ended: bool
    total: int
    generated_at: datetime
    calls: tuple[CallRow, ...] = ()
    """None: when the job's own calls began only its platform knows."""


def picture_of(
    ledger: Ledger, recovery: Recovery, now: Situation, voice: Voice, clean: Clean, *, drawn: bool
) -> Picture:
    """Return the picture, in words alone where it is not `drawn`, or where there are not two moments."""
    seen = _seen(ledger, recovery, now)
    incident = incident_of(seen)
    zone = zone_of(now.zone) if now.zone else None
    cause = now.cause.value.replace("_", " ") if now.cause else ""
    beside = ChartMargin(cause, seen.timeline, zone or UTC, now.zone if zone and now.zone else "UTC", LABEL)
    if voice is Voice.CUSTOMER:
        incident = for_customers(incident)
        beside = ChartMargin(zone=beside.zone, zone_name=beside.zone_name, label="", axis="calls")
    alt = clean(alt_text(incident, beside.zone, beside.cause))
    if not drawn or not incident.can_be_drawn:
        return Picture(alt)
    title = f"Job {recovery.job_id}" if voice is Voice.ENGINEER else ""
    return Picture(alt, draw(incident, clean(title), beside)["chart.svg"].decode())


def _seen(ledger: Ledger, recovery: Recovery, now: Situation) -> CallsKnown:
    actions, sent = entries(ledger, recovery.id), waves.of(ledger, recovery.id)
    found = recoveries.findings(ledger, recovery.id)
    return CallsKnown(
        timeline=_timeline(ledger, recovery, now),
        handed=_handed(ledger, recovery.id, {one.n: one.sent_at for one in sent if one.sent_at}),
        marks=marks_of(recovery, sent, actions),
        closed=closed_of(actions),
        had_ended=any(one.check is Check.HEALTH and one.cause in _OVER for one in found),
        total=now.people.expected,
        generated_at=now.now,
    )


def _timeline(ledger: Ledger, recovery: Recovery, now: Situation) -> tuple[TimelineRow, ...]:
    """Return the counters at every look, and at the moment since which the first has found none moving."""
    key = (recovery.workspace, recovery.platform, recovery.job_id)
    end = recovery.ended_at or now.now
    rows = [timeline_row(one) for one in waves.snapshots(ledger, key) if one.at <= end]
    if rows and now.stopped and now.stopped.since < rows[0].ts:
        first = rows[0]
        still = TimelineRow(now.stopped.since, first.status, first.total, first.dispatched, first.finished)
        rows = [still, *rows]
    return tuple(rows)


def _handed(ledger: Ledger, recovery_id: str, sent: dict[int, datetime]) -> tuple[HandedContact, ...]:
    query = select(Planned.wave, Planned.settled_at).where(
        Planned.recovery_id == recovery_id, col(Planned.state).in_(sorted(TAKEN))
    )
    with ledger.read() as session:
        return tuple(
            HandedContact(sent[wave], settled)
            for wave, settled in session.exec(query)
            if wave and wave in sent
        )
