"""A plan on one screen: how many are redialled, done with, waited for and kept back, and why."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from models.disposition.row_numbers import spans
from models.disposition.strategy import Judged
from models.enums import Action, Disposition

MOST_KINDS = 5
"""Kinds of one group that are named; the rest are added up."""
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
    rows: dict[str, list[int]] = {}
    for one in people:
        rows.setdefault(one.why, []).append(one.row)
    for why, those in sorted(rows.items(), key=lambda item: -len(item[1])):
        yield f"{'row' if len(those) == 1 else 'rows'} {_some(those)}: {why}"


def _some(rows: Sequence[int]) -> str:
    named = spans(rows)
    if len(named) <= MOST_SPANS:
        return ", ".join(named)
    shown = named[:MOST_SPANS]
    return f"{', '.join(shown)} and others, {len(rows):,} in all"
