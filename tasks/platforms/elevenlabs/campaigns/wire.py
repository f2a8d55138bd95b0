"""Outbound campaigns in our words: pure translations, no I/O.

Facts: the types of the official client, elevenlabs 2.78.0 (CampaignResponse, LeadView, CallView).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from models.enums import ContactStatus, JobStatus
from models.masking.quotes import plain_word
from models.moments import unix, utc
from models.plan.markers import VARIABLE, read_marker
from models.platform import PHONE, Call, Contact, Job, Reason
from tasks.platforms.elevenlabs.campaigns.request import CALLS, MODE, SIMPLE
from tasks.platforms.elevenlabs.submit import REDACTED, VARIABLES, is_redacted, unmarked
from tasks.platforms.elevenlabs.wire import ANSWERED, ROW_STATUS

LEAD = "elevenlabs.lead"
"""System of the reason tables: why a lead is not called again, where that is more than its calls tell."""
STATUS: Mapping[str, JobStatus] = {
    "active": JobStatus.RUNNING,
    "attention": JobStatus.RUNNING,
    "stopping": JobStatus.RUNNING,
    "paused": JobStatus.PAUSED,
    "stopped": JobStatus.CANCELLED,
    "completed": JobStatus.FINISHED,
    "failed": JobStatus.FAILED,
}
STOPPING = "stopping"
BY_CALLS = frozenset(
    {"campaign_ended", "completed", "cancelled", "attempt_ceiling_reached", "couldnt_process"}
)
"""Ends of a lead that say nothing of the person: its calls tell who was reached and who was never called."""
PLACED = frozenset({"submitted", "completed"})
NOT_PLACED = frozenset({"queued", "cancelled", "attention"})
"""How the status of a call is spelled that was handed off for dialling, and of one that was not."""
OTHER_NUMBER = "the lead has other numbers or asked for one, so the call cannot be repeated as it was"
CALLBACK = "the contact asked the campaign to call again at a time of its own"
NO_VOICE = "the campaign sends messages or calls by another way than the phone"


@dataclass(frozen=True, slots=True)
class Campaign:
    """One campaign: the job that it is, who it is for, and what tells that it is a wave of ours."""

    job: Job
    updated_at: int
    is_phone: bool

    @property
    def moment(self) -> tuple[str, int, str]:
        """Return what changes whenever the campaign does."""
        return (self.job.id, self.updated_at, self.job.raw_status)

    @property
    def is_stopping(self) -> bool:
        """Tell whether it has been told to stop and its last calls are finishing."""
        return self.job.raw_status == STOPPING


def campaign(body: Mapping[str, Any], seen_at: datetime) -> Campaign:
    """Return a campaign; raises KeyError, TypeError or ValueError on what is not documented.

    Who was called is not in it: `dispatched` counts the leads that are not called again.
    """
    raw, counts, channel = str(body["status"]), body["counts"], body["channel_config"]
    leads, terminal = _natural(counts["leads"]), _natural(counts["terminal_leads"])
    status = STATUS.get(raw, JobStatus.UNKNOWN)
    if status.is_over and terminal < leads:
        status = JobStatus.UNKNOWN  # leads that may still be called have outlived their campaign
    its_id, starts = str(body["campaign_id"]), body.get("scheduled_time_unix")
    found = Job(
        id=its_id,
        name=str(body["call_name"]),
        status=status,
        raw_status=raw,
        total=leads,
        dispatched=terminal,
        finished=terminal,
        created_at=unix(int(body["created_at_unix"])),
        seen_at=seen_at,
        scheduled_at=unix(int(starts)) if starts else None,
        timezone=(body.get("policy") or {}).get("timezone"),
        cap=body.get("target_concurrency_limit"),
        agent_id=str(body["agent_id"]),
        number_id=channel.get("agent_phone_number_id"),
        campaign_id=its_id,
        is_campaign=True,
        owner=None if status.is_over else its_id,
        own_rules="" if status.is_over else _own_rules(body, raw),
        settings=_settings(body, channel),
    )
    is_phone = body.get("channel") == PHONE and body.get("mode") == "voice"
    return Campaign(found, int(body["updated_at_unix"]), is_phone)


def _settings(body: Mapping[str, Any], channel: Mapping[str, Any]) -> dict[str, Any]:
    mode = {name: value for name, value in (channel.get(MODE) or {}).items() if name != "mode"}
    kept = {CALLS: mode, **{name: body.get(name) for name in ("branch_id", "environment")}}
    return {name: value for name, value in kept.items() if value}


def _own_rules(body: Mapping[str, Any], raw: str) -> str:
    """Say what a campaign does by itself: its attempts, its hours, and what stops it."""
    policy = body.get("policy") or {}
    most = (policy.get("retry") or {}).get("max_total_calls")
    calls = "one call a contact" if body.get("variant") == SIMPLE else _calls(most)
    hours = "at any hour" if body.get("variant") == SIMPLE else _hours(policy)
    told = [f"it says {plain_word(raw)}", calls, hours]
    if waits := body["counts"].get("open_attention"):
        told.append(f"{waits} attention items hold calls back, and a retry there places them")
    if starts := body.get("scheduled_time_unix"):
        told.append(f"it starts at {utc(unix(int(starts)))}")
    return "; ".join(told)


def _calls(most: Any) -> str:
    bound = f"up to {most} calls a contact" if isinstance(most, int) else "any number of calls a contact"
    return f"{bound}, with callbacks and redirects of its own"


def _hours(policy: Mapping[str, Any]) -> str:
    # How weekdays are numbered is documented nowhere: they are not named.
    spans = {
        f"{one.get('start')}-{one.get('end')}"
        for period in policy.get("calling_periods") or ()
        for one in period.get("intervals") or ()
    }
    zone = plain_word(str(policy.get("timezone") or "UTC"))
    return f"between {', '.join(sorted(map(plain_word, spans)))} ({zone})" if spans else f"in hours of {zone}"


def next_call(progress: Mapping[str, Any]) -> str:
    """Say when a campaign calls next: a closed window, or nothing that is scheduled."""
    at = progress.get("next_call_time_unix")
    return f"the next call is due at {utc(unix(int(at)))}" if at else "no call is scheduled"


def attention(items: Sequence[Mapping[str, Any]]) -> str:
    """Say which items of a campaign wait for a person, by their reasons."""
    return ", ".join(sorted({plain_word(str(one["reason"])) for one in items}))


def with_rules(job: Job, *more: str) -> Job:
    """Return a job with more of what its campaign does by itself."""
    told = "; ".join(one for one in (job.own_rules, *more) if one)
    return replace(job, own_rules=told)


def recipient_id(lead: Mapping[str, Any]) -> str:
    """Return the id that a lead was submitted with, else the platform's own."""
    return str(lead.get("recipient_id") or lead["lead_id"])


def attempts(lead: Mapping[str, Any]) -> int:
    """Return how many calls a lead tells of."""
    return _natural(lead["attempt_count"])


@dataclass(frozen=True, slots=True)
class _Tried:
    """What the calls of a lead tell of it: a status, and the last call that tells it."""

    status: ContactStatus
    view: Mapping[str, Any]


def contact(lead: Mapping[str, Any], views: Sequence[Mapping[str, Any]], of: Campaign) -> Contact:
    """Return a lead with its calls as a row."""
    tried = _tried(lead, views)
    reasons, status = _reasons(lead, tried), tried.status
    if reasons and reasons[0].system == LEAD and status is not ContactStatus.REACHED:
        status = status if status.is_in_flight else ContactStatus.NOT_REACHED
    payload, marker = unmarked(_payload(lead))
    created = lead.get("created_at_unix")
    moved = max(int(lead["updated_at_unix"]), int(tried.view.get("outcome_at_unix") or 0))
    return Contact(
        id=recipient_id(lead),
        phone=str(lead["phone_number"]) or None,
        status=status,
        raw_status=str(lead.get("terminal_disposition") or tried.view.get("status") or "queued"),
        call_id=tried.view.get("conversation_id") or None,
        created_at=unix(int(created)) if created else of.job.created_at,
        updated_at=unix(moved),
        reasons=reasons,
        payload=payload,
        channel=PHONE if of.is_phone else "message",
        marker=marker,
        problem=_problem(lead, payload, of),
    )


def _tried(lead: Mapping[str, Any], views: Sequence[Mapping[str, Any]]) -> _Tried:
    """Weigh the calls of a lead: one that reached the person counts for all, then one that is under way."""
    placed = [one for one in views if _is_placed(one)]
    found = [_Tried(call_status(one), one) for one in sorted(placed, key=_when)]
    for weighty in (ContactStatus.REACHED, ContactStatus.LIVE, ContactStatus.IN_DOUBT, ContactStatus.UNKNOWN):
        if told := [one for one in found if one.status is weighty]:
            return told[-1]
    if any(one["status"] not in PLACED | NOT_PLACED for one in views):
        return _Tried(ContactStatus.UNKNOWN, views[0])
    if attempts(lead) > len(placed):
        return _Tried(ContactStatus.IN_DOUBT, found[-1].view if found else {})
    return found[-1] if found else _Tried(ContactStatus.NOT_DIALED, views[-1] if views else {})


def _is_placed(view: Mapping[str, Any]) -> bool:
    return view["status"] in PLACED or bool(view.get("conversation_id") or view.get("outcome"))


def _when(view: Mapping[str, Any]) -> tuple[int, str]:
    return int(view.get("outcome_at_unix") or view["scheduled_time_unix"]), str(view["intent_id"])


def call_status(view: Mapping[str, Any]) -> ContactStatus:
    """Return where a call stands that was handed off; whichever of its words says reached is believed."""
    outcome, result = view.get("outcome"), view.get("call_result")
    status = ROW_STATUS.get(str(outcome), ContactStatus.UNKNOWN) if outcome else None
    if ANSWERED.get(str(result)) or status is ContactStatus.REACHED:
        return ContactStatus.REACHED
    if view["status"] == "submitted":
        return status if status is ContactStatus.LIVE else ContactStatus.IN_DOUBT
    if status is not None:
        return status
    return ContactStatus.NOT_REACHED if str(result) in ANSWERED else ContactStatus.UNKNOWN


def _reasons(lead: Mapping[str, Any], tried: _Tried) -> tuple[Reason, ...]:
    ended = lead.get("terminal_disposition")
    if ended is not None and ended not in BY_CALLS:
        return (Reason(LEAD, plain_word(str(ended))),)
    if ended is None and lead.get("do_not_call"):
        return (Reason(LEAD, "do_not_call_unexplained"),)
    result = tried.view.get("call_result")
    silent = tried.status is ContactStatus.NOT_REACHED and result
    return (Reason("call_result", plain_word(str(result))),) if silent else ()


def _payload(lead: Mapping[str, Any]) -> dict[str, Any]:
    over = {name: value for name, value in (lead.get("overrides") or {}).items() if value is not None}
    agent: dict[str, Any] = {name: over[name] for name in ("language", "first_message") if name in over}
    if "prompt" in over:
        agent["prompt"] = {"prompt": over["prompt"]}
    tts = {"voice_id": over["voice_id"]} if "voice_id" in over else {}
    config = {name: value for name, value in (("agent", agent), ("tts", tts)) if value}
    found: dict[str, Any] = {"conversation_config_override": config} if config else {}
    if lead.get("user_id") and lead["user_id"] != lead["phone_number"]:
        found["user_id"] = lead["user_id"]
    if given := lead.get("dynamic_variables"):
        found[VARIABLES] = dict(given)
    return found


def _problem(lead: Mapping[str, Any], payload: Mapping[str, Any], of: Campaign) -> str | None:
    if not of.is_phone:
        return NO_VOICE
    moved = lead.get("redirect_count") or lead.get("phone_numbers_index")
    if moved or len(lead.get("phone_numbers") or ()) > 1:
        return OTHER_NUMBER
    if lead.get("callback_count"):
        return CALLBACK
    return REDACTED if is_redacted(payload) else None


def call(view: Mapping[str, Any], contact_id: str, campaign_id: str) -> Call | None:
    """Return a call of a campaign, None for one that was never placed or has no conversation yet."""
    if not view.get("conversation_id"):
        return None
    result = view.get("call_result")
    return Call(
        id=str(view["conversation_id"]),
        status=call_status(view),
        raw_status=str(view["status"]),
        answered=ANSWERED.get(str(result)),
        job_id=campaign_id,
        contact_id=contact_id,
        started_at=unix(int(view["scheduled_time_unix"])),
        result=str(result) if result else None,
        campaign_id=campaign_id,
    )


def marked(lead: Mapping[str, Any]) -> bool:
    """Tell whether a lead shows a marker of ours among its variables."""
    return read_marker(str((lead.get("dynamic_variables") or {}).get(VARIABLE) or "")) is not None


def _natural(value: Any) -> int:
    if isinstance(value, bool) or int(value) < 0:
        raise ValueError
    return int(value)
