"""Pages of a listing: in any order, of any size, and ending in any way that the format leaves open."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from deployments.sandbox.engine.faults import Fault, Faults
from deployments.sandbox.engine.seeded_random import draw

_BETWEEN = "~"
_PARTS = 3
_NOWHERE = "nowhere"


class _Named(Protocol):
    @property
    def id(self) -> str: ...


_T = TypeVar("_T", bound=_Named)


@dataclass(frozen=True, slots=True)
class Page(Generic[_T]):
    """One page; `cursor` is where to go on, `more` what the page says of it, None where it says nothing."""

    items: list[_T]
    cursor: str | None
    more: bool | None


@dataclass(frozen=True, slots=True)
class _Cursor:
    """Where a listing stands: after which item, in which shuffle, and how often it has gone round."""

    last: str = ""
    shuffle: int = 0
    rounds: int = 0

    def __str__(self) -> str:
        plain = not self.shuffle and not self.rounds
        return self.last if plain else _BETWEEN.join((self.last, str(self.shuffle), str(self.rounds)))


def page(items: Sequence[_T], cursor: str | None, limit: int, faults: Faults) -> Page[_T]:
    """Return the page that follows a cursor of this listing; any other cursor is a LookupError."""
    at = _read(cursor, faults)
    ordered = _ordered(items, at, faults)
    start = _after(ordered, at.last)
    if size := faults.standing("page_size"):
        size.strikes += len(items) > size.n
        limit = min(limit, max(1, size.n))
    if start and faults.hits("pages_twice"):
        start = max(0, start - limit)
    if faults.hits("pages_short"):
        limit = max(1, limit // 2)
    shown = list(ordered[start : start + limit])
    following = _Cursor(shown[-1].id, at.shuffle, at.rounds) if start + limit < len(ordered) else None
    return _ended(shown, at, following, faults.standing("page_ends"))


def in_order(items: Sequence[_T], faults: Faults) -> Sequence[_T]:
    """Return what came newest first in the order of a listing whose pages are numbers."""
    return _ordered(items, _Cursor(shuffle=_shuffled(faults)), faults)


def said(part: Page[Any]) -> dict[str, bool]:
    """Return what a page's body says of more pages: nothing where the page does not say it."""
    return {} if part.more is None else {"has_more": part.more}


def _read(cursor: str | None, faults: Faults) -> _Cursor:
    if not cursor:
        return _Cursor(shuffle=_shuffled(faults))
    parts = cursor.split(_BETWEEN)
    if len(parts) == 1:
        return _Cursor(cursor)
    if len(parts) != _PARTS or not (parts[1] + parts[2]).isdecimal():
        raise LookupError(cursor)
    return _Cursor(parts[0], int(parts[1]), int(parts[2]))


def _shuffled(faults: Faults) -> int:
    order = faults.standing("list_order")
    if order is None:
        return 0
    order.strikes += 1
    return order.strikes if order.word == "shuffled" else 0


def _ordered(items: Sequence[_T], at: _Cursor, faults: Faults) -> Sequence[_T]:
    """Return what came newest first in the order that this listing has."""
    order = faults.standing("list_order")
    if order is None or order.word == "newest":
        return items
    if order.word == "oldest":
        return items[::-1]
    if order.word == "name":
        return sorted(items, key=lambda one: str(getattr(getattr(one, "order", one), "name", one.id)))
    return sorted(items, key=lambda one: draw(faults.seed, "order", at.shuffle, one.id))


def _after(items: Sequence[_T], last: str) -> int:
    if not last:
        return 0
    for place, item in enumerate(items):
        if item.id == last:
            return place + 1
    raise LookupError(last)


def _ended(shown: list[_T], at: _Cursor, following: _Cursor | None, ends: Fault | None) -> Page[_T]:
    if ends is None:
        return Page(shown, str(following) if following else None, following is not None)
    ends.strikes += 1
    return _ENDS[ends.word](shown, at, following)


def _unsaid(shown: list[_T], _at: _Cursor, following: _Cursor | None) -> Page[_T]:
    return Page(shown, str(following) if following else None, None)


def _unsaid_cursor(shown: list[_T], at: _Cursor, following: _Cursor | None) -> Page[_T]:
    """Give a cursor on every page with items; the page after the last is empty and has none."""
    last = following or (_Cursor(shown[-1].id, at.shuffle, at.rounds) if shown else None)
    return Page(shown, str(last) if last else None, None)


def _repeat(shown: list[_T], at: _Cursor, following: _Cursor | None) -> Page[_T]:
    """Give the page after the first once more, under a cursor of its own."""
    if following and at.last and not at.rounds:
        return Page(shown, str(_Cursor(at.last, at.shuffle, 1)), more=True)
    return Page(shown, str(following) if following else None, following is not None)


def _nowhere(shown: list[_T], at: _Cursor, following: _Cursor | None) -> Page[_T]:
    """Say on the last page that there is more, under a cursor that never moves."""
    last = following or (_Cursor(shown[-1].id, at.shuffle, at.rounds) if shown else at)
    return Page(shown, str(last) or _NOWHERE, more=True)


def _unknown(shown: list[_T], _at: _Cursor, _following: _Cursor | None) -> Page[_T]:
    """Give a cursor that the next request is refused for."""
    return Page(shown, _NOWHERE, more=True)


def _endless(shown: list[_T], at: _Cursor, following: _Cursor | None) -> Page[_T]:
    """Begin anew after the last page, under ever new cursors."""
    return Page(shown, str(following or _Cursor("", at.shuffle, at.rounds + 1)), more=True)


_ENDS: Mapping[str, Callable[..., Page[Any]]] = {
    "unsaid": _unsaid,
    "unsaid_cursor": _unsaid_cursor,
    "repeat": _repeat,
    "nowhere": _nowhere,
    "unknown": _unknown,
    "endless": _endless,
}
