"""The schema: what the files make is what the tables say, and no kill leaves half of it."""

import signal
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlmodel import SQLModel

from tasks.ledger.database.engine import make_engine
from tasks.ledger.errors import LedgerError
from tasks.ledger.leases import claim_job
from tasks.runtime.database import MIGRATIONS, SCHEMA, migrate, open_ledger
from tasks.runtime.settings.settings import SettingsError
from tests.integration.scenes import JOB, KEY, POLICY, claimed
from tests.integration.workers import Worker, die_migrating


def run(url: str, *statements: str) -> None:
    """Change a database behind the ledger's back."""
    engine = make_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def tables(url: str) -> set[str]:
    """Return the names of the tables in a database."""
    engine = make_engine(url)
    names = set(inspect(engine).get_table_names())
    engine.dispose()
    return names


def works(url: str) -> bool:
    """Open the ledger, write into it, and tell whether that went well."""
    ledger = open_ledger(url, KEY)
    token = claimed(ledger).token
    ledger.engine.dispose()
    return token == 1


def test_the_files_make_what_the_tables_say(empty_url: str) -> None:
    """A migrated database has no difference from the tables' own description, types and indexes included."""
    ledger = open_ledger(empty_url, KEY)
    with ledger.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []
    ledger.engine.dispose()


def test_the_newest_file_is_the_schema_of_this_version() -> None:
    """SCHEMA names the newest migration, so that an old ledger is never taken for a new one."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [SCHEMA]


def test_a_number_is_redialled_once_by_the_schema_itself(empty_url: str) -> None:
    """The partial index, which no comparison of schemas looks into, covers redials and nothing else."""
    ledger = open_ledger(empty_url, KEY)
    with ledger.engine.connect() as connection:
        indexes = {one["name"]: one for one in inspect(connection).get_indexes("planned")}
    ledger.engine.dispose()
    index = indexes["uq_planned_redial"]
    where = " ".join(map(str, index["dialect_options"].values()))
    assert (index["unique"], index["column_names"]) == (1, ["recovery_id", "phone"])
    assert "action" in where
    assert "'redial'" in where


def test_opening_twice_migrates_once(empty_url: str) -> None:
    """A ledger at this version is opened as it is."""
    assert works(empty_url)
    ledger = open_ledger(empty_url, KEY)
    migrate(ledger.engine)
    assert claim_job(ledger, JOB, "r_2", POLICY).recovery_id == "r_1"
    ledger.engine.dispose()


def test_a_migration_that_is_killed_leaves_nothing_and_is_made_again(empty_url: str) -> None:
    """Killed after its third table, a migration has never begun; the next opening makes it whole."""
    with closing(Worker(die_migrating, empty_url)) as worker:
        assert worker.ends() == -signal.SIGKILL
    assert tables(empty_url) == set()
    assert works(empty_url)


def test_a_ledger_of_a_newer_version_is_refused(empty_url: str) -> None:
    """A ledger from a newer ringback is named as such and left alone."""
    open_ledger(empty_url, KEY).engine.dispose()
    run(empty_url, "update alembic_version set version_num = '9999'")
    with pytest.raises(SettingsError, match=r"newer ringback .schema 9999.*Update ringback"):
        open_ledger(empty_url, KEY)
    assert {table.name for table in SQLModel.metadata.sorted_tables} < tables(empty_url)


@pytest.mark.parametrize("statement", ["drop table alembic_version", "delete from alembic_version"])
def test_tables_without_a_version_are_never_overwritten(empty_url: str, statement: str) -> None:
    """A database with the ledger's tables and no version is refused with what to do, and nothing is lost."""
    assert works(empty_url)
    run(empty_url, statement)
    with pytest.raises(LedgerError, match=r"holds a table of the ledger's.*backup"):
        open_ledger(empty_url, KEY)
    assert "recovery" in tables(empty_url)


def test_a_version_without_its_tables_is_said(empty_url: str) -> None:
    """A ledger that lacks a table says so when it is used, with what to do."""
    ledger = open_ledger(empty_url, KEY)
    run(empty_url, "drop table lease")
    with pytest.raises(LedgerError, match=r"lacks a table.*backup"):
        claimed(ledger)
    ledger.engine.dispose()


@pytest.mark.parametrize("url", ["", "nonsense", "oracle9i://x", "mysql://root@localhost/x"])
def test_an_address_that_is_none_is_said(url: str) -> None:
    """What is no database address that ringback knows is refused by the setting's name."""
    with pytest.raises(SettingsError, match="RINGBACK_DATABASE_URL is not a database address"):
        open_ledger(url, KEY)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    """A SQLite file in a missing folder cannot be opened, in words."""
    with pytest.raises(LedgerError, match=r"cannot be opened.*RINGBACK_DATABASE_URL"):
        open_ledger(f"sqlite:///{tmp_path / 'missing' / 'ledger.db'}", KEY)
