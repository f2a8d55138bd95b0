"""What a whole recovery costs, counted and not timed: the work for one contact does not grow with the job."""

from pathlib import Path

import pytest

from models.enums import State
from tests.bench.dispatch.counted import Counted
from tests.bench.dispatch.recovery import WholeRecovery
from tests.bench.rows import exponent
from tests.integration.postgres import Postgres

FEW, MANY = 400, 1600
MOST = 1.3
"""How much more the larger job may cost per contact: a square would cost four times as much."""


def cost_of(url: str, home: Path, contacts: int) -> dict[str, float]:
    """Recover a job and return what the database was asked, per contact dispatched."""
    whole = WholeRecovery(url, home, contacts, permits=20, wave_max=20, poll_seconds=30, lease_seconds=120)
    counted = Counted()
    counted.listen(whole.ledger.engine)
    assert whole.run() is State.RECOVERED
    dispatched = whole.dispatched()
    whole.ledger.engine.dispose()
    assert dispatched > contacts / 2
    return {name: getattr(counted, name) / dispatched for name in ("rows", "statements", "commits", "steps")}


def test_a_contact_of_a_large_job_costs_what_one_of_a_small_job_does(tmp_path: Path) -> None:
    """Rows, statements, commits and steps inside SQLite, per contact, are those of a job a quarter as large.

    Whatever reads all of a plan, or all waves, at every look or wave makes this fail.
    """
    few = cost_of(f"sqlite:///{tmp_path / 'few.db'}", tmp_path, FEW)
    many = cost_of(f"sqlite:///{tmp_path / 'many.db'}", tmp_path, MANY)
    grown = {name: round(many[name] / few[name], 2) for name in few}
    assert max(grown.values()) <= MOST, (grown, few, many)


def test_the_same_on_a_server(postgres: Postgres, tmp_path: Path) -> None:
    """On Postgres rows, statements and commits per contact stay as well."""
    few = cost_of(postgres.url(postgres.fresh()), tmp_path, FEW)
    many = cost_of(postgres.url(postgres.fresh()), tmp_path, MANY)
    grown = {name: round(many[name] / few[name], 2) for name in ("rows", "statements", "commits")}
    assert max(grown.values()) <= MOST, (grown, few, many)


@pytest.mark.parametrize(("costs", "power"), [((1.0, 4.0, 16.0), 2.0), ((3.0, 6.0, 12.0), 1.0)])
def test_a_square_is_told_from_a_line(costs: tuple[float, ...], power: float) -> None:
    """The measure that is printed beside the figures knows a square where it sees one."""
    assert exponent((10, 20, 40), costs) == pytest.approx(power)
