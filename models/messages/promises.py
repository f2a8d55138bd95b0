"""The end that people outside were told to expect, and when it has slipped so far that they hear another."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from models.report.page.eta import span_of

SLIP = 0.5
"""How much later the end has to come, as a share of the wait that was told. Ours: each comment about a slip
then names a wait longer by half, so a recovery of a day has a handful of them at the most."""
LEAST_SLIP = timedelta(minutes=10)
"""A slip that is never worth a comment. Ours: times are told in steps of five minutes, one up, one down."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What was told at `at`: the last call ends by `until`, or not before it where no latest was known."""

    at: datetime
    until: datetime

    @property
    def slips_at(self) -> datetime:
        """Return the end from which on the promise has slipped materially."""
        return self.until + max(LEAST_SLIP, SLIP * (self.until - self.at))

    def has_slipped(self, now: "Promise") -> bool:
        """Tell whether the end that is expected now is so much later that it has to be told."""
        return now.until >= self.slips_at

    def as_json(self) -> dict[str, str]:
        """Return both moments as ISO 8601."""
        return {"at": self.at.isoformat(), "until": self.until.isoformat()}

    @classmethod
    def from_json(cls, told: Mapping[str, str]) -> "Promise":
        """Return the promise as the outbox keeps it."""
        return cls(datetime.fromisoformat(told["at"]), datetime.fromisoformat(told["until"]))


def promise_of(eta: Mapping[str, Any] | None, now: datetime) -> Promise | None:
    """Return what an estimate promises, None where it names no end that is still to come."""
    span = span_of(eta)
    if span is None:
        return None
    earliest, latest = span
    until = latest or earliest
    return Promise(now, until) if until > now else None


def is_worth_telling(before: Promise | None, now: Promise | None) -> bool:
    """Tell whether a ticket hears of an estimate: the first one, then only what has slipped."""
    return now is not None and (before is None or before.has_slipped(now))
