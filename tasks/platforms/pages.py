"""Listings that come in pages: read to their documented end, or not believed at all."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from models.masking.quotes import without_numbers
from models.platform import InvalidResponseError
from tasks.marks import struck
from tasks.platforms.http import JsonAnswer

MOST_PAGES = 1000
"""Pages of one listing; with 100 members a page more than any workspace holds."""
MOST_IDLE = 20
"""Pages in a row that may bring nothing new: platforms repeat pages and show empty ones."""


@dataclass(frozen=True, slots=True)
class Listing:
    """How a platform pages one listing: the keys of its members and of its cursor, and what tells them apart.

    `what` is the plural in a sentence; `key` raises KeyError for a member without an id.
    """

    platform: str
    what: str
    members: str
    cursor: str
    key: Callable[[dict[str, Any]], str]

    def read_all(self, ask: Callable[[str | None], JsonAnswer]) -> list[JsonAnswer]:
        """Return every member once, each with the platform's time of its page.

        `ask` reads the page at a cursor. The end is `has_more: false`, or neither `has_more` nor a cursor; no
        order is assumed, and a page that repeats ends nothing. Raises InvalidResponseError where no end can
        be trusted.
        """
        found: dict[str, JsonAnswer] = {}
        cursors: set[str] = set()
        cursor: str | None = None
        idle = 0
        for number in range(1, MOST_PAGES + 1):
            page = ask(cursor)
            before = len(found)
            for place, member in enumerate(self._members(page.body), start=1):
                found[self._key(member, place, number)] = JsonAnswer(member, page.seen_at)
            cursor = self._following(page.body, cursors)
            if cursor is None:
                return list(found.values())
            cursors.add(cursor)
            idle = 0 if len(found) > before else idle + 1
            if idle >= MOST_IDLE:
                raise self._distrusted(f"{idle} pages in a row brought nothing new")
        raise self._distrusted(f"it goes on after {MOST_PAGES:,} pages")

    def _members(self, body: Any) -> list[Any]:
        found = body.get(self.members) if isinstance(body, dict) else None
        if not isinstance(found, list):
            raise InvalidResponseError(f"{self.platform} answered without a list of {self.members}.")
        return found

    def _key(self, member: Any, place: int, number: int) -> str:
        try:
            return self.key(member)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise InvalidResponseError(
                f"{self.platform} lists something without an id among its {self.what} "
                f"(number {place} of page {number}); the listing cannot be trusted."
            ) from None

    def _following(self, body: dict[str, Any], cursors: set[str]) -> str | None:
        more, cursor = body.get("has_more"), body.get(self.cursor) or None
        if more is False or (more is None and cursor is None):
            return None
        if more is not True and more is not None:
            raise self._distrusted(f"has_more is {without_numbers(repr(more)):.40}")
        if not isinstance(cursor, str):
            raise self._distrusted("it says that there is more and gives no cursor")
        if cursor in cursors:
            raise self._distrusted("a cursor came a second time, so it runs in a circle")
        return cursor

    def _distrusted(self, why: str) -> InvalidResponseError:
        struck("listing.untrusted")
        return InvalidResponseError(
            f"{self.platform} lists its {self.what} without an end ({why}); the listing cannot be trusted."
        )
