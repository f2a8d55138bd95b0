"""Calls of Retell, by listing: each question is a set of filters, and its answer is complete or no answer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from models.handovers.tables import person
from models.platform import Call, NoSuchJobError, PlatformError, RawAnswer, unread
from tasks.marks import struck
from tasks.platforms.gaps import Gaps
from tasks.platforms.http import JsonAnswer, Reader, documented
from tasks.platforms.pages import Listing
from tasks.platforms.retell import wire
from tasks.platforms.retell.wire import ShownCall

NAME = "Retell"
LIST, GET = "/v3/list-calls", "/v2/get-call"
PAGE = 1000
"""Calls of one page; the most that the older document of the listing allows."""
IDS = 100
"""Ids in one question at the most."""
CALLS = Listing(NAME, "calls", "items", "pagination_key", lambda one: str(one["call_id"]))


@dataclass(frozen=True, slots=True)
class FoundCalls:
    """What a listing has shown; `complete` is False where the platform itself counts more than it shows."""

    calls: tuple[ShownCall, ...]
    complete: bool
    seen_at: datetime


def equal(value: str) -> dict[str, Any]:
    """Return the filter of a text that is just this one."""
    return {"type": "string", "op": "eq", "value": value}


def since(moment: datetime) -> dict[str, Any]:
    """Return the filter of a time that is this one or later."""
    return {"type": "number", "op": "ge", "value": int(moment.timestamp() * 1000)}


class CallLists:
    """Asks for calls; what has ended once is remembered, for it does not change any more."""

    def __init__(self, read: Reader, gaps: Gaps, region: str | None = None) -> None:
        """Ask by a reader; `region` is of numbers that are shown without a country."""
        self._region = region
        self._read = read
        self._gaps = gaps
        self._over: dict[str, Call] = {}

    def of_batch(self, job_id: str, phone: str | None = None) -> FoundCalls:
        """Return the outbound calls of a batch, those to one number alone where it is given."""
        number = {"to_number": equal(phone)} if phone else {}
        found = self._listed({"batch_call_id": equal(job_id), **number})
        return _only(found, lambda one: one.outbound and (phone is None or self._is_to(one, phone)))

    def to_number(self, phone: str, moment: datetime) -> FoundCalls:
        """Return the outbound calls to a number since a moment, whoever has asked for them."""
        found = self._listed({"to_number": equal(phone), "start_timestamp": since(moment)})
        return _only(found, lambda one: one.outbound and self._is_to(one, phone))

    def _is_to(self, one: ShownCall, phone: str) -> bool:
        return person(one.phone, self._region) == person(phone, self._region)

    def of_wave(self, marker: str) -> FoundCalls:
        """Return the calls that show a wave's marker."""
        found = self._listed({"metadata": [{"key": wire.WAVE, **equal(marker)}]})
        return _only(found, lambda one: one.call.marker == marker)

    def of_source(self, job_id: str) -> FoundCalls:
        """Return the calls that any wave of ours has made for a source."""
        found = self._listed({"metadata": [{"key": wire.JOB, **equal(job_id)}]})
        return _only(found, lambda one: one.source == job_id and one.call.marker is not None)

    def by_ids(self, call_ids: Iterable[str]) -> Mapping[str, Call]:
        """Return calls by id: those that are not listed are asked for one by one, forgotten ones left out."""
        wanted = list(dict.fromkeys(call_ids))
        asked = [call_id for call_id in wanted if call_id not in self._over]
        found: dict[str, Call] = {}
        for start in range(0, len(asked), IDS):
            some = asked[start : start + IDS]
            with self._gaps.aside("some calls could not be listed by their ids"):
                listed = self._listed({"call_id": {"type": "enum", "op": "in", "value": some}})
                found |= {one.call.id: one.call for one in listed.calls if one.call.id in some}
        found |= {i: call for i in asked if i not in found and (call := self._aside(i))}
        return {i: self._over.get(i) or found[i] for i in wanted if i in self._over or i in found}

    def raw(self, call_id: str) -> RawAnswer:
        """Return the answer about one call as it comes."""
        return self._read.raw(f"{GET}/{quote(call_id, safe='')}")

    def get(self, call_id: str) -> ShownCall:
        """Return one call; raises NoSuchJobError for one that is not there."""
        try:
            body = self._read.get(f"{GET}/{quote(call_id, safe='')}").body
        except NoSuchJobError:
            raise NoSuchJobError(f"{NAME} knows no call {call_id} in this workspace.") from None
        with documented(NAME, f"call {call_id}"):
            found = wire.shown_call(body)
        if found is None:
            raise NoSuchJobError(f"{NAME} has a call {call_id} that is no phone call.")
        self._keep(found)
        return found

    def _aside(self, call_id: str) -> Call | None:
        try:
            return self.get(call_id).call
        except NoSuchJobError:
            return None
        except PlatformError as error:
            struck("retell.unread")
            self._gaps.say(f"a call could not be read: {error}")
            return unread(call_id)

    def _listed(self, criteria: Mapping[str, Any]) -> FoundCalls:
        """Return every call that fits, or raise; the platform's own count comes with the first page."""
        pages: list[JsonAnswer] = []

        def ask(cursor: str | None) -> JsonAnswer:
            more = {"pagination_key": cursor} if cursor else {"include_total": True}
            question = {"filter_criteria": criteria, "limit": PAGE, "sort_order": "ascending", **more}
            pages.append(self._read.ask(LIST, question))
            return pages[-1]

        answers = CALLS.read_all(ask)
        with documented(NAME, "a list of calls"):
            shown = [one for answer in answers if (one := wire.shown_call(answer.body))]
            total = pages[0].body.get("total")
        for one in shown:
            self._keep(one)
        complete = not isinstance(total, int) or len(answers) >= total
        if not complete:
            struck("retell.incomplete")
        return FoundCalls(tuple(shown), complete, pages[-1].seen_at)

    def _keep(self, one: ShownCall) -> None:
        if one.call.status.is_over:
            self._over[one.call.id] = one.call


def _only(found: FoundCalls, fits: Any) -> FoundCalls:
    # A filter that a platform does not know it may leave out: what does not fit is no answer of ours.
    return FoundCalls(tuple(one for one in found.calls if fits(one)), found.complete, found.seen_at)
