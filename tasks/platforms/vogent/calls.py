"""Dials of Vogent: those that lists tell whole, and others one by one."""

from collections.abc import Iterable, Mapping
from urllib.parse import quote

from models.platform import Call, NoSuchJobError, PlatformDownError, PlatformError
from tasks.marks import struck
from tasks.platforms.gaps import Gaps
from tasks.platforms.http import Reader, documented
from tasks.platforms.vogent import wire
from tasks.platforms.vogent.lists import DIALS, NAME
from tasks.platforms.vogent.wire import Dial

MOST_DOWN = 6
"""Reads in one batch that may fail after all their tries; the others are then left unread, not waited for."""


class Dials:
    """Reads dials; what has ended once is remembered, for it does not change any more."""

    def __init__(self, read: Reader, gaps: Gaps) -> None:
        self._read, self._gaps = read, gaps
        self._over: dict[str, Call] = {}

    def told_by(self, dials: Iterable[Dial]) -> None:
        """Remember the calls that a list tells of whole: nobody has to be asked about these."""
        self._over |= {one.call.id: one.call for one in dials if one.call.status.is_over}

    def get(self, call_id: str) -> Call:
        """Return one dial; raises NoSuchJobError for one that is not there."""
        try:
            answer = self._read.get(f"{DIALS}/{quote(call_id, safe='')}")
        except NoSuchJobError:
            raise NoSuchJobError(f"{NAME} knows no dial {call_id} in this workspace.") from None
        with documented(NAME, f"dial {call_id}"):
            found = wire.dial(answer.body, answer.seen_at)
        self.told_by([found])
        return found.call

    def get_many(self, call_ids: Iterable[str]) -> Mapping[str, Call]:
        """Return many dials by id: a forgotten one is left out, one that cannot be read is `unread`."""
        down = [0]
        found = {one: self._over.get(one) or self._aside(one, down) for one in dict.fromkeys(call_ids)}
        return {call_id: call for call_id, call in found.items() if call}

    def _aside(self, call_id: str, down: list[int]) -> Call | None:
        if down[0] >= MOST_DOWN:
            return wire.unread(call_id)
        try:
            return self.get(call_id)
        except NoSuchJobError:
            return None
        except PlatformError as error:
            down[0] += isinstance(error, PlatformDownError)
            struck("vogent.unread")
            self._gaps.say(f"a dial could not be read: {error}")
            return wire.unread(call_id)
