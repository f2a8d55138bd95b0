"""When one contact may be called, and why not before: hours, caps, gaps and what is unknown, in one rule."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from models.calling.caps import Caps, Why, free_from
from models.calling.clock import DailyWindow, Window, opens
from models.calling.holidays import Calendar
from models.calling.presets import Purpose, preset_for
from models.calling.zones import country_of, zones_of
from models.moments import unix
from models.policy.loosened import CAPS, HOURS, caps_with, hours_with
from models.policy.policy import Policy

NEVER = frozenset({Why.ZONE, Why.NEVER_OPEN})


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt at a person: its latest possible time, and the job that made it."""

    at: datetime
    job_id: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one contact when its turn is reckoned; without zones `odd` says why."""

    zones: tuple[str, ...] = ()
    country: str = ""
    tried: tuple[Try, ...] = ()
    machine: datetime | None = None
    odd: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the facts as the ledger keeps them with a planned contact."""
        return {
            "zones": list(self.zones),
            "country": self.country,
            "tried": [[one.at.timestamp(), one.job_id] for one in self.tried],
            "machine": self.machine and self.machine.timestamp(),
            "odd": self.odd,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Facts":
        """Return the facts that `as_json` kept."""
        tried = tuple(Try(unix(at), job_id) for at, job_id in data["tried"])
        machine = unix(data["machine"]) if data["machine"] is not None else None
        return cls(tuple(data["zones"]), data["country"], tried, machine, data["odd"])

    def also(self, tries: Iterable[Try]) -> "Facts":
        """Return the facts with further attempts; a job that is counted already counts once."""
        known = {one.job_id for one in self.tried}
        more = tuple(one for one in tries if one.job_id not in known)
        return Facts(self.zones, self.country, (*self.tried, *more), self.machine, self.odd) if more else self


@dataclass(frozen=True, slots=True)
class Moment:
    """The earliest moment a contact may be called; None is never, and `why` is what it waits for."""

    at: datetime | None
    why: Why
    message: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one policy for one country; without a window every hour is open."""

    window: Window | None
    caps: Caps
    need: float = 0.0
    """Open seconds that have to be left for one call."""


def is_on(policy: Policy) -> bool:
    """Tell whether a policy can hold anybody back for a time."""
    return policy.calling_window != "off" or rules_of(policy, "").caps.is_on


def rules_of(policy: Policy, country: str) -> Rules:
    """Return the rules for numbers of a country."""
    given = tuple((key, getattr(policy, key)) for key in (*HOURS, *CAPS))
    return _rules(policy.calling_window, Purpose(policy.purpose), country, given, policy.call_seconds)


@lru_cache(maxsize=512)
def _rules(
    window: str, purpose: Purpose, country: str, given: tuple[tuple[str, Any], ...], need: float
) -> Rules:
    own = dict(given)
    if window == "off":
        return Rules(None, caps_with(Caps(), own))
    preset = preset_for(window, country)
    rule = preset.rule(purpose)
    calendar = Calendar(country) if preset.calendar is None else preset.calendar
    return Rules(Window(hours_with(rule.hours, own), calendar), caps_with(rule.caps, own), need)


def facts_of(
    payload: Mapping[str, Any],
    e164: str,
    tried: Iterable[Try],
    policy: Policy,
    machine: datetime | None = None,
) -> Facts:
    """Gather the facts of one contact; zones are only asked for where a window is on."""
    known = tuple(sorted(tried, key=lambda one: (one.at, one.job_id)))
    if policy.calling_window == "off":
        return Facts(tried=known, machine=machine)
    zones = zones_of(payload, policy.timezone_field, e164, policy.default_timezone)
    return Facts(zones.names, country_of(e164), known, machine, zones.why)


def gates_of(facts: Facts, policy: Policy) -> tuple[DailyWindow, ...]:
    """Return the gates that all have to be open for a contact."""
    window = rules_of(policy, facts.country).window
    return tuple(DailyWindow(window, zone) for zone in facts.zones) if window else ()


def earliest(facts: Facts, now: datetime, policy: Policy) -> Moment:
    """Return the earliest moment from now on that a contact may be called, and what it waits for till then.

    Hours have to stay open for one whole call. Caps only relax with time, so the first opening after the
    last of them is the answer.
    """
    rules = rules_of(policy, facts.country)
    if rules.window and not facts.zones:
        return Moment(None, Why.ZONE, facts.odd or Why.ZONE.value)
    free, held = free_from([one.at for one in facts.tried], facts.machine, now, rules.caps)
    gates = gates_of(facts, policy)
    at = opens(gates, free, rules.need)
    if at is None:
        return Moment(None, Why.NEVER_OPEN, Why.NEVER_OPEN.value)
    why = (
        held
        if at == free or (held is not Why.NOTHING and _opens_by(gates, now, free, rules.need))
        else Why.WINDOW
    )
    return Moment(at, why, why.value)


def _opens_by(gates: Sequence[DailyWindow], now: datetime, free: datetime, need: float) -> bool:
    first = opens(gates, now, need)
    return first is not None and first <= free


def first_opening(several: Iterable[Facts], since: datetime, policy: Policy) -> datetime | None:
    """Return when the first of some contacts may be called from a moment on, long enough to tell a stall.

    None where somebody could have been called at once, where nobody ever may, or without calling hours.
    """
    if policy.calling_window == "off":
        return None
    groups = {gates_of(facts, policy) for facts in several}
    starts = [at for gates in groups if gates and (at := opens(gates, since, policy.stall_seconds))]
    first = min(starts, default=None)
    return None if first is None or first <= since else first


def joint(several: Iterable[Facts], now: datetime, policy: Policy, *, need: float) -> datetime | None:
    """Return the first moment from now on at which all of some contacts may be called, for `need` seconds."""
    gates: dict[DailyWindow, None] = {}
    start = now
    for facts in several:
        moment = earliest(facts, now, policy)
        if moment.at is None:
            return None
        start = max(start, moment.at)
        gates |= dict.fromkeys(gates_of(facts, policy))
    return opens(tuple(gates), start, need)
