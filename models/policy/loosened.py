"""Which values of a policy are looser than what its calling window brings, in words."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from models.calling.caps import Caps
from models.calling.presets import Preset, Purpose, presets_of
from models.calling.windows import Hours, read_spans, say_spans, within

HOURS = {
    "open_weekdays": "weekdays", "open_saturday": "saturday",
    "open_sunday": "sunday", "open_holidays": "holidays",
}  # fmt: skip
"""Policy keys that replace one part of a preset's week, and that part."""
CAPS = {
    "attempts_per_day": "per_day", "attempts_per_period": "per_period", "period_days": "period_days",
    "min_gap_hours": "gap_hours", "after_machine_hours": "machine_hours",
}  # fmt: skip
"""Policy keys that replace one cap or gap of a preset, and that cap."""
_MORE_IS_LOOSER = frozenset({"attempts_per_day", "attempts_per_period"})
USUAL_ATTEMPTS = 3
"""The budget over all jobs and recoveries that no calling window lets pass unexplained."""


def looser(window: str, purpose: Purpose, given: Mapping[str, Any]) -> dict[str, str]:
    """Return each given key that is looser than a preset the window may mean, with what that one allows."""
    found: dict[str, str] = {}
    for preset in presets_of(window):
        for key, allowed in _looser_than(preset, purpose, given):
            found.setdefault(key, f"{allowed} by the preset {preset.key}")
    if presets_of(window) and (given.get("max_attempts") or 0) > USUAL_ATTEMPTS:
        found["max_attempts"] = f"{USUAL_ATTEMPTS} by default"
    return found


def _looser_than(preset: Preset, purpose: Purpose, given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    rule = preset.rule(purpose)
    for key, part in HOURS.items():
        allowed = getattr(rule.hours, part)
        if given.get(key) is not None and not within(read_spans(given[key]), allowed):
            yield key, say_spans(allowed)
    for key, part in CAPS.items():
        limit = getattr(rule.caps, part)
        if given.get(key) is not None and limit is not None and _compare(key)(given[key], limit):
            yield key, f"{limit:g}"


def _compare(key: str) -> Callable[[float, float], bool]:
    return (
        (lambda mine, limit: mine > limit) if key in _MORE_IS_LOOSER else (lambda mine, limit: mine < limit)
    )


def hours_with(hours: Hours, given: Mapping[str, Any]) -> Hours:
    """Return a preset's week with the policy's own parts in it."""
    parts = {part: getattr(hours, part) for part in HOURS.values()}
    own = {part: read_spans(given[key]) for key, part in HOURS.items() if given.get(key) is not None}
    return Hours(**(parts | own))


def caps_with(caps: Caps, given: Mapping[str, Any]) -> Caps:
    """Return caps with the policy's own in them."""
    parts = {part: getattr(caps, part) for part in CAPS.values()}
    own = {part: given[key] for key, part in CAPS.items() if given.get(key) is not None}
    return Caps(**(parts | own))
