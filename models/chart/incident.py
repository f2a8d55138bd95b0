"""What a picture of an incident tells: whom the job called when, whom we did, and what happened beside it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Protocol

from models.enums import Disposition
from models.messages.diagnostics import CallRow, Count, EventMark, HandedContact, Missing, TimelineRow

SHORTEST_STALL = timedelta(minutes=5)
"""A shorter silence is normal: the floor that stall detection uses too."""

Points = tuple[tuple[datetime, int], ...]
"""How many there were from each moment on, in order of time."""
_LIVE = {Disposition.IN_FLIGHT.value, Disposition.AMBIGUOUS.value, Disposition.UNDELIVERED.value, ""}


class Recorded(Protocol):
    """What a picture is made of, as `Diagnostics` holds it and whatever tells of the same."""

    @property
    def timeline(self) -> Sequence[TimelineRow]:
        """The counters, at moments."""
        ...

    @property
    def calls(self) -> Sequence[CallRow]:
        """The calls of the job, and of ringback's waves."""
        ...

    @property
    def handed(self) -> Sequence[HandedContact]:
        """Whom ringback handed to the platform."""
        ...

    @property
    def marks(self) -> Sequence[EventMark]:
        """What happened beside the calls."""
        ...

    @property
    def closed(self) -> tuple[tuple[datetime, datetime], ...]:
        """From when to when calling hours were waited for."""
        ...

    @property
    def had_ended(self) -> bool:
        """True where the job had ended by itself."""
        ...

    @property
    def total(self) -> Count:
        """How many contacts are expected."""
        ...

    @property
    def generated_at(self) -> datetime:
        """When all of this was known."""
        ...


@dataclass(frozen=True, slots=True)
class ChartLine:
    """One count over time; `ours` where ringback made the calls and not the job."""

    name: str
    points: Points
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Stall:
    """A time in which the job began and ended no call although people were left."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """Return how long it was."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Incident:
    """All that is drawn: lines by the calls' own times, or by snapshots where calls have none."""

    lines: tuple[ChartLine, ...]
    total: int | None
    stall: Stall | None
    marks: tuple[EventMark, ...]
    closed: tuple[tuple[datetime, datetime], ...]
    from_calls: bool
    untimed: int = 0
    """Calls of the job that tell no time, and so are in no line."""

    @property
    def moments(self) -> list[datetime]:
        """Return every moment that something stands at, in order, each once."""
        of_lines = {at for line in self.lines for at, _ in line.points}
        silence = {self.stall.start, self.stall.end} if self.stall else set()
        return sorted(of_lines | silence | {mark.at for mark in self.marks})

    @property
    def can_be_drawn(self) -> bool:
        """Tell whether there are two moments; with fewer a sentence says more than a picture."""
        return len({at for line in self.lines for at, _ in line.points}) > 1


def incident_of(d: Recorded) -> Incident:
    """Return what the picture of a job shows."""
    timeline = sorted(d.timeline, key=lambda row: row.ts)
    own = [call for call in d.calls if call.wave is None]
    dialled = [call for call in own if call.started]
    untimed = sum(1 for call in own if call.call_id and not call.started) if dialled else 0
    lines = _of_calls(dialled) if dialled else _of_snapshots(timeline)
    handed = [one.at for one in d.handed]
    ended = [one.ended for one in d.handed if one.ended]
    if handed:
        lines += [ChartLine("called by ringback", added_up(handed), ours=True)]
        lines += [ChartLine("ended, of ringback's", added_up(ended), ours=True)] if ended else []
    total = None if isinstance(d.total, Missing) else d.total
    return Incident(
        lines=tuple(lines),
        total=total,
        # A call without a time may have been made in any silence: then only the counters tell of one.
        stall=_stall(d, [] if untimed else dialled, timeline, total),
        marks=tuple(sorted(d.marks, key=lambda mark: mark.at)),
        closed=d.closed,
        from_calls=bool(dialled),
        untimed=untimed,
    )


def added_up(moments: Iterable[datetime]) -> Points:
    """Return how many of the moments have passed at each of them."""
    ordered = sorted(moments)
    return tuple({at: n for n, at in enumerate(ordered, 1)}.items())


def _of_calls(calls: Sequence[CallRow]) -> list[ChartLine]:
    over = [(call, at) for call in calls if (at := _ended(call))]
    failed = [at for call, at in over if call.disposition != Disposition.REACHED]
    found = [
        ("started", added_up(call.started for call in calls if call.started)),
        ("ended", added_up(at for _, at in over)),
        ("reached nobody", added_up(failed)),
    ]
    return [ChartLine(name, points) for name, points in found if points]


def _ended(call: CallRow) -> datetime | None:
    """Return when a call ended: by its own length, for a stop of the job overwrites the time of its row."""
    if call.started and call.seconds is not None:
        return call.started + timedelta(seconds=call.seconds)
    return call.ended if call.disposition not in _LIVE else None


def _of_snapshots(rows: Sequence[TimelineRow]) -> list[ChartLine]:
    found = [
        ("dispatched", tuple((row.ts, row.dispatched) for row in rows)),
        ("finished", tuple((row.ts, row.finished) for row in rows)),
        ("failed", tuple((row.ts, row.failed) for row in rows if row.failed is not None)),
    ]
    return [ChartLine(name, points) for name, points in found if points]


def _stall(
    d: Recorded, calls: Sequence[CallRow], rows: Sequence[TimelineRow], total: int | None
) -> Stall | None:
    """Return the longest silence of the job while people were left, None below five minutes."""
    begun = [call.started for call in calls if call.started]
    moves = sorted({*begun, *(at for call in calls if (at := _ended(call)))}) if calls else _moved(rows)
    if d.had_ended or not moves or (total is not None and _over(begun, rows, total)):
        return None
    stops = [mark.at for mark in d.marks if mark.stops]
    last = min(stops, default=None) or (rows[-1].ts if rows else d.generated_at)
    ends = [*(at for at in moves if at < last), last]
    longest = max((Stall(a, b) for a, b in pairwise(ends)), key=lambda one: one.length, default=None)
    return longest if longest and longest.length >= SHORTEST_STALL else None


def _over(begun: Sequence[datetime], rows: Sequence[TimelineRow], total: int) -> bool:
    return len(begun) >= total or bool(rows and rows[-1].finished >= rows[-1].total)


def _moved(rows: Sequence[TimelineRow]) -> list[datetime]:
    """Return the snapshots in which a counter differs from the one before."""
    kept: list[TimelineRow] = []
    for row in rows:
        if not kept or _counters(row) != _counters(kept[-1]):
            kept.append(row)
    return [row.ts for row in kept]


def _counters(row: TimelineRow) -> tuple[int, int]:
    # Not the failed: a listing does not tell them, and that is no movement.
    return row.dispatched, row.finished
