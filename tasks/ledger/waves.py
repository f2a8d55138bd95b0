"""Waves in the ledger: the intent is committed before anything is sent."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, bindparam, update
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from models.canonical import digest
from models.enums import DispatchState, Phase, WaveState
from models.invariants import ensure, given
from models.lifecycles import DISPATCH, WAVE
from models.plan.markers import marker_of
from models.tables.ledger import LookRow, Planned, Recovery, Snapshot, Wave
from tasks.fault_points import fault_point
from tasks.ledger import plans
from tasks.ledger.account import permits
from tasks.ledger.database.tide import note_progress
from tasks.ledger.store import Claim, Ledger
from tasks.marks import struck

TO_SEND = WAVE.leading_to(WaveState.UNKNOWN)
"""States in which it is proved that the platform has not taken the wave."""
TO_ANSWER = WAVE.leading_to(WaveState.ACCEPTED)


# Asked at every look and before every act: built once.
_MINE = col(Wave.recovery_id) == bindparam("of_recovery")
_STORED = select(Wave).where(_MINE, Wave.n == bindparam("of_wave"))
_IN_STATES = (
    select(Wave).where(_MINE, col(Wave.state).in_(bindparam("states", expanding=True))).order_by(col(Wave.n))
)
_BEGUN = col(Wave.state) == WaveState.INTENT.value
_HANDED = select(func.sum(Wave.size)).where(_MINE, ~_BEGUN)
_ASKED = (
    select(func.count())
    .select_from(Planned)
    .join(Wave, (col(Wave.recovery_id) == col(Planned.recovery_id)) & (col(Wave.n) == col(Planned.wave)))
    .where(_MINE, _BEGUN, col(Planned.state) != DispatchState.INTENT.value)
)


def _state() -> ColumnElement[str]:
    # Nobody shall look through all contacts in a state where a wave or its contacts are named.
    return func.coalesce(col(Planned.state), "")


_SHIFTED = (
    update(Planned.__table__)  # type: ignore[attr-defined]
    .where(
        col(Planned.recovery_id) == bindparam("of_recovery"),
        col(Planned.wave) == bindparam("of_wave"),
        _state() == bindparam("before"),
    )
    .values(state=bindparam("after"))
)


class DraftRow(NamedTuple):
    """What of one contact of a wave is handed to the platform."""

    contact_id: str
    phone: str | None
    payload: dict[str, Any]


def intend(
    ledger: Ledger,
    claim: Claim,
    phase: Phase,
    contacts: Sequence[Planned],
    cap: int,
    *,
    most: int | None = None,
    singly: bool = False,
) -> Wave | None:
    """Write the intent of one wave down: its marker, its contacts, its body's hash.

    `most` bounds the permits of all waves of the account together; None bounds nothing. `singly` where each
    contact is a call of its own, which nobody but us keeps waiting: then no more than there are permits. Whom
    a wave of another recovery holds right now is left out. None where no permit or nobody is left.
    """
    fault_point("wave.before_intent")
    with ledger.write(claim) as session:
        cap = cap if most is None else min(cap, most - permits.reserved(session, ledger, claim))
        if cap <= 0:
            struck("permits.shared")
            return None
        contacts = _free(session, ledger, claim, contacts[:cap] if singly else contacts)
        if not contacts:
            return None
        n = session.exec(select(func.count()).where(Wave.recovery_id == claim.recovery_id)).one() + 1
        wave = Wave(
            recovery_id=claim.recovery_id,
            n=n,
            phase=phase.value,
            marker=marker_of(claim.recovery_id, n),
            body_hash=_body_hash(contacts),
            size=len(contacts),
            cap=min(cap, len(contacts)),
            state=WAVE.first.value,
            token=claim.token,
            intent_at=ledger.clock.now(),
        )
        session.add(wave)
        ids = [c.contact_id for c in contacts]
        taken = _move(session, claim.recovery_id, ids, DispatchState.PLANNED, DispatchState.INTENT, wave=n)
        ensure(taken == len(ids), "a contact of this wave is already in another one")
        ledger.note(session, claim.recovery_id, "wave_intent", _about(wave))
    fault_point("wave.after_intent")
    return wave


def _body_hash(contacts: Sequence[Planned]) -> str:
    return digest([[c.contact_id, c.phone] for c in contacts])


def _free(session: Session, ledger: Ledger, claim: Claim, contacts: Sequence[Planned]) -> Sequence[Planned]:
    plain = [c.phone for c in contacts if c.phone and c.decision is None]
    decided = [c.phone for c in contacts if c.phone and c.decision is not None]
    elsewhere = permits.taken_elsewhere(session, claim, plain)
    elsewhere |= permits.taken_elsewhere(session, claim, decided, own_job=False)
    if not elsewhere:
        return contacts
    struck("permits.same_person")
    for one in contacts:
        if one.phone in elsewhere:
            _leave(session, one, f"a wave of recovery {elsewhere[one.phone]} holds this person too")
    note = {"why": "in a wave of another recovery", "contacts": len(elsewhere)}
    ledger.note(session, claim.recovery_id, "skipped", note)
    return [one for one in contacts if one.phone not in elsewhere]


def _leave(session: Session, row: Planned, why: str, code: str = "") -> None:
    skipped = DISPATCH.moved(
        given(row.state, "only who is redialled is in a wave"), DispatchState.SKIPPED, row.row
    )
    session.execute(
        update(Planned)
        .where(
            col(Planned.recovery_id) == row.recovery_id,
            col(Planned.contact_id) == row.contact_id,
            col(Planned.state) == row.state,
        )
        .values(state=skipped, outcome_why=why, outcome_code=code, wave=None)
    )


def leave_out(ledger: Ledger, claim: Claim, wave: Wave, why: Mapping[str, str], code: str = "") -> Wave:
    """Take contacts out of a wave that the platform has not taken; an empty wave is settled, not sent.

    `why` says it by contact id. Raises LedgerError for a wave that may be on the platform.
    """
    with ledger.write(claim) as session:
        stored = stored_wave(session, wave)
        _must_be_unsent(stored)
        rows = session.exec(_rows_of(stored)).all()
        gone = [row for row in rows if row.contact_id in why]
        for row in gone:
            _leave(session, row, why[row.contact_id], code)
        rest = [row for row in rows if row.contact_id not in why]
        stored.size, stored.body_hash = len(rest), _body_hash(rest)
        stored.cap = min(stored.cap, len(rest))
        if not rest:
            stored.state = WAVE.moved(stored.state, WaveState.SETTLED, stored.n)
            stored.answer = "never sent: nobody was left in it"
        session.add(stored)
        ledger.note(session, claim.recovery_id, "wave_left", _about(stored) | {"left": len(gone)})
    return stored


def _must_be_unsent(stored: Wave) -> None:
    message = f"wave {stored.n} is {stored.state}: look it up before it is sent again"
    ensure(stored.state in TO_SEND, message)


def _rows_of(wave: Wave) -> SelectOfScalar[Planned]:
    query = select(Planned).where(Planned.recovery_id == wave.recovery_id, Planned.wave == wave.n)
    return query.order_by(col(Planned.position))


def _about(wave: Wave) -> dict[str, Any]:
    return {"wave": wave.n, "phase": wave.phase, "size": wave.size, "cap": wave.cap, "body": wave.body_hash}


def sending(ledger: Ledger, claim: Claim, wave: Wave) -> Wave:
    """Note that the wave is about to be sent; raises LeaseLostError where it is no longer ours to send."""
    with ledger.write(claim) as session:
        stored = stored_wave(session, wave)
        _must_be_unsent(stored)
        stored.sends += 1
        stored.sent_at, stored.token = ledger.clock.now(), claim.token
        stored.state = WAVE.moved(stored.state, WaveState.UNKNOWN, stored.n)
        session.add(stored)
        for state in (DispatchState.INTENT, DispatchState.REFUSED):
            _shift(session, wave, state, DispatchState.UNKNOWN)
    note_progress(ledger, claim.recovery_id)
    return stored


def asked_again(ledger: Ledger, claim: Claim, wave: Wave) -> Wave:
    """Note that a wave without an answer is about to be asked about by its token: it stays unknown meanwhile.

    Raises LeaseLostError where it is no longer ours to send.
    """
    with ledger.write(claim) as session:
        stored = stored_wave(session, wave)
        ensure(stored.state == WaveState.UNKNOWN.value, f"wave {stored.n} is {stored.state}, not unknown")
        stored.sends += 1
        stored.sent_at, stored.token = ledger.clock.now(), claim.token
        session.add(stored)
    note_progress(ledger, claim.recovery_id)
    return stored


def answered(
    ledger: Ledger,
    claim: Claim,
    wave: Wave,
    state: WaveState,
    *,
    message: str,
    platform_job: str | None = None,
) -> Wave:
    """Write the answer to a submission down, or what the look-up of its marker found."""
    target = {
        WaveState.ACCEPTED: DispatchState.ACCEPTED,
        WaveState.REFUSED: DispatchState.REFUSED,
        WaveState.UNKNOWN: DispatchState.UNKNOWN,
    }[state]
    with ledger.write(claim) as session:
        stored = stored_wave(session, wave)
        ensure(stored.state in TO_ANSWER, f"wave {wave.n} has its answer already: {stored.state}")
        stored.state, stored.answer = WAVE.moved(stored.state, state, stored.n), message
        stored.answered_at = stored.moved_at = ledger.clock.now()
        stored.platform_job = platform_job or stored.platform_job
        session.add(stored)
        for before in (DispatchState.INTENT, DispatchState.UNKNOWN, DispatchState.REFUSED):
            if before is not target:
                _shift(session, wave, before, target)
        body = {"wave": wave.n, "answer": state.value, "platform_job": platform_job, "words": message}
        ledger.note(session, claim.recovery_id, "wave_answer", body)
    fault_point("wave.after_result")
    return stored


def withdrawn(ledger: Ledger, claim: Claim, waves: Sequence[Wave], why: str) -> None:
    """Note that what is not yet ringing was taken back."""
    with ledger.write(claim) as session:
        for wave in waves:
            stored = stored_wave(session, wave)
            stored.withdrawn_at = ledger.clock.now()
            session.add(stored)
        ledger.note(session, claim.recovery_id, "withdrawn", {"waves": [w.n for w in waves], "why": why})


def of(ledger: Ledger, recovery_id: str, states: Sequence[WaveState] = tuple(WaveState)) -> list[Wave]:
    """Return the waves of a recovery in those states, in the order of sending."""
    named = {"of_recovery": recovery_id, "states": [state.value for state in states]}
    with ledger.read() as session:
        return list(session.exec(_IN_STATES, params=named))


def last_size(ledger: Ledger, recovery_id: str, phase: Phase) -> int | None:
    """Return how many contacts the newest wave of a phase has, None before the first."""
    query = select(Wave.size).where(Wave.recovery_id == recovery_id, Wave.phase == phase.value)
    with ledger.read() as session:
        return session.exec(query.order_by(col(Wave.n).desc()).limit(1)).first()


def count_in(ledger: Ledger, recovery_id: str, phase: Phase) -> int:
    """Count the contacts in all waves of a phase."""
    query = select(func.sum(Wave.size)).where(Wave.recovery_id == recovery_id, Wave.phase == phase.value)
    with ledger.read() as session:
        return int(session.exec(query).one() or 0)


def count_handed(ledger: Ledger, recovery_id: str, *, singly: bool = False) -> int:
    """Count the contacts of all waves that were sent, `singly` those of a wave that is being sent too."""
    mine = {"of_recovery": recovery_id}
    with ledger.read() as session:
        handed = int(session.connection().execute(_HANDED, mine).scalar_one() or 0)
        if singly:
            handed += int(session.connection().execute(_ASKED, mine).scalar_one())
    return handed


def contacts_of(ledger: Ledger, wave: Wave) -> list[Planned]:
    """Return the contacts of one wave in their order of dispatch."""
    with ledger.read() as session:
        return list(session.exec(_rows_of(wave)))


def drafts_of(ledger: Ledger, wave: Wave) -> list[DraftRow]:
    """Return what of one wave's contacts is handed to the platform, in their order of dispatch."""
    query = (
        select(Planned.contact_id, Planned.phone, Planned.payload)
        .where(Planned.recovery_id == wave.recovery_id, Planned.wave == wave.n)
        .order_by(col(Planned.position))
    )
    with ledger.read() as session:
        return [DraftRow(*row) for row in session.exec(query)]


def of_job(ledger: Ledger, job_key: tuple[str, str, str]) -> list[tuple[Recovery, Wave]]:
    """Return every wave that any recovery of this job has sent, oldest first."""
    workspace, platform, job_id = job_key
    with ledger.read() as session:
        query = (
            select(Recovery, Wave)
            .join(Wave, col(Wave.recovery_id) == Recovery.id)
            .where(Recovery.workspace == workspace, Recovery.platform == platform, Recovery.job_id == job_id)
            .order_by(col(Recovery.epoch), col(Wave.n))
        )
        return list(session.exec(query).all())


def known_of_job(
    ledger: Ledger, job_key: tuple[str, str, str], settled: dict[tuple[str, int], Wave]
) -> list[Wave]:
    """Return every wave that any recovery of this job has begun, oldest first.

    Of those in `settled`, by recovery and number, nothing changes any more: they are not read again, and what
    has settled since is put there.
    """
    workspace, platform, job_id = job_key
    names = (
        select(Wave.recovery_id, Wave.n)
        .join(Recovery, col(Wave.recovery_id) == Recovery.id)
        .where(Recovery.workspace == workspace, Recovery.platform == platform, Recovery.job_id == job_id)
        .order_by(col(Recovery.epoch), col(Wave.n))
    )
    with ledger.read() as session:
        found = [(recovery_id, n) for recovery_id, n in session.exec(names)]
        fresh = _named(session, [name for name in found if name not in settled])
    settled |= {name: wave for name, wave in fresh.items() if wave.state == WaveState.SETTLED.value}
    return [fresh.get(name) or settled[name] for name in found]


def _named(session: Session, names: Sequence[tuple[str, int]]) -> dict[tuple[str, int], Wave]:
    found: dict[tuple[str, int], Wave] = {}
    for start in range(0, len(names), plans.CHUNK):
        some = names[start : start + plans.CHUNK]
        query = select(Wave).where(
            col(Wave.recovery_id).in_({recovery_id for recovery_id, _ in some}),
            col(Wave.n).in_({n for _, n in some}),
        )
        found |= {(wave.recovery_id, wave.n): wave for wave in session.exec(query)}
    return found


def platform_jobs(ledger: Ledger, workspace: str, platform: str) -> frozenset[str]:
    """Return the ids of the platform's jobs that are waves of ours, whatever the platform calls them."""
    query = (
        select(Wave.platform_job)
        .join(Recovery, col(Recovery.id) == col(Wave.recovery_id))
        .where(
            Recovery.workspace == workspace,
            Recovery.platform == platform,
            col(Wave.platform_job).is_not(None),
        )
    )
    with ledger.read() as session:
        return frozenset(found for found in session.exec(query) if found)


def write_look(ledger: Ledger, claim: Claim, look: LookRow) -> None:
    """Write one look of the sample or the monitor down before its verdict is acted on."""
    fault_point("look.before_verdict")
    with ledger.write(claim) as session:
        session.add(look)
        body = {"phase": look.phase, "n": look.n, "k": look.k, "unresolved": look.unresolved}
        ledger.note(
            session, claim.recovery_id, "look", {**body, "statistic": look.statistic, "verdict": look.word}
        )


def add_snapshot(ledger: Ledger, snapshot: Snapshot) -> None:
    """Keep the counters of a job at one moment."""
    with ledger.write() as session:
        session.add(snapshot)


def snapshots(ledger: Ledger, job_key: tuple[str, str, str], limit: int = 500) -> list[Snapshot]:
    """Return the newest snapshots of a job, oldest first."""
    workspace, platform, job_id = job_key
    with ledger.read() as session:
        query = (
            select(Snapshot)
            .where(Snapshot.workspace == workspace, Snapshot.platform == platform, Snapshot.job_id == job_id)
            .order_by(col(Snapshot.at).desc())
            .limit(limit)
        )
        return list(reversed(session.exec(query).all()))


def stored_wave(session: Session, wave: Wave) -> Wave:
    """Return a wave as it stands now, within a session."""
    found = session.exec(_STORED, params={"of_recovery": wave.recovery_id, "of_wave": wave.n}).one_or_none()
    return given(found, "a wave is never deleted")


def _shift(session: Session, wave: Wave, before: DispatchState, after: DispatchState) -> None:
    state = DISPATCH.moved(before.value, after, f"of wave {wave.n}")
    named = {"of_recovery": wave.recovery_id, "of_wave": wave.n, "before": before.value, "after": state}
    session.flush()
    session.connection().execute(_SHIFTED, named)


def _move(
    session: Session,
    recovery_id: str,
    ids: Sequence[str],
    before: DispatchState,
    after: DispatchState,
    *,
    wave: int,
) -> int:
    result = session.execute(
        update(Planned)
        .where(
            col(Planned.recovery_id) == recovery_id,
            col(Planned.contact_id).in_(ids),
            _state() == before.value,
        )
        .values(state=DISPATCH.moved(before.value, after, f"of wave {wave}"), wave=wave)
        .execution_options(synchronize_session=False)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]
