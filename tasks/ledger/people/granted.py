"""Calls that a platform asks about before it makes them: who is meant, and one yes for each, ever."""

from dataclasses import dataclass
from typing import NamedTuple

from sqlmodel import Session, col, select

from models.contacts.phones.normalise import spellings_of
from models.enums import DispatchState, State, WaveState
from models.handovers.predial import Question
from models.tables.handovers import GrantedCall
from models.tables.ledger import Planned, Recovery, Wave
from tasks.ledger.plans import is_listed
from tasks.ledger.store import Ledger

OUT = frozenset({WaveState.UNKNOWN.value, WaveState.ACCEPTED.value})
"""A wave begins to dial before the answer to its create is written down."""
HANDED = frozenset({DispatchState.UNKNOWN.value, DispatchState.ACCEPTED.value})


class WaveName(NamedTuple):
    """Which wave a question names, and whose it has to be."""

    platform: str
    workspace: str
    marker: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The wave, recovery and contact that a question is about, each as far as the ledger knows it."""

    recovery: Recovery
    wave: Wave
    row: Planned | None
    granted: bool

    @property
    def wave_is_out(self) -> bool:
        """Tell whether the wave was sent, has contacts without an outcome, and was not taken back."""
        return self.wave.state in OUT and self.wave.sent_at is not None and self.wave.withdrawn_at is None

    @property
    def recovery_goes_on(self) -> bool:
        """Tell whether the recovery runs and nobody has asked to cancel it."""
        return self.recovery.state == State.RUNNING.value and not self.recovery.cancel_asked

    @property
    def in_wave(self) -> bool:
        """Tell whether the contact waits in the wave."""
        return self.row is not None and self.row.state in HANDED and self.row.outcome is None


def about(ledger: Ledger, whose: WaveName, phone: str) -> Asked | None:
    """Return what a question is about; None for a wave that is not of this workspace."""
    with ledger.read() as session:
        return _about(session, whose, phone)


def _about(session: Session, whose: WaveName, phone: str) -> Asked | None:
    wave = session.exec(select(Wave).where(Wave.marker == whose.marker)).first()
    recovery = session.get(Recovery, wave.recovery_id) if wave else None
    if wave is None or recovery is None:
        return None
    if (recovery.platform, recovery.workspace) != (whose.platform, whose.workspace):
        return None
    query = select(Planned).where(
        Planned.recovery_id == wave.recovery_id,
        Planned.wave == wave.n,
        col(Planned.phone).in_(sorted(spellings_of(phone))),
    )
    rows = session.exec(query).all()
    row = rows[0] if len(rows) == 1 else None
    known = session.get(GrantedCall, (row.recovery_id, row.contact_id)) if row else None
    return Asked(recovery, wave, row, known is not None)


def is_suppressed(ledger: Ledger, workspace: str, phone: str) -> bool:
    """Tell whether the ledger's list holds a person, under any spelling of their number."""
    with ledger.read() as session:
        return is_listed(session, workspace, phone)


def grant(ledger: Ledger, whose: WaveName, question: Question, phone: str) -> bool:
    """Write one call down as granted, and tell whether it is.

    The wave, the recovery, the contact and the list of opt-outs are read again with nobody between: of two
    that ask at once one gets it.
    """
    with ledger.write() as session:
        now = _about(session, whose, phone)
        if now is None or now.row is None or now.granted:
            return False
        if not (now.wave_is_out and now.recovery_goes_on and now.in_wave):
            return False
        if now.wave.platform_job not in {None, question.campaign_id}:
            return False
        if is_listed(session, whose.workspace, phone):
            return False
        session.add(
            GrantedCall(
                recovery_id=now.row.recovery_id,
                contact_id=now.row.contact_id,
                wave=now.wave.n,
                campaign_id=question.campaign_id,
                asked_as=question.contact_id,
                at=ledger.clock.now(),
            )
        )
    return True
