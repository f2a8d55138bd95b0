"""The newest counters of many jobs are the newest of all that were kept, on either database."""

from datetime import timedelta
from random import Random

import pytest

from models.tables.ledger import Snapshot
from tasks.ledger.store import Ledger
from tasks.sweep import kept

JOBS = [f"job-{n}" for n in range(1200)]
"""More than one statement asks about."""


@pytest.mark.parametrize("seed", range(3))
def test_the_newest_counters_are_the_last_of_all_that_were_kept(ledger: Ledger, seed: int) -> None:
    """Of each job kept since a moment, however its looks were spread, and of no other job or account."""
    random = Random(seed)
    now = ledger.clock.now()
    rows = [
        Snapshot(
            workspace=random.choice(["shop", "bank"]),
            platform="elevenlabs",
            job_id=job_id,
            at=now - timedelta(seconds=minutes * 60 + random.random()),
            status="in_progress",
            total=9,
            dispatched=random.randrange(9),
            finished=random.randrange(9),
            counts={},
        )
        for job_id in JOBS
        for minutes in random.sample(range(40), random.randrange(4))
    ]
    kept.add_all(ledger, rows)
    since = now - timedelta(minutes=20)
    asked = random.sample(JOBS, 1100)
    every = kept.recent_tallies(ledger, "shop", "elevenlabs", asked, since)
    latest = kept.latest_tallies(ledger, "shop", "elevenlabs", asked, since)
    assert len(latest) > 100
    assert latest == {job_id: several[-1] for job_id, several in every.items()}
    assert all(one.at >= since for one in latest.values())
