"""What became of every person of a job, counted once over all plans that the ledger holds of it."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby
from typing import Any

from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from models.enums import Disposition, Phase, State
from models.report.advice import EndedCall
from models.report.people import Chapter, Entry, People, count_people
from models.tables.ledger import Planned, Recovery, Wave
from tasks.ledger.store import Ledger

PEOPLE = "people"
"""Where a recovery keeps, among the facts of its source, how its triage counted everybody."""


def people(ledger: Ledger, recovery: Recovery, *, is_over: bool = False) -> People:
    """Return the count of persons as of one recovery of a job: it, and those before it.

    `is_over` where the recovery calls nobody more, and its end is only not yet written down.
    """
    with ledger.read() as session:
        return people_in(session, recovery, is_over=is_over)


def people_in(session: Session, recovery: Recovery, *, is_over: bool = False) -> People:
    """Return the same within a transaction, with what it has written so far."""
    source: dict[str, Any] = recovery.source or {}
    told = chapters(session, _key(recovery), recovery.epoch)
    mine = bool(told) and told[-1][0] == recovery.id
    if not mine and source.get(PEOPLE):
        return People.from_json(source[PEOPLE])  # it came to no plan: what its triage saw
    found = [replace(chapter, open=chapter.open and not is_over) for _, chapter in told]
    return count_people(found, int(source.get("total") or 0))


def chapters(session: Session, job_key: tuple[str, str, str], epoch: int) -> list[tuple[str, Chapter]]:
    """Return the plans of a job with their recoveries' ids, oldest first, up to the recovery of an epoch."""
    workspace, platform, job_id = job_key
    query = (
        columns(
            col(Recovery.id),
            col(Recovery.state),
            col(Planned.contact_id),
            col(Planned.phone),
            col(Planned.disposition),
            col(Planned.action),
            col(Planned.code),
            col(Planned.state),
            col(Planned.outcome),
            col(Planned.outcome_code),
        )
        .join(Planned, col(Planned.recovery_id) == col(Recovery.id))
        .where(
            col(Recovery.workspace) == workspace,
            col(Recovery.platform) == platform,
            col(Recovery.job_id) == job_id,
            col(Recovery.epoch) <= epoch,
        )
        .order_by(col(Recovery.epoch), col(Planned.row))
    )
    rows = session.execute(query).all()
    return [
        (recovery_id, Chapter([Entry(*row[2:]) for row in found], open=not State(state).is_end))
        for (recovery_id, state), found in groupby(rows, key=lambda row: (row[0], row[1]))
    ]


def _key(recovery: Recovery) -> tuple[str, str, str]:
    return (recovery.workspace, recovery.platform, recovery.job_id)


def ended_calls(ledger: Ledger, recovery_id: str, phases: Iterable[Phase] = tuple(Phase)) -> list[EndedCall]:
    """Return the redials of a recovery that have ended, in the waves of some phases."""
    query = (
        select(Planned.outcome, Planned.outcome_code, Planned.outcome_why, Planned.fault)
        .join(Wave, (col(Wave.recovery_id) == col(Planned.recovery_id)) & (col(Wave.n) == col(Planned.wave)))
        .where(Planned.recovery_id == recovery_id, col(Planned.outcome).is_not(None))
        .where(col(Wave.phase).in_([phase.value for phase in phases]))
        .order_by(col(Planned.row))
    )
    with ledger.read() as session:
        return [
            EndedCall(Disposition(kind or "unknown"), code, why, fault)
            for kind, code, why, fault in session.exec(query)
        ]
