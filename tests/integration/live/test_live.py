"""Looking on: what a view reads from the ledger on each database, and what it costs."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event
from sqlmodel import select

from models.enums import Disposition, State
from models.tables.ledger import LookRow, Planned
from tasks.clock import VirtualClock
from tasks.finish.live import ETA_EVERY, LiveReader
from tasks.ledger import recoveries, waves
from tasks.ledger.errors import NoSuchRecoveryError
from tasks.ledger.leases import release
from tasks.ledger.store import Claim, Ledger
from tests.integration.scenes import accepted, claimed, end, frozen


@contextmanager
def statements(ledger: Ledger) -> Iterator[list[str]]:
    """Note every statement that the database is sent."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(ledger.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(ledger.engine, "before_cursor_execute", note)


def reached(ledger: Ledger, claim: Claim, wave: int, count: int) -> None:
    """End some calls of a wave as reached."""
    with ledger.write(claim) as session:
        of_wave = select(Planned).where(Planned.recovery_id == claim.recovery_id, Planned.wave == wave)
        for row in session.exec(of_wave.limit(count)):
            row.outcome, row.settled_at = Disposition.REACHED.value, ledger.clock.now()


def begun(ledger: Ledger, sent: int) -> Claim:
    """Begin a recovery of thirty contacts with some waves of three on their way."""
    claim = claimed(ledger)
    frozen(ledger, claim, redial=30, drop=0)
    for _ in range(sent):
        accepted(ledger, claim)
    return claim


def test_a_view_shows_where_a_recovery_stands(ledger: Ledger, clock: VirtualClock) -> None:
    """Counts, the open waves, the looks at the sample and who runs it are as the ledger has them."""
    claim = begun(ledger, 2)
    reached(ledger, claim, 1, 3)
    look = LookRow(
        recovery_id="r_1",
        at=clock.now(),
        phase="sample",
        n=3,
        k=0,
        unresolved=0,
        statistic=-0.9,
        word="continue",
        why="",
    )
    waves.write_look(ledger, claim, look)
    view = LiveReader(ledger).read("r_1")
    assert (view.state, view.is_run, view.is_over) == (State.RUNNING, True, False)
    assert (view.called, view.counts["waiting"], view.in_air, view.waves_in_all) == (6, 24, 3, 2)
    assert [(wave.n, wave.size, wave.ended, wave.reached) for wave in view.waves] == [
        (1, 3, 3, 3),
        (2, 3, 0, 0),
    ]
    assert [(step.n, step.word) for step in view.walk.steps] == [(3, "continue")]
    assert view.eta
    release(ledger, claim)
    assert LiveReader(ledger).read("r_1").said == "interrupted: nobody runs it"


def test_a_view_of_what_has_ended_is_over(ledger: Ledger) -> None:
    """The end, its next action and its ETA are those of the recovery."""
    claim = begun(ledger, 1)
    recoveries.update(ledger, claim, "x", {}, next_action="Call +61 412 345 678.", eta={"words": "done"})
    end(ledger, claim, State.HELD)
    view = LiveReader(ledger).read("r_1")
    assert (view.is_over, view.eta) == (True, "done")
    assert "412" not in view.next_action


def test_a_look_costs_the_same_however_many_waves_there_are(ledger: Ledger, clock: VirtualClock) -> None:
    """It only reads, by ten statements at the most, and makes the estimate anew now and then alone."""
    begun(ledger, 9)
    reader = LiveReader(ledger)
    reader.read("r_1")
    with statements(ledger) as sent:
        reader.read("r_1")
    reading = [one for one in sent if one != "BEGIN"]
    assert len(reading) <= 10
    assert [one for one in reading if not one.lstrip().upper().startswith("SELECT")] == []
    assert not any("payload" in one for one in reading)
    clock.sleep(ETA_EVERY.total_seconds())
    with statements(ledger) as anew:
        reader.read("r_1")
    assert len(anew) > len(sent)
    assert not any("payload" in one for one in anew)


def test_nobody_is_shown_what_is_not_there(ledger: Ledger) -> None:
    """An id that the ledger does not know is said, as everywhere."""
    with pytest.raises(NoSuchRecoveryError):
        LiveReader(ledger).read("r_9")
