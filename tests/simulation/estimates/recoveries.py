"""Whole recoveries on the virtual clock, and every estimate that they wrote down on their way."""

from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select

from models.enums import State
from models.tables.ledger import Planned
from tasks.ledger import plans, recoveries
from tests.bench.dispatch.recovery import WholeRecovery
from tests.simulation.estimates.said import DISPATCHED, FINISHED, Said, judged


class Listener:
    """A reporter that keeps each estimate of the ledger once, with what was dispatched by then."""

    def __init__(self, whole: WholeRecovery) -> None:
        self._whole = whole
        self.heard: dict[str, tuple[dict[str, Any], int]] = {}

    def say(self, _message: str) -> None:
        """Nothing is kept of what is said."""

    def progress(self, _what: str, done: int, _total: int | None) -> None:
        """Keep the estimate of this moment."""
        for recovery in recoveries.of_job(self._whole.ledger, self._whole.key):
            if recovery.eta and "as_of" in recovery.eta:
                self.heard.setdefault(recovery.eta["as_of"], (dict(recovery.eta), done))


def played(seed: int, index: int) -> list[Said]:
    """Play one recovery of 200 to 2,000 contacts with 5 to 50 permits, return what its estimates said."""
    rng = Random(f"estimates/{seed}/{index}")
    contacts, permits = int(200 * 10 ** rng.random()), rng.randint(5, 50)
    poll = rng.choice((5, 10, 30))
    with TemporaryDirectory() as folder:
        whole = WholeRecovery(
            "sqlite://", Path(folder), contacts, permits=permits, seed=rng.randrange(10**9),
            poll_seconds=poll, lease_seconds=600,
        )  # fmt: skip
        listener = Listener(whole)
        ended = whole.run(listener)
        if ended is not State.RECOVERED:
            return []
        ends, total = _ends(whole)
        return [
            one
            for eta, done in listener.heard.values()
            for one in judged(eta, min(1 - 1e-9, done / total), ends)
        ]


def _ends(whole: WholeRecovery) -> tuple[dict[str, datetime], int]:
    (recovery,) = recoveries.of_job(whole.ledger, whole.key)
    with whole.ledger.read() as session:
        end = session.execute(select(func.max(col(Planned.settled_at)))).scalar_one()
    last = max(call.started_at for call in whole.scene.world.calls.values())
    return {DISPATCHED: datetime.fromtimestamp(last, UTC), FINISHED: end}, plans.count_to_redial(
        whole.ledger, recovery.id
    )
