"""Calls of Cartesia, one by one: what has ended once is remembered, for it does not change any more."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

from models.platform import Call, NoSuchJobError, PlatformDownError, PlatformError
from tasks.marks import struck
from tasks.platforms.cartesia import wire
from tasks.platforms.gaps import Gaps
from tasks.platforms.http import Reader, documented

NAME = "Cartesia"
AT_ONCE = 6
"""Calls asked for side by side."""
MOST_DOWN = 6
"""Reads in one batch that may fail after all their tries; the others are then left unread, not waited for."""


class BatchCalls:
    """Reads calls; their side reads become gaps where they fail."""

    def __init__(self, read: Reader, gaps: Gaps) -> None:
        self._read, self._gaps = read, gaps
        self._over: dict[str, Call] = {}

    def get(self, call_id: str) -> Call:
        """Return one call; raises NoSuchJobError for one that is not there."""
        try:
            body = self._read.get(f"/agents/calls/{quote(call_id, safe='')}").body
        except NoSuchJobError:
            raise NoSuchJobError(f"{NAME} knows no call {call_id} under this key.") from None
        with documented(NAME, f"call {call_id}"):
            found = wire.call(body)
        if found.status.is_over:
            self._over[call_id] = found
        return found

    def get_many(self, call_ids: Iterable[str]) -> Mapping[str, Call]:
        """Return many calls by id: a forgotten one is left out, one that cannot be read is `unread`."""
        wanted, down = list(dict.fromkeys(call_ids)), [0]
        asked = [call_id for call_id in wanted if call_id not in self._over]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            read = dict(zip(asked, pool.map(lambda one: self._aside(one, down), asked), strict=True))
        found = ((call_id, read.get(call_id) or self._over.get(call_id)) for call_id in wanted)
        return {call_id: call for call_id, call in found if call}

    def _aside(self, call_id: str, down: list[int]) -> Call | None:
        if down[0] >= MOST_DOWN:
            return wire.unread(call_id)
        try:
            return self.get(call_id)
        except NoSuchJobError:
            return None
        except PlatformError as error:
            down[0] += isinstance(error, PlatformDownError)
            struck("cartesia.unread")
            self._gaps.say(f"a call could not be read: {error}")
            return wire.unread(call_id)
