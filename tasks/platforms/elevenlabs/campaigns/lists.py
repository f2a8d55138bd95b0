"""Listings of outbound campaigns, their leads, calls and attention items, and whether an account has any."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from models.platform import InvalidResponseError, PlatformDownError, PlatformError
from tasks.platforms.elevenlabs.calls import NAME
from tasks.platforms.http import JsonAnswer, Reader, documented
from tasks.platforms.pages import Listing

ROOT = "/v1/convai/outbound-campaigns"
PATH = f"{ROOT}/campaigns"
PAGE = 100
"""Members of a page that are asked for; the most that may be asked for is documented nowhere."""
CAMPAIGNS = Listing(NAME, "campaigns", "campaigns", "next_cursor", lambda one: str(one["campaign_id"]))
LEADS = Listing(NAME, "leads", "leads", "next_cursor", lambda one: str(one["lead_id"]))
CALLS = Listing(NAME, "campaign calls", "calls", "next_cursor", lambda one: str(one["intent_id"]))
ATTENTION = Listing(NAME, "attention items", "attention", "next_cursor", lambda one: str(one["attention_id"]))
Body = Mapping[str, Any]


class Lists:
    """Reads campaigns and what is in them, each listing to its documented end."""

    def __init__(self, read: Reader) -> None:
        self._read = read

    def are_there(self) -> bool:
        """Tell whether this key reads campaigns in this account; raises PlatformDownError where none answers.

        An answer that is no listing of campaigns is a gateway that speaks only the batch part.
        """
        try:
            body = self._read.get(PATH, {"page_size": 1}).body
        except PlatformDownError:
            raise
        except PlatformError:
            return False
        return isinstance(body, dict) and isinstance(body.get("campaigns"), list)

    def campaigns(self) -> list[JsonAnswer]:
        """Return every campaign of the account."""
        return self._all(CAMPAIGNS, PATH)

    def campaign(self, campaign_id: str) -> JsonAnswer:
        """Return one campaign; raises NoSuchJobError."""
        return self._read.get(at(campaign_id))

    def leads(self, campaign_id: str) -> list[Body]:
        """Return the leads of a campaign, one for each recipient."""
        return [one.body for one in self._all(LEADS, f"{at(campaign_id)}/leads")]

    def calls(self, campaign_id: str) -> dict[str, list[Body]]:
        """Return the calls of a campaign by lead, queued ones included."""
        found: dict[str, list[Body]] = defaultdict(list)
        with documented(NAME, f"the calls of campaign {campaign_id}"):
            for one in self._all(CALLS, f"{at(campaign_id)}/calls"):
                found[str(one.body["lead_id"])].append(one.body)
        return found

    def progress(self, campaign_id: str) -> Body:
        """Return where a campaign stands, and when it calls next."""
        body = self._read.get(f"{at(campaign_id)}/progress").body
        if not isinstance(body, dict):
            raise InvalidResponseError(f"{NAME} answered something that is no progress of a campaign.")
        return body

    def attention(self, campaign_id: str) -> list[Body]:
        """Return what in a campaign waits for a person."""
        return [one.body for one in self._all(ATTENTION, f"{ROOT}/attention", {"campaign_id": campaign_id})]

    def _all(self, listing: Listing, path: str, asked: Body | None = None) -> list[JsonAnswer]:
        params = {"page_size": PAGE, **(asked or {})}
        return listing.read_all(
            lambda cursor: self._read.get(path, {**params, **({"cursor": cursor} if cursor else {})})
        )


def at(campaign_id: str) -> str:
    """Return the path of one campaign."""
    return f"{PATH}/{quote(campaign_id, safe='')}"
