"""The database fails in the middle of a recovery: clear words, nothing lost, and the next run goes on."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import QueuePool

from deployments.sandbox.engine.history import history
from models.enums import State
from tasks.ledger.database.engine import make_engine
from tasks.ledger.errors import LedgerError
from tasks.runtime.database import open_ledger
from tests.chaos.stateful.story import KEY, Story
from tests.integration.postgres import Postgres
from tests.invariants import check

MOMENTS = (3, 17, 40, 75, 120, 160)
"""Touches of platform or clock at which the database fails: from the first look to the last wave."""


def story_of(seed: int, home: Path, engine: Engine) -> Story:
    """Open a job whose permits have leaked; what happens is printed where the test fails."""
    return Story("permit-leak", seed, home, engine, tell=print)


def comes_to_its_end(
    story: Story, moment: int, fail: Callable[[], None], mend: Callable[[], None], *, outside: bool = False
) -> str:
    """Let the database fail at a moment, mend it, let another run go on; return what the first one said.

    `outside`: only between two transactions, for a fault that an open one would keep away.
    """
    words = ""
    try:
        story.run(moment, fail, frozen=outside)
    except LedgerError as error:
        words = str(error)
    mend()
    story.finish()
    assert story.state is State.RECOVERED
    assert check(story.ledger, history(story.scene), story.key, {KEY.id: KEY.secret}) == ()
    return words


@pytest.mark.parametrize("moment", MOMENTS)
def test_postgres_restarts_during_a_recovery(
    postgres: Postgres, blank_database: str, tmp_path: Path, moment: int
) -> None:
    """A crash of Postgres in any step is survived or said; whoever goes on calls nobody twice."""
    postgres.wipe(blank_database)
    engine = open_ledger(postgres.url(blank_database), KEY).engine
    story = story_of(moment, tmp_path, engine)

    def crash() -> None:
        postgres.stop("immediate")
        postgres.start()

    words = comes_to_its_end(story, moment, crash, lambda: None)
    assert words == "" or "resume" in words
    engine.dispose()


@pytest.mark.parametrize("moment", MOMENTS)
def test_postgres_is_away_during_a_recovery(
    postgres: Postgres, blank_database: str, tmp_path: Path, moment: int
) -> None:
    """A Postgres that stays away stops the run with a sentence; after its start all goes on."""
    postgres.wipe(blank_database)
    engine = open_ledger(postgres.url(blank_database), KEY).engine
    story = story_of(moment, tmp_path, engine)
    assert "does not answer" in comes_to_its_end(story, moment, postgres.stop, postgres.start)
    engine.dispose()


@pytest.fixture
def file(blank_file: Path, tmp_path: Path) -> Path:
    """Return an empty SQLite ledger."""
    path = tmp_path / "ledger.db"
    path.write_bytes(blank_file.read_bytes())
    return path


@pytest.fixture
def impatient(file: Path) -> Iterator[Engine]:
    """Return an engine on the file that waits for no other writer."""
    engine = make_engine(f"sqlite:///{file}", busy_seconds=0.01)
    yield engine
    engine.dispose()


@pytest.mark.parametrize("moment", MOMENTS)
def test_another_writer_keeps_the_file(file: Path, impatient: Engine, tmp_path: Path, moment: int) -> None:
    """A file that another program keeps locked stops the run with a sentence; once it lets go all goes on."""
    story = story_of(moment, tmp_path, impatient)
    with ExitStack() as stack:
        other = sqlite3.connect(file, isolation_level=None)
        stack.callback(other.close)

        def lock() -> None:
            other.execute("begin immediate")

        def let_go() -> None:
            other.execute("rollback")

        words = comes_to_its_end(story, moment, lock, let_go, outside=True)
    assert "keeps the ledger locked" in words


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_disk_fills_up_during_a_recovery(impatient: Engine, tmp_path: Path, moment: int) -> None:
    """A disk that is full stops the run with a sentence; with space again all goes on."""
    story = story_of(moment, tmp_path, impatient)
    most: list[int] = []

    @event.listens_for(impatient, "begin")
    def limit(connection: object) -> None:
        pages = most[0] if most else 10**6
        connection.exec_driver_sql(f"pragma max_page_count={pages}")  # type: ignore[attr-defined]

    assert "disk of the ledger is full" in comes_to_its_end(story, moment, lambda: most.append(1), most.clear)


def test_a_pool_without_a_free_connection_is_said(file: Path, tmp_path: Path) -> None:
    """Where other work holds every connection the run stops with a sentence; freed, all goes on."""
    engine = create_engine(
        f"sqlite:///{file}", poolclass=QueuePool, pool_size=1, max_overflow=1, pool_timeout=0.05
    )
    story = story_of(4, tmp_path, engine)
    with ExitStack() as held:

        def exhaust() -> None:
            for _ in range(2):
                held.enter_context(engine.connect())

        words = comes_to_its_end(story, 40, exhaust, held.close, outside=True)
    assert "does not answer" in words
    engine.dispose()


def test_a_read_that_cannot_even_begin_is_said_as_any_other(tmp_path: Path) -> None:
    """Whatever closes a connection behind our back, no bare error of the driver ends a run or a scrape."""
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}", KEY)
    pooled = ledger.engine.raw_connection()
    handle = pooled.driver_connection
    pooled.close()
    assert handle is not None
    handle.close()
    with pytest.raises(LedgerError), ledger.read() as session:
        session.connection()
