"""What the ledger knows of a recovery, for its report; nothing is asked of the platform."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, col, func, select

from models.enums import Phase, State
from models.reasons.table import ReasonTable
from models.report.advice import failure_of, questions
from models.report.page.situation import Situation
from models.report.page.work import Ended, Sent, Work
from models.tables.ledger import Decision, Planned, Recovery, Wave
from tasks.finish.report import is_interrupted, next_action
from tasks.ledger import recoveries, waves
from tasks.ledger.audit import why_it_rests
from tasks.ledger.people.ends import ended_calls
from tasks.ledger.people.standing import people_to_decide
from tasks.ledger.people.told import situation_in
from tasks.ledger.store import Ledger
from tasks.package.known import NO_CALL, TO_CALL

_FAILED = frozenset({State.HELD, State.ESCALATED})


def situation_of(ledger: Ledger, recovery: Recovery) -> Situation:
    """Return where a recovery stands."""
    interrupted = is_interrupted(ledger, recovery)
    with ledger.read() as session:
        return situation_in(session, recovery, ledger.clock.now(), interrupted=interrupted)


def work_of(ledger: Ledger, recovery: Recovery, now: Situation) -> Work:
    """Return what an engineer sees beyond that."""
    found = recovery.diagnosis or {}
    with ledger.read() as session:
        codes, decided = _codes(session, recovery.id), tuple(_decided(session, recovery.id))
    return Work(
        ids=_ids(recovery),
        diagnosis=str(found.get("words", "")),
        why=why_it_rests(ledger, recovery.id),
        next_action=next_action(ledger, recovery),
        eta=str((recovery.eta or {}).get("words", "")),
        findings=tuple(recoveries.findings(ledger, recovery.id)),
        codes=codes,
        sent=tuple(_sent(waves.of(ledger, recovery.id))),
        permits=(recovery.source or {}).get("limit"),
        started_at=recovery.started_at,
        fenced_at=recovery.fenced_at,
        ended_at=recovery.ended_at,
        decided=decided,
        verdict=_verdict(ledger, recovery),
        asked=_asked(ledger, recovery, now),
        to_decide=people_to_decide(ledger, [recovery.id]).get(recovery.id, 0) if now.state.is_end else 0,
        resumable=recovery.resumable,
    )


def _ids(recovery: Recovery) -> dict[str, str | None]:
    return {
        "recovery_id": recovery.id,
        "job_id": recovery.job_id,
        "workspace": recovery.workspace,
        "platform": recovery.platform,
        "level": recovery.level,
        "verdict": recovery.verdict,
        "plan_hash": recovery.plan_hash,
        "package": Path(recovery.package).name if recovery.package else None,
    }


def _verdict(ledger: Ledger, recovery: Recovery) -> str:
    looks = recoveries.looks(ledger, recovery.id)
    return f"{looks[-1].word} in the {looks[-1].phase}: {looks[-1].why}" if looks else ""


def _asked(ledger: Ledger, recovery: Recovery, now: Situation) -> tuple[str, ...]:
    if now.state not in _FAILED:
        return ()
    failure = failure_of(ended_calls(ledger, recovery.id), ReasonTable.packaged().look_up)
    return questions(failure, "", now.people.of(*TO_CALL))


def _sent(found: Iterable[Wave]) -> Iterator[Sent]:
    for wave in found:
        yield Sent(Phase(wave.phase), wave.size, wave.cap, wave.state, wave.sent_at)


def _decided(session: Session, recovery_id: str) -> Iterator[tuple[datetime, str]]:
    query = select(Decision).where(Decision.recovery_id == recovery_id).order_by(col(Decision.id))
    for one in session.exec(query):
        yield (
            one.at,
            f"plan {'approved' if one.approved else 'declined'} by {one.by}: {one.reason.rstrip('.')}",
        )


def _codes(session: Session, recovery_id: str) -> tuple[Ended, ...]:
    """Return how often each code ended a call, the source's and the redials' side by side."""
    theirs = _counted(session, recovery_id, redials=False)
    ours = _counted(session, recovery_id, redials=True)
    found = [
        Ended(
            code,
            kind,
            (ours.get((code, kind)) or theirs[code, kind])[1],
            theirs.get((code, kind), (0, ""))[0],
            ours.get((code, kind), (0, ""))[0],
        )
        for code, kind in {**theirs, **ours}
    ]
    return tuple(sorted(found, key=lambda one: (-one.source - one.redials, one.code, one.disposition)))


def _counted(session: Session, recovery_id: str, *, redials: bool) -> dict[tuple[str, str], tuple[int, str]]:
    code, kind, why = (
        (Planned.outcome_code, Planned.outcome, Planned.outcome_why)
        if redials
        else (Planned.code, Planned.disposition, Planned.why)
    )
    called = col(Planned.wave).is_not(None) if redials else col(Planned.attempts) > 0
    query = (
        select(code, kind, func.count(), func.min(why))
        .where(Planned.recovery_id == recovery_id, called, col(code) != "", col(kind).not_in(sorted(NO_CALL)))
        .group_by(col(code), col(kind))
    )
    return {(found, str(what)): (count, words or "") for found, what, count, words in session.exec(query)}
