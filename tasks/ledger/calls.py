"""Single calls in the ledger: each written down before it is asked for, and what is heard of it after."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.enums import DispatchState, Disposition, WaveState
from models.handovers.calls import Heard, Placed
from models.invariants import ensure, given
from models.lifecycles import DISPATCH, WAVE
from models.tables.handovers import HeardCall, PlacedCall
from models.tables.ledger import Planned, Recovery, Wave
from models.triage.findings import plural
from tasks.ledger import plans
from tasks.ledger.database.tide import note_progress
from tasks.ledger.people.unplayed import AT_END
from tasks.ledger.store import Claim, Ledger
from tasks.ledger.waves import contacts_of

UNSENT = frozenset({DispatchState.INTENT.value, DispatchState.REFUSED.value})
ENDED_FIRST = "the recovery ended before this contact's turn"
BY_PLATFORM = "on the platform's own do-not-call list"


def unsent(ledger: Ledger, wave: Wave) -> list[Planned]:
    """Return the contacts of a wave whose call was not asked for, or was proved not to be taken."""
    return [row for row in contacts_of(ledger, wave) if row.state in UNSENT and row.outcome is None]


def unanswered(ledger: Ledger, wave: Wave) -> list[tuple[Planned, PlacedCall]]:
    """Return the contacts of a wave whose call was asked for and whose answer nobody knows."""
    open_ones = {
        row.contact_id: row
        for row in contacts_of(ledger, wave)
        if row.state == DispatchState.UNKNOWN.value and row.outcome is None
    }
    asked = of_wave(ledger, wave.recovery_id, wave.n)
    return [(open_ones[call.contact_id], call) for call in asked if call.contact_id in open_ones]


def is_begun(ledger: Ledger, recovery_id: str, n: int) -> bool:
    """Tell whether any call of a wave was asked for: then it is no wave that was never sent."""
    query = select(PlacedCall.contact_id).where(PlacedCall.recovery_id == recovery_id, PlacedCall.wave == n)
    with ledger.read() as session:
        return session.exec(query.limit(1)).first() is not None


def placing(ledger: Ledger, claim: Claim, row: Planned, *, person: str, agent_id: str) -> PlacedCall:
    """Write down that a call is about to be asked for: from here on it may have been, until its answer.

    Where it is asked for once more because nobody knows the answer, its token runs since the first time.
    """
    with ledger.write(claim) as session:
        now = ledger.clock.now()
        before = session.get(PlacedCall, (row.recovery_id, row.contact_id))
        lost = before is not None and before.state == DispatchState.UNKNOWN.value
        n = given(row.wave, "only who is in a wave is called")
        stored = given(session.get(Wave, (row.recovery_id, n)), "a wave is never deleted")
        ensure(stored.state == WaveState.INTENT.value, f"wave {n} is {stored.state}: no call is added")
        _move(session, row, DispatchState.UNKNOWN)
        stored.sent_at, stored.token = stored.sent_at or now, claim.token
        stored.sends = max(stored.sends, 1)
        call = PlacedCall(
            recovery_id=claim.recovery_id,
            contact_id=row.contact_id,
            wave=n,
            workspace=claim.workspace,
            platform=claim.platform,
            person=person,
            agent_id=agent_id,
            sent_at=now,
            first_sent_at=first_sent(before) if before is not None and lost else now,
            state=DispatchState.UNKNOWN.value,
        )
        session.add(stored)
        session.merge(call)
    note_progress(ledger, claim.recovery_id)
    return call


def first_sent(call: PlacedCall) -> datetime:
    """Return since when a call's token runs."""
    return call.first_sent_at or call.sent_at


def placed(
    ledger: Ledger,
    claim: Claim,
    wave: Wave,
    row: Planned,
    state: DispatchState,
    *,
    message: str,
    at: datetime | None = None,
    call_id: str | None = None,
    refused: Disposition | None = None,
) -> None:
    """Write the answer to one call down.

    `refused` is what a refusal for what the contact itself holds means for them: they are not tried again.
    """
    with ledger.write(claim) as session:
        if state is not DispatchState.UNKNOWN:
            _move(session, row, state)
        if refused is not None:
            if refused in plans.SAID_NO:
                plans.suppress(session, claim.workspace, [row.phone or ""], BY_PLATFORM, ledger)
            _refused_for_good(session, ledger, row, message, refused)
        call = given(session.get(PlacedCall, (row.recovery_id, row.contact_id)), "it was written down first")
        call.state, call.answer, call.platform_at, call.call_id = state.value, message, at, call_id
        session.add(call)
        body = {"wave": wave.n, "row": row.row, "answer": state.value, "words": message}
        ledger.note(session, claim.recovery_id, "call_answer", body)


def _refused_for_good(
    session: Session, ledger: Ledger, row: Planned, message: str, meaning: Disposition
) -> None:
    session.execute(
        update(Planned)
        .where(col(Planned.recovery_id) == row.recovery_id, col(Planned.contact_id) == row.contact_id)
        .values(
            outcome=meaning.value,
            outcome_code="refused",
            outcome_why=message,
            fault=meaning is Disposition.OPERATOR,
            settled_at=ledger.clock.now(),
        )
    )


def _move(session: Session, row: Planned, state: DispatchState) -> None:
    stored = session.exec(
        select(Planned).where(Planned.recovery_id == row.recovery_id, Planned.contact_id == row.contact_id)
    ).one()
    stored.state = DISPATCH.moved(given(stored.state, "only who is redialled is in a wave"), state, row.row)
    session.add(stored)


def close(ledger: Ledger, claim: Claim, wave: Wave) -> Wave:
    """Close a wave of which no more calls are asked for: whom it has not reached goes back to the rest.

    It is read under its marker from then on, as calls are heard of.
    """
    with ledger.write(claim) as session:
        stored = _wave(session, wave)
        rest = 0
        for row in session.exec(_rows(stored)):
            if row.state in UNSENT and row.outcome is None:
                row.state = DISPATCH.moved(row.state or "", DispatchState.SKIPPED, row.row)
                row.outcome_code, row.outcome_why, row.wave = AT_END, ENDED_FIRST, None
                session.add(row)
                rest += 1
        stored.state = WAVE.moved(stored.state, WaveState.ACCEPTED, stored.n)
        stored.platform_job = stored.marker
        stored.answer = (
            "every call of it was asked for"
            if not rest
            else f"{plural(rest, 'call was', 'calls were')} not asked for"
        )
        stored.answered_at = stored.moved_at = ledger.clock.now()
        session.add(stored)
        body = {"wave": stored.n, "answer": stored.state, "platform_job": stored.marker, "left": rest}
        ledger.note(session, claim.recovery_id, "wave_answer", body)
    return stored


def _wave(session: Session, wave: Wave) -> Wave:
    return given(session.get(Wave, (wave.recovery_id, wave.n)), "a wave is never deleted")


def _rows(wave: Wave) -> SelectOfScalar[Planned]:
    return select(Planned).where(Planned.recovery_id == wave.recovery_id, Planned.wave == wave.n)


def of_wave(ledger: Ledger, recovery_id: str, n: int) -> list[PlacedCall]:
    """Return the calls that a wave has asked for and that were not refused, in the order of asking."""
    query = select(PlacedCall).where(
        PlacedCall.recovery_id == recovery_id,
        PlacedCall.wave == n,
        PlacedCall.state != DispatchState.REFUSED.value,
    )
    with ledger.read() as session:
        return list(session.exec(query.order_by(col(PlacedCall.sent_at))))


def state_of(ledger: Ledger, recovery_id: str, contact_id: str) -> str | None:
    """Return the state of one call that was asked for, None for one that this ledger does not know."""
    with ledger.read() as session:
        call = session.get(PlacedCall, (recovery_id, contact_id))
    return call.state if call else None


def of_source(ledger: Ledger, job_key: tuple[str, str, str]) -> dict[tuple[str, str], str]:
    """Return the state of every call that any recovery of a job has asked for, by recovery and contact."""
    workspace, platform, job_id = job_key
    query = (
        select(PlacedCall.recovery_id, PlacedCall.contact_id, PlacedCall.state)
        .join(Recovery, col(Recovery.id) == col(PlacedCall.recovery_id))
        .where(Recovery.workspace == workspace, Recovery.platform == platform, Recovery.job_id == job_id)
    )
    with ledger.read() as session:
        return {(recovery_id, contact_id): state for recovery_id, contact_id, state in session.exec(query)}


def asked_for(
    ledger: Ledger, workspace: str, platform: str, since: datetime, person: str | None = None
) -> list[Placed]:
    """Return every call of ours that may have been made in a workspace since a moment, or to one person."""
    query = select(PlacedCall).where(
        PlacedCall.workspace == workspace,
        PlacedCall.platform == platform,
        PlacedCall.state != DispatchState.REFUSED.value,
        PlacedCall.sent_at >= since,
    )
    if person is not None:
        query = query.where(PlacedCall.person == person)
    with ledger.read() as session:
        return [_placed(row) for row in session.exec(query)]


def _placed(row: PlacedCall) -> Placed:
    # Times of webhooks may come in whole seconds: so is the earliest start.
    since = (row.platform_at or row.sent_at).replace(microsecond=0)
    return Placed(row.recovery_id, row.contact_id, row.wave, row.person, row.agent_id, row.sent_at, since)


def heard(
    ledger: Ledger, workspace: str, platform: str, since: datetime, person: str | None = None
) -> list[Heard]:
    """Return every ended call since a moment that webhooks told of, each once, or those of one person."""
    query = select(HeardCall).where(
        HeardCall.workspace == workspace, HeardCall.platform == platform, HeardCall.started_at >= since
    )
    if person is not None:
        query = query.where(HeardCall.person == person)
    with ledger.read() as session:
        rows: Sequence[HeardCall] = session.exec(query.order_by(col(HeardCall.started_at))).all()
    return list({row.call_id: _heard(row) for row in rows}.values())


def _heard(row: HeardCall) -> Heard:
    return Heard(
        row.call_id,
        row.agent_id,
        row.person,
        row.outbound,
        row.status,
        row.error,
        row.seconds,
        row.started_at,
        row.ended_at or row.received_at,
    )


def hear(ledger: Ledger, call: HeardCall) -> bool:
    """Keep what a webhook tells; False where the same delivery was kept before."""
    with ledger.write() as session:
        key = (call.workspace, call.platform, call.delivery_id)
        if session.get(HeardCall, key) is not None:
            return False
        session.add(call)
    return True
