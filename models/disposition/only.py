"""A recovery of some people of a job alone: those of a file; everybody else is kept back."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from models.canonical import canonical
from models.disposition.strategy import Judged
from models.enums import Action
from models.triage.findings import plural

_SIZE = 20
"""Hex digits of a person's mark: 80 bits tell everybody apart who has a telephone."""
_KEY_SIZE = 16
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")


@dataclass(frozen=True, slots=True)
class OnlyPeople:
    """Whom a recovery is bound to: the people of one file, as keyed marks, never as numbers."""

    name: str
    """Of the file, as it may be shown."""
    sha256: str
    """Of the file's bytes."""
    people: frozenset[str] = field(repr=False)

    def as_json(self) -> dict[str, Any]:
        """Return it as the ledger keeps it beside the recovery."""
        return {"name": self.name, "sha256": self.sha256, "people": sorted(self.people)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "OnlyPeople":
        """Return what `as_json` wrote."""
        return cls(str(data["name"]), str(data["sha256"]), frozenset(data["people"]))

    def key_for(self, job: Iterable[str]) -> str:
        """Return the key by which requests name these people of this file, for one job of one account."""
        meant = canonical([*job, self.as_json()])
        digits = hashlib.sha256(meant.encode()).hexdigest()[:_KEY_SIZE]
        return "f_" + digits.translate(_LETTERS)

    def told(self) -> dict[str, Any]:
        """Return what the audit says of it: which file, and how many people."""
        return {"file": self.name, "sha256": self.sha256, "people": len(self.people)}


def mark_of(key: bytes, person: str) -> str:
    """Return the mark of a person, who is one however the number is written (`person_of`)."""
    return hmac.new(key, b"only " + person.encode(), hashlib.sha256).hexdigest()[:_SIZE]


def only_these(judged: Sequence[Judged], only: OnlyPeople, key: bytes) -> tuple[Judged, ...]:
    """Return the judged rows with whoever was to be redialled and is not in the file held.

    It only ever takes people out: nobody is redialled for being in the file. A decision about somebody who is
    held is not carried out by this recovery, and stands for the next.
    """
    why = f"not in the file {only.name}, to whose people this recovery is bound"
    return tuple(
        one
        if one.action is not Action.REDIAL or _is_in(one, only, key)
        else replace(one, action=Action.HOLD, why=why, decided=None)
        for one in judged
    )


def only_words(judged: Iterable[Judged], only: OnlyPeople, key: bytes) -> str:
    """Say how many of the file are people of the job, and that the others are not called."""
    found = {mark_of(key, one.number.person) for one in judged if one.number.person} & only.people
    words = f"{len(found):,} of {plural(len(only.people), 'person', 'people')} in {only.name} are in the job"
    strangers = len(only.people) - len(found)
    more = f"; {plural(strangers, 'is', 'are')} not, and nobody calls them" if strangers else ""
    return f"{words}{more}. Of the job, only people of the file are redialled."


def _is_in(one: Judged, only: OnlyPeople, key: bytes) -> bool:
    person = one.number.person
    return person is not None and mark_of(key, person) in only.people
