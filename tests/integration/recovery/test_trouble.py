"""A ledger that fails: one sentence, nothing half-written, nobody's number in it, and then it works again."""

import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from models.enums import Action
from models.plan.plan import Plan
from tasks.clock import VirtualClock
from tasks.ledger import plans, recoveries
from tasks.ledger.database.engine import make_engine
from tasks.ledger.errors import LedgerError
from tasks.ledger.store import Ledger
from tasks.runtime.database import open_ledger
from tests.integration.postgres import Postgres
from tests.integration.scenes import KEY, claimed, frozen, judged, phone, plan_of
from tests.integration.workers import Worker, lock

PHONES = [phone(row) for row in range(1, 60)]


def silent(error: BaseException) -> str:
    """Return the sentence of an error after looking for numbers in everything that is printed of it."""
    shown = "".join(traceback.format_exception(error)) + repr(error)
    assert not [number for number in PHONES if number[1:] in shown]
    assert "INSERT" not in shown
    return str(error)


def failing(act: Callable[[], object]) -> str:
    """Return the sentence of a ledger that fails."""
    with pytest.raises(LedgerError) as caught:
        act()
    return silent(caught.value)


@pytest.fixture
def path(blank_file: Path, tmp_path: Path) -> Path:
    """Return a SQLite ledger with a claimed job."""
    copy = tmp_path / "ledger.db"
    copy.write_bytes(blank_file.read_bytes())
    return copy


def impatient(path: Path, options: str = "") -> Ledger:
    """Open a SQLite ledger that waits for nobody."""
    prefix = "file:" if options else ""
    engine = make_engine(f"sqlite:///{prefix}{path}{options}", busy_seconds=0.05)
    return Ledger(engine, VirtualClock(), KEY)


@pytest.fixture
def lone(path: Path) -> Iterator[Ledger]:
    """Return a SQLite ledger that waits for nobody."""
    ledger = impatient(path)
    yield ledger
    ledger.engine.dispose()


def test_a_lock_that_lasts_is_said(path: Path, lone: Ledger) -> None:
    """Another program that keeps the file locked is named as the reason, and afterwards everything works."""
    claim = claimed(lone)
    worker = Worker(lock, str(path))
    with closing(worker):
        assert worker.hears() == "locked"
        assert "keeps the ledger locked" in failing(lambda: frozen(lone, claim))
        assert recoveries.get(lone, "r_1").plan_hash is None
        worker.says()
        worker.ends()
    frozen(lone, claim)
    assert recoveries.get(lone, "r_1").plan_hash


def test_a_short_lock_is_waited_for(path: Path) -> None:
    """A writer waits for another one instead of failing."""
    worker = Worker(lock, str(path))
    ledger = open_ledger(f"sqlite:///{path}", KEY)
    with closing(worker):
        worker.hears()
        worker.says()  # it lets go while we wait
        assert claimed(ledger).token == 1
    ledger.engine.dispose()


def test_a_file_that_may_only_be_read_is_said(path: Path) -> None:
    """A read-only ledger can be read; a write says that it cannot be, and where to look."""
    first = impatient(path)
    claim = claimed(first)
    frozen(first, claim)
    first.engine.dispose()
    ledger = impatient(path, "?mode=ro&uri=true")
    assert len(plans.contacts(ledger, "r_1")) == 8
    assert "cannot be opened for writing" in failing(lambda: recoveries.ask_cancel(ledger, "r_1"))
    ledger.engine.dispose()


def test_a_full_disk_leaves_nothing_half_written(lone: Ledger) -> None:
    """A plan that does not fit is not there at all; with space it is written, and the chain goes on."""
    claim = claimed(lone)
    plan = plan_of([replace(judged(row), why="long " * 50) for row in range(1, 400)])
    pages = use_of(lone)
    limit(lone, pages + 8)
    assert "disk of the ledger is full" in failing(lambda: plans.freeze(lone, claim, plan))
    limit(lone, 10**6)
    assert plans.contacts(lone, "r_1") == []
    assert recoveries.get(lone, "r_1").plan_hash is None
    plans.freeze(lone, claim, plan)
    assert len(plans.contacts(lone, "r_1")) == 399


def use_of(ledger: Ledger) -> int:
    """Return the pages that the file has."""
    with ledger.engine.connect() as connection:
        return int(connection.exec_driver_sql("pragma page_count").scalar_one())


def limit(ledger: Ledger, pages: int) -> None:
    """Let the file grow to so many pages: what a full disk looks like."""
    ledger.engine.dispose()

    def at_most(connection: Any, _record: Any) -> None:
        connection.execute(f"pragma max_page_count={pages}")

    event.listen(ledger.engine, "connect", at_most)


@pytest.mark.parametrize("content", [b"this is no database" * 100, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_file_that_is_no_ledger_is_said(tmp_path: Path, content: bytes) -> None:
    """A damaged file or one of another kind is named as that, and not touched."""
    path = tmp_path / "ledger.db"
    path.write_bytes(content)
    assert "damaged or is no ledger" in failing(lambda: open_ledger(f"sqlite:///{path}", KEY))
    assert path.read_bytes() == content


def test_no_number_is_in_what_a_refused_row_says(ledger: Ledger) -> None:
    """A database that names the row it refuses is not quoted: no number, no statement, no parameter."""
    claim = claimed(ledger)
    twice = Plan((judged(1), judged(1, Action.DROP)), ("c1",), 1, "hash")
    assert "contradicts" in failing(lambda: plans.freeze(ledger, claim, twice))


def test_no_number_is_in_what_a_refused_value_says(ledger: Ledger) -> None:
    """A value that the database cannot take is not quoted either."""
    claim = claimed(ledger)
    huge = plan_of([replace(judged(1, Action.DROP), attempts=10**30)])
    with pytest.raises((LedgerError, OverflowError)) as caught:
        plans.freeze(ledger, claim, huge)
    silent(caught.value)
    assert plans.contacts(ledger, "r_1") == []


@pytest.fixture
def served(postgres: Postgres, blank_database: str) -> Iterator[Ledger]:
    """Return a Postgres ledger."""
    postgres.wipe(blank_database)
    ledger = open_ledger(postgres.url(blank_database), KEY, clock=VirtualClock())
    yield ledger
    ledger.engine.dispose()


def test_a_server_that_goes_away_is_said_and_comes_back(postgres: Postgres, served: Ledger) -> None:
    """Between two writes Postgres may stop: that is a sentence, and after its start all works again."""
    claim = claimed(served)
    postgres.stop()
    try:
        for act in (lambda: frozen(served, claim), lambda: recoveries.get(served, "r_1")):
            assert "does not answer" in failing(act)
        assert "does not answer" in failing(lambda: open_ledger(str_url(postgres, served), KEY))
    finally:
        postgres.start()
    frozen(served, claim)
    assert len(plans.contacts(served, "r_1")) == 8


def str_url(postgres: Postgres, ledger: Ledger) -> str:
    """Return the address of an open ledger."""
    return postgres.url(str(ledger.engine.url.database))


@pytest.mark.parametrize("mode", ["immediate", "fast"])
def test_a_restart_in_the_middle_of_a_write_keeps_nothing_of_it(
    postgres: Postgres, served: Ledger, mode: str
) -> None:
    """A write that Postgres does not live through is a sentence and has not happened; the next one works."""
    claim = claimed(served)
    plan = plan_of([judged(row) for row in range(1, 7)])

    def interrupted() -> None:
        with served.write(claim) as session:
            recoveries.find(session, "r_1").plan_hash = plan.hash
            session.flush()
            postgres.stop(mode)
            postgres.start()
            recoveries.find(session, "r_1", lock=True)

    assert "does not answer" in failing(interrupted)
    assert recoveries.get(served, "r_1").plan_hash is None
    plans.freeze(served, claim, plan)
    assert recoveries.get(served, "r_1").plan_hash == plan.hash


def test_a_database_that_is_not_there_is_said(postgres: Postgres) -> None:
    """A wrong name or user in the address is a sentence about the address."""
    for url in (postgres.url("nowhere"), postgres.url("postgres", user="nobody_here")):
        assert "Check RINGBACK_DATABASE_URL" in failing(lambda url=url: open_ledger(url, KEY))  # type: ignore[misc]


def test_a_database_that_may_only_be_read_is_said(postgres: Postgres, served: Ledger) -> None:
    """A read-only Postgres, as a replica is, can be read and refuses writes in words."""
    claim = claimed(served)
    replica = open_ledger(f"{str_url(postgres, served)}&options=-cdefault_transaction_read_only=on", KEY)
    assert recoveries.get(replica, "r_1").id == "r_1"
    assert "cannot be opened for writing" in failing(lambda: frozen(replica, claim))
    replica.engine.dispose()
