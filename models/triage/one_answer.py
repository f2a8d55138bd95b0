"""One answer for nearly everybody: the network's or the set-up's, and never each person's own."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from models.disposition.strategy import Judged
from models.enums import Action, Cause, ContactStatus, Disposition
from models.reasons.refusals import REFUSALS, is_wall

LATEST = 20
"""How many of the latest ended calls are compared."""
FEWEST = 10
"""Below so many a single reason may be chance: of calls that fail, most fail for one of four reasons."""

_OF_PEOPLE = REFUSALS | {Disposition.LATER, Disposition.PERMANENT}
_UNANSWERED = frozenset(
    {"sip:480", "sip:487", "sip:408", "q850:18", "q850:19", "call_result:no_answer", "retell:dial_no_answer"}
    | {"twilio.call:no-answer"}
)
"""Reasons that every second person may give by not being there: only twenty of twenty say anything."""
_OF_CALLS = frozenset({Disposition.REACHED, Disposition.AMBIGUOUS, Disposition.DO_NOT_CONTACT})
"""What a row that says completed may mean without its call having failed."""
_TIMELESS = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class OneAnswer:
    """The reason that the latest calls share: `count` of `latest`."""

    code: str
    count: int
    latest: int
    disposition: Disposition
    why: str
    set_up: bool = False

    @property
    def cause(self) -> Cause:
        """Return who has to be asked: the set-up where the reason blames it, else the provider."""
        blames = self.set_up or self.disposition is Disposition.PERMANENT
        return Cause.CONFIG if blames else Cause.PROVIDER

    @property
    def message(self) -> str:
        """Say it in one sentence."""
        every = "All" if self.count == self.latest else f"{self.count} of"
        reason = self.code if self.code.strip(":") else "no reason that the platform tells"
        return (
            f"{every} {self.latest} of the latest calls ended with the same answer, {reason} ({self.why}): "
            "that is the provider's or the set-up's answer, not each person's."
        )


def one_answer(judged: Sequence[Judged]) -> OneAnswer | None:
    """Return the answer that the latest calls share, where they are enough to tell."""
    latest = _latest(judged)
    failed = [one for one in latest if _failed(one)]
    if not failed:
        return None
    code, count = Counter(one.code for one in failed).most_common(1)[0]
    first = next(one for one in failed if one.code == code)
    kind = first.told or first.past or first.disposition
    if not _is_telling(code, kind, count, len(latest)):
        return None
    return OneAnswer(code, count, len(latest), kind, first.why, set_up=first.set_up)


def without_refusals(judged: Sequence[Judged]) -> tuple[Judged, ...]:
    """Return the rows with nobody taken at a word that the network gave for all of them: they are held."""
    found = one_answer(judged)
    if found is None or found.disposition not in _OF_PEOPLE:
        return tuple(judged)
    why = (
        f"{found.count} of the {found.latest} latest calls got this answer at once, so it is not the person's"
    )
    return tuple(_held(one, why) if _is_one_of(one, found) else one for one in judged)


def _held(one: Judged, why: str) -> Judged:
    unknown = Disposition.UNKNOWN
    return replace(one, disposition=unknown, past=unknown, told=one.disposition, action=Action.HOLD, why=why)


def _is_one_of(one: Judged, found: OneAnswer) -> bool:
    return one.code == found.code and one.disposition is found.disposition and _ended(one)


def _latest(judged: Sequence[Judged]) -> list[Judged]:
    ended = [one for one in judged if _ended(one)]
    return sorted(ended, key=lambda one: one.ended_at or _TIMELESS)[-LATEST:]


def _ended(one: Judged) -> bool:
    open_ = {Disposition.UNDELIVERED, Disposition.DUPLICATE, Disposition.MALFORMED, Disposition.IN_FLIGHT}
    ended = {ContactStatus.REACHED, ContactStatus.NOT_REACHED}
    return one.contact.status in ended and one.disposition not in open_


def _failed(one: Judged) -> bool:
    if one.contact.status is ContactStatus.REACHED:
        return one.disposition not in _OF_CALLS
    return one.disposition is not Disposition.REACHED


def _is_telling(code: str, kind: Disposition, count: int, latest: int) -> bool:
    if kind in REFUSALS:
        return is_wall(count, latest)
    fewest = LATEST if code in _UNANSWERED else FEWEST
    return count == latest and count >= fewest
