"""Gathering the diagnostics of a job from the look and the ledger, for the package."""

import platform as machine
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from models.enums import ContactStatus, Disposition, Symptom
from models.invariants import given
from models.messages.diagnostics import (
    ContactProblem,
    Diagnostics,
    Missing,
    Screenshot,
    TimelineRow,
    not_on_platform,
)
from models.package.people import PeopleTold
from models.report.page.customer import paragraph
from models.tables.ledger import AuditRow, Planned, Recovery, Snapshot
from models.triage.findings import plural
from models.triage.observation import Observation
from models.verdict.ending import Ending
from tasks.context import RunContext
from tasks.ledger import recoveries, waves
from tasks.ledger.audit import entries
from tasks.ledger.people.told import situation_in
from tasks.package.answers import samples_of
from tasks.package.known import reasons, told_of
from tasks.package.moments import approvals_of, closed_of, handed_of, marks_of
from tasks.platforms.binding import bound_of

_PROBLEMS = {kind.value for kind in (Disposition.MALFORMED, Disposition.DUPLICATE)}
_LISTED = "the platform's list of the job's contacts; it keeps no file"
_NO_UPLOAD = "this platform takes contacts with the job, not in an upload of their own"


def diagnostics(
    ctx: RunContext,
    recovery: Recovery | None,
    *,
    why: str,
    ending: Ending | None = None,
    screenshot: Screenshot | None = None,
) -> Diagnostics:
    """Return everything the package shows; what is not known says why.

    What a recovery knows is read from the ledger, so that every process tells the same of it. `ending` is how
    it is about to end, None where it has ended, or where there is no recovery. The package is dated by the
    newest fact in it, not by the clock: the same facts give the same bytes whenever it is made.
    """
    look = given(ctx.case.look, "a package is made after a look")
    told = told_of(ctx, recovery, ending)
    diagnosis, people = told.diagnosis, told.people
    first, last = _span(look)
    rid = recovery.id if recovery else None
    actions = entries(ctx.ledger, rid) if rid else []
    return Diagnostics(
        workspace_id=ctx.workspace,
        campaign_id=look.job.campaign_id
        or not_on_platform("a batch of this platform belongs to no campaign"),
        job_id=look.job.id,
        upload_id=look.job.upload_id or not_on_platform(_NO_UPLOAD),
        window_start=first,
        window_end=last,
        timezone=look.job.timezone or Missing("the job names no time zone"),
        symptom=diagnosis.symptom if diagnosis else Symptom.NONE,
        summary=why or (diagnosis.message if diagnosis else Missing("no diagnosis was made")),
        failed=people.unsuccessful,
        successful=people.reached,
        total=people.expected,
        recovery_id=rid or Missing("no recovery was started"),
        platform=ctx.platform.name,
        generated_at=_as_of(look, actions),
        verdict=(recovery.verdict if recovery else None) or Missing("no sample was sent"),
        next_action=told.next_action or Missing("no diagnosis was made"),
        eta_words=told.eta or Missing("engineering has to act first"),
        plan_hash=(recovery.plan_hash if recovery else None) or Missing("no plan was frozen"),
        escalated_because=(why,) if why else (),
        tried=(*(_tried(ctx, rid) if rid else ()), people.message()),
        asked=told.asked,
        findings=told.findings,
        reasons=tuple(reasons(told.calls)),
        timeline=tuple(_timeline(ctx)),
        calls=tuple(told.calls),
        people=told.rows,
        contact_file=_contact_file(look),
        contact_problems=problems_of(told.rows),
        screenshot=screenshot,
        approved=tuple(approvals_of(actions)),
        actions=tuple(map(_action, actions)),
        **(_beside(ctx, recovery, ending, told.planned, actions) if recovery else {}),
        had_ended=look.job.status.is_over and not _stopped_by_us(look, recovery),
        api_samples=samples_of(ctx, look, told.planned),
        versions=_versions(),
        relies_on=bound_of(ctx.platform, ctx.carrier),
    )


def _span(look: Observation) -> tuple[datetime, datetime]:
    """Return from when to when the job is known about."""
    moments = [row.updated_at for row in look.rows if row.updated_at]
    return min([look.job.created_at, *moments]), max([look.job.seen_at, *moments])


def _contact_file(look: Observation) -> dict[str, Any]:
    read_from = f"upload {look.job.upload_id}, as the platform shows it" if look.job.upload_id else _LISTED
    return {"read_from": read_from, "rows": len(look.rows), "expected": look.job.total}


def problems_of(told: PeopleTold) -> tuple[ContactProblem, ...]:
    """Return the rows that cannot be dialled, or repeat another one, by what was read from them."""
    return tuple(
        ContactProblem(one.row, None, one.before_means, one.kept_back)
        for one in told.rows
        if one.before_means in _PROBLEMS
    )


def _as_of(look: Observation, actions: Sequence[AuditRow]) -> datetime:
    """Return the newest moment that the package tells of."""
    return max([look.job.seen_at, *(datetime.fromisoformat(row.at) for row in actions[-1:])])


def _beside(
    ctx: RunContext,
    recovery: Recovery,
    ending: Ending | None,
    planned: Sequence[Planned],
    actions: Sequence[AuditRow],
) -> dict[str, Any]:
    sent = waves.of(ctx.ledger, recovery.id)
    return {
        "customer": _customer(ctx, recovery, ending),
        "handed": handed_of(planned, sent),
        "marks": marks_of(recovery, sent, actions),
        "closed": closed_of(actions),
    }


def _customer(ctx: RunContext, recovery: Recovery, ending: Ending | None) -> str:
    with ctx.ledger.read() as session:
        now = situation_in(session, recovery, ctx.clock.now(), is_over=ending is not None)
    return paragraph(replace(now, state=ending.state, eta=None) if ending else now)


def _stopped_by_us(look: Observation, recovery: Recovery | None) -> bool:
    return look.stopped_by_us or bool(recovery and (recovery.source or {}).get("stops"))


def _tried(ctx: RunContext, recovery_id: str) -> list[str]:
    counts = recoveries.counts(ctx.ledger, recovery_id)
    lines = [
        f"wave {w.n} ({w.phase}): {plural(w.size, 'contact')}, {w.state}, {w.answer}"
        for w in waves.of(ctx.ledger, recovery_id)[:40]
    ]
    return [*lines, f"redials: {', '.join(f'{k} {v}' for k, v in counts.items() if v)}"] if lines else []


def _timeline(ctx: RunContext) -> list[TimelineRow]:
    return [timeline_row(s) for s in waves.snapshots(ctx.ledger, ctx.job_key)]


def timeline_row(s: Snapshot) -> TimelineRow:
    """Return the counters that a snapshot holds."""
    # A sweep keeps what a listing tells, which is nothing of the rows: that is not told, and not none.
    by_row = any(kind.value in s.counts for kind in ContactStatus)
    flying = (s.counts.get(kind.value, 0) for kind in (ContactStatus.IN_DOUBT, ContactStatus.LIVE))
    return TimelineRow(
        ts=s.at,
        status=s.status,
        total=s.total,
        dispatched=s.dispatched,
        finished=s.finished,
        failed=s.counts.get(ContactStatus.NOT_REACHED.value, 0) if by_row else None,
        in_flight=sum(flying) if by_row else None,
        live=s.live,
        permits=s.limit,
    )


def _action(row: AuditRow) -> dict[str, Any]:
    return {
        "seq": row.seq,
        "at": row.at,
        "kind": row.kind,
        "body": row.body,
        "previous": row.previous,
        "mac": row.mac,
        "key_id": row.key_id,
    }


def _versions() -> dict[str, str]:
    found = {"python": machine.python_version()}
    for name in ("ringback", "prefect", "httpx", "sqlmodel"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def whole_numbers(ctx: RunContext, people: PeopleTold) -> frozenset[str]:
    """Return every number of the job as it is written anywhere, for the last check of a package."""
    look = ctx.case.look
    numbers = {row.phone for row in look.rows if row.phone} if look else set()
    if look and look.config.caller:
        numbers.add(look.config.caller)
    return frozenset(numbers | {row.phone for row in people.rows if row.phone})
