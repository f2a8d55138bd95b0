"""Leases, permits and counts go by the platform account, not by what the settings call it."""

import pytest

from models.enums import Phase
from tasks.clock import VirtualClock
from tasks.ledger import plans, waves
from tasks.ledger.account import permits
from tasks.ledger.database.accounts import name_of
from tasks.ledger.errors import LedgerError
from tasks.ledger.store import Ledger
from tasks.marks import listen
from tests.integration.scenes import claimed, frozen


def test_an_account_keeps_its_first_name(ledger: Ledger) -> None:
    """A workspace that was renamed in the settings is the same workspace to the ledger."""
    assert name_of(ledger, "f1", "shop") == "shop"
    assert name_of(ledger, "f1", "renamed") == "shop"
    assert name_of(ledger, "f2", "renamed") == "renamed"


def test_one_job_under_two_names_is_one_account(ledger: Ledger) -> None:
    """A job that was recovered under one name is not claimed under another, whatever its key."""
    claimed(ledger, "r_1", ("shop", "fake", "job-1"))
    with listen() as heard, pytest.raises(LedgerError, match="one platform account"):
        claimed(ledger, "r_2", ("renamed", "fake", "job-1"))
    assert heard["leases.other_name"] == 1


def test_recoveries_of_an_account_share_its_permits(ledger: Ledger) -> None:
    """However many recoveries run at once, their waves together take no more than the permits there are."""
    ours = [claimed(ledger, f"r_{n}", ("shop", "fake", f"job-{n}")) for n in range(4)]
    for number, claim in enumerate(ours):
        frozen(ledger, claim, first=10 * number)
    caps = []
    with listen() as heard:
        for claim in ours:
            rows = plans.next_up(ledger, claim.recovery_id, 3)
            wave = waves.intend(ledger, claim, Phase.SAMPLE, rows, 3, most=5)
            caps.append(wave.cap if wave else 0)
    assert caps == [3, 2, 0, 0]
    assert heard["permits.shared"] == 2
    held = permits.of_others(ledger, ours[3])
    assert sum(one.reserved for one in held) == 5


def test_permits_come_back_with_the_lease(ledger: Ledger, clock: VirtualClock) -> None:
    """The permits of a recovery whose process is gone do not stay taken for ever."""
    one, other = (claimed(ledger, f"r_{n}", ("shop", "fake", f"job-{n}")) for n in (1, 2))
    frozen(ledger, one)
    waves.intend(ledger, one, Phase.SAMPLE, plans.next_up(ledger, "r_1", 3), 3, most=5)
    assert [wave.reserved for wave in permits.of_others(ledger, other)] == [3]
    clock.sleep(10_000)
    assert permits.of_others(ledger, other) == []


def test_nobody_is_in_two_waves_of_an_account_at_once(ledger: Ledger) -> None:
    """Two jobs that hold the same people do not call them at the same time."""
    one, other = (claimed(ledger, f"r_{n}", ("shop", "fake", f"job-{n}")) for n in (1, 2))
    frozen(ledger, one)
    frozen(ledger, other)
    waves.intend(ledger, one, Phase.SAMPLE, plans.next_up(ledger, "r_1", 6), 2)
    with listen() as heard:
        assert waves.intend(ledger, other, Phase.SAMPLE, plans.next_up(ledger, "r_2", 2), 2) is None
    assert heard["permits.same_person"] == 1
    left = [row for row in plans.contacts(ledger, "r_2") if row.state == "skipped"]
    assert [row.outcome_why for row in left] == ["a wave of recovery r_1 holds this person too"] * 2
