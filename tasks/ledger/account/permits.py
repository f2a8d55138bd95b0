"""Permits of an account, shared by all recoveries of it: what their waves may still use."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import bindparam
from sqlalchemy import select as columns
from sqlmodel import Session, col, func, select

from models.contacts.phones.normalise import person_of, spellings_of
from models.enums import Disposition, WaveState
from models.plan.permit_budget import InAir
from models.tables.ledger import Lease, Planned, Recovery, Wave
from tasks.ledger.store import Claim, Ledger

ON_ITS_WAY = tuple(state.value for state in WaveState if state is not WaveState.SETTLED)
"""A refused wave too: its recovery sends it again, under the same permits."""
# Both are asked before every wave and at every look: built once.
_ENDED_SINCE = (
    select(func.count())
    .select_from(Planned)
    .join(Recovery, col(Recovery.id) == col(Planned.recovery_id))
    .where(
        Recovery.workspace == bindparam("of_workspace"),
        Recovery.platform == bindparam("of_platform"),
        col(Planned.settled_at) > bindparam("since"),
        Planned.outcome != Disposition.UNDELIVERED.value,
    )
)
# Wave by wave: how many of a wave are open its own part of the index tells.
_UNENDED = (
    select(func.count())
    .where(
        col(Planned.recovery_id) == col(Wave.recovery_id),
        col(Planned.wave) == col(Wave.n),
        col(Planned.outcome).is_(None),
    )
    .correlate(Wave)
    .scalar_subquery()
)
_HELD = (
    columns(col(Wave.cap), col(Wave.in_air), _UNENDED)
    .join(Lease, col(Lease.recovery_id) == col(Wave.recovery_id))
    .where(
        col(Lease.workspace) == bindparam("of_workspace"),
        col(Lease.platform) == bindparam("of_platform"),
        col(Lease.expires_at) > bindparam("now"),
        col(Wave.recovery_id) != bindparam("but"),
        col(Wave.state).in_(ON_ITS_WAY),
    )
)


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
    named = {"of_workspace": claim.workspace, "of_platform": claim.platform, "since": since}
    with ledger.read() as session:
        return int(session.connection().execute(_ENDED_SINCE, named).scalar_one())


def _held(session: Session, now: datetime, claim: Claim, but: str = "") -> list[InAir]:
    named = {"of_workspace": claim.workspace, "of_platform": claim.platform, "now": now, "but": but}
    session.flush()
    found = session.connection().execute(_HELD, named)
    return [InAir(cap, open_ones, in_air) for cap, in_air, open_ones in found if open_ones]


def taken_elsewhere(
    session: Session, claim: Claim, phones: Iterable[str], *, own_job: bool = True
) -> dict[str, str]:
    """Return whom a wave of another recovery of the account holds right now, with that recovery.

    Without `own_job` the job's own earlier recoveries count no more: a person has decided about their waves.
    """
    asked = {phone: spellings_of(phone) for phone in phones}
    rows = columns(col(Planned.phone), col(Planned.recovery_id), col(Planned.wave)).where(
        col(Planned.phone).in_({one for several in asked.values() for one in several}),
        col(Planned.recovery_id) != claim.recovery_id,
        col(Planned.wave).is_not(None),
        col(Planned.outcome).is_(None),
    )
    found = session.execute(rows).all()
    live = _on_their_way(session, claim, {(name, n) for _, name, n in found}, own_job=own_job)
    held = {person_of(phone): name for phone, name, n in found if phone and (name, n) in live}
    return {phone: held[person_of(phone)] for phone in asked if person_of(phone) in held}


def _on_their_way(
    session: Session, claim: Claim, names: Collection[tuple[str, int]], *, own_job: bool
) -> set[tuple[str, int]]:
    """Return which of some waves are of recoveries of the account and have not come to their end."""
    if not names:
        return set()
    query = (
        columns(col(Wave.recovery_id), col(Wave.n))
        .join(Recovery, col(Recovery.id) == col(Wave.recovery_id))
        .where(
            col(Recovery.workspace) == claim.workspace,
            col(Recovery.platform) == claim.platform,
            col(Wave.recovery_id).in_({name for name, _ in names}),
            col(Wave.n).in_({n for _, n in names}),
            col(Wave.state).in_(ON_ITS_WAY),
        )
    )
    if not own_job:
        query = query.where(col(Recovery.job_id) != claim.job_id)
    return {(name, n) for name, n in session.execute(query)} & set(names)
