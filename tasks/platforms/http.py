"""Reads over HTTP that may be tried again; nothing here ever sends a create."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import httpx
import ijson

from models.backoff import doubling
from models.errors import RingbackError
from models.invariants import BrokenInvariantError
from models.masking.quotes import without_numbers
from models.platform import (
    AuthenticationError,
    InvalidResponseError,
    NoSuchJobError,
    PlatformDownError,
    PlatformError,
    RawAnswer,
)
from tasks.clock import Clock

T = TypeVar("T")
TRIES = 5
LONGEST_PAUSE = 20.0
"""Seconds; a platform that asks for a longer pause gets this one and another try."""
_SILENT = "no readable reason"
_SECONDS = re.compile(r"\d{1,15}(\.\d{1,9})?", re.ASCII)
_HOST = re.compile(r"[\w.:-]+")
REQUEST_IDS = (
    "request-id",
    "x-request-id",
    "x-trace-id",
    "x-correlation-id",
    "x-amzn-requestid",
    "x-amz-cf-id",
    "cf-ray",
)
"""Headers by which hosts and platforms name a request in their own logs; which of them come differs."""
_REQUEST_ID = re.compile(r"[\w.:=+/-]{1,128}", re.ASCII)
BUSY = frozenset({408, 425, 429, 500, 502, 503, 504, 529})


class _TryAgainError(RingbackError):
    def __init__(self, message: str, pause: float | None = None, *, garbled: bool = False) -> None:
        super().__init__(message)
        self.pause = pause
        self.garbled = garbled


@dataclass(frozen=True, slots=True)
class JsonAnswer:
    """A decoded JSON answer with the platform's own clock."""

    body: Any
    seen_at: datetime
    request_ids: Mapping[str, str] = field(default_factory=dict)
    """By header: what the platform's own people find the request by."""


@dataclass(frozen=True)
class Reader:
    """Reads of one platform, tried again on a busy, cut or garbled answer."""

    client: httpx.Client
    clock: Clock
    platform: str
    tries: int = TRIES
    first_pause: float = 0.5
    message_of: Callable[[httpx.Response], str] | None = None
    """The platform's own words on an error, where they stand elsewhere than `short` looks."""
    advice: str = "Check RINGBACK_PLATFORM_KEY, its permissions and its workspace."
    """What to do where the key is refused."""
    url_setting: str = "RINGBACK_PLATFORM_URL"
    """The setting that holds the address."""

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> JsonAnswer:
        """Return the JSON object at a path."""
        return self._again(lambda: self._answer("GET", path, params=params))

    def raw(self, path: str) -> RawAnswer:
        """Return what stands at a path as it came, with the ids of the request."""
        answer = self.get(path)
        return RawAnswer(answer.body, answer.request_ids)

    def ask(self, path: str, question: Mapping[str, Any]) -> JsonAnswer:
        """Return the JSON object that a POST answers which only reads."""
        return self._again(lambda: self._answer("POST", path, json=question))

    def rows(self, path: str, prefix: str) -> Iterator[Any]:
        """Stream the members of one array; a broken stream starts anew, so the caller drops repeats."""
        for attempt in range(self.tries):
            try:
                yield from self._stream(path, prefix)
            except _TryAgainError as trouble:
                self._pause(trouble, attempt)
            else:
                return

    def _again(self, act: Callable[[], T]) -> T:
        for attempt in range(self.tries):
            try:
                return act()
            except _TryAgainError as trouble:
                self._pause(trouble, attempt)
        raise BrokenInvariantError("a pause raises on the last try")

    def _pause(self, trouble: _TryAgainError, attempt: int) -> None:
        if attempt + 1 >= self.tries:
            kind: type[PlatformError] = InvalidResponseError if trouble.garbled else PlatformDownError
            error = kind(f"{self.platform} {trouble} (asked {self.tries} times). Try again later.")
            error.retry_after = trouble.pause
            raise error from None
        self.clock.sleep(self.pause(attempt, trouble.pause))

    def pause(self, attempt: int, asked: float | None = None) -> float:
        """Return the seconds to wait after a failed try, 0 being the first; `asked` is its Retry-After."""
        if asked is not None:
            return min(max(asked, self.first_pause), LONGEST_PAUSE)
        return doubling(attempt + 1, self.first_pause, LONGEST_PAUSE)

    def _answer(self, method: str, path: str, **asked: Any) -> JsonAnswer:
        with self._transport_errors():
            response = self.client.request(method, path, **asked)
        self._check(response)
        try:
            return JsonAnswer(response.json(), seen_at(response, self.clock), request_ids(response))
        except (ValueError, RecursionError):  # also a number of thousands of digits, and nesting without end
            raise _TryAgainError("answered something that is not JSON", garbled=True) from None

    def _stream(self, path: str, prefix: str) -> Iterator[Any]:
        with self._transport_errors(), self.client.stream("GET", path) as response:
            if response.status_code != httpx.codes.OK:
                response.read()
            self._check(response)
            try:
                yield from ijson.items(_Body(response), f"{prefix}.item", use_float=True)
            except (ijson.JSONError, UnicodeDecodeError):
                raise _TryAgainError("sent a page that breaks off or is not JSON", garbled=True) from None

    @contextmanager
    def _transport_errors(self) -> Iterator[None]:
        try:
            yield
        except httpx.TimeoutException:
            raise _TryAgainError("did not answer in time") from None
        except httpx.TransportError as error:
            raise _TryAgainError(f"could not be reached ({type(error).__name__})") from None
        except httpx.DecodingError:
            raise _TryAgainError("answered something that cannot be unpacked", garbled=True) from None

    def _words(self, response: httpx.Response) -> str:
        return (self.message_of or short)(response)

    def _check(self, response: httpx.Response) -> None:
        code = response.status_code
        if code in BUSY:
            raise _TryAgainError(f"answered {code}", retry_after(response, self.clock.now()))
        if code in {401, 403}:
            raise AuthenticationError(
                f"{self.platform} refused the key ({code}: {self._words(response)}). {self.advice}"
            )
        if response.is_redirect:
            raise PlatformError(redirected(self.platform, response, self.url_setting))
        if code == httpx.codes.NOT_FOUND:
            raise NoSuchJobError(f"{self.platform} knows nothing at {response.request.url.path}.")
        if code != httpx.codes.OK:
            raise PlatformError(f"{self.platform} answered {code}: {self._words(response)}")


class _Body:
    """A response as the file that ijson reads."""

    def __init__(self, response: httpx.Response) -> None:
        self._chunks = response.iter_bytes(65_536)

    def read(self, size: int = -1) -> bytes:
        """Return the next chunk, empty at the end; size 0 is ijson asking for the type."""
        return b"" if size == 0 else next(self._chunks, b"")


def request_ids(response: httpx.Response) -> dict[str, str]:
    """Return the ids that a platform gave the request, by the header that names them."""
    found = {name: response.headers.get(name, "") for name in REQUEST_IDS}
    return {name: text for name, text in found.items() if _REQUEST_ID.fullmatch(text)}


def seen_at(response: httpx.Response, clock: Clock) -> datetime:
    """Return the platform's own time by its Date header, else ours."""
    return http_date(response.headers.get("date", "")) or clock.now()


def retry_after(response: httpx.Response, now: datetime) -> float | None:
    """Return the seconds of a Retry-After header, None where it is missing or unreadable.

    A date counts from the platform's own Date header, and from `now` where there is none.
    """
    asked, theirs = response.headers.get("retry-after"), http_date(response.headers.get("date", ""))
    return seconds_asked(asked, theirs or now) if asked else None


def seconds_asked(text: str, now: datetime) -> float | None:
    """Return the seconds that a Retry-After means, whole, decimal or until a date; never below 0.

    None is what cannot be read. Source: RFC 9110 section 10.2.3.
    """
    if _SECONDS.fullmatch(text.strip()):
        return float(text)
    at = http_date(text)
    return max(0.0, (at - now).total_seconds()) if at else None


def http_date(text: str) -> datetime | None:
    """Return the aware time of an HTTP date, None for anything else."""
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def redirected(platform: str, response: httpx.Response, setting: str = "RINGBACK_PLATFORM_URL") -> str:
    """Return the sentence for an answer that sends us elsewhere; it is never followed."""
    try:
        host = httpx.URL(response.headers.get("location", "")).host
    except httpx.InvalidURL:
        host = ""
    where = host if _HOST.fullmatch(host) else f"another path of {response.request.url.host}"
    return (
        f"{platform} redirects to {where} ({response.status_code}); nothing was sent there. "
        f"Set {setting} to the address that answers itself."
    )


def short(response: httpx.Response, length: int = 200) -> str:
    """Return the platform's own words on an error, without its numbers."""
    return without_numbers(_words(response))[:length]


@contextmanager
def documented(platform: str, what: str = "") -> Iterator[None]:
    """Turn a surprise in an answer's shape into one sentence; `what` names the part that was read.

    Raises `InvalidResponseError` for a missing or mistyped field.
    """
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        # What could not be read may be a person's number: a missing field is named, a value never.
        missing = repr(error) if isinstance(error, KeyError) else type(error).__name__
        where = f" for {without_numbers(what):.60}" if what else ""
        raise InvalidResponseError(
            f"{platform} answered without what it documents{where} ({missing:.80})."
        ) from None


def _words(response: httpx.Response) -> str:
    try:
        body = response.json()
        detail = body.get("detail") or body.get("message") or ""
    except (ValueError, AttributeError, RecursionError):
        return _SILENT
    if isinstance(detail, dict):
        told = [str(detail[key]) for key in ("status", "message") if detail.get(key)]
        return ": ".join(told) or _SILENT
    if isinstance(detail, list):
        return "; ".join(f"{_where(d)}: {d.get('msg')}" for d in detail if isinstance(d, dict)) or _SILENT
    return str(detail) or _SILENT


def _where(detail: Mapping[str, Any]) -> str:
    loc = detail.get("loc")
    return ".".join(str(part) for part in loc) if isinstance(loc, list) else "body"


def refused_stop(platform: str, response: httpx.Response, words: str, undone: str) -> str:
    """Return why a stop is refused, empty where it may be asked again.

    `words` say so in whole, `undone` names what was not stopped. Raises PlatformError for a redirect and for
    a key that may not stop it: neither changes by asking again, nor by reading whether it is over.
    """
    if response.is_redirect:
        raise PlatformError(f"{undone}: {redirected(platform, response)}")
    if response.status_code in {401, 403}:
        raise PlatformError(words)
    return words if response.is_client_error and response.status_code not in BUSY else ""
