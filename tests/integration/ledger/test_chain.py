"""The audit chain through the store: it verifies, and a change in the database shows."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlmodel import Session

from models.audit.chain import AuditKey
from models.tables.ledger import AuditRow
from tasks.ledger import plans, recoveries
from tasks.ledger.audit import entries, examine, export_head
from tasks.ledger.store import Ledger
from tests.integration.scenes import KEY, KEYS, accepted, claimed, frozen


def lived(ledger: Ledger) -> None:
    """Let a recovery live a little, so that its chain has some entries."""
    claim = claimed(ledger)
    plan = frozen(ledger, claim)
    recoveries.decide(ledger, "r_1", approved=True, by="Kim", reason="é ☎ \0")
    accepted(ledger, claim, 2)
    plans.skip(ledger, claim, {plan.order[-1]: "moved"}, "moved")


def test_the_chain_of_a_recovery_verifies(ledger: Ledger) -> None:
    """What the store has written holds, link by link, and tells the story in order."""
    lived(ledger)
    found = examine(ledger, "r_1", KEYS)
    assert found.ok
    assert found.count == len(entries(ledger, "r_1"))
    kinds = [entry.kind for entry in entries(ledger, "r_1")]
    assert kinds == ["claimed", "planned", "approved", "wave_intent", "wave_answer", "skipped"]


def edit(session: Session, row: AuditRow) -> None:
    """Change what an entry says."""
    row.body = {**row.body, "by": "somebody else"}
    session.add(row)


def remove(session: Session, row: AuditRow) -> None:
    """Take an entry out."""
    session.delete(row)


def retell(session: Session, row: AuditRow) -> None:
    """Change what kind of thing happened."""
    row.kind = "declined"
    session.add(row)


def move(session: Session, row: AuditRow) -> None:
    """Give an entry another recovery."""
    session.add(AuditRow(**{**row.model_dump(), "recovery_id": "r_2", "seq": 1}))


@pytest.mark.parametrize("change", [edit, remove, retell])
def test_a_change_in_the_database_is_found(
    ledger: Ledger, change: Callable[[Session, AuditRow], None]
) -> None:
    """Whoever edits or removes an entry is found out, and the entry is named."""
    lived(ledger)
    with ledger.write() as session:
        change(session, session.get_one(AuditRow, ("r_1", 3)))
    found = examine(ledger, "r_1", KEYS)
    assert not found.ok
    assert {problem.seq for problem in found.problems} & {3, 4}


def test_an_entry_of_another_recovery_does_not_pass(ledger: Ledger) -> None:
    """A genuine entry shown under another recovery's id does not verify there."""
    lived(ledger)
    with ledger.write() as session:
        move(session, session.get_one(AuditRow, ("r_1", 1)))
    assert not examine(ledger, "r_2", KEYS).ok


def test_a_cut_end_is_found_by_the_exported_head(ledger: Ledger) -> None:
    """Without the newest entries a chain still holds by itself; against an exported head it does not."""
    lived(ledger)
    head = export_head(ledger, "r_1")
    with ledger.write() as session:
        session.delete(session.get_one(AuditRow, ("r_1", 6)))
    assert examine(ledger, "r_1", KEYS).ok
    assert not examine(ledger, "r_1", KEYS, head).ok


def test_a_recovery_without_entries_has_no_head(ledger: Ledger) -> None:
    """Nothing was written, so there is nothing to export."""
    assert export_head(ledger, "r_none") is None


def test_a_new_key_goes_on_with_the_old_chain(ledger: Ledger) -> None:
    """After a rotation the chain goes on under the new key, and verifies with both, not with one."""
    lived(ledger)
    newer = AuditKey("k2", b"another secret of sixteen bytes")
    later = replace(ledger, key=newer)
    recoveries.ask_cancel(later, "r_1")
    assert examine(ledger, "r_1", {**KEYS, newer.id: newer.secret}).ok
    assert not examine(ledger, "r_1", KEYS).ok


def test_people_and_the_holder_write_into_one_chain(ledger: Ledger) -> None:
    """Cancels asked for while the holder writes take nothing from either: every entry is there and linked."""
    claim = claimed(ledger)

    def write(turn: int) -> None:
        if turn % 2:
            recoveries.ask_cancel(ledger, "r_1")
        else:
            recoveries.update(ledger, claim, "step", {"turn": turn})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(40)))
    assert len(entries(ledger, "r_1")) == 41
    assert examine(ledger, "r_1", {KEY.id: KEY.secret}).ok
