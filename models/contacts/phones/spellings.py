"""One person, however their number is written: the key to compare numbers by, and all that share it.

A number is dialled as its row holds it; whether two rows, an attempt or an opt-out are the same person is
asked here.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from models.contacts.phones.renumbered import RENUMBERINGS, Renumbering


def person_of(e164: str) -> str:
    """Return the one spelling that stands for all of a line's: its newest, in E.164.

    Of most numbers it is the number itself; the old spelling need not be a number that can be dialled.
    """
    return _newest(e164) if e164[1:3] in _BY_OLD else e164


def spellings_of(e164: str) -> frozenset[str]:
    """Return every spelling of the person behind a number, its own among them."""
    person = person_of(e164)
    return _all(person) | {e164} if person[1:3] in _BY_NEW else frozenset({person, e164})


def without_lapsed_prefix(e164: str) -> str | None:
    """Return a number without a prefix that nobody can dial any more, None where it has none."""
    for rule in _BY_OLD.get(e164[1:3], ()):
        if rule.lapsed and (found := rule.renewed(e164[1:])):
            return f"+{found}"
    return None


@lru_cache(maxsize=65_536)
def _newest(e164: str) -> str:
    digits = e164[1:]
    while (newer := _renewed(digits)) is not None:
        digits = newer
    return f"+{digits}"


def _renewed(digits: str) -> str | None:
    found = (rule.renewed(digits) for rule in _BY_OLD.get(digits[:2], ()))
    return next((digits for digits in found if digits), None)


@lru_cache(maxsize=65_536)
def _all(person: str) -> frozenset[str]:
    found, left = {person}, [person]
    while left:
        digits = left.pop()[1:]
        older = {f"+{aged}" for rule in _BY_NEW.get(digits[:2], ()) if (aged := rule.aged(digits))} - found
        found |= older
        left += older
    return frozenset(found)


def _by_start(*, new: bool) -> Mapping[str, tuple[Renumbering, ...]]:
    """Return the rules by the first two digits of one of their spellings: every rule spells two out."""
    found: dict[str, tuple[Renumbering, ...]] = {}
    for rule in RENUMBERINGS:
        start = (rule.new if new else rule.old)[:2]
        found[start] = (*found.get(start, ()), rule)
    return found


_BY_OLD: Final = _by_start(new=False)
_BY_NEW: Final = _by_start(new=True)
TWICE: Final = frozenset(_BY_OLD)
"""First two digits of numbers that may not be their own key: a test that costs next to nothing."""
