"""What is cleared away when its days are over, and what never is."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from models.enums import State
from models.messages.milestones import Delivery
from models.tables.ledger import PackageRow, Snapshot
from models.tables.tickets import OutboxRow
from tasks.clock import VirtualClock
from tasks.ledger import recoveries, waves
from tasks.ledger.audit import entries, examine
from tasks.ledger.store import Ledger
from tasks.prefect import Beside
from tasks.sweep.retention import clear_away
from tests.integration.scenes import JOB, KEYS, claimed, end, frozen

DAYS = {"snapshots_days": 30, "packages_days": 90, "messages_days": 90}


def snapshot(ledger: Ledger) -> None:
    """Keep the job's counters as they are now."""
    workspace, platform, job_id = JOB
    counters: dict[str, Any] = {"status": "running", "total": 9, "dispatched": 1, "finished": 0, "counts": {}}
    found = Snapshot(workspace=workspace, platform=platform, job_id=job_id, at=ledger.clock.now(), **counters)
    waves.add_snapshot(ledger, found)


def package(ledger: Ledger, folder: Path, recovery_id: str = "r_1") -> Path:
    """Put a package of a recovery down as it is handed out now."""
    file = folder / f"{recovery_id}.zip"
    file.write_bytes(b"a package")
    with ledger.write() as session:
        recovery = recoveries.find(session, recovery_id)
        recovery.package = str(file)
        at = ledger.clock.now()
        session.add(PackageRow(recovery_id=recovery_id, at=at, path=str(file), sha256="5" * 64, size=9))
        session.add(recovery)
    return file


def cleared(ledger: Ledger, folder: Path) -> str:
    """Clear away what is older than the days, and return what is said of it."""
    return clear_away(Beside(), ledger, folder, **DAYS)


def test_what_is_old_goes_and_what_is_new_stays(ledger: Ledger, clock: VirtualClock, tmp_path: Path) -> None:
    """Snapshots go after their days, packages after theirs; the audit says so and still verifies."""
    end(ledger, claimed(ledger), State.ESCALATED)
    snapshot(ledger)
    file = package(ledger, tmp_path)
    clock.sleep(timedelta(days=31).total_seconds())
    snapshot(ledger)
    assert cleared(ledger, tmp_path) == "Cleared away: 1 snapshots, 0 packages, 0 messages."
    assert file.exists()
    clock.sleep(timedelta(days=60).total_seconds())
    assert cleared(ledger, tmp_path) == "Cleared away: 1 snapshots, 1 packages, 0 messages."
    assert not file.exists()
    assert recoveries.get(ledger, "r_1").package is None
    assert entries(ledger, "r_1")[-1].kind == "package_cleared"
    assert examine(ledger, "r_1", KEYS).ok


@pytest.mark.parametrize("state", [State.RUNNING, State.AWAITING_APPROVAL])
def test_nothing_of_an_open_recovery_goes(
    ledger: Ledger, clock: VirtualClock, tmp_path: Path, state: State
) -> None:
    """However old it is, what an open recovery was judged by and has handed out stays."""
    claim = claimed(ledger)
    frozen(ledger, claim)
    recoveries.update(ledger, claim, "waiting", {}, state=state.value)
    snapshot(ledger)
    file = package(ledger, tmp_path)
    clock.sleep(timedelta(days=400).total_seconds())
    assert cleared(ledger, tmp_path) == "Cleared away: 0 snapshots, 0 packages, 0 messages."
    assert file.exists()


def test_clearing_twice_changes_nothing_more(ledger: Ledger, clock: VirtualClock, tmp_path: Path) -> None:
    """A package that is gone already is no error and is not written down again."""
    end(ledger, claimed(ledger), State.ESCALATED)
    package(ledger, tmp_path).unlink()
    clock.sleep(timedelta(days=91).total_seconds())
    before = len(entries(ledger, "r_1"))
    cleared(ledger, tmp_path)
    assert len(entries(ledger, "r_1")) == before


def messages(ledger: Ledger) -> list[str]:
    """Return where the messages of the outbox stand."""
    with ledger.read() as session:
        return sorted(session.exec(select(OutboxRow.state)))


def message(ledger: Ledger, state: Delivery) -> None:
    """Put a message of a recovery down as it is now."""
    now = ledger.clock.now()
    row = OutboxRow(
        recovery_id="r_1",
        milestone=f"ended {state}",
        system="zendesk",
        target="7",
        facts={},
        written_at=now,
        state=state.value,
        next_try=now,
        done_at=None if state is Delivery.WAITING else now,
    )
    with ledger.write() as session:
        session.add(row)


@pytest.mark.parametrize("resumable", [False, True])
def test_only_what_was_delivered_is_forgotten(
    ledger: Ledger, clock: VirtualClock, tmp_path: Path, resumable: bool
) -> None:
    """A message goes after its days once it has arrived and its recovery can tell no more; others stay."""
    end(ledger, claimed(ledger), State.HELD, resumable=resumable)
    for state in Delivery:
        message(ledger, state)
    every = messages(ledger)
    clock.sleep(timedelta(days=89).total_seconds())
    cleared(ledger, tmp_path)
    assert messages(ledger) == every
    clock.sleep(timedelta(days=2).total_seconds())
    cleared(ledger, tmp_path)
    assert messages(ledger) == (every if resumable else ["given up", "waiting"])
