"""Gathering the diagnostics of a job from the look and the ledger, for the package."""

import platform as machine
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from models.disposition.strategy import Judged
from models.enums import ContactStatus, Symptom
from models.invariants import given
from models.messages.diagnostics import CallRow, Diagnostics, Missing, ReasonRow, TimelineRow, not_on_platform
from models.tables.ledger import AuditRow, Recovery
from models.triage.observation import Observation
from tasks.context import RunContext
from tasks.ledger import plans, recoveries, waves
from tasks.ledger.audit import entries
from tasks.package.moments import closed_of, handed_of, marks_of
from tasks.platforms.binding import bound_of

MOST_SAMPLES = 3


def diagnostics(ctx: RunContext, recovery: Recovery | None, *, why: str) -> Diagnostics:
    """Return everything the package shows; what is not known says why."""
    look = given(ctx.case.look, "a package is made after a look")
    diagnosis = ctx.case.diagnosis
    moments = [row.updated_at for row in look.rows if row.updated_at]
    rid = recovery.id if recovery else None
    return Diagnostics(
        workspace_id=ctx.workspace,
        campaign_id=look.job.campaign_id or not_on_platform("its batches belong to no campaign"),
        job_id=look.job.id,
        upload_id=look.job.upload_id or not_on_platform("contacts are sent with the job, not uploaded apart"),
        window_start=min([look.job.created_at, *moments]),
        window_end=max([look.job.seen_at, *moments]),
        timezone=look.job.timezone or Missing("the job names no time zone"),
        symptom=diagnosis.symptom if diagnosis else Symptom.NONE,
        summary=why or (diagnosis.words if diagnosis else Missing("no diagnosis was made")),
        failed=look.counts[ContactStatus.NOT_REACHED],
        successful=look.counts[ContactStatus.REACHED],
        total=look.job.total,
        recovery_id=rid or Missing("no recovery was started"),
        platform=ctx.platform.name,
        generated_at=ctx.clock.now(),
        verdict=(recovery.verdict if recovery else None) or Missing("no sample was sent"),
        next_action=diagnosis.next_action if diagnosis else Missing("no diagnosis was made"),
        eta_words=Missing("engineering has to act first"),
        plan_hash=(recovery.plan_hash if recovery else None) or Missing("no plan was frozen"),
        escalated_because=(why,) if why else (),
        tried=tuple(_tried(ctx, rid)) if rid else (),
        asked=(diagnosis.next_action,) if diagnosis else (),
        findings=tuple(ctx.case.findings),
        reasons=tuple(_reasons(ctx.case.judged)),
        timeline=tuple(_timeline(ctx)),
        calls=tuple(_calls(ctx)),
        actions=tuple(_action(row) for row in entries(ctx.ledger, rid)) if rid else (),
        **(_beside(ctx, recovery) if recovery else {}),
        api_samples=_samples(look, ctx),
        versions=_versions(),
        relies_on=bound_of(ctx.platform),
    )


def _beside(ctx: RunContext, recovery: Recovery) -> dict[str, Any]:
    sent, actions = waves.of(ctx.ledger, recovery.id), entries(ctx.ledger, recovery.id)
    return {
        "handed": handed_of(plans.contacts(ctx.ledger, recovery.id), sent),
        "marks": marks_of(recovery, sent, actions),
        "closed": closed_of(actions),
    }


def _tried(ctx: RunContext, recovery_id: str) -> list[str]:
    counts = recoveries.counts(ctx.ledger, recovery_id)
    lines = [
        f"wave {w.n} ({w.phase}): {w.size} contacts, {w.state}, {w.answer}"
        for w in waves.of(ctx.ledger, recovery_id)[:40]
    ]
    return [*lines, f"counts: {', '.join(f'{k} {v}' for k, v in counts.items() if v)}"] if lines else []


def _reasons(judged: Sequence[Judged]) -> list[ReasonRow]:
    groups: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        if one.dialled and one.code:
            groups[one.code].append(one)
    total = sum(len(found) for found in groups.values()) or 1
    rows = [_reason(code, found, total) for code, found in groups.items()]
    return sorted(rows, key=lambda row: -row.count)


def _reason(code: str, found: Sequence[Judged], total: int) -> ReasonRow:
    system, _, bare = code.rpartition(":")
    ends: list[datetime] = [one.ended_at for one in found if one.ended_at]
    calls = tuple(one.contact.call_id for one in found if one.contact.call_id)[:MOST_SAMPLES]
    return ReasonRow(
        bare,
        system,
        found[0].disposition.value,
        len(found),
        len(found) / total,
        min(ends, default=None),
        max(ends, default=None),
        calls,
    )


def _timeline(ctx: RunContext) -> list[TimelineRow]:
    return [
        TimelineRow(
            ts=s.at,
            status=s.status,
            total=s.total,
            dispatched=s.dispatched,
            finished=s.finished,
            failed=s.counts.get(ContactStatus.NOT_REACHED.value, 0),
            in_flight=sum(s.counts.get(k.value, 0) for k in (ContactStatus.IN_DOUBT, ContactStatus.LIVE)),
            live=s.live,
            permits=s.limit,
        )
        for s in waves.snapshots(ctx.ledger, ctx.job_key)
    ]


def _calls(ctx: RunContext) -> list[CallRow]:
    rows = []
    for one in ctx.case.judged:
        call = ctx.case.calls.get(one.contact.call_id or "")
        system, _, code = one.code.rpartition(":")
        rows.append(
            CallRow(
                call_id=one.contact.call_id,
                phone=one.contact.phone,
                attempt=one.attempts,
                status=one.contact.raw_status,
                system=system,
                code=code,
                disposition=one.disposition.value,
                started=call.started_at if call else None,
                ended=one.contact.updated_at if one.contact.status.is_over else None,
                seconds=call.seconds if call else None,
            )
        )
    return rows


def _action(row: AuditRow) -> dict[str, Any]:
    return {"seq": row.seq, "at": row.at, "kind": row.kind, "body": row.body, "mac": row.mac}


def _samples(look: Observation, ctx: RunContext) -> dict[str, Any]:
    failed = [c for c in ctx.case.calls.values() if c.status is ContactStatus.NOT_REACHED][:MOST_SAMPLES]
    found: dict[str, Any] = {f"failed_{i}": _call_json(call) for i, call in enumerate(failed, 1)}
    good = next((row for row in look.rows if row.status is ContactStatus.REACHED), None)
    if good:
        found["good_1"] = {"contact_id": good.id, "status": good.raw_status, "call_id": good.call_id}
    return found


def _call_json(call: Any) -> dict[str, Any]:
    return {
        "call_id": call.id,
        "status": call.raw_status,
        "answered": call.answered,
        "seconds": call.seconds,
        "carrier_id": call.carrier_id,
        "reasons": [{"system": r.system, "code": r.code, "text": r.text} for r in call.reasons],
    }


def _versions() -> dict[str, str]:
    found = {"python": machine.python_version()}
    for name in ("ringback", "prefect", "httpx", "sqlmodel"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def whole_numbers(ctx: RunContext, recovery_id: str | None) -> frozenset[str]:
    """Return every number of the job as it is written anywhere, for the last check of a package."""
    look = ctx.case.look
    numbers = {row.phone for row in look.rows if row.phone} if look else set()
    if look and look.config.caller:
        numbers.add(look.config.caller)
    if recovery_id:
        numbers |= {row.phone for row in plans.contacts(ctx.ledger, recovery_id) if row.phone}
    return frozenset(numbers)
