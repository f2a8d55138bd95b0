"""Listings by a mapping: read to the end that the platform documents, or not believed at all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from models.mapping.document import ListingTable
from models.mapping.selectors import Selector
from models.platform import InvalidResponseError
from tasks.marks import struck
from tasks.platforms.http import JsonAnswer
from tasks.platforms.pages import MOST_IDLE, MOST_PAGES


@dataclass(frozen=True)
class MappedListing:
    """One listing; `what` is its plural in a sentence, `key` raises ValueError for a member without an id."""

    platform: str
    what: str
    listing: ListingTable
    key: Callable[[Any], str]

    def read_all(self, ask: Callable[[Mapping[str, Any]], JsonAnswer]) -> list[JsonAnswer]:
        """Return every member once, each with the platform's time of its page.

        `ask` reads the page that some parameters ask for. Raises InvalidResponseError where no end can be
        trusted.
        """
        found: dict[str, JsonAnswer] = {}
        cursors: set[str] = set()
        cursor: str | None = None
        idle = 0
        for number in range(MOST_PAGES):
            page = ask(self._asked(number, cursor))
            before, members = len(found), self._members(page.body)
            for member in members:
                found[self._key(member, number)] = JsonAnswer(member, page.seen_at)
            if self._is_last(page.body, number, len(members), len(found)):
                return self._whole(page.body, found)
            if self.listing.paging.by == "cursor":
                cursor = self._following(page.body, cursors)
            idle = 0 if len(found) > before else idle + 1
            if idle >= MOST_IDLE:
                raise self._distrusted(f"{idle} pages in a row brought nothing new")
        raise self._distrusted(f"it goes on after {MOST_PAGES:,} pages")

    def _asked(self, number: int, cursor: str | None) -> dict[str, Any]:
        paging = self.listing.paging
        asked: dict[str, Any] = {paging.size_send: paging.size} if paging.size_send else {}
        if paging.by == "page":
            asked[str(paging.send)] = paging.first + number
        elif paging.by == "offset":
            asked[str(paging.send)] = number * (paging.size or 0)
        elif cursor is not None:
            asked[str(paging.send)] = cursor
        return asked

    def _members(self, body: Any) -> list[Any]:
        found = self._read(self.listing.members, body)
        if not isinstance(found, list):
            raise InvalidResponseError(f"{self.platform} answered without a list of {self.what}.")
        return found

    def _key(self, member: Any, number: int) -> str:
        try:
            return self.key(member)
        except ValueError:
            raise InvalidResponseError(
                f"{self.platform} lists something without an id among its {self.what} (page {number + 1}); "
                "the listing cannot be trusted."
            ) from None

    def _read(self, selector: Selector | None, body: Any) -> Any:
        try:
            return None if selector is None else selector.read(body)
        except ValueError as error:
            raise self._distrusted(str(error)) from None

    def _is_last(self, body: Any, number: int, members: int, found: int) -> bool:
        paging = self.listing.paging
        if paging.end in {"whole", "empty", "short"}:
            return members < {"whole": members + 1, "empty": 1, "short": paging.size or 0}[paging.end]
        if paging.end == "more":
            return not self._more(body)
        if paging.end == "cursor":
            return self._read(paging.cursor, body) in (None, "")
        if paging.end == "pages":
            return number + 1 >= self._count(paging.pages, body, "pages")
        return found >= self._count(paging.total, body, "members")

    def _more(self, body: Any) -> bool:
        more = self._read(self.listing.paging.more, body)
        if not isinstance(more, bool):
            raise self._distrusted("it does not say whether there is more")
        return more

    def _count(self, selector: Selector | None, body: Any, what: str) -> int:
        found = self._read(selector, body)
        if isinstance(found, bool) or not isinstance(found, int) or found < 0:
            raise self._distrusted(f"it does not say how many {what} there are")
        return found

    def _whole(self, body: Any, found: Mapping[str, JsonAnswer]) -> list[JsonAnswer]:
        """Return what was found, unless the platform counts more than it has shown."""
        if self.listing.paging.total is not None:
            told = self._count(self.listing.paging.total, body, "members")
            if told > len(found):
                raise self._distrusted(f"it counts {told} and shows {len(found)}")
        return list(found.values())

    def _following(self, body: Any, cursors: set[str]) -> str:
        cursor = self._read(self.listing.paging.cursor, body)
        if isinstance(cursor, bool) or not isinstance(cursor, str | int) or cursor == "":
            raise self._distrusted("it says that there is more and gives no cursor")
        if str(cursor) in cursors:
            raise self._distrusted("a cursor came a second time, so it runs in a circle")
        cursors.add(str(cursor))
        return str(cursor)

    def _distrusted(self, why: str) -> InvalidResponseError:
        struck("listing.untrusted")
        return InvalidResponseError(
            f"{self.platform} lists its {self.what} without a trustworthy end ({why}); the listing cannot be "
            "trusted."
        )
