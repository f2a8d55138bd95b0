"""Listings of Vapi: pages by number that have to come to the platform's own total, and calls by time."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from models.platform import InvalidResponseError
from tasks.marks import struck
from tasks.platforms.http import JsonAnswer, Reader, documented
from tasks.platforms.pages import Listing

NAME = "Vapi"
PAGE = 1000
"""Members of a page, and calls of one answer; the most that is documented."""
TIMES = 3
"""How often a listing is read that others change meanwhile, before it is not believed."""
SHORTEST = timedelta(seconds=1)
"""The part of time that a full answer is not split any further."""


def _id(one: Mapping[str, Any]) -> str:
    return str(one["id"])


CAMPAIGNS = Listing(NAME, "campaigns", "results", "next", _id)
CONTACTS = Listing(NAME, "contacts", "results", "next", _id)


class Lists:
    """Reads listings whole; `beyond` turns true once the platform keeps some campaigns back as too old."""

    def __init__(self, read: Reader) -> None:
        self._read = read
        self.beyond = False

    def campaigns(self) -> list[JsonAnswer]:
        """Return every campaign that is not archived, with its counters; raises InvalidResponseError."""
        how = {"includeCounters": "true", "sortBy": "createdAt", "sortOrder": "ASC"}
        return self._whole(CAMPAIGNS, "/v2/campaign", how)

    def contacts(self, path: str) -> list[JsonAnswer]:
        """Return every contact of a campaign in the order of its upload; raises InvalidResponseError."""
        return self._whole(CONTACTS, f"{path}/contacts", {"sortBy": "position"})

    def _whole(self, listing: Listing, path: str, how: Mapping[str, str]) -> list[JsonAnswer]:
        found: list[JsonAnswer] = []
        total = 0
        for _ in range(TIMES):
            totals: list[int] = []
            found = listing.read_all(lambda cursor, totals=totals: self._page(path, how, cursor, totals))  # type: ignore[misc]
            total = totals[-1]
            if len(found) >= total:
                return found
            struck("vapi.short")  # one that was archived meanwhile moves the others a place forward
        raise InvalidResponseError(
            f"{NAME} lists {len(found)} {listing.what} and counts {total}: the listing cannot be trusted."
        )

    def _page(self, path: str, how: Mapping[str, str], cursor: str | None, totals: list[int]) -> JsonAnswer:
        number = int(cursor or 1)
        answer = self._read.get(path, {**how, "limit": PAGE, "page": number})
        with documented(NAME, "a page"):
            body, meta = dict(answer.body), answer.body["metadata"]
            total, size = int(meta["totalItems"]), int(meta["itemsPerPage"])
            self.beyond = self.beyond or meta.get("itemsBeyondRetention") is True
        totals.append(total)
        # The page's own size counts, not the one that was asked for; or it says itself that there is more.
        more = number * max(size, 1) < total or meta.get("hasNextPage") is True
        return JsonAnswer({**body, "has_more": more, "next": str(number + 1)}, answer.seen_at)

    def calls(
        self, asked: Mapping[str, str], since: datetime, until: datetime
    ) -> tuple[list[dict[str, Any]], bool]:
        """Return the calls created in a time, and whether these are all.

        Calls have no pages and no order is documented: a full answer is asked for again in two halves.
        """
        bounds = {"createdAtGe": _iso(since), "createdAtLe": _iso(until)}
        body = self._read.get("/call", {**asked, "limit": PAGE, **bounds}).body
        if not isinstance(body, list) or not all(isinstance(one, dict) for one in body):
            raise InvalidResponseError(f"{NAME} answered without a list of calls.")
        if len(body) < PAGE:
            return body, True
        if until - since <= SHORTEST:
            return body, False
        middle = since + (until - since) / 2
        first, whole = self.calls(asked, since, middle)
        second, rest = self.calls(asked, middle, until)
        return list({_id(one): one for one in (*first, *second)}.values()), whole and rest


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
