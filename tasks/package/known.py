"""What is known of a job or a recovery for its package: from the ledger, else from the look."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from models.enums import Disposition, State
from models.estimate.none import no_estimate
from models.messages.diagnostics import CallRow, ReasonRow
from models.package.people import PeopleTold
from models.platform import Call, Contact
from models.report.advice import failure_of, questions
from models.report.people import People, PersonEnd
from models.tables.ledger import Planned, Recovery
from models.triage.diagnosis import Diagnosis
from models.triage.findings import Finding
from models.verdict.ending import Ending
from tasks.context import RunContext
from tasks.ledger import plans, recoveries
from tasks.ledger.people.ends import ended_calls
from tasks.package.people import people_of_look, people_of_recovery
from tasks.triage.checks import goes_on

MOST_SAMPLES = 3
TO_CALL = (PersonEnd.WAITING, PersonEnd.NOT_CALLED, PersonEnd.FAILED)
"""Ends of those whom engineering is asked about: they wait for its word."""


@dataclass(frozen=True, slots=True)
class KnownOfJob:
    """What a package says of a job, whichever process makes it."""

    diagnosis: Diagnosis | None
    findings: tuple[Finding, ...]
    people: People
    next_action: str
    asked: tuple[str, ...]
    eta: str
    calls: tuple[CallRow, ...]
    rows: PeopleTold
    """Everybody one by one; the ends are those of `people`."""
    planned: Sequence[Planned] = ()
    """The recovery's plan, empty where there is none."""


def told_of(ctx: RunContext, recovery: Recovery | None, ending: Ending | None) -> KnownOfJob:
    """Return what is known, of a recovery as it ends, as it stands, or of a job without one."""
    if recovery is None:
        return _of_look(ctx)
    kept = Diagnosis.from_json(recovery.diagnosis) if recovery.diagnosis else ctx.case.diagnosis
    state = ending.state if ending else State(recovery.state)
    todo = ending.next_action if ending else recovery.next_action
    failure = failure_of(ended_calls(ctx.ledger, recovery.id), ctx.table.look_up)
    blamed = failure if state in {State.HELD, State.ESCALATED} else None
    rows = plans.contacts(ctx.ledger, recovery.id)
    told = people_of_recovery(ctx, recovery, rows, is_over=ending is not None)
    if told is None:  # it came to no plan: everybody is as the look of this package shows them
        told = people_of_look(ctx, is_open=kept is None or goes_on(kept))
    counted = told.counts()
    calls = _calls_of_rows(ctx, rows) if rows else _calls_of_look(ctx)
    return KnownOfJob(
        diagnosis=kept,
        findings=tuple(recoveries.findings(ctx.ledger, recovery.id) or ctx.case.findings),
        people=counted,
        next_action=todo or (kept.next_action if kept else ""),
        asked=questions(blamed, todo, counted.of(*TO_CALL)),
        eta=_eta(ctx, recovery, ending),
        calls=tuple(calls),
        rows=told,
        planned=rows,
    )


def _eta(ctx: RunContext, recovery: Recovery, ending: Ending | None) -> str:
    known = no_estimate(ending.state, ctx.clock.now()) if ending else recovery.eta
    return str((known or {}).get("words", ""))


def _of_look(ctx: RunContext) -> KnownOfJob:
    found, told = ctx.case.diagnosis, people_of_look(ctx, is_open=True)
    todo = found.next_action if found else ""
    return KnownOfJob(
        diagnosis=found,
        findings=tuple(ctx.case.findings),
        people=told.counts(),
        next_action=todo,
        asked=(todo,) if todo else (),
        eta="",
        calls=tuple(_calls_of_look(ctx)),
        rows=told,
    )


def _calls_of_look(ctx: RunContext) -> Iterable[CallRow]:
    for one in ctx.case.judged:
        if was_called(one.contact.call_id, one.disposition.value):
            found = _source_call(ctx, one.contact, one.code, one.disposition.value, one.attempts)
            yield replace(found, carrier=one.carrier)


def _calls_of_rows(ctx: RunContext, rows: Sequence[Planned]) -> Iterable[CallRow]:
    """Yield the source's calls as the plan was made of them, then the redials of the recovery."""
    for row in rows:
        before = plans.seen_before([row])[row.contact_id]
        if was_called(before.call_id, row.disposition):
            found = _source_call(ctx, before, row.code, row.disposition, row.attempts)
            yield replace(found, carrier=plans.carrier_of(row))
    for row in rows:
        if row.wave is None or row.outcome == Disposition.UNDELIVERED.value:
            continue
        system, _, code = row.outcome_code.rpartition(":")
        yield CallRow(
            call_id=row.call_id,
            phone=row.phone,
            attempt=row.attempts + 1,
            status=f"redial in wave {row.wave}: {row.state}",
            system=system,
            code=code,
            disposition=row.outcome or "",
            ended=row.settled_at,
            wave=row.wave,
            carrier=plans.carrier_of(row, plans.REDIAL_CARRIER),
        )


def was_called(call_id: str | None, disposition: str) -> bool:
    """Tell whether the source may have made a call: people.csv has whom it never dialled."""
    return bool(call_id) or disposition not in NO_CALL


def _source_call(ctx: RunContext, contact: Contact, code: str, disposition: str, attempts: int) -> CallRow:
    call = ctx.case.calls.get(contact.call_id or "")
    system, _, bare = code.rpartition(":")
    return CallRow(
        call_id=contact.call_id,
        phone=contact.phone,
        attempt=attempts,
        status=contact.raw_status,
        system=system,
        code=bare,
        disposition=disposition,
        started=call.started_at if call else None,
        ended=_ended(ctx, contact, call),
        seconds=call.seconds if call else None,
    )


def _ended(ctx: RunContext, contact: Contact, call: Call | None) -> datetime | None:
    """Return when a call ended; a row that was overwritten by a stop tells the moment of the stop."""
    if call and call.started_at and call.seconds is not None:
        return call.started_at + timedelta(seconds=call.seconds)
    stopped = bool(ctx.case.look and ctx.case.look.stopped_by_us)
    return None if stopped or not contact.status.is_over else contact.updated_at


def reasons(calls: Iterable[CallRow]) -> list[ReasonRow]:
    """Return how often each reason ended a call, the source's and the redials' side by side."""
    groups: dict[tuple[str, str, str], list[CallRow]] = defaultdict(list)
    for one in calls:
        if one.code and (one.call_id or one.attempt) and one.disposition not in NO_CALL:
            groups[one.system, one.code, one.disposition].append(one)
    total = sum(len(found) for found in groups.values()) or 1
    rows = [_reason(*key, found, total) for key, found in groups.items()]
    return sorted(rows, key=lambda row: -row.count)


NO_CALL = frozenset(
    {kind.value for kind in (Disposition.UNDELIVERED, Disposition.DUPLICATE, Disposition.MALFORMED)}
)
"""Dispositions of those for whom no call was made."""


def _reason(system: str, code: str, kind: str, found: Sequence[CallRow], total: int) -> ReasonRow:
    ends = [one.ended for one in found if one.ended]
    return ReasonRow(
        code,
        system,
        kind,
        len(found),
        len(found) / total,
        min(ends, default=None),
        max(ends, default=None),
        tuple(one.call_id for one in found if one.call_id)[:MOST_SAMPLES],
    )
