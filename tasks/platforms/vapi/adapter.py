"""Vapi's campaigns of version 2 behind the Protocol.

Facts: the types of the official client, vapi_server_sdk 3.0.0, and docs.vapi.ai/outbound-campaigns. A
campaign starts once it is created, cannot be changed, and can be cancelled; its contacts are listed without
what the agent was told, which the upload tells. What is not documented stands in `assumed.py`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, NoReturn, Protocol
from urllib.parse import quote

import httpx

from models.enums import Absence, JobStatus
from models.plan.markers import read_marker
from models.platform import (
    AuthenticationError,
    Call,
    Calls,
    Capabilities,
    Capacity,
    Config,
    Contact,
    Draft,
    Job,
    NoSuchJobError,
    PlatformError,
    RawAnswer,
    SubmitOutcomeUnknownError,
    SubmitRefusedError,
)
from tasks.clock import Clock, WallClock
from tasks.marks import struck
from tasks.platforms.gaps import Gaps
from tasks.platforms.http import JsonAnswer, Reader, documented, refused_stop, retry_after
from tasks.platforms.sending import Sender
from tasks.platforms.vapi import version_1, wire
from tasks.platforms.vapi.assumed import ASSUMED
from tasks.platforms.vapi.calls import CampaignCalls
from tasks.platforms.vapi.errors import words_of
from tasks.platforms.vapi.lists import NAME, Lists
from tasks.platforms.vapi.request import PredialGate, encoded, unfit
from tasks.platforms.vapi.version_1 import FIRST, READ_ONLY, VERSION
from tasks.platforms.vapi.wire import SQUAD, TARGET, Campaign

PATH = "/v2/campaign"


class Uploads(Protocol):
    """Joins contacts with the upload that was handed over for a job."""

    def over(self, job_id: str, contacts: Sequence[Contact]) -> Iterator[Contact]:
        """Yield each contact with the variables of its row, or with why its call cannot be repeated."""
        ...


class Vapi:
    """One organisation of Vapi; with a gate, the platform asks the gateway before each call of a wave."""

    name = "vapi"
    capabilities = Capabilities(
        can_list_jobs=True,
        can_list_calls=True,
        can_stop=True,
        has_live_count=False,
        has_limit=False,
        absence=Absence.NEVER,
        stop_overwrites_rows=False,
        max_rows=10_000,
    )
    assumptions = ASSUMED

    def __init__(
        self,
        url: str,
        key: str,
        uploads: Uploads,
        *,
        gate: PredialGate | None = None,
        clock: Clock | None = None,
        transport: httpx.BaseTransport | None = None,
        timeout: float = 30.0,
        first_pause: float = 0.5,
    ) -> None:
        """Open a client that follows no redirect; `transport` is the seam for tests."""
        self._clock = clock or WallClock()
        self._http = httpx.Client(
            base_url=url, headers={"authorization": f"Bearer {key}"}, timeout=timeout, transport=transport
        )
        self._read = Reader(self._http, self._clock, NAME, first_pause=first_pause, message_of=words_of)
        self._send = Sender(self._read, words_of)
        self._uploads, self._gate = uploads, gate
        self._gaps = Gaps()
        self._lists = Lists(self._read)
        self._calls = CampaignCalls(self._read, self._lists, self._gaps, self._clock)
        self.capabilities = self.declared = replace(type(self).capabilities, asks_first=gate is not None)
        self._ungated = ""
        self._first: dict[str, Mapping[str, Any]] = {}
        """Campaigns of version 1 by id, as they were read last."""

    def __repr__(self) -> str:
        """Name the address and never the key."""
        return f"Vapi({self._http.base_url})"

    def get_job(self, job_id: str) -> Job:
        """Return the campaign with its counters."""
        return self._campaign(job_id).job

    def list_contacts(self, job_id: str) -> Iterator[Contact]:
        """Yield the contacts of a campaign, joined with its upload where it is no wave of ours.

        The campaign is read before its contacts: what these say of its end is said of a later moment.
        """
        campaign = self._campaign(job_id)
        if body := self._first.get(job_id):
            return self._customers(campaign, body)
        with documented(NAME, f"the contacts of campaign {job_id}"):
            rows = [wire.contact(one.body, campaign) for one in self._lists.contacts(_path(job_id))]
        self._calls.told_by(rows)
        if read_marker(campaign.job.name):
            return iter(rows)
        return map(_fitting, self._uploads.over(job_id, rows))

    def _campaign(self, job_id: str) -> Campaign:
        try:
            answer = self._read.get(_path(job_id), {"includeCounters": "true"})
        except NoSuchJobError:
            return self._version_1(job_id) or self._raise_unknown(job_id)
        except AuthenticationError as error:
            if not _is_off(error):
                raise
            return self._version_1(job_id) or self._raise_unknown(job_id)
        self._first.pop(job_id, None)
        return self._read_campaign(answer)

    def _version_1(self, job_id: str) -> Campaign | None:
        """Return a campaign of version 1, which is only read; None where there is none of that id."""
        try:
            answer = self._read.get(f"/campaign/{quote(job_id, safe='')}")
        except NoSuchJobError:
            return None
        with documented(NAME, f"campaign {job_id} of version 1"):
            found = version_1.campaign(answer.body, answer.seen_at)
        if read_marker(found.job.name):
            return None  # a wave of ours is of version 2: it is only not shown there yet
        struck("vapi.version_1")
        self._first[job_id] = answer.body
        return found

    def _customers(self, campaign: Campaign, body: Mapping[str, Any]) -> Iterator[Contact]:
        calls = self._calls.of_campaign(campaign.job)
        for one in calls:
            self._calls.keep(one.call)
        with documented(NAME, f"the customers of campaign {campaign.job.id}"):
            return iter(list(version_1.contacts(body, campaign, calls)))

    def _read_campaign(self, answer: JsonAnswer) -> Campaign:
        named = answer.body.get("id") if isinstance(answer.body, dict) else None
        with documented(NAME, f"campaign {named}" if named else "a campaign"):
            return wire.campaign(answer.body, answer.seen_at)

    def _raise_unknown(self, job_id: str) -> NoReturn:
        raise NoSuchJobError(
            f"{NAME} knows no campaign {job_id} under this key; an archived one is not shown. Check the id "
            "and the key."
        )

    def get_call(self, call_id: str) -> Call:
        """Return one call with the reason for its end."""
        return self._calls.get(call_id)

    def answer_about(self, call_id: str) -> RawAnswer:
        """Return the platform's answer about one call as it comes."""
        return self._calls.raw(call_id)

    def get_calls(self, call_ids: Iterable[str]) -> Mapping[str, Call]:
        """Return many calls by id; a forgotten one is left out, an unreadable one has an unknown status."""
        return self._calls.get_many(call_ids)

    def carrier_ids(
        self, call_ids: Iterable[str], most: int, told: Callable[[int, int], None]
    ) -> Mapping[str, str]:
        """Return the carrier's ids of calls, which rows do not tell."""
        return self._calls.carrier_ids(call_ids, most, told)

    def list_jobs(self, since: datetime) -> Iterator[Job]:
        """Return the campaigns created at or after `since`, all that are not archived."""
        try:
            jobs = [self._read_campaign(answer).job for answer in self._lists.campaigns()]
        except AuthenticationError as error:
            if not (self._first and _is_off(error)):
                raise
            self._gaps.say("version 2 is not enabled for this organisation, so a second run is not seen")
            return iter(())
        if self._lists.beyond:
            self._gaps.say("the platform keeps older campaigns back, so a second run among these is not seen")
        return iter([job for job in jobs if job.created_at >= since])

    def list_calls(self, job: Job, since: datetime, known: frozenset[str]) -> Calls:
        """Return the calls of a campaign made since then that are not known, each with its contact."""
        rows: list[Contact] = []
        with self._gaps.aside(f"the contacts of campaign {job.id} could not be read"):
            rows = list(self.list_contacts(job.id))
        return self._calls.list_of(job, since, known, rows)

    def get_capacity(self, agent_id: str | None = None) -> Capacity:  # noqa: ARG002  as the Protocol has it
        """Return nothing: no read tells how many calls are in the air, nor their limit."""
        return Capacity(live=None)

    def get_config(self, job: Job) -> Config:
        """Return whether assistant or squad and the number still exist, as far as it can be read."""
        notes = Gaps()
        kind = "squad" if job.settings.get(TARGET) == SQUAD else "assistant"
        agent = self._exists(kind, job.agent_id, notes)
        number = self._exists("phone-number", job.number_id, notes)
        for note in notes.all():
            self._gaps.say(note)
        return Config(agent, number, notes=notes.all())

    def _exists(self, kind: str, its_id: str | None, notes: Gaps) -> bool | None:
        found: bool | None = None
        if its_id is not None:
            with notes.aside(f"{kind} {its_id} could not be read"):
                try:
                    self._read.get(f"/{kind}/{quote(its_id, safe='')}")
                    found = True
                except NoSuchJobError:
                    found = False
        return found

    def gaps(self) -> tuple[str, ...]:
        """Return what could not be read so far beside the campaigns themselves, each as a clause."""
        return self._gaps.all()

    def create_job(self, draft: Draft) -> Job:
        """Create one campaign, once; it starts by itself. Only a proved refusal is a refusal."""
        if draft.source.settings.get(VERSION) == FIRST:
            raise SubmitRefusedError(f"Nothing was sent: {READ_ONLY}.", fatal=True)
        if self._ungated:
            words = f"campaign {self._ungated} was told to ask before its calls and does not show that"
            raise SubmitRefusedError(f"{NAME}: {words}; nothing more is sent.", fatal=True)
        return self._accepted(draft, self._send.create(PATH, encoded(draft, self._gate)))

    def _accepted(self, draft: Draft, body: Any) -> Job:
        now = self._clock.now()
        try:
            job_id, name, plan = str(body["id"]), str(body["name"]), body.get("predialPlan")
        except (KeyError, TypeError, AttributeError):
            raise SubmitOutcomeUnknownError("the create was answered, but not readably") from None
        if self._gate is not None and not (isinstance(plan, dict) and plan.get("enabled") is True):
            struck("vapi.ungated")
            self._ungated = job_id
            self._gaps.say(f"campaign {job_id} does not show that it asks before each call")
        size = len(draft.contacts)
        return Job(job_id, name, JobStatus.UNKNOWN, "created", size, 0, 0, created_at=now, seen_at=now)

    def stop_job(self, job_id: str) -> None:
        """Cancel the campaign; calls in the air are never hung up. Raises where nothing confirms it.

        What a second cancel does is not documented: before one, the campaign is read.
        """
        if job_id in self._first:
            raise PlatformError(f"Campaign {job_id} was not cancelled: {READ_ONLY}.")
        told = ""
        for attempt in range(self._read.tries):
            asked = None
            with suppress(httpx.HTTPError):
                response = self._http.patch(_path(job_id), json={"status": "cancelled"})
                if response.is_success:
                    return
                if told := self._refused_stop(job_id, response):
                    break
                asked = retry_after(response, self._clock.now())
            self._clock.sleep(min(self._read.pause(attempt, asked), 5.0))
            if self._is_over(job_id):
                struck("vapi.stopped_unheard")
                return
        if not self._is_over(job_id):
            raise PlatformError(
                told or f"{NAME} did not confirm that campaign {job_id} is cancelled; cancel it by hand."
            )

    def _refused_stop(self, job_id: str, response: httpx.Response) -> str:
        told = f"({response.status_code}): {words_of(response)}"
        words = f"{NAME} refused to cancel campaign {job_id} {told}"
        return refused_stop(NAME, response, words, f"Campaign {job_id} was not cancelled")

    def _is_over(self, job_id: str) -> bool:
        try:
            return self.get_job(job_id).status.is_over
        except PlatformError:
            return False

    def close(self) -> None:
        """Let go of connections."""
        self._http.close()


def _path(job_id: str) -> str:
    return f"{PATH}/{quote(job_id, safe='')}"


def _is_off(error: AuthenticationError) -> bool:
    """Tell whether a refusal says that the organisation has no campaigns of version 2."""
    return "not enabled" in str(error)


def _fitting(row: Contact) -> Contact:
    return row if row.problem else replace(row, problem=unfit(row.payload))
