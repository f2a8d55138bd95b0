"""What became of dispatches: written as one look found it, and kept from whoever said no."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, text, update
from sqlmodel import Session, col, func, select

from models.carrier import CarrierCall
from models.enums import Disposition, WaveState
from models.lifecycles import WAVE
from models.reasons.refusals import is_wall
from models.tables import ledger as tables
from models.tables.ledger import Planned, Wave
from tasks.ledger import plans
from tasks.ledger.plans import SAID_NO, suppress
from tasks.ledger.store import Claim, Ledger
from tasks.ledger.waves import stored_wave
from tasks.marks import struck

# Of every wave at every look.
_OPEN = (
    select(Planned.contact_id, Planned.phone)
    .where(
        Planned.recovery_id == bindparam("of_recovery"),
        Planned.wave == bindparam("of_wave"),
        col(Planned.outcome).is_(None),
    )
    .order_by(col(Planned.position))
)
# The outcomes of one look are written in one go: built once, and without an object for a row.
_ENDED = update(Planned.__table__).where(  # type: ignore[attr-defined]
    col(Planned.recovery_id) == bindparam("of_recovery"),
    col(Planned.wave) == bindparam("of_wave"),
    col(Planned.contact_id) == bindparam("of_contact"),
)
_NO = select(Planned.phone, Planned.outcome_code).where(
    Planned.recovery_id == bindparam("of_recovery"), text(tables.SAID_NO)
)


class OpenDispatch(NamedTuple):
    """One contact of a wave that has no outcome yet."""

    contact_id: str
    phone: str | None


@dataclass(frozen=True, slots=True)
class DispatchOutcome:
    """How one dispatch ended."""

    disposition: Disposition
    code: str
    why: str
    call_id: str | None
    fault: bool = False
    """True where platform, provider or set-up failed, also in the middle of a call that was answered."""
    ended_at: datetime | None = None
    """When it ended, on our own clock; None where only the moment of the look is known."""
    carrier: CarrierCall | None = None
    """The carrier's own word on the call, where it was asked and has told."""


def open_of(ledger: Ledger, wave: Wave) -> list[OpenDispatch]:
    """Return the contacts of one wave that have no outcome yet, in their order of dispatch."""
    with ledger.read() as session:
        found = session.connection().execute(_OPEN, {"of_recovery": wave.recovery_id, "of_wave": wave.n})
        return [OpenDispatch(*row) for row in found]


def settle(
    ledger: Ledger,
    claim: Claim,
    wave: Wave,
    found: Mapping[str, DispatchOutcome],
    *,
    done: bool,
    in_air: int | None = None,
    listed: set[str] | None = None,
) -> None:
    """Write the outcomes of dispatches down; numbers that said no go on the suppression list.

    `in_air` is how many contacts of the wave hold a permit, for the account's other recoveries to reckon
    with: where it is given, the wave was looked at while it goes on, and has moved where there are outcomes.
    `listed` are the numbers that earlier looks of this process have put on the list: they are not looked for
    there again, and those of this look are added.
    """
    flying = in_air is not None and in_air != wave.in_air
    if not (found or done or flying):
        return
    with ledger.write(claim) as session:
        stored = stored_wave(session, wave)
        if in_air is not None:
            stored.in_air = wave.in_air = in_air
            stored.moved_at = ledger.clock.now() if found else stored.moved_at
        if done:
            stored.state = WAVE.moved(stored.state, WaveState.SETTLED, stored.n)
        session.add(stored)
        refused = Refused()
        if found or done:
            _write_outcomes(session, ledger, wave, found)
            counted = Counter(outcome.disposition.value for outcome in found.values())
            ledger.note(session, claim.recovery_id, "outcomes", {"wave": wave.n, "done": done, **counted})
            if any(outcome.disposition in SAID_NO for outcome in found.values()):
                refused = _no_more_calls(session, ledger, claim, listed or ())
    if listed is not None:  # only what is committed is known to be there
        listed |= refused.own
        listed -= refused.network


def _write_outcomes(
    session: Session, ledger: Ledger, wave: Wave, found: Mapping[str, DispatchOutcome]
) -> None:
    now = ledger.clock.now()
    ends = [
        {
            "of_recovery": wave.recovery_id,
            "of_wave": wave.n,
            "of_contact": contact_id,
            "outcome": outcome.disposition.value,
            "outcome_code": outcome.code,
            "outcome_why": outcome.why,
            "fault": outcome.fault,
            "call_id": outcome.call_id,
            "settled_at": outcome.ended_at or now,
        }
        for contact_id, outcome in found.items()
    ]
    if ends:
        session.connection().execute(_ENDED, ends)
    for contact_id, outcome in found.items():
        if outcome.carrier:
            _keep_word(session, wave, contact_id, outcome.carrier)


def _keep_word(session: Session, wave: Wave, contact_id: str, told: CarrierCall) -> None:
    of_one = (col(Planned.recovery_id) == wave.recovery_id, col(Planned.contact_id) == contact_id)
    seen = session.exec(select(Planned.seen).where(*of_one)).one()
    session.execute(
        update(Planned).where(*of_one).values(seen={**seen, plans.REDIAL_CARRIER: told.as_json()})
    )


@dataclass(frozen=True, slots=True)
class Refused:
    """The numbers of who said no in a recovery: by their own word, and by one answer of the network."""

    own: frozenset[str] = frozenset()
    network: frozenset[str] = frozenset()


def _no_more_calls(session: Session, ledger: Ledger, claim: Claim, listed: Collection[str]) -> Refused:
    said_no = _who_said_no(session, claim.recovery_id)
    most = max(Counter(code for _, code in said_no).values(), default=0)
    # The settled waves alone may show that no refusal can be nearly everybody's.
    alike = plans.walls_in(session, claim.recovery_id) if is_wall(most, _settled(session, claim)) else ()
    why = f"{plans.BY_A_CALL}{claim.recovery_id}"
    own = [phone for phone, code in said_no if phone and code not in alike]
    network = [phone for phone, code in said_no if phone and code in alike]
    suppress(session, claim.workspace, [phone for phone in own if phone not in listed], why, ledger)
    if network and (gone := plans.unsuppress(session, claim.workspace, network, why)):
        struck("refusals.wall")
        note = {"why": "one answer of the network for nearly everybody", "contacts": gone}
        ledger.note(session, claim.recovery_id, "not_opted_out", note)
    return Refused(frozenset(own), frozenset(network))


def _settled(session: Session, claim: Claim) -> int:
    """Count the contacts of settled waves, all of which have an outcome."""
    query = select(func.sum(Wave.size)).where(
        Wave.recovery_id == claim.recovery_id, Wave.state == WaveState.SETTLED.value
    )
    return int(session.exec(query).one() or 0)


def _who_said_no(session: Session, recovery_id: str) -> list[tuple[str | None, str]]:
    """Return number and code of everybody who said no in a recovery."""
    found = session.connection().execute(_NO, {"of_recovery": recovery_id})
    return [(phone, code) for phone, code in found]
