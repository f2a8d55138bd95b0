"""The weekly schedule of a batch dial job: whether it dials now, and else when it goes on by itself.

Source: docs.vogent.ai/platform-overview/batch-dial-jobs: 0 is Sunday, times are of the schedule's zone.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

WEEK = 8
"""Days that are looked through: one week, and today's weekday once more."""


def goes_on_at(schedule: Mapping[str, Any] | None, now: datetime) -> datetime | None:
    """Return when a job goes on that has to wait, None where it may dial now or has no schedule.

    Raises KeyError or ValueError for a schedule that cannot be read, or that has no hours at all.
    """
    if schedule is None or schedule.get("disableSchedule") is True:
        return None
    slots = sorted(_slots(schedule, now))
    if not slots:
        raise ValueError("a schedule without hours never dials")
    if any(start <= now < end for start, end in slots):
        return None
    return min(start for start, _ in slots if start > now)


def _slots(schedule: Mapping[str, Any], now: datetime) -> Iterator[tuple[datetime, datetime]]:
    try:
        zone = ZoneInfo(str(schedule["timezone"]))
    except ZoneInfoNotFoundError:
        raise ValueError("a zone that nobody knows") from None
    today = now.astimezone(zone).date()
    for day in (today + timedelta(days=ahead) for ahead in range(WEEK)):
        for one in schedule["days"]:
            if int(one["dayOfWeek"]) != (day.weekday() + 1) % 7:
                continue
            for slot in one["timeSlots"]:
                start, end = time.fromisoformat(slot["startTime"]), time.fromisoformat(slot["endTime"])
                if end <= start:
                    raise ValueError("hours that end before they begin")
                yield datetime.combine(day, start, zone), datetime.combine(day, end, zone)
