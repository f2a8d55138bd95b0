"""Whose calls are, kept in the ledger from one sweep to the next."""

from datetime import timedelta

from tasks.ledger.account.call_owners import AT_ONCE, KeptOwners
from tasks.ledger.store import Ledger
from tasks.sweep.retention import clear_people


def owners(ledger: Ledger, workspace: str = "shop", platform: str = "elevenlabs") -> KeptOwners:
    """Return the owners of one account's calls."""
    return KeptOwners(ledger, workspace, platform)


def test_what_is_kept_is_told_and_nothing_else(ledger: Ledger) -> None:
    """More calls than go into one statement come back with their jobs; unknown ones are left out."""
    found = {f"conv_{n}": f"btcal_{n % 3}" if n % 4 else "" for n in range(AT_ONCE + 20)}
    owners(ledger).keep(found)
    assert owners(ledger).of([*found, "conv_never"]) == found


def test_another_account_knows_nothing_of_it(ledger: Ledger) -> None:
    """Two accounts may number their calls alike: neither is told of the other's."""
    owners(ledger).keep({"conv_1": "btcal_1"})
    assert owners(ledger, "other").of(["conv_1"]) == {}
    assert owners(ledger, platform="vapi").of(["conv_1"]) == {}


def test_kept_twice_it_stays_as_it_was(ledger: Ledger) -> None:
    """Two sweeps at once find the same; what was written first stays."""
    owners(ledger).keep({"conv_1": "btcal_1"})
    owners(ledger).keep({"conv_1": "btcal_1", "conv_2": ""})
    assert owners(ledger).of(["conv_1", "conv_2"]) == {"conv_1": "btcal_1", "conv_2": ""}


def test_it_is_cleared_away_with_its_days(ledger: Ledger) -> None:
    """What is old is deleted with the rest of what sweeps keep."""
    owners(ledger).keep({"conv_1": "btcal_1"})
    now = ledger.clock.now()
    clear_people(ledger, now - timedelta(seconds=1))
    assert owners(ledger).of(["conv_1"])
    clear_people(ledger, now + timedelta(seconds=1))
    assert not owners(ledger).of(["conv_1"])
