"""What the ledger alone costs for one contact: a dispatch's writes and reads, by its own functions.

Each wave is chosen, intended, about to be sent, accepted, and settled as its calls end, some at a look. No
platform is asked, no rule judges, and no other job is looked at: a whole recovery does all of that too.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from models.enums import Disposition, Phase, WaveState
from models.invariants import given
from models.tables.ledger import Wave
from tasks.clock import VirtualClock
from tasks.ledger import plans, waves
from tasks.ledger.people.outcomes import DispatchOutcome, OpenDispatch, open_of, settle
from tasks.ledger.store import Claim, Ledger
from tasks.runtime.database import open_ledger
from tests.bench.dispatch.recovery import KEY
from tests.integration.scenes import claimed, judged, plan_of

LOOKS = 5
"""Looks over which the calls of one wave end."""


def durable(contacts: int, wave: int, url: str = "") -> dict[str, float]:
    """Return the milliseconds of CPU and of wall of one contact, in waves of so many.

    The ledger is a SQLite file, or at `url`.
    """
    with TemporaryDirectory() as folder:
        ledger = open_ledger(url or f"sqlite:///{Path(folder) / 'ledger.db'}", KEY, clock=VirtualClock())
        claim = claimed(ledger)
        rows = [judged(row, number=f"+614{row:08d}") for row in range(1, contacts + 1)]
        plans.freeze(ledger, claim, plan_of(rows))
        cpu, wall = time.process_time(), time.perf_counter()
        while people := plans.next_up(ledger, claim.recovery_id, wave):
            sent = given(waves.intend(ledger, claim, Phase.RAMP, people, wave), "somebody is left")
            _to_its_end(ledger, claim, sent)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        ended = sum(row.outcome is not None for row in plans.contacts(ledger, claim.recovery_id))
        ledger.engine.dispose()
    if ended != contacts:
        raise SystemExit(f"{ended} of {contacts} contacts have an outcome, so it measures nothing")
    return {"cpu": 1000 * cpu / contacts, "wall": 1000 * wall / contacts}


def _to_its_end(ledger: Ledger, claim: Claim, wave: Wave) -> None:
    waves.drafts_of(ledger, wave)
    wave = waves.sending(ledger, claim, wave)
    name = f"job-{wave.n}"
    wave = waves.answered(ledger, claim, wave, WaveState.ACCEPTED, message="accepted", platform_job=name)
    some = -(-wave.size // LOOKS)
    while left := open_of(ledger, wave):
        flying = len(left) - len(left[:some])
        settle(ledger, claim, wave, _ended(left[:some]), done=not flying, in_air=flying)


def _ended(some: Sequence[OpenDispatch]) -> dict[str, DispatchOutcome]:
    reached = Disposition.REACHED
    return {
        one.contact_id: DispatchOutcome(reached, "completed", "answered", f"call_{one.contact_id}")
        for one in some
    }
