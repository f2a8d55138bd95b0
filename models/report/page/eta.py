"""The ledger's estimate in the customer's words: between which moments, on the clock of the job's zone."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from models.enums import State
from models.estimate.eta import Basis
from models.report.page.local_time import span_text, time_words
from models.report.page.situation import Situation

ENDS = ("all_finished", "all_dispatched")
"""The two answers of an estimate, the one that a customer asks for first."""


def eta_words(now: Situation) -> str:
    """Return when the last call ends or has ended, empty where there is no estimate."""
    told: Mapping[str, Any] = now.eta or {}
    if now.state is State.RECOVERED and told.get("finished_at"):
        at = time_words(datetime.fromisoformat(str(told["finished_at"])), now.now, now.zone)
        return f"The last call ended at {at}."
    span = span_of(told)
    if span is None or told.get("basis") == Basis.DONE.value:
        return ""
    earliest, latest = span
    if latest is not None and latest < now.now:
        return "The calls take longer than we expected. We name a new time as soon as we can."
    what = "the last call to end" if told.get(ENDS[0]) else "everybody to be called"
    return f"We expect {what} {span_text(earliest, latest, now.now, now.zone)}."


def span_of(told: Mapping[str, Any] | None) -> tuple[datetime, datetime | None] | None:
    """Return between which moments the last call is expected to end, None where there is no estimate."""
    span = next((told[name] for name in ENDS if told.get(name)), None) if told else None
    if not span or not span.get("earliest"):
        return None
    latest = span.get("latest")
    return datetime.fromisoformat(span["earliest"]), datetime.fromisoformat(latest) if latest else None
