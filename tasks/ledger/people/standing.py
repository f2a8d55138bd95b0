"""Over all jobs: the newest recovery of each, and how many people of some still wait for a decision."""

from collections.abc import Mapping, Sequence

from sqlmodel import Session, and_, col, func, or_, select

from models.disposition.kept_back import DOUBTS, HANDED_OVER
from models.enums import Action
from models.tables.decisions import KeptDecision
from models.tables.ledger import Planned, Recovery
from tasks.ledger.store import Ledger

CHUNK = 500


def newest_of_jobs(ledger: Ledger) -> list[Recovery]:
    """Return the newest recovery of every job."""
    job = (Recovery.workspace, Recovery.platform, Recovery.job_id)
    newest = select(*job, func.max(Recovery.epoch).label("epoch")).group_by(*job).subquery()
    query = select(Recovery).join(
        newest,
        and_(
            col(Recovery.workspace) == newest.c.workspace,
            col(Recovery.platform) == newest.c.platform,
            col(Recovery.job_id) == newest.c.job_id,
            col(Recovery.epoch) == newest.c.epoch,
        ),
    )
    with ledger.read() as session:
        return list(session.exec(query))


def people_to_decide(ledger: Ledger, ids: Sequence[str]) -> Mapping[str, int]:
    """Return how many people of each ended recovery wait for a decision; as `kept_back` says who does."""
    found: dict[str, int] = {}
    with ledger.read() as session:
        for start in range(0, len(ids), CHUNK):
            found |= _open(session, ids[start : start + CHUNK])
    return {recovery_id: count for recovery_id, count in found.items() if count}


def _open(session: Session, ids: Sequence[str]) -> dict[str, int]:
    in_doubt = or_(
        col(Planned.outcome).is_(None) & col(Planned.state).in_(HANDED_OVER),
        col(Planned.outcome).in_([one.value for one in DOUBTS]),
    )
    kept = or_(col(Planned.action).in_([Action.HOLD.value, Action.WAIT.value]), in_doubt)
    waits = (
        select(Planned.recovery_id, func.count())
        .where(col(Planned.recovery_id).in_(ids), kept)
        .group_by(Planned.recovery_id)
    )
    last = (
        select(func.max(KeptDecision.id))
        .where(col(KeptDecision.recovery_id).in_(ids))
        .group_by(KeptDecision.recovery_id, KeptDecision.contact_id)
    )
    made = (
        select(KeptDecision.recovery_id, func.count())
        .where(col(KeptDecision.id).in_(last), col(KeptDecision.void_at).is_(None))
        .group_by(KeptDecision.recovery_id)
    )
    decided = dict(session.exec(made).all())
    return {one: int(count) - int(decided.get(one, 0)) for one, count in session.exec(waits)}
