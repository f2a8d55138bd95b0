"""Calling hours as values: spans of a day on the wall clock, and a week made of them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

DAY = 1440
"""Minutes of a wall-clock day."""
SATURDAY, SUNDAY = 5, 6

Spans = tuple[tuple[int, int], ...]
"""Open spans of one day in minutes since midnight, in order, each without its end."""
CLOSED: Spans = ()
ALL_DAY: Spans = ((0, DAY),)

_SPAN = re.compile(r"\s*(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\s*")


@dataclass(frozen=True, slots=True)
class Hours:
    """The open spans of a week; on a public holiday only what `holidays` allows of the day stays open."""

    weekdays: Spans
    saturday: Spans = CLOSED
    sunday: Spans = CLOSED
    holidays: Spans = CLOSED

    def on(self, day: date, *, holiday: bool) -> Spans:
        """Return the open spans of one day."""
        spans = {SATURDAY: self.saturday, SUNDAY: self.sunday}.get(day.weekday(), self.weekdays)
        return meet(spans, self.holidays) if holiday else spans

    def within(self, other: "Hours") -> bool:
        """Tell whether nothing is open here that is closed in the other week."""
        return all(within(mine, theirs) for mine, theirs in zip(self.parts, other.parts, strict=True))

    @property
    def parts(self) -> tuple[Spans, Spans, Spans, Spans]:
        """Return weekdays, Saturday, Sunday and holidays."""
        return self.weekdays, self.saturday, self.sunday, self.holidays


def read_spans(text: str) -> Spans:
    """Read "09:00-13:00, 14:00-20:00" or "closed"; raises ValueError with one sentence."""
    if text.strip().lower() == "closed":
        return CLOSED
    found = sorted(_span(part) for part in text.split(","))
    if any(end > start for (_, end), (start, _) in pairwise(found)):
        raise ValueError(f"the spans of {text!r} overlap")
    return tuple(found)


def _span(text: str) -> tuple[int, int]:
    read = _SPAN.fullmatch(text)
    if read is None:
        raise ValueError(f"{text.strip()!r} is no span; write 09:00-20:00, several with commas, or closed")
    hour, minute, to_hour, to_minute = map(int, read.groups())
    start, end = hour * 60 + minute, to_hour * 60 + to_minute
    if max(minute, to_minute) >= 60 or not start < end <= DAY:  # noqa: PLR2004  minutes of an hour
        raise ValueError(f"{text.strip()!r} is no span of one day, from 00:00 to 24:00")
    return start, end


def say_spans(spans: Spans) -> str:
    """Write spans as `read_spans` reads them."""
    return ", ".join(f"{_clock(start)}-{_clock(end)}" for start, end in spans) or "closed"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def meet(one: Spans, other: Spans) -> Spans:
    """Return what is open in both."""
    return tuple(sorted(_overlaps(one, other)))


def _overlaps(one: Spans, other: Spans) -> Iterable[tuple[int, int]]:
    for a, b in one:
        for c, d in other:
            if max(a, c) < min(b, d):
                yield max(a, c), min(b, d)


def within(inner: Spans, outer: Spans) -> bool:
    """Tell whether every open minute of the inner spans is open in the outer ones."""
    return _minutes(meet(inner, outer)) == _minutes(inner)


def _minutes(spans: Spans) -> int:
    return sum(end - start for start, end in spans)
