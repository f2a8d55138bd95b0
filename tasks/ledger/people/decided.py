"""Which decisions of people about a job stand, and which of them a wave has used up."""

from collections.abc import Iterable, Mapping

from sqlmodel import Session, col, select

from models.disposition.decision import Decided
from models.disposition.kept_back import HANDED_OVER
from models.enums import Choice, ContactStatus, Disposition
from models.platform import Contact
from models.tables.decisions import KeptDecision
from models.tables.ledger import Planned, Recovery, Wave
from tasks.ledger.store import Ledger


def in_force(ledger: Ledger, job_key: tuple[str, str, str], *, but: str | None = None) -> dict[str, Decided]:
    """Return the decisions of a job that stand, the newest of each contact.

    `but` is the recovery whose own waves use none of them up: the one that carries them out.
    """
    workspace, platform, job_id = job_key
    query = select(KeptDecision).where(
        KeptDecision.workspace == workspace,
        KeptDecision.platform == platform,
        KeptDecision.job_id == job_id,
    )
    with ledger.read() as session:
        last = {one.contact_id: one for one in session.exec(query.order_by(col(KeptDecision.id)))}
        newest = {contact_id: one for contact_id, one in last.items() if one.void_at is None}
        used = _used_up(session, job_key, newest, but) if newest else frozenset()
    return {contact_id: _decided(one, handed_since=contact_id in used) for contact_id, one in newest.items()}


def any_made(ledger: Ledger, job_key: tuple[str, str, str]) -> bool:
    """Tell whether anybody has ever decided about a contact of a job."""
    workspace, platform, job_id = job_key
    query = select(KeptDecision.id).where(
        KeptDecision.workspace == workspace,
        KeptDecision.platform == platform,
        KeptDecision.job_id == job_id,
    )
    with ledger.read() as session:
        return session.exec(query.limit(1)).first() is not None


def void_among(ledger: Ledger, ids: Iterable[int]) -> frozenset[int]:
    """Return which decisions count no more."""
    query = select(KeptDecision.id).where(
        col(KeptDecision.id).in_(list(ids)), col(KeptDecision.void_at).is_not(None)
    )
    with ledger.read() as session:
        return frozenset(found for found in session.exec(query) if found)


def _used_up(
    session: Session, job_key: tuple[str, str, str], made: Mapping[str, KeptDecision], but: str | None
) -> frozenset[str]:
    """Return the contacts that a wave has handed over since they were decided about.

    A later recovery's wave came later whatever the clock says; of the recovery that was decided about itself,
    which may have gone on, the time tells.
    """
    workspace, platform, job_id = job_key
    query = (
        select(Planned, Wave, Recovery)
        .join(Recovery, col(Recovery.id) == col(Planned.recovery_id))
        .join(Wave, (col(Wave.recovery_id) == col(Planned.recovery_id)) & (col(Wave.n) == col(Planned.wave)))
        .where(
            Recovery.workspace == workspace,
            Recovery.platform == platform,
            Recovery.job_id == job_id,
            col(Planned.contact_id).in_(list(made)),
            col(Planned.state).in_(HANDED_OVER),
        )
    )
    found = session.exec(query).all()
    epochs = dict(session.exec(select(Recovery.id, Recovery.epoch).where(Recovery.job_id == job_id)).all())
    return frozenset(
        row.contact_id
        for row, wave, recovery in found
        if recovery.id != but and _is_later(made[row.contact_id], wave, recovery, epochs)
    )


def _is_later(made: KeptDecision, wave: Wave, recovery: Recovery, epochs: Mapping[str, int]) -> bool:
    if recovery.id == made.recovery_id:
        return (wave.sent_at or wave.intent_at) >= made.at
    return recovery.epoch > epochs[made.recovery_id]


def _decided(one: KeptDecision, *, handed_since: bool) -> Decided:
    return Decided(
        id=one.id or 0,
        contact_id=one.contact_id,
        phone=one.phone,
        choice=Choice(one.choice),
        by=one.by,
        because=one.because,
        at=one.at,
        about=Disposition(one.about),
        before=Contact(
            one.contact_id,
            one.phone,
            ContactStatus(one.seen["status"]),
            str(one.seen["raw"]),
            one.seen.get("call_id"),
        ),
        known=frozenset(one.known),
        handed_since=handed_since,
    )
