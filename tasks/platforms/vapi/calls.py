"""Calls of Vapi: those that rows tell whole, one by one, and by the time they were made."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import quote

from models.platform import Call, Calls, Contact, Job, NoSuchJobError, PlatformError, RawAnswer
from tasks.clock import Clock
from tasks.marks import struck
from tasks.platforms.gaps import Gaps
from tasks.platforms.http import Reader, documented
from tasks.platforms.side_calls import AT_ONCE, SideCalls
from tasks.platforms.vapi import wire
from tasks.platforms.vapi.lists import NAME, Lists
from tasks.side_by_side import side_by_side

AHEAD = timedelta(hours=1)
"""How far the platform's clock may be before ours without hiding a call from its listing."""


class CampaignCalls(SideCalls):
    """Reads calls; what has ended once is remembered, for it does not change any more."""

    def __init__(self, read: Reader, lists: Lists, gaps: Gaps, clock: Clock) -> None:
        super().__init__(self.get, gaps)
        self._read, self._lists, self._clock = read, lists, clock
        self._sids: dict[str, str] = {}
        """The carrier's ids of calls that are over, empty where a call tells none."""

    def told_by(self, rows: Iterable[Contact]) -> None:
        """Remember the calls that rows tell of whole: nobody has to be asked about these."""
        for call in map(wire.call_of_row, rows):
            if call is not None:
                self.keep(call)

    def raw(self, call_id: str) -> RawAnswer:
        """Return the answer about one call as it comes."""
        return self._read.raw(f"/call/{quote(call_id, safe='')}")

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
        self.keep(found.call)
        return found.call

    def carrier_ids(
        self, call_ids: Iterable[str], most: int, told: Callable[[int, int], None]
    ) -> Mapping[str, str]:
        """Read so many calls at the most for the one thing that rows do not tell of them."""
        wanted, down = list(dict.fromkeys(call_ids)), [0]
        asked = [call_id for call_id in wanted if call_id not in self._sids][:most]
        read = side_by_side(lambda one: self._aside(one, down, self.get), asked, AT_ONCE)
        for done, call in enumerate(read, 1):
            if call and (call.carrier_id or call.status.is_over):
                self._sids[call.id] = call.carrier_id or ""
            told(done, len(asked))
        return {call_id: sid for call_id in wanted if (sid := self._sids.get(call_id))}

    def of_campaign(self, job: Job) -> list[wire.ShownCall]:
        """Return the calls of a campaign by their listing, none where that cannot be read, which is said."""
        asked = {"phoneNumberId": job.number_id} if job.number_id else {}
        shown: list[wire.ShownCall] = []
        with self._gaps.aside(f"the calls of {job.id} could not be listed"):
            bodies, complete = self._lists.calls(asked, job.created_at, self._clock.now() + AHEAD)
            if not complete:
                self._gaps.say(f"not every call of {job.id} is listed")
            with documented(NAME, "a list of calls"):
                shown = [one for body in bodies if (one := wire.shown_call(body))]
        return [one for one in shown if one.campaign_id == job.id]

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
