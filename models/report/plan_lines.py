"""A plan on one screen: how many are redialled, done with, waited for and kept back, and why."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from models.disposition.row_numbers import spans
from models.disposition.strategy import Judged
from models.enums import Action, Disposition

MOST_KINDS = 5
"""Kinds of one group that are named; the rest are added up."""
MOST_REASONS = 6
"""Reasons for keeping somebody back that are named; the others are counted. Seconds make no other reason."""
_SECONDS = re.compile(r"\b(\d{1,9}) s\b")
MOST_SPANS = 12
"""Spans of rows that are named for one reason."""

HEADS = {
    Action.REDIAL: "to redial",
    Action.DROP: "done or out",
    Action.WAIT: "to wait for",
    Action.HOLD: "kept back",
}
"""The groups in the order in which they are shown."""

KINDS = {
    Disposition.REACHED: "reached",
    Disposition.IN_FLIGHT: "in the air",
    Disposition.AMBIGUOUS: "in doubt",
    Disposition.UNDELIVERED: "never dialled",
    Disposition.TRANSIENT: "failed for the moment",
    Disposition.LATER: "no answer or busy",
    Disposition.OPERATOR: "failed by the set-up",
    Disposition.PERMANENT: "dead number",
    Disposition.DECLINED: "declined",
    Disposition.DO_NOT_CONTACT: "never to be called",
    Disposition.MALFORMED: "without a number that may be dialled",
    Disposition.DUPLICATE: "repeated number",
    Disposition.UNKNOWN: "unknown",
}
"""What a person's past is called in a few words."""


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One group of a plan: how many people, what is done about them, and why, a line a reason."""

    count: int
    head: str
    reasons: tuple[str, ...]


def plan_lines(contacts: Sequence[Judged]) -> tuple[GroupLine, ...]:
    """Return the groups of a plan; whoever is kept back stands there with the rows and the reason."""
    found = []
    for action, head in HEADS.items():
        people = [one for one in contacts if one.action is action]
        if people:
            reasons = _rows(people) if action is Action.HOLD else (_kinds(people),)
            found.append(GroupLine(len(people), head, tuple(reasons)))
    return tuple(found)


def _kinds(people: Iterable[Judged]) -> str:
    counted = Counter(KINDS[one.disposition] for one in people).most_common()
    named = [f"{count:,} {kind}" for kind, count in counted[:MOST_KINDS]]
    rest = sum(count for _, count in counted[MOST_KINDS:])
    return ", ".join(named + ([f"{rest:,} for other reasons"] if rest else []))


def _rows(people: Iterable[Judged]) -> Iterator[str]:
    alike: dict[str, list[Judged]] = {}
    for one in people:
        alike.setdefault(_SECONDS.sub("# s", one.why), []).append(one)
    groups = sorted(alike.values(), key=len, reverse=True)
    for those in groups[:MOST_REASONS]:
        rows = [one.row for one in those]
        why = _one_reason([one.why for one in those])
        yield f"{'row' if len(rows) == 1 else 'rows'} {_some(rows)}: {why}"
    if others := groups[MOST_REASONS:]:
        count = sum(map(len, others))
        yield f"{count:,} more for {len(others):,} other reason{'s' if len(others) > 1 else ''}"


def _one_reason(reasons: Sequence[str]) -> str:
    """Return reasons that differ in seconds alone as one, with the least and the most of them."""
    told = zip(*(map(int, _SECONDS.findall(why)) for why in reasons), strict=True)
    spread = iter([(min(some), max(some)) for some in told])

    def between(_: re.Match[str]) -> str:
        least, most = next(spread)
        return f"{least} s" if least == most else f"{least} to {most} s"

    return _SECONDS.sub(between, reasons[0])


def _some(rows: Sequence[int]) -> str:
    named = spans(rows)
    if len(named) <= MOST_SPANS:
        return ", ".join(named)
    shown = named[:MOST_SPANS]
    return f"{', '.join(shown)} and others, {len(rows):,} in all"
