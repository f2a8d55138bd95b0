"""HTTP towards ticket systems: one try a call, and every refusal read as later, never or too large.

Nothing is sent again in here. A lost answer may hide a comment that was posted, so the next try, which the
outbox makes, looks for the marker first.
"""

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

import httpx

from models.hooks.ids import shown_ticket
from models.masking.quotes import without_numbers
from tasks.clock import Clock
from tasks.platforms.http import seconds_asked
from tasks.tickets.port import NoFileError, PermanentTicketError, RetryableTicketError, TicketError

TIMEOUT = httpx.Timeout(20.0, connect=5.0)
LATER = frozenset({408, 409, 423, 425, 429})
"""Answers below 500 after which the same request may be taken."""
TOO_LARGE = 413
DENIED = frozenset({401, 403})
MISSING = frozenset({404, 410})
_MILLISECONDS = 1e11
"""A moment above this many seconds (the year 5138) is told in milliseconds."""

Auth = tuple[str, str] | None


@dataclass
class Pulse:
    """What is done before every request: whoever delivers says that it lives, or stops by an exception."""

    beat: Callable[[], None] = lambda: None

    @contextmanager
    def beating(self, beat: Callable[[], None]) -> Iterator[None]:
        """Beat in some way inside the block, and as before after it."""
        before, self.beat = self.beat, beat
        try:
            yield
        finally:
            self.beat = before


@dataclass(frozen=True)
class Wire:
    """A client of one system, and the name that people know the system by."""

    client: httpx.Client
    name: str
    clock: Clock
    pulse: Pulse = field(default_factory=Pulse)

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send one request and return a good answer.

        Raises `RetryableTicketError`, `PermanentTicketError` or `NoFileError`.
        """
        response = self.send(method, path, **options)
        if not response.is_success:
            raise self.trouble(response)
        return response

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send one request and return its answer, good or bad.

        Raises `RetryableTicketError` where there is none.
        """
        self.pulse.beat()
        try:
            return self.client.request(method, path, **options)
        except httpx.TimeoutException:
            raise RetryableTicketError(f"{self.name} did not answer in time.") from None
        except httpx.RequestError as error:
            raise RetryableTicketError(
                f"{self.name} could not be reached ({type(error).__name__})."
            ) from None
        except (httpx.InvalidURL, UnicodeError):
            raise PermanentTicketError(
                f"{self.name}: the address or the token in the settings cannot be sent."
            ) from None

    def json(self, method: str, path: str, **options: Any) -> Any:
        """Send one request and return the JSON object of a good answer."""
        response = self.ask(method, path, **options)
        try:
            found = response.json()
        except ValueError:
            raise RetryableTicketError(f"{self.name} answered something that is not JSON.") from None
        if not isinstance(found, dict | list):
            raise RetryableTicketError(f"{self.name} answered something that it does not document.")
        return found

    def rows(self, method: str, path: str, **options: Any) -> list[Any]:
        """Send one request and return the JSON array of a good answer."""
        found = self.json(method, path, **options)
        if not isinstance(found, list):
            raise RetryableTicketError(f"{self.name} answered something that it does not document.")
        return found

    def trouble(self, response: httpx.Response) -> TicketError:
        """Return what a bad answer means."""
        code, where = response.status_code, shown_ticket(response.request.url.path)
        if code in LATER or code >= httpx.codes.INTERNAL_SERVER_ERROR:
            return RetryableTicketError(
                f"{self.name} answered {code}.", asked_pause(response, self.clock.now())
            )
        if code in DENIED:
            return PermanentTicketError(
                f"{self.name} refused the token ({code}). Check its settings and permissions."
            )
        if code in MISSING:
            return PermanentTicketError(
                f"{self.name} knows nothing at {where}. Check the ticket's id and the address."
            )
        if code == TOO_LARGE:
            return NoFileError(f"{self.name} takes no file of that size.")
        if response.is_redirect:
            return PermanentTicketError(
                f"{self.name} sends us elsewhere ({code}). Correct its url in the settings."
            )
        words = without_numbers(" ".join(response.text.split()))[:200]
        return PermanentTicketError(
            f"{self.name} refused {response.request.method} {where} ({code}): {words}"
        )

    def close(self) -> None:
        """Close the client."""
        self.client.close()


@cache
def trusted() -> ssl.SSLContext:
    """Return the certificates that are trusted, read once."""
    return httpx.create_ssl_context()


def open_wire(
    name: str,
    url: str,
    clock: Clock,
    *,
    auth: Auth = None,
    headers: Mapping[str, str] | None = None,
    transport: httpx.BaseTransport | None = None,
    pulse: Pulse | None = None,
) -> Wire:
    """Return a wire to a system; it follows no redirect, so that a token goes nowhere else."""
    try:
        client = httpx.Client(
            base_url=url.rstrip("/") + "/",
            auth=auth,
            headers={"Accept": "application/json", "User-Agent": "ringback", **(headers or {})},
            timeout=TIMEOUT,
            transport=transport,
            follow_redirects=False,
            verify=trusted(),
        )
    except (httpx.InvalidURL, UnicodeError):
        raise PermanentTicketError(
            f"{name}: the address or the token in the settings cannot be sent."
        ) from None
    return Wire(client, name, clock, pulse or Pulse())


def asked_pause(response: httpx.Response, now: datetime) -> float | None:
    """Return for how many seconds a system wants to be left alone, None where it does not say.

    Read from Retry-After (seconds or a date) and the reset headers of PagerDuty (seconds) and Linear (a
    moment in milliseconds).
    """
    headers = response.headers
    for text in (headers.get("retry-after"), headers.get("ratelimit-reset")):
        if text and (found := _seconds(text, now)) is not None:
            return found
    reset = headers.get("x-ratelimit-requests-reset")
    return _seconds(reset, now) if reset else None


def _seconds(text: str, now: datetime) -> float | None:
    found = seconds_asked(text, now)
    return max(0.0, found / 1000 - now.timestamp()) if found and found > _MILLISECONDS else found
