"""Times as the ledger keeps them: aware, in UTC, on every database."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class UtcMoment(TypeDecorator[datetime]):
    """Store an aware time as UTC and give it back aware, also where the database forgets the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """Bring the value to UTC."""
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give the zone back."""
        if value is None:
            return None
        found: datetime = value
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def unix(seconds: float) -> datetime:
    """Return the aware UTC time of unix seconds."""
    return datetime.fromtimestamp(seconds, UTC)


def utc(at: datetime) -> str:
    """Return a moment as people read it in every zone."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def aware(value: object) -> datetime:
    """Return the time that an ISO 8601 text with a zone names; raises ValueError for any other."""
    found = datetime.fromisoformat(str(value))
    if found.tzinfo is None:
        raise ValueError("a time without a zone is no moment")
    return found
