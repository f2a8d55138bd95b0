"""Running a recovery from a claimed desk, with or without Prefect."""

from collections.abc import Callable

from flows.recover import recover
from models.words import State
from tasks.desk import Desk, at
from tasks.ledger import recoveries
from tasks.ledger.leases import release
from tasks.report import report_of

Conduct = Callable[[Desk], State]
"""Whoever conducts the ladder at a desk."""


def plainly(desk: Desk) -> State:
    """Run the ladder without Prefect."""
    with at(desk):
        return recover()


def run_claimed(desk: Desk, conduct: Conduct = plainly) -> dict[str, object]:
    """Run the ladder to its end and return the report; the job is let go of on every way out."""
    claim = desk.held
    try:
        conduct(desk)
    finally:
        release(desk.ledger, claim)
    return report_of(desk.ledger, claim.recovery_id)


def follow(desk: Desk, recovery_id: str) -> dict[str, object] | None:
    """Watch a recovery that another process runs; None when that process is gone before the end."""
    from tasks.ledger.leases import is_held

    desk.reporter.say(f"Recovery {recovery_id} of this job is running already; watching it to its end.")
    while not State(recoveries.get(desk.ledger, recovery_id).state).is_end:
        if not is_held(desk.ledger, desk.job_key):
            return None
        desk.clock.sleep(desk.policy.poll_seconds)
    return report_of(desk.ledger, recovery_id)
