"""What is looked at: one act a picture, run in a process of its own while it is sampled."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from models.enums import State
from tests.bench.flames.sampler import sampling

if TYPE_CHECKING:
    from tests.bench.sweep.sweeping import Sweeping

HERE = "tests/bench/flames/acts.py:measured"
"""The frame below which everything belongs to the act."""


def measured(act: Callable[[], Any], samples: str) -> Any:
    """Do what is looked at, and write the stacks into the file `samples`."""
    with sampling(Path(samples)):
        return act()


def dispatch(contacts: int, samples: str) -> int:
    """Recover a job of so many contacts, as the bench of the dispatch does."""
    from tests.bench.dispatch.recovery import WholeRecovery

    policy: dict[str, Any] = {"wave_max": 500, "poll_seconds": 30.0, "lease_seconds": 120.0}
    with TemporaryDirectory() as folder:
        home = Path(folder)
        whole = WholeRecovery(f"sqlite:///{home / 'ledger.db'}", home, contacts, permits=500, **policy)
        ended = measured(whole.run, samples)
        if ended is not State.RECOVERED:
            raise SystemExit(f"the recovery ended as {ended.value}, so it shows nothing")
        return whole.dispatched()


def prepare(told: dict[str, Any], folder: str) -> float:
    """Let a ledger know what earlier sweeps have read; returns by how much the clock of sweeps is ahead."""
    sweeping = _sweeping(told, folder)
    sweeping.begin()
    for _ in range(2):
        sweeping.once_more()
    return (sweeping.clock.now() - datetime.now(UTC)).total_seconds()


def sweep(told: dict[str, Any], folder: str, ahead: float, samples: str) -> int:
    """Sweep jobs that all stand still once more, as the bench of the sweep does."""
    sweeping = _sweeping(told, folder)
    sweeping.clock.sleep(ahead)
    sweeping.go_by()
    return len(measured(sweeping.sweep, samples))


def _sweeping(told: dict[str, Any], folder: str) -> "Sweeping":
    from tests.bench.sweep.sweeping import Sweeping

    return Sweeping(told["url"], told["keys"], Path(folder))
