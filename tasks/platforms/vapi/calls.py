"""Calls of Vapi: those that rows tell whole, one by one, and by the time they were made."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import quote

from models.platform import Call, Calls, Contact, Job, NoSuchJobError, PlatformDownError, PlatformError
from tasks.clock import Clock
from tasks.marks import struck
from tasks.platforms.gaps import Gaps
from tasks.platforms.http import Reader, documented
from tasks.platforms.vapi import wire
from tasks.platforms.vapi.lists import NAME, Lists

AT_ONCE = 6
"""Calls asked for side by side."""
MOST_DOWN = 6
"""Reads in one batch that may fail after all their tries; the others are then left unread, not waited for."""
AHEAD = timedelta(hours=1)
"""How far the platform's clock may be before ours without hiding a call from its listing."""


class CampaignCalls:
    """Reads calls; what has ended once is remembered, for it does not change any more."""

    def __init__(self, read: Reader, lists: Lists, gaps: Gaps, clock: Clock) -> None:
        self._read, self._lists, self._gaps, self._clock = read, lists, gaps, clock
        self._over: dict[str, Call] = {}

    def told_by(self, rows: Iterable[Contact]) -> None:
        """Remember the calls that rows tell of whole: nobody has to be asked about these."""
        told = (wire.call_of_row(row) for row in rows)
        self._over |= {call.id: call for call in told if call is not None}

    def get(self, call_id: str) -> Call:
        """Return one call; raises NoSuchJobError for one that is not there."""
        try:
            body = self._read.get(f"/call/{quote(call_id, safe='')}").body
        except NoSuchJobError:
            raise NoSuchJobError(f"{NAME} knows no call {call_id} in this workspace.") from None
        with documented(NAME, f"call {call_id}"):
            found = wire.shown_call(body)
        if found is None:
            raise NoSuchJobError(f"{NAME} has a call {call_id} that is no outbound phone call.")
        if found.call.status.is_over:
            self._over[found.call.id] = found.call
        return found.call

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
            struck("vapi.unread")
            self._gaps.say(f"a call could not be read: {error}")
            return wire.unread(call_id)

    def list_of(self, job: Job, since: datetime, known: frozenset[str], rows: Sequence[Contact]) -> Calls:
        """Return the calls of a campaign that are not known, each with its row."""
        asked = {"phoneNumberId": job.number_id} if job.number_id else {}
        try:
            bodies, complete = self._lists.calls(asked, since, self._clock.now() + AHEAD)
            with documented(NAME, "a list of calls"):
                shown = [one for body in bodies if (one := wire.shown_call(body))]
        except PlatformError as error:
            struck("vapi.unlisted")
            self._gaps.say(f"the calls of {job.id} could not be listed: {error}")
            return Calls(complete=False)
        mine = [one for one in shown if one.campaign_id == job.id and one.call.id not in known]
        by_call = {row.call_id: row.id for row in rows if row.call_id}
        by_phone = {row.phone: row.id for row in reversed(rows) if row.phone}
        found = (
            replace(one.call, contact_id=by_call.get(one.call.id) or by_phone.get(one.phone or ""))
            for one in mine
        )
        return Calls(tuple(found), complete)
