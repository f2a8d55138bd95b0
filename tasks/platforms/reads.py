"""Reads over HTTP that may be tried again; nothing here ever sends a create."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import httpx
import ijson

from models.invariants import BrokenInvariant
from models.platform import Garbled, NoSuchJob, PlatformDown, PlatformError, WrongKey
from tasks.clock import Clock

T = TypeVar("T")
TRIES = 5
LONGEST_PAUSE = 20.0
"""Seconds; a platform that asks for a longer pause gets this one and another try."""
_NUMBER = re.compile(r"(?<!\w)[+(]*\d(?:[\s().-]*\d){6,}")
BUSY = frozenset({408, 425, 429, 500, 502, 503, 504, 529})


class _Again(Exception):  # noqa: N818  a signal, not an error
    def __init__(self, words: str, pause: float | None = None, *, garbled: bool = False) -> None:
        super().__init__(words)
        self.pause = pause
        self.garbled = garbled


@dataclass(frozen=True, slots=True)
class Answer:
    """A decoded JSON answer with the platform's own clock."""

    body: Any
    seen_at: datetime


@dataclass(frozen=True)
class Reader:
    """GETs of one platform, tried again on a busy, cut or garbled answer."""

    client: httpx.Client
    clock: Clock
    platform: str
    tries: int = TRIES
    first_pause: float = 0.5

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Answer:
        """Return the JSON object at a path."""
        return self._again(lambda: self._get(path, params))

    def rows(self, path: str, prefix: str) -> Iterator[Any]:
        """Stream the members of one array; a broken stream starts anew, so the caller drops repeats."""
        for attempt in range(self.tries):
            try:
                yield from self._stream(path, prefix)
            except _Again as trouble:
                self._pause(trouble, attempt)
            else:
                return

    def _again(self, act: Callable[[], T]) -> T:
        for attempt in range(self.tries):
            try:
                return act()
            except _Again as trouble:
                self._pause(trouble, attempt)
        raise BrokenInvariant("a pause raises on the last try")

    def _pause(self, trouble: _Again, attempt: int) -> None:
        if attempt + 1 >= self.tries:
            kind: type[PlatformError] = Garbled if trouble.garbled else PlatformDown
            error = kind(f"{self.platform} {trouble} (asked {self.tries} times). Try again later.")
            error.retry_after = trouble.pause
            raise error from None
        wait = trouble.pause if trouble.pause is not None else self.first_pause * 2**attempt
        self.clock.sleep(min(wait, LONGEST_PAUSE))

    def _get(self, path: str, params: Mapping[str, Any] | None) -> Answer:
        with self._transport_errors():
            response = self.client.get(path, params=params)
        self._check(response)
        try:
            return Answer(response.json(), seen_at(response, self.clock))
        except (json.JSONDecodeError, UnicodeDecodeError):
            raise _Again("answered something that is not JSON", garbled=True) from None

    def _stream(self, path: str, prefix: str) -> Iterator[Any]:
        with self._transport_errors(), self.client.stream("GET", path) as response:
            if response.status_code != httpx.codes.OK:
                response.read()
            self._check(response)
            try:
                yield from ijson.items(_Body(response), f"{prefix}.item", use_float=True)
            except (ijson.JSONError, UnicodeDecodeError):
                raise _Again("sent a page that breaks off or is not JSON", garbled=True) from None

    @contextmanager
    def _transport_errors(self) -> Iterator[None]:
        try:
            yield
        except httpx.TimeoutException:
            raise _Again("did not answer in time") from None
        except httpx.TransportError as error:
            raise _Again(f"could not be reached ({type(error).__name__})") from None

    def _check(self, response: httpx.Response) -> None:
        code = response.status_code
        if code in BUSY:
            raise _Again(f"answered {code}", retry_after(response))
        if code in {401, 403}:
            raise WrongKey(
                f"{self.platform} refused the key ({code}). Check RINGBACK_PLATFORM_KEY and its workspace."
            )
        if code == httpx.codes.NOT_FOUND:
            raise NoSuchJob(f"{self.platform} knows nothing at {response.request.url.path}.")
        if code != httpx.codes.OK:
            raise PlatformError(f"{self.platform} answered {code}: {short(response)}")


class _Body:
    """A response as the file that ijson reads."""

    def __init__(self, response: httpx.Response) -> None:
        self._chunks = response.iter_bytes(65_536)

    def read(self, size: int = -1) -> bytes:
        """Return the next chunk, empty at the end; size 0 is ijson asking for the type."""
        return b"" if size == 0 else next(self._chunks, b"")


def seen_at(response: httpx.Response, clock: Clock) -> datetime:
    """Return the platform's own time by its Date header, else ours."""
    try:
        return parsedate_to_datetime(response.headers["date"]).astimezone(UTC)
    except (KeyError, ValueError, TypeError):
        return clock.now()


def retry_after(response: httpx.Response) -> float | None:
    """Return the seconds of a Retry-After header, None where it is missing or unreadable."""
    try:
        return max(0.0, float(response.headers["retry-after"]))
    except (KeyError, ValueError):
        return None


def short(response: httpx.Response, length: int = 200) -> str:
    """Return the platform's own words on an error, without its numbers."""
    return without_numbers(_words(response))[:length]


def without_numbers(text: str) -> str:
    """Return a text in which whatever may be a phone number is left out; ids with letters stay."""
    return _NUMBER.sub("[number]", text)


def _words(response: httpx.Response) -> str:
    try:
        detail = response.json().get("detail", "")
    except (ValueError, AttributeError):
        return "no readable reason"
    if isinstance(detail, dict):
        return str(detail.get("message") or detail.get("status") or "")
    if isinstance(detail, list):
        return "; ".join(f"{_where(d)}: {d.get('msg')}" for d in detail if isinstance(d, dict))
    return str(detail)


def _where(detail: Mapping[str, Any]) -> str:
    return ".".join(str(part) for part in detail.get("loc", []))
