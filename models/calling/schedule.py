"""When a plan's contacts may be called: how many for each reason, and the earliest moment of each group."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.calling.caps import Why
from models.calling.rule import Moment, earliest
from models.disposition.strategy import Judged
from models.enums import Action
from models.policy.policy import Policy


@dataclass(frozen=True, slots=True)
class WaitingGroup:
    """Contacts to redial that wait for the same; when the first and the last of them may be called."""

    why: Why
    contacts: int
    first: datetime
    last: datetime

    def as_json(self) -> dict[str, Any]:
        """Return the group as `plan --json` shows it."""
        return {
            "why": self.why.value,
            "contacts": self.contacts,
            "not_before": self.first.isoformat(),
            "last_not_before": self.last.isoformat(),
        }


def not_before(one: Judged, now: datetime, policy: Policy) -> Moment | None:
    """Return when a contact of a plan may be called at the earliest, None where it is not to be redialled."""
    if one.action is not Action.REDIAL:
        return None
    return earliest(one.calling, now, policy) if one.calling else Moment(now, Why.NOTHING, Why.NOTHING.value)


def groups(contacts: Iterable[Judged], now: datetime, policy: Policy) -> tuple[WaitingGroup, ...]:
    """Return the contacts to redial by what they wait for and when that is over, the earliest first."""
    found: dict[tuple[Why, datetime], list[datetime]] = {}
    for one in contacts:
        moment = not_before(one, now, policy)
        if moment and moment.at:
            # An opening is one moment for many; caps and gaps end for each contact at its own time.
            key = (moment.why, moment.at if moment.why is Why.WINDOW else now)
            found.setdefault(key, []).append(moment.at)
    made = (WaitingGroup(why, len(times), min(times), max(times)) for (why, _), times in found.items())
    return tuple(sorted(made, key=lambda group: (group.first, group.why)))


def kept_back(contacts: Sequence[Judged]) -> dict[str, int]:
    """Return how many contacts no time makes callable, by why; those are for a person."""
    counted: dict[str, int] = {}
    for one in contacts:
        if one.action is Action.HOLD:
            counted[one.why] = counted.get(one.why, 0) + 1
    return dict(sorted(counted.items(), key=lambda item: -item[1]))
