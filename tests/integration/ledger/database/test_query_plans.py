"""Hot queries go by an index: none of them reads a table from end to end that grows for years."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from models.enums import State
from tasks.ledger import leases, outbox, recoveries, waves
from tasks.ledger.inbox import turns
from tasks.ledger.store import Ledger
from tasks.ledger.waiting import waiting_in
from tasks.sweep import kept
from tests.bench.dispatch.recovery import WholeRecovery
from tests.integration.ledger.database.plans import BIG, hearing, read_whole
from tests.integration.scenes import claimed, frozen, intended


def scanned(ledger: Ledger, act: Callable[[], object]) -> dict[str, set[str]]:
    """Return the statements of an act that read big tables from end to end."""
    with hearing(ledger.engine) as heard:
        act()
    assert heard.statements
    found = {one: read_whole(ledger.engine, one, values) for one, values in heard.statements.items()}
    return {one: tables for one, tables in found.items() if tables}


def test_nothing_that_a_recovery_asks_reads_a_table_whole(url: str, tmp_path: Path) -> None:
    """Claim, plan, wave intent, poll, outcomes and end: each statement of a whole recovery has its index."""
    whole = WholeRecovery(url, tmp_path, 120, permits=20, wave_max=20, poll_seconds=30, lease_seconds=120)

    def recover() -> None:
        assert whole.run() is State.RECOVERED

    try:
        assert scanned(whole.ledger, recover) == {}
    finally:
        whole.ledger.engine.dispose()


def _claim(ledger: Ledger) -> object:
    claim = claimed(ledger)
    frozen(ledger, claim)
    intended(ledger, claim)
    leases.is_held(ledger, (claim.workspace, claim.platform, claim.job_id))
    return waves.of(ledger, claim.recovery_id)


def _swept(ledger: Ledger) -> None:
    waiting_in(ledger, "shop")
    recoveries.running_in(ledger, "shop")
    recoveries.of_job(ledger, ("shop", "elevenlabs", "job-1"))
    waves.platform_jobs(ledger, "shop", "elevenlabs")
    hour_ago = ledger.clock.now() - timedelta(hours=1)
    kept.recent_tallies(ledger, "shop", "elevenlabs", ["job-1", "job-2"], hour_ago)
    kept.latest_tallies(ledger, "shop", "elevenlabs", ["job-1", "job-2"], hour_ago)


HOT: dict[str, Callable[[Ledger], object]] = {
    "claim and wave intent": _claim,
    "the outbox's lease": lambda ledger: outbox.take(ledger, "me", 60),
    "the inbox's claim": turns.take,
    "a sweep's listing": _swept,
}


@pytest.mark.parametrize("name", HOT)
def test_each_hot_query_goes_by_an_index(ledger: Ledger, name: str) -> None:
    """What is asked each second, each poll or each sweep costs the same in a ledger of years."""
    assert scanned(ledger, lambda: HOT[name](ledger)) == {}


@pytest.mark.parametrize("table", sorted(BIG))
def test_a_query_without_an_index_is_found(ledger: Ledger, table: str) -> None:
    """The measure knows a full reading where it sees one, on either database and of each table."""
    assert read_whole(ledger.engine, f"select * from {table}", ()) == {table}
