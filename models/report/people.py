"""One count per person, over the source job and all its recoveries, that adds up to the expected total."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from models.disposition.strategy import Judged
from models.enums import Action, DispatchState, Disposition
from models.reasons.kinds import is_machine


class PersonEnd(StrEnum):
    """What became of one person of a job; everybody has exactly one of these."""

    REACHED_BEFORE = "reached_before"
    REACHED_BY_RECOVERY = "reached_by_recovery"
    VOICEMAIL = "voicemail"
    NO_ANSWER = "no_answer"
    DECLINED = "declined"
    SUPPRESSED = "suppressed"
    DEAD_NUMBER = "dead_number"
    NO_NUMBER = "no_number"
    REPEATED = "repeated"
    FAILED = "failed"
    KEPT_BACK = "kept_back"
    ELSEWHERE = "elsewhere"
    LEFT_TO_SOURCE = "left_to_source"
    IN_AIR = "in_air"
    WAITING = "waiting"
    NOT_CALLED = "not_called"
    UNLISTED = "unlisted"


LEFT_LATER = "hours"
"""Skip code: calling hours did not open in time."""
LEFT_AT_END = "at_end"
"""Skip code: the recovery ended before this person's turn."""
LEFT_SUPPRESSED = "suppressed"
"""Skip code: the number came onto the suppression list."""
LEFT_MOVED = "source job"
"""Skip code: the source job has taken this person up itself since the plan."""

_BY_DISPOSITION: Mapping[Disposition, PersonEnd] = {
    Disposition.REACHED: PersonEnd.REACHED_BEFORE,
    Disposition.IN_FLIGHT: PersonEnd.IN_AIR,
    Disposition.AMBIGUOUS: PersonEnd.KEPT_BACK,
    Disposition.UNDELIVERED: PersonEnd.NOT_CALLED,
    Disposition.TRANSIENT: PersonEnd.FAILED,
    Disposition.LATER: PersonEnd.NO_ANSWER,
    Disposition.OPERATOR: PersonEnd.FAILED,
    Disposition.PERMANENT: PersonEnd.DEAD_NUMBER,
    Disposition.DECLINED: PersonEnd.DECLINED,
    Disposition.DO_NOT_CONTACT: PersonEnd.SUPPRESSED,
    Disposition.MALFORMED: PersonEnd.NO_NUMBER,
    Disposition.DUPLICATE: PersonEnd.REPEATED,
    Disposition.UNKNOWN: PersonEnd.KEPT_BACK,
}

_TRIED = frozenset({DispatchState.ACCEPTED.value, DispatchState.UNKNOWN.value})


@dataclass(frozen=True, slots=True)
class Entry:
    """One person in one plan: what their past meant, what was to be done, and what became of it."""

    key: str
    """The contact's id on the platform."""
    phone: str | None
    disposition: str
    action: str
    code: str = ""
    state: str | None = None
    """Of the dispatch; None where nobody redials, or no plan is frozen yet."""
    outcome: str | None = None
    outcome_code: str = ""

    @classmethod
    def of(cls, one: Judged) -> "Entry":
        """Return a contact as a look judges it, before any plan of it is frozen."""
        return cls(one.contact.id, one.phone, one.disposition.value, one.action.value, one.code)


@dataclass(frozen=True, slots=True)
class Chapter:
    """One plan of a job with everybody in it; `open` while its recovery may still call somebody."""

    entries: Sequence[Entry]
    open: bool = False


@dataclass(frozen=True, slots=True)
class People:
    """How many persons of a job came to which end; the counts add up to `expected`."""

    expected: int
    ends: Mapping[PersonEnd, int] = field(default_factory=dict)

    def of(self, *ends: PersonEnd) -> int:
        """Return how many came to any of these ends."""
        return sum(self.ends.get(end, 0) for end in ends)

    @property
    def reached(self) -> int:
        """Return how many were reached, by whomever."""
        return self.of(PersonEnd.REACHED_BEFORE, PersonEnd.REACHED_BY_RECOVERY)

    @property
    def unsuccessful(self) -> int:
        """Return how many were called, or tried, and not reached."""
        return self.of(
            PersonEnd.NO_ANSWER,
            PersonEnd.VOICEMAIL,
            PersonEnd.DECLINED,
            PersonEnd.DEAD_NUMBER,
            PersonEnd.FAILED,
        )

    @property
    def is_through(self) -> bool:
        """Tell whether nobody is left to call, to wait for or to decide about."""
        return not self.left

    @property
    def left(self) -> int:
        """Return how many are left to call, to wait for or to decide about."""
        return self.of(*_LEFT)

    def as_json(self) -> dict[str, int]:
        """Return the expected total and every end, those that nobody came to as well."""
        return {"expected": self.expected} | {end.value: self.of(end) for end in PersonEnd}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "People":
        """Return what `as_json` wrote."""
        ends = {end: int(data[end.value]) for end in PersonEnd if data.get(end.value)}
        return cls(int(data["expected"]), ends)

    def message(self) -> str:
        """Say it in one sentence; ends that nobody came to are left out."""
        if not self.expected:
            return "Nobody is counted: the job has no contacts, or they were not read."
        parts = [self._reached()] if self.reached else []
        parts += [f"{self.of(end):,} {words}" for end, words in SAID.items() if self.of(end)]
        noun = "contact" if self.expected == 1 else "contacts"
        return f"{self.expected:,} {noun}: {', '.join(parts)}."

    def _reached(self) -> str:
        before, ours = self.of(PersonEnd.REACHED_BEFORE), self.of(PersonEnd.REACHED_BY_RECOVERY)
        if before and ours:
            return f"{self.reached:,} reached ({before:,} before, {ours:,} by recovery)"
        return f"{self.reached:,} reached{' by recovery' if ours else ''}"


_LEFT = (
    PersonEnd.FAILED,
    PersonEnd.KEPT_BACK,
    PersonEnd.ELSEWHERE,
    PersonEnd.LEFT_TO_SOURCE,
    PersonEnd.IN_AIR,
    PersonEnd.WAITING,
    PersonEnd.NOT_CALLED,
    PersonEnd.UNLISTED,
)

SAID: Mapping[PersonEnd, str] = {
    PersonEnd.VOICEMAIL: "voicemail",
    PersonEnd.NO_ANSWER: "no answer or busy",
    PersonEnd.DECLINED: "declined",
    PersonEnd.SUPPRESSED: "on the suppression list",
    PersonEnd.DEAD_NUMBER: "dead number",
    PersonEnd.NO_NUMBER: "without a number that may be dialled",
    PersonEnd.REPEATED: "repeated number",
    PersonEnd.FAILED: "failed",
    PersonEnd.KEPT_BACK: "kept back for a person",
    PersonEnd.ELSEWHERE: "left to another job",
    PersonEnd.LEFT_TO_SOURCE: "left to the source job",
    PersonEnd.IN_AIR: "in the air",
    PersonEnd.WAITING: "still to be called",
    PersonEnd.NOT_CALLED: "not called",
    PersonEnd.UNLISTED: "not shown by the platform",
}
"""The ends in words, in the order in which they are said; the reached stand before them."""


def count_people(chapters: Sequence[Chapter], expected: int = 0) -> People:
    """Count everybody of the newest chapter once, by all that the chapters say of them, oldest first.

    `expected` is the total that the platform names; where it names more than the newest chapter lists, the
    rest is counted as not shown.
    """
    if not chapters:
        return People(expected, {PersonEnd.UNLISTED: expected} if expected else {})
    newest = chapters[-1]
    ends = Counter(ends_of(chapters))
    if hidden := expected - len(newest.entries):
        ends[PersonEnd.UNLISTED] += max(0, hidden)
    return People(max(expected, len(newest.entries)), {end: ends[end] for end in PersonEnd if ends[end]})


def ends_of(chapters: Sequence[Chapter]) -> list[PersonEnd]:
    """Return what became of everybody in the newest chapter, in its order; at least one chapter is given."""
    *earlier, newest = chapters
    known = [_Known.of(chapter.entries) for chapter in earlier]
    return [
        person_end([found for one in known if (found := one.find(entry))], entry, is_open=newest.open)
        for entry in newest.entries
    ]


@dataclass(frozen=True, slots=True)
class _Known:
    by_key: Mapping[str, Entry]
    by_phone: Mapping[str, Entry]

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> "_Known":
        rows = tuple(entries)
        # A repeated row has the number of the one that speaks for it.
        own = [one for one in rows if one.disposition != Disposition.DUPLICATE.value]
        return cls({one.key: one for one in rows}, {one.phone: one for one in own if one.phone})

    def find(self, entry: Entry) -> Entry | None:
        return self.by_key.get(entry.key) or self.by_phone.get(entry.phone or "")


def person_end(earlier: Sequence[Entry], now: Entry, *, is_open: bool) -> PersonEnd:
    """Return what became of one person: the newest plan's entry, and those of the earlier ones."""
    if now.disposition == Disposition.DUPLICATE.value:
        return PersonEnd.REPEATED
    for entry in (*earlier, now):
        if entry.outcome == Disposition.REACHED.value:
            return PersonEnd.VOICEMAIL if is_machine(entry.outcome_code) else PersonEnd.REACHED_BY_RECOVERY
    end = _of_entry(now, is_open=is_open)
    if end is PersonEnd.SUPPRESSED and any(
        _of_entry(one, is_open=False) is PersonEnd.DECLINED for one in earlier
    ):
        return PersonEnd.DECLINED  # by declining a call they came onto the list
    if end is PersonEnd.REACHED_BEFORE and any(one.state in _TRIED for one in earlier):
        return PersonEnd.REACHED_BY_RECOVERY  # told later than its recovery could wait
    return end


def _of_entry(entry: Entry, *, is_open: bool) -> PersonEnd:
    if entry.outcome:
        end = _BY_DISPOSITION[Disposition(entry.outcome)]
        return PersonEnd.KEPT_BACK if end is PersonEnd.IN_AIR and not is_open else end
    if entry.state in _TRIED:
        return PersonEnd.IN_AIR if is_open else PersonEnd.KEPT_BACK
    if entry.state == DispatchState.SKIPPED.value:
        return _skipped(entry)
    if entry.action == Action.REDIAL.value:
        return PersonEnd.WAITING if is_open else _by_past(entry)
    if entry.action == Action.HOLD.value:
        return PersonEnd.KEPT_BACK
    return _by_past(entry)


def _skipped(entry: Entry) -> PersonEnd:
    if entry.outcome_code == LEFT_SUPPRESSED:
        return PersonEnd.SUPPRESSED
    if entry.outcome_code == LEFT_MOVED:
        return PersonEnd.LEFT_TO_SOURCE
    if entry.outcome_code in {LEFT_LATER, LEFT_AT_END}:
        return _by_past(entry)
    return PersonEnd.ELSEWHERE


def _by_past(entry: Entry) -> PersonEnd:
    end = _BY_DISPOSITION[Disposition(entry.disposition)]
    if end is PersonEnd.REACHED_BEFORE and is_machine(entry.code):
        return PersonEnd.VOICEMAIL
    return end
