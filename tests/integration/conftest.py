"""A fresh ledger for every test, on each database in turn."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.clock import VirtualClock
from tasks.ledger.store import Ledger
from tasks.runtime.database import open_ledger
from tests.integration.postgres import Postgres
from tests.integration.scenes import KEY

BOTH = ("sqlite", "postgres")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Run one Postgres server for all tests of the session."""
    server = Postgres()
    yield server
    server.close()


@pytest.fixture(scope="session")
def blank_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a SQLite ledger with a schema and nothing in it."""
    path = tmp_path_factory.mktemp("blank") / "ledger.db"
    open_ledger(f"sqlite:///{path}", KEY).engine.dispose()
    return path


@pytest.fixture(scope="session")
def blank_database(postgres: Postgres) -> str:
    """Return the name of a Postgres ledger with a schema; `url` empties it for every test."""
    name = postgres.fresh()
    open_ledger(postgres.url(name), KEY).engine.dispose()
    return name


@pytest.fixture(params=BOTH)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the address of a ledger with a schema and nothing in it."""
    if request.param == "sqlite":
        path = tmp_path / "ledger.db"
        shutil.copy(request.getfixturevalue("blank_file"), path)
        yield f"sqlite:///{path}"
    else:
        server: Postgres = request.getfixturevalue("postgres")
        name: str = request.getfixturevalue("blank_database")
        server.wipe(name)
        yield server.url(name)


@pytest.fixture(params=BOTH)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the address of a database with nothing in it, not even a schema."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'ledger.db'}"
    else:
        server: Postgres = request.getfixturevalue("postgres")
        name = server.fresh()
        yield server.url(name)
        server.drop(name)


@pytest.fixture
def clock() -> VirtualClock:
    """Return a clock that stands still until a test moves it."""
    return VirtualClock()


@pytest.fixture
def ledger(url: str, clock: VirtualClock) -> Iterator[Ledger]:
    """Open the ledger on a clock of the test's own."""
    opened = open_ledger(url, KEY, clock=clock)
    yield opened
    opened.engine.dispose()
