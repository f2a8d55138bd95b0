"""The campaigns of an account, read as jobs: their leads and calls as rows, what they do by themselves."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from models.plan.markers import read_marker
from models.platform import Call, Calls, Contact, Draft, Job, NoSuchJobError, SubmitOutcomeUnknownError
from tasks.marks import struck
from tasks.platforms.elevenlabs.calls import NAME
from tasks.platforms.elevenlabs.campaigns import wire
from tasks.platforms.elevenlabs.campaigns.lists import Body, Lists
from tasks.platforms.elevenlabs.campaigns.wire import Campaign
from tasks.platforms.gaps import Gaps
from tasks.platforms.http import JsonAnswer, documented

Counted = tuple[int, int]
"""How many leads of a campaign were called, and how many of those are not called again."""


class Outbound:
    """Reads campaigns; `lists` are asked, and what of them cannot be read beside becomes a gap."""

    def __init__(self, lists: Lists, gaps: Gaps) -> None:
        self._lists, self._gaps = lists, gaps
        self._kinds: dict[str, bool] = {}
        self._counted: dict[tuple[str, int, str], Counted] = {}

    def knows(self, job_id: str) -> bool:
        """Tell whether an id is a campaign's; a batch's is asked about once, and then remembered as such."""
        if job_id not in self._kinds:
            try:
                self.get(job_id)
            except NoSuchJobError:
                return False
        return self._kinds[job_id]

    def is_batch(self, job_id: str) -> None:
        """Remember that an id has been read as a batch's."""
        self._kinds[job_id] = False

    def get(self, campaign_id: str) -> Campaign:
        """Return a campaign without who was called; raises NoSuchJobError."""
        return self.read(self._lists.campaign(campaign_id))

    def read(self, answer: JsonAnswer) -> Campaign:
        """Return the campaign of an answer."""
        named = answer.body.get("campaign_id") if isinstance(answer.body, dict) else None
        with documented(NAME, f"campaign {named}" if named else "a campaign"):
            found = wire.campaign(answer.body, answer.seen_at)
        self._kinds[found.job.id] = True
        return found

    def job(self, campaign_id: str) -> Job:
        """Return a campaign with how many of its leads were called, and what it does by itself."""
        found = self.get(campaign_id)
        counted = self._counted.get(found.moment) or self._count(campaign_id)
        if found.job.status.is_over:
            self._counted[found.moment] = counted  # nobody of it is called any more
        return self._with_rules(_as_counted(found, counted))

    def _count(self, campaign_id: str) -> Counted:
        leads = self._lists.leads(campaign_id)
        with documented(NAME, f"the leads of campaign {campaign_id}"):
            called = [lead for lead in leads if wire.attempts(lead)]
            return len(called), sum(1 for lead in called if lead.get("terminal_disposition"))

    def _with_rules(self, job: Job) -> Job:
        if job.owner is None or read_marker(job.name):
            return job
        told: list[str] = []
        with self._gaps.aside(f"the progress of campaign {job.id} could not be read"):
            told.append(wire.next_call(self._lists.progress(job.id)))
        with self._gaps.aside(f"the attention items of campaign {job.id} could not be read"):
            told.append(self._attention(job.id))
        return wire.with_rules(job, *told)

    def _attention(self, campaign_id: str) -> str:
        items = self._lists.attention(campaign_id)
        with documented(NAME, "an attention item"):
            found = wire.attention(items)
        return f"what waits for a person there: {found}" if found else ""

    def rows(self, campaign_id: str) -> Iterator[Contact]:
        """Yield the leads of a campaign with their calls.

        The campaign is read first, then the leads, then their calls: what is said of an end is said of later.
        """
        campaign, leads = self.get(campaign_id), self._lists.leads(campaign_id)
        calls = self._lists.calls(campaign_id)
        with documented(NAME, f"the leads of campaign {campaign_id}"):
            rows = [wire.contact(lead, calls.get(str(lead["lead_id"]), ()), campaign) for lead in leads]
        return iter(rows)

    def calls(self, job: Job, known: frozenset[str]) -> Calls:
        """Return the calls of a campaign that are not known, each with its contact; all are listed."""
        leads = {str(lead["lead_id"]): lead for lead in self._lists.leads(job.id)}
        found: list[Call] = []
        with documented(NAME, f"the calls of campaign {job.id}"):
            for lead_id, views in self._lists.calls(job.id).items():
                contact_id = wire.recipient_id(leads.get(lead_id) or {"lead_id": lead_id})
                found += [one for view in views if (one := wire.call(view, contact_id, job.id))]
        return Calls(tuple(one for one in found if one.id not in known))

    def listed(self) -> list[Job]:
        """Return every campaign of the account."""
        found = [self.read(answer) for answer in self._lists.campaigns()]
        return [_as_counted(one, self._counted.get(one.moment)) for one in found]

    def is_ours(self, campaign: Campaign) -> bool:
        """Tell whether a campaign is a wave: by its name, or by the variables of its leads."""
        return bool(read_marker(campaign.job.name)) or any(
            map(wire.marked, self._lists.leads(campaign.job.id))
        )

    def created(self, body: object, answer: JsonAnswer, draft: Draft) -> Job:
        """Return the campaign that a create was answered with; raises SubmitOutcomeUnknownError.

        An older one that the key names is ours only with our name and exactly our recipients.
        """
        with documented(NAME, "a create"):
            if not isinstance(body, Mapping) or not isinstance(body["created"], bool):
                raise TypeError
            found = self.read(JsonAnswer(body["campaign"], answer.seen_at))
        if body["created"]:
            return replace(found.job, dispatched=0, finished=0)
        struck("campaigns.not_created")
        if found.job.name != draft.marker or not self._holds(found.job.id, draft.contacts):
            struck("campaigns.another")
            raise SubmitOutcomeUnknownError(
                f"{NAME} made no campaign and named {found.job.id}, an older one that is not this wave"
            )
        return found.job

    def _holds(self, campaign_id: str, contacts: Sequence[Contact]) -> bool:
        leads: list[Body] = self._lists.leads(campaign_id)
        with documented(NAME, f"the leads of campaign {campaign_id}"):
            found = sorted(wire.recipient_id(lead) for lead in leads)
        return found == sorted(one.id for one in contacts)

    def conversations(self, campaign_id: str) -> frozenset[str]:
        """Return the conversations of a campaign's calls."""
        views = (view for several in self._lists.calls(campaign_id).values() for view in several)
        return frozenset(str(one["conversation_id"]) for one in views if one.get("conversation_id"))


def _as_counted(found: Campaign, counted: Counted | None) -> Job:
    if counted is None:
        return found.job
    return replace(found.job, dispatched=counted[0], finished=counted[1])
