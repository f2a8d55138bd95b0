"""Opening the ledger: brought to this version's schema, or refused with a sentence."""

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import ArgumentError

from deployments.settings import SettingsError
from models.audit import AuditKey
from tasks.clock import Clock, WallClock
from tasks.ledger.engine import make_engine
from tasks.ledger.errors import Complaint, ledger_error
from tasks.ledger.store import Ledger

SCHEMA = "0005"
"""The newest migration; a test holds it against the files."""
MIGRATIONS = Path(__file__).parent / "migrations"


def open_ledger(url: str, key: AuditKey, *, clock: Clock | None = None) -> Ledger:
    """Open the ledger at a URL and bring its schema up; two processes may do so at once."""
    try:
        engine = make_engine(url)
        if _version(engine) != SCHEMA:
            migrate(engine)
    except (ArgumentError, ModuleNotFoundError):
        raise SettingsError("RINGBACK_DATABASE_URL is not a database address that ringback knows.") from None
    except Complaint as error:
        raise ledger_error(error) from None
    return Ledger(engine, clock or WallClock(), key)


def _version(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return _stored_version(connection)


def _stored_version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("select version_num from alembic_version")).scalar()
    return found


def migrate(engine: Engine) -> None:
    """Run the migrations in one transaction, so that a kill leaves no half of one."""
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(text("select pg_advisory_xact_lock(7464225)"))
        found = _stored_version(connection)
        if found is not None and found not in known:
            raise SettingsError(
                f"The ledger was written by a newer ringback (schema {found}, this one knows {SCHEMA}). "
                "Update ringback, or point RINGBACK_DATABASE_URL at another ledger."
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
