"""Calls that are read one by one beside a job: what cannot be read of them ends nothing."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

from models.platform import Call, NoSuchJobError, PlatformDownError, PlatformError, unread
from tasks.marks import struck
from tasks.platforms.gaps import Gaps

AT_ONCE = 6
"""Calls asked for side by side."""
MOST_DOWN = 6
"""Reads in one batch that may fail after all their tries; the others are then left unread, not waited for."""


class SideCalls:
    """Reads many calls by a reader of one; what has ended once and is kept is not asked for again."""

    def __init__(self, get: Callable[[str], Call], gaps: Gaps, what: str = "a call") -> None:
        self._get, self._gaps, self._what = get, gaps, what
        self._over: dict[str, Call] = {}

    def keep(self, call: Call) -> None:
        """Remember a call that is over: it does not change any more."""
        if call.status.is_over:
            self._over[call.id] = call

    def get_many(
        self, call_ids: Iterable[str], get: Callable[[str], Call] | None = None
    ) -> Mapping[str, Call]:
        """Return many calls by id: a forgotten one is left out, one that cannot be read is `unread`.

        `get` is another reader of one call, for whoever needs less of it.
        """
        wanted, down = list(dict.fromkeys(call_ids)), [0]
        asked = [call_id for call_id in wanted if call_id not in self._over]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            read = dict(
                zip(asked, pool.map(lambda one: self._aside(one, down, get or self._get), asked), strict=True)
            )
        found = ((call_id, read.get(call_id) or self._over.get(call_id)) for call_id in wanted)
        return {call_id: call for call_id, call in found if call}

    def _aside(self, call_id: str, down: list[int], get: Callable[[str], Call]) -> Call | None:
        if down[0] >= MOST_DOWN:
            return unread(call_id)
        try:
            return get(call_id)
        except NoSuchJobError:
            return None
        except PlatformError as error:
            down[0] += isinstance(error, PlatformDownError)
            struck("calls.unread")
            self._gaps.say(f"{self._what} could not be read: {error}")
            return unread(call_id)
