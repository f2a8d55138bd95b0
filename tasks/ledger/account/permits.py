"""Permits of an account, shared by all recoveries of it: what their waves may still use."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session, col, func, select

from models.contacts.phones.normalise import person_of, spellings_of
from models.enums import Disposition, WaveState
from models.plan.permit_budget import InAir
from models.tables.ledger import Lease, Planned, Recovery, Wave
from tasks.ledger.store import Claim, Ledger

ON_ITS_WAY = tuple(state.value for state in WaveState if state is not WaveState.SETTLED)
"""A refused wave too: its recovery sends it again, under the same permits."""


def of_others(ledger: Ledger, claim: Claim) -> list[InAir]:
    """Return the waves of the account's other recoveries that hold permits.

    They come back when a wave's calls have ended, or when the lease of its recovery has.
    """
    with ledger.read() as session:
        return _held(session, ledger.clock.now(), claim, but=claim.recovery_id)


def reserved(session: Session, ledger: Ledger, claim: Claim) -> int:
    """Return how many permits all waves of the account may use, ours included, alone in this transaction."""
    if session.connection().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"permits/{claim.workspace}"))))
    return sum(one.reserved for one in _held(session, ledger.clock.now(), claim))


def count_ended_since(ledger: Ledger, claim: Claim, since: datetime) -> int:
    """Count the dispatches of the account whose call has ended after a moment."""
    query = (
        select(func.count())
        .select_from(Planned)
        .join(Recovery, col(Recovery.id) == col(Planned.recovery_id))
        .where(
            Recovery.workspace == claim.workspace,
            Recovery.platform == claim.platform,
            col(Planned.settled_at) > since,
            Planned.outcome != Disposition.UNDELIVERED.value,
        )
    )
    with ledger.read() as session:
        return int(session.exec(query).one())


def _held(session: Session, now: datetime, claim: Claim, but: str = "") -> list[InAir]:
    query = (
        select(Wave.cap, Wave.in_air, func.count())
        .join(Lease, col(Lease.recovery_id) == col(Wave.recovery_id))
        .join(
            Planned, (col(Planned.recovery_id) == col(Wave.recovery_id)) & (col(Planned.wave) == col(Wave.n))
        )
        .where(
            Lease.workspace == claim.workspace,
            Lease.platform == claim.platform,
            col(Lease.expires_at) > now,
            col(Wave.recovery_id) != but,
            col(Wave.state).in_(ON_ITS_WAY),
            col(Planned.outcome).is_(None),
        )
        .group_by(col(Wave.recovery_id), col(Wave.n), col(Wave.cap), col(Wave.in_air))
    )
    return [InAir(cap, open_ones, in_air) for cap, in_air, open_ones in session.exec(query)]


def taken_elsewhere(
    session: Session, claim: Claim, phones: Iterable[str], *, own_job: bool = True
) -> dict[str, str]:
    """Return whom a wave of another recovery of the account holds right now, with that recovery.

    Without `own_job` the job's own earlier recoveries count no more: a person has decided about their waves.
    """
    asked = {phone: spellings_of(phone) for phone in phones}
    query = (
        select(Planned.phone, Planned.recovery_id)
        .join(Recovery, col(Recovery.id) == col(Planned.recovery_id))
        .join(Wave, (col(Wave.recovery_id) == col(Planned.recovery_id)) & (col(Wave.n) == col(Planned.wave)))
        .where(
            Recovery.workspace == claim.workspace,
            Recovery.platform == claim.platform,
            col(Planned.recovery_id) != claim.recovery_id,
            col(Planned.phone).in_({one for several in asked.values() for one in several}),
            col(Wave.state).in_(ON_ITS_WAY),
            col(Planned.outcome).is_(None),
        )
    )
    if not own_job:
        query = query.where(Recovery.job_id != claim.job_id)
    held = {person_of(phone): recovery_id for phone, recovery_id in session.exec(query) if phone}
    return {phone: held[person_of(phone)] for phone in asked if person_of(phone) in held}
