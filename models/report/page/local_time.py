"""Times as people read them: on the clock of the job's own zone, which is named."""

from datetime import UTC, datetime, timedelta, tzinfo

from models.messages.summary_text import zone_of

STEP = timedelta(minutes=5)
"""A time that is only expected is rounded outwards to this."""


def clock_of(zone: str | None) -> tuple[tzinfo, str]:
    """Return the clock of an IANA zone with its name in words: Sydney time; UTC where it names none."""
    found = zone_of(zone) if zone else None
    if zone is None or found is None or zone.rpartition("/")[2] in {"UTC", "Universal", "Zulu"}:
        return UTC, "UTC"
    return found, f"{zone.rpartition('/')[2].replace('_', ' ')} time"


def time_words(at: datetime, now: datetime, zone: str | None) -> str:
    """Say a moment: `14:09 (Sydney time)`, with its day where that is not today's."""
    clock, name = clock_of(zone)
    return f"{_shown(at, now, clock)} ({name})"


def day_words(at: datetime, zone: str | None) -> str:
    """Say a moment with its day: `1 Jan 2024, 14:09 (Sydney time)`."""
    clock, name = clock_of(zone)
    there = at.astimezone(clock)
    return f"{there.day} {there:%b %Y, %H:%M} ({name})"


def span_text(earliest: datetime, latest: datetime | None, now: datetime, zone: str | None) -> str:
    """Say between which moments something is expected, rounded outwards; `latest` None where nobody knows."""
    return f"{between(earliest, latest, now, zone)} ({clock_of(zone)[1]})"


def between(earliest: datetime, latest: datetime | None, now: datetime, zone: str | None) -> str:
    """Say the same without the zone's name, for a sentence that names it once."""
    clock, _ = clock_of(zone)
    first = _shown(_down(earliest), now, clock)
    if latest is None:
        return f"not before {first}"
    last = _shown(_down(latest + STEP - timedelta(microseconds=1)), now, clock)
    return f"at about {last}" if first == last else f"between {first} and {last}"


def _shown(at: datetime, now: datetime, clock: tzinfo) -> str:
    there = at.astimezone(clock)
    return (
        f"{there:%H:%M}" if there.date() == now.astimezone(clock).date() else f"{there.day} {there:%b, %H:%M}"
    )


def _down(at: datetime) -> datetime:
    return at - (at - datetime.min.replace(tzinfo=UTC)) % STEP
