"""Tokens of single calls: what names a request for good, and when it may be sent again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

MARGIN = timedelta(seconds=300)
"""How much sooner than documented a token is taken for over: clocks differ, and an answer takes time."""
SHORT = 16


def token_of(marker: str, contact_id: str) -> str:
    """Return the token of one contact's call in a wave: the same for every try, and for no other call."""
    return f"{marker}-{sha256(contact_id.encode()).hexdigest()[:SHORT]}"


@dataclass(frozen=True, slots=True)
class TokenWindow:
    """When a request without an answer may be sent again: not before `since`, and not after `until`.

    A try may still be worked on while its answer is lost, and what a second one does meanwhile is documented
    nowhere: it waits until that is over.
    """

    first: datetime
    since: datetime
    until: datetime

    def is_open(self, now: datetime) -> bool:
        """Tell whether the request may be sent now."""
        return self.since <= now <= self.until

    def is_to_come(self, now: datetime) -> bool:
        """Tell whether it may be sent by and by; a clock that stands before the first try proves nothing."""
        return self.first <= now < self.since <= self.until


def token_window(first: datetime, last: datetime, seconds: float, patience: float) -> TokenWindow:
    """Return the window of a token that was first used at `first` and last used at `last`.

    `seconds` is how long the platform documents it to hold, `patience` how long a try may be under way.
    """
    until = first + timedelta(seconds=seconds) - MARGIN
    return TokenWindow(first, last + timedelta(seconds=patience), until)
