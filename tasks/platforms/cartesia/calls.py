"""Calls of Cartesia, one by one: what has ended once is remembered, for it does not change any more."""

from urllib.parse import quote

from models.platform import Call, NoSuchJobError, RawAnswer
from tasks.platforms.cartesia import wire
from tasks.platforms.gaps import Gaps
from tasks.platforms.http import Reader, documented
from tasks.platforms.side_calls import SideCalls

NAME = "Cartesia"


class BatchCalls(SideCalls):
    """Reads calls; their side reads become gaps where they fail."""

    def __init__(self, read: Reader, gaps: Gaps) -> None:
        super().__init__(self.get, gaps)
        self._read = read

    def raw(self, call_id: str) -> RawAnswer:
        """Return the answer about one call as it comes."""
        return self._read.raw(f"/agents/calls/{quote(call_id, safe='')}")

    def get(self, call_id: str) -> Call:
        """Return one call; raises NoSuchJobError for one that is not there."""
        try:
            body = self._read.get(f"/agents/calls/{quote(call_id, safe='')}").body
        except NoSuchJobError:
            raise NoSuchJobError(f"{NAME} knows no call {call_id} under this key.") from None
        with documented(NAME, f"call {call_id}"):
            found = wire.call(body)
        self.keep(found)
        return found
