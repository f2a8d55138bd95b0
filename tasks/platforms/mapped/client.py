"""The connection to a mapped platform: one address, no redirect, answers of a bounded size, its own words."""

from collections.abc import Callable, Iterator

import httpx

from models.mapping.document import MappingDocument
from models.mapping.selectors import Selector
from models.masking.quotes import without_numbers

MOST_BYTES = 60_000_000
"""Of one answer: ten thousand rows with all their variables have less."""
LONGEST_WORDS = 200
SILENT = "no readable reason"


def make_client(
    document: MappingDocument,
    url: str,
    key: str,
    transport: httpx.BaseTransport | None,
    timeout: float = 30.0,
) -> httpx.Client:
    """Open a client that sends the key in the mapping's header; `transport` is the seam for tests.

    Answers come uncompressed, so that their size on the way is their size.
    """
    auth = document.auth
    plain = {"accept": "application/json", "accept-encoding": "identity"}
    return httpx.Client(
        base_url=url,
        headers={**plain, **auth.headers, auth.header: f"{auth.prefix}{key}"},
        timeout=timeout,
        transport=transport,
        event_hooks={"response": [_bound]},
    )


class _Bounded(httpx.SyncByteStream):
    """A body that breaks off once it is larger than any answer should be."""

    def __init__(self, inner: httpx.SyncByteStream) -> None:
        self._inner = inner

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for chunk in self._inner:
            size += len(chunk)
            if size > MOST_BYTES:
                raise httpx.ReadError("the answer is too large")
            yield chunk

    def close(self) -> None:
        """Let go of the connection."""
        self._inner.close()


def _bound(response: httpx.Response) -> None:
    if isinstance(response.stream, httpx.SyncByteStream):
        response.stream = _Bounded(response.stream)


def words_by(selector: Selector | None) -> Callable[[httpx.Response], str]:
    """Return what takes the platform's own words out of an error, without numbers and cut."""

    def words(response: httpx.Response) -> str:
        try:
            found = selector.read(response.json()) if selector else None
        except (ValueError, httpx.HTTPError, RecursionError):
            return SILENT
        return without_numbers(found)[:LONGEST_WORDS] if isinstance(found, str) and found else SILENT

    return words
