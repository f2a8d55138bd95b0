"""A workspace of ElevenLabs whose waves are outbound campaigns where it has them, and batches where not.

Which of the two is asked once, by a read, and is part of what a plan is approved with. Facts: the types of
the official client, elevenlabs 2.78.0; what they leave open stands in `campaigns/assumed.py`.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any

import httpx

from models.enums import Find
from models.platform import (
    Calls,
    Capabilities,
    Contact,
    Draft,
    Job,
    PlatformError,
    SubmitOutcomeUnknownError,
)
from tasks.marks import struck
from tasks.platforms.elevenlabs.adapter import ElevenLabs
from tasks.platforms.elevenlabs.calls import NAME
from tasks.platforms.elevenlabs.campaigns.assumed import ASSUMED, TOKEN_SECONDS
from tasks.platforms.elevenlabs.campaigns.inner import InnerBatches
from tasks.platforms.elevenlabs.campaigns.lists import PATH, Lists, at
from tasks.platforms.elevenlabs.campaigns.outbound import Outbound
from tasks.platforms.elevenlabs.campaigns.request import encoded
from tasks.platforms.http import refused_stop, retry_after, short

BATCHES = ElevenLabs.capabilities
CAMPAIGNS = replace(BATCHES, find=Find.TOKEN, token_seconds=TOKEN_SECONDS, campaigns=True)


class ElevenLabsAccount(ElevenLabs):
    """One workspace with whatever its key may use; without campaigns it is what `ElevenLabs` is."""

    def __init__(self, url: str, key: str, **options: Any) -> None:
        """Open a client; whether there are campaigns is asked when it is first of account."""
        super().__init__(url, key, **options)
        self._lists = Lists(self._read)
        self._outbound = Outbound(self._lists, self._gaps)
        self._inner = InnerBatches(self._outbound, super().list_contacts)

    @cached_property
    def has_campaigns(self) -> bool:
        """Tell whether waves are campaigns here; raises PlatformDownError where that cannot be asked."""
        return self._lists.are_there()

    @cached_property
    def declared(self) -> Capabilities:  # type: ignore[override]  # what is declared is asked about
        """Return what this workspace can do before a key takes an ability away."""
        return CAMPAIGNS if self.has_campaigns else BATCHES

    @cached_property
    def capabilities(self) -> Capabilities:  # type: ignore[override]  # as above
        """Return what this workspace can do."""
        return self.declared

    @property
    def assumptions(self) -> Sequence[str]:
        """Return what is taken for granted of campaigns, nothing where there are none."""
        return ASSUMED if self.has_campaigns else ()

    def _is_campaign(self, job_id: str) -> bool:
        return self.has_campaigns and self._outbound.knows(job_id)

    def get_job(self, job_id: str) -> Job:
        """Return a campaign or a batch with its counters."""
        if self._is_campaign(job_id):
            return self._outbound.job(job_id)
        found = super().get_job(job_id)
        self._outbound.is_batch(job_id)
        return found

    def list_contacts(self, job_id: str) -> Iterator[Contact]:
        """Yield the leads of a campaign, or the rows of a batch."""
        return self._outbound.rows(job_id) if self._is_campaign(job_id) else super().list_contacts(job_id)

    def list_jobs(self, since: datetime) -> Iterator[Job]:
        """Return campaigns and batches created since then, but for the batches that our campaigns make."""
        batches = list(super().list_jobs(since))
        if not self.has_campaigns:
            return iter(batches)
        campaigns = self._outbound.listed()
        found = (*campaigns, *self._inner.without(batches, campaigns))
        return iter([job for job in found if job.created_at >= since])

    def list_calls(self, job: Job, since: datetime, known: frozenset[str]) -> Calls:
        """Return the calls of a campaign or of a batch that are not known."""
        if not self._is_campaign(job.id):
            return super().list_calls(job, since, known)
        try:
            return self._outbound.calls(job, known)
        except PlatformError as error:
            self._gaps.say(f"the calls of campaign {job.id} could not be listed: {error}")
            return Calls(complete=False)

    def create_job(self, draft: Draft) -> Job:
        """Submit one wave, once, as what waves are here; its marker is the key that names it for good."""
        if not self.has_campaigns:
            return super().create_job(draft)
        answer = self._submitted(f"{PATH}/submit", encoded(draft))
        try:
            return self._outbound.created(answer.body, answer, draft)
        except SubmitOutcomeUnknownError:
            raise
        except PlatformError:
            raise SubmitOutcomeUnknownError("the submit was answered, but not readably") from None

    def stop_job(self, job_id: str) -> None:
        """Stop a campaign of ours for good, or cancel a batch; calls in the air go on.

        A campaign of others is not touched. One that is stopping, or over, is not told a second time. Raises
        where nothing confirms the stop.
        """
        if not self._is_campaign(job_id):
            super().stop_job(job_id)
            return
        told = ""
        for attempt in range(self._read.tries):
            if self._is_stopped(job_id):
                return
            asked = None
            with suppress(httpx.HTTPError):
                response = self._http.post(f"{at(job_id)}/stop")
                if response.is_success:
                    return
                if told := self._not_stopped(job_id, response):
                    break
                asked = retry_after(response, self._clock.now())
            self._clock.sleep(min(self._read.pause(attempt, asked), 5.0))
        if not self._is_stopped(job_id):
            raise PlatformError(
                told or f"{NAME} did not confirm that campaign {job_id} is stopped; stop it by hand."
            )

    def _is_stopped(self, job_id: str) -> bool:
        campaign = self._outbound.get(job_id)
        if campaign.is_stopping or campaign.job.status.is_over:
            struck("campaigns.stopped_already")
            return True
        if not self._outbound.is_ours(campaign):
            struck("campaigns.not_ours")
            raise PlatformError(
                f"Campaign {job_id} is {campaign.job.raw_status} and no wave of ringback, so it is not "
                f"stopped from here. Stop it in {NAME}, wait until it says stopped, then run recover again."
            )
        return False

    def _not_stopped(self, job_id: str, response: httpx.Response) -> str:
        words = f"{NAME} refused to stop campaign {job_id}: {short(response)}"
        return refused_stop(NAME, response, words, f"Campaign {job_id} was not stopped")
