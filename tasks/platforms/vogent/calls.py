"""Dials of Vogent: those that lists tell whole, and others one by one."""

from collections.abc import Iterable
from urllib.parse import quote

from models.platform import Call, NoSuchJobError, RawAnswer
from tasks.platforms.gaps import Gaps
from tasks.platforms.http import Reader, documented
from tasks.platforms.side_calls import SideCalls
from tasks.platforms.vogent import wire
from tasks.platforms.vogent.lists import DIALS, NAME
from tasks.platforms.vogent.wire import Dial


class Dials(SideCalls):
    """Reads dials; what has ended once is remembered, for it does not change any more."""

    def __init__(self, read: Reader, gaps: Gaps) -> None:
        super().__init__(self.get, gaps, "a dial")
        self._read = read

    def told_by(self, dials: Iterable[Dial]) -> None:
        """Remember the calls that a list tells of whole: nobody has to be asked about these."""
        for one in dials:
            self.keep(one.call)

    def raw(self, call_id: str) -> RawAnswer:
        """Return the answer about one call as it comes."""
        return self._read.raw(f"{DIALS}/{quote(call_id, safe='')}")

    def get(self, call_id: str) -> Call:
        """Return one dial; raises NoSuchJobError for one that is not there."""
        try:
            answer = self._read.get(f"{DIALS}/{quote(call_id, safe='')}")
        except NoSuchJobError:
            raise NoSuchJobError(f"{NAME} knows no dial {call_id} in this workspace.") from None
        with documented(NAME, f"dial {call_id}"):
            found = wire.dial(answer.body, answer.seen_at)
        self.keep(found.call)
        return found.call
