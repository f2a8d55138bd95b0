"""The ledger's estimate in the customer's words: between which moments, on the clock of the job's zone."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from models.enums import State
from models.estimate.eta import Basis
from models.report.page.local_time import between, clock_of, span_text, time_words
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
    is_done = told.get("basis") == Basis.DONE.value
    if span is None or (is_done and (now.state is not State.RUNNING or _is_over(told))):
        return ""
    if span[1] is not None and span[1] < now.now:
        return "The calls take longer than we expected. We name a new time as soon as we can."
    return f"{_missed(now)}We expect {_both(now, told, span) or _one(now, told, span)}"


Moments = tuple[datetime, datetime | None]


def _is_over(told: Mapping[str, Any]) -> bool:
    return bool(told.get(ENDS[0]) == told.get(ENDS[1]))


def _missed(now: Situation) -> str:
    if now.missed is None:
        return ""
    return (
        f"The calls take longer than we told you: we had named {time_words(now.missed, now.now, now.zone)}. "
    )


def _one(now: Situation, told: Mapping[str, Any], span: Moments) -> str:
    what = "the last call to end" if told.get(ENDS[0]) else "everybody to be called"
    return f"{what} {span_text(*span, now.now, now.zone)}."


def _both(now: Situation, told: Mapping[str, Any], finished: Moments) -> str:
    """Say both moments while people still wait for their call, empty where one says it all."""
    called = _moments(told.get(ENDS[1]))
    if called is None or told.get("basis") == Basis.DONE.value or not told.get(ENDS[0]):
        return ""
    first, last = (between(*one, now.now, now.zone) for one in (called, finished))
    if first == last:
        return ""
    return f"everybody to be called {first}, and the last call to end {last} ({clock_of(now.zone)[1]})."


def span_of(told: Mapping[str, Any] | None) -> Moments | None:
    """Return between which moments the last call is expected to end, None where there is no estimate."""
    return _moments(next((told[name] for name in ENDS if told.get(name)), None)) if told else None


def _moments(span: Mapping[str, Any] | None) -> Moments | None:
    if not span or not span.get("earliest"):
        return None
    latest = span.get("latest")
    return datetime.fromisoformat(span["earliest"]), datetime.fromisoformat(latest) if latest else None
