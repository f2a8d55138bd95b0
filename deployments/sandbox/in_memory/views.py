"""What the platform in memory shows of its engine, in our words; the fake's side of `sandbox.views`."""

from collections.abc import Iterator
from datetime import datetime
from functools import cache

from deployments.sandbox.engine.entities import DEFAULT_RINGING_SECONDS, JobSubmission, Row
from deployments.sandbox.engine.entities import Call as SandboxCall
from deployments.sandbox.engine.entities import Job as SandboxJob
from deployments.sandbox.engine.outcomes import OUTCOMES
from deployments.sandbox.engine.world import World
from deployments.sandbox.wire.bodies import MOST_ROWS
from deployments.sandbox.wire.disguise import shown_data, shown_name, shown_phone
from deployments.sandbox.wire.objects import carrier_id, shown_accepted, shown_result, shown_seconds
from models.enums import ContactStatus, JobStatus
from models.masking.quotes import plain_word
from models.moments import unix
from models.platform import PHONE, Call, Config, Contact, Draft, Job, Reason, SubmitRefusedError
from tasks.platforms.elevenlabs.submit import DATA, REDACTED, is_redacted, submission, unmarked
from tasks.platforms.elevenlabs.wire import CALL_STATUS, JOB_STATUS, ROW_STATUS, SIP_CODES

_UNDOCUMENTED = "draining"


def job(world: World, seen: SandboxJob, raw: str | None = None) -> Job:
    """Return a job with its counters; `raw` is its status where a fault shows another one."""
    order, raw = seen.order, raw or seen.status
    return Job(
        id=seen.id,
        name=shown_name(world.faults, seen),
        status=JOB_STATUS.get(raw, JobStatus.UNKNOWN),
        raw_status=raw,
        total=len(seen.rows),
        dispatched=seen.dispatched,
        finished=seen.finished,
        created_at=_moment(world, seen.created_at),
        seen_at=_moment(world, world.now),
        scheduled_at=_moment(world, seen.scheduled_at),
        timezone=order.timezone,
        retries=seen.retries,
        cap=order.cap,
        agent_id=order.agent.id,
        number_id=order.number_id,
        settings={
            "branch_id": order.branch_id,
            "environment": order.environment,
            "ringing_seconds": order.ringing_seconds,
        },
        campaign_id=seen.campaign_id,
        provider=seen.provider,
    )


def shown_job(world: World, seen: SandboxJob) -> Job:
    """Return a job as a reader is shown it now."""
    raw = seen.status
    if JOB_STATUS[raw].is_over and world.faults.hits("status_flip"):
        raw = "in_progress"
    if world.faults.hits("unknown_status", "job"):
        raw = _UNDOCUMENTED
    return job(world, seen, raw)


def contacts(world: World, seen: SandboxJob) -> list[Contact]:
    """Return the rows of a job as a reader is shown them now."""
    rows = seen.rows
    if rows and (turn := world.faults.hits("rotate_rows")):
        cut = turn.strikes % len(rows)
        rows = rows[cut:] + rows[:cut]
    odd = rows[0] if rows and world.faults.hits("unknown_status", "row") else None
    return [_contact(world, row, _UNDOCUMENTED if row is odd else row.status) for row in rows]


def _contact(world: World, row: Row, raw: str) -> Contact:
    payload, marker = unmarked(shown_data(world.faults, row.data) or {})
    return Contact(
        id=row.id,
        phone=shown_phone(world.faults, row),
        status=ROW_STATUS.get(raw, ContactStatus.UNKNOWN),
        raw_status=raw,
        call_id=row.call.id if row.call else None,
        created_at=_moment(world, row.created_at),
        updated_at=_moment(world, row.updated_at),
        payload=payload,
        channel=PHONE if row.whatsapp is None else "whatsapp",
        marker=marker,
        problem=REDACTED if is_redacted(payload) else None,
    )


def call(world: World, seen: SandboxCall, *, sip: bool = True) -> Call:
    """Return one call; its reasons are there once it is over, those of SIP messages only with `sip`."""
    status = CALL_STATUS[seen.status]
    talked = bool(shown_accepted(seen)) or status is ContactStatus.LIVE
    failed = status is ContactStatus.NOT_REACHED
    silent = sip and failed and not talked
    return Call(
        id=seen.id,
        status=status,
        raw_status=seen.status,
        answered=True if talked else (False if failed else None),
        reasons=() if seen.is_live else tuple(_reasons(seen.outcome.key, silent=silent)),
        job_id=seen.row.job.id,
        contact_id=seen.row.id,
        started_at=_moment(world, seen.started_at),
        seconds=shown_seconds(seen),
        carrier_id=carrier_id(seen, world.faults),
        result=shown_result(seen, world.faults),
        campaign_id=seen.row.job.campaign_id,
        marker=unmarked(seen.row.data or {})[1],
    )


@cache
def _reasons(key: str, *, silent: bool) -> tuple[Reason, ...]:
    """Return what the platform publishes on an end: an unanswered call's SIP answer, then its own words."""
    return tuple(_published(key, silent=silent))


def _published(key: str, *, silent: bool) -> Iterator[Reason]:
    outcome = OUTCOMES[key]
    if silent and outcome.sip:
        yield Reason("sip", str(outcome.sip), outcome.phrase)
        if outcome.cause is not None:
            yield Reason("q850", str(outcome.cause), plain_word(outcome.cause_text))
    if outcome.error:
        code, words = outcome.error
        yield Reason("sip" if code in SIP_CODES else "elevenlabs.error", str(code), words)
    if outcome.ending:
        yield Reason("elevenlabs.termination", outcome.ending, outcome.ending)


def config(world: World, seen: Job, *, agent: bool = True, number: bool = True) -> Config:
    """Return what still exists of a job's set-up; None where the key may not ask."""
    held, line = world.agents.get(seen.agent_id or ""), world.numbers.get(seen.number_id or "")
    return Config(
        agent_exists=held is not None if agent else None,
        number_exists=line is not None if number and seen.number_id else None,
        agent_limit=held.limit if agent and held and held.limit > 0 else None,
        caller=line.phone if number and line else None,
    )


def order(world: World, draft: Draft) -> JobSubmission:
    """Return the order that a wave is; what the platform would not take is refused for good."""
    source, agent = draft.source, world.agents.get(draft.source.agent_id or "")
    if agent is None:
        raise SubmitRefusedError(
            f"The platform refused the wave: agent {source.agent_id} not found.", fatal=True
        )
    number_id = source.number_id or next(iter(world.numbers), "")
    if number_id not in world.numbers:
        raise SubmitRefusedError(
            "The platform refused the wave: the number to call from was not found.", fatal=True
        )
    if not 0 < len(draft.contacts) <= MOST_ROWS or not all(row.phone for row in draft.contacts):
        raise SubmitRefusedError(
            "The platform refused the wave: its contacts are not as documented.", fatal=True
        )
    return JobSubmission(
        name=draft.marker,
        agent=agent,
        number_id=number_id,
        rows=tuple((row["id"], row["phone_number"], row[DATA]) for row in submission(draft)["recipients"]),
        timezone=source.timezone,
        cap=draft.cap,
        branch_id=source.settings.get("branch_id"),
        environment=source.settings.get("environment"),
        ringing_seconds=int(source.settings.get("ringing_seconds", DEFAULT_RINGING_SECONDS)),
    )


def _moment(world: World, seconds: float) -> datetime:
    return unix(seconds + world.faults.skew)
