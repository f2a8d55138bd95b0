"""Opening the ledger: brought to this version's schema, or refused with a sentence."""

import logging
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import ArgumentError
from sqlmodel import SQLModel, col, func, select

from models.audit.chain import AuditKey
from models.tables import decisions, gateway, handovers, ledger, sweeps, tickets
from models.tables.ledger import AuditRow
from tasks.clock import Clock, WallClock
from tasks.ledger.database import restores, tide
from tasks.ledger.database.engine import is_sound, make_engine
from tasks.ledger.database.mark import LedgerMark
from tasks.ledger.errors import Complaint, LedgerError, ledger_error
from tasks.ledger.store import Ledger
from tasks.marks import struck
from tasks.runtime.home import check_file, check_home, mark_of
from tasks.runtime.keys import Keys, load_keys, rotate
from tasks.runtime.settings.settings import Settings, SettingsError

NO_ADDRESS = "RINGBACK_DATABASE_URL is not a database address that ringback knows."
SCHEMA = "0014"
"""The newest migration; a test holds it against the files."""
TABLES = (decisions, gateway, handovers, ledger, sweeps, tickets)
"""Every module of tables: whoever opens, copies or restores a ledger knows all of them."""
log = logging.getLogger("ringback.ledger")
MIGRATIONS = Path(__file__).parents[2] / "deployments" / "migrations"


def open_ledger(url: str, key: AuditKey, *, clock: Clock | None = None, home: Path | None = None) -> Ledger:
    """Open the ledger at a URL and bring its schema up; two processes may do so at once.

    Where the mark beside it, or in `home`, says that it had come further, it is an older copy, and knows it
    from then on. Raises SettingsError or LedgerError, each with what to do.
    """
    engine, mark = _ready(url, home)
    return _heeded(Ledger(engine, clock or WallClock(), key, mark=mark))


def open_home(settings: Settings, clock: Clock | None = None) -> tuple[Keys, Ledger]:
    """Open keys and ledger of a home; whatever is missing where it was used before is an error."""
    try:
        check_home(settings)
    except ArgumentError:
        raise SettingsError(NO_ADDRESS) from None
    engine, mark = _ready(settings.ledger_url, settings.folder)
    # The ledger first: keys without a ledger are the trace of one that was lost.
    keys = load_keys(settings, used=lambda: signed_by(engine))
    return keys, _heeded(Ledger(engine, clock or WallClock(), keys.signing, mark=mark))


def rotate_key(settings: Settings) -> str:
    """Add a signing key to the home's key file and return its id; the older ones still verify."""
    _, ledger = open_home(settings)
    return rotate(settings, used=signed_by(ledger.engine))


def signed_by(engine: Engine) -> list[str]:
    """Return the ids of all keys that entries of the audit are signed with."""
    return sorted(signed_entries(engine))


def signed_entries(engine: Engine) -> dict[str, int]:
    """Return how many entries of the audit each key has signed."""
    with engine.connect() as connection:
        found = connection.execute(select(col(AuditRow.key_id), func.count()).group_by(col(AuditRow.key_id)))
        return {str(name): int(count) for name, count in found}


def _ready(url: str, home: Path | None) -> tuple[Engine, LedgerMark | None]:
    try:
        mark = mark_of(url, home)
        check_file(url)
        engine = make_engine(url)
        version = _version(engine)
        if version is None and mark and mark.path.exists() and not inspect(engine).get_table_names():
            raise SettingsError(
                f"The ledger's database is empty, and {mark.path} shows that it was used before. Nothing "
                "was made in its place, for an empty ledger does not know who was called. `ringback restore "
                "BACKUP` brings it back; to begin anew, remove that file."
            )
        if version != SCHEMA:
            migrate(engine)
    except (ArgumentError, ModuleNotFoundError):
        raise SettingsError(NO_ADDRESS) from None
    except Complaint as error:
        raise ledger_error(error) from None
    return engine, mark


def _heeded(ledger: Ledger) -> Ledger:
    if ledger.mark is None:
        return ledger
    if not ledger.mark.path.exists():
        with suppress(OSError):  # a medium that cannot be written has no mark
            tide.begin_anew(ledger)
    elif tide.is_behind(ledger):
        with ledger.mark.alone():
            if tide.is_behind(ledger):  # nobody was faster
                _put_back(ledger)
    return ledger


def _put_back(ledger: Ledger) -> None:
    if not is_sound(ledger.engine):
        raise LedgerError("The ledger's file is damaged: it is made of two copies. Restore it from a backup.")
    struck("tide.older_copy")
    made_at = restores.last_known(ledger)
    with ledger.write() as session:
        restores.note_restore(session, ledger, made_at=made_at, how="an older copy in the ledger's place")
    tide.begin_anew(ledger)
    log.warning(
        "The ledger is older than it was: a copy of %s lies in its place, or its last entries were lost. It "
        "counts as restored: approvals from before are void, and `ringback status` says what to confirm.",
        made_at,
    )


def _version(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return stored_version(connection)


def lacks_schema(ledger: Ledger) -> str | None:
    """Say that an open ledger's database is at another schema than this version's, None where it is not.

    Raises LedgerError where the database does not answer.
    """
    with ledger.read() as session:
        found = stored_version(session.connection())
    return None if found == SCHEMA else f"The ledger is at schema {found}, this version needs {SCHEMA}."


def stored_version(connection: Connection) -> str | None:
    """Return the schema that a database is at, None for one without any."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("select version_num from alembic_version")).scalar()
    return found


def migrate(engine: Engine) -> None:
    """Run the migrations in one transaction, so that a kill leaves no half of one."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(text("select pg_advisory_xact_lock(7464225)"))
        _check_version(connection, stored_version(connection))
        upgrade(connection)


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring a database up to a revision, in the transaction of the connection."""
    from alembic import command

    config = _alembic()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def known_revisions() -> frozenset[str]:
    """Return every schema that this version can read."""
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(_alembic()).walk_revisions()
    return frozenset(script.revision for script in scripts)


def _alembic() -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _check_version(connection: Connection, found: str | None) -> None:
    if found is None:
        # A server's database may be shared; a file that holds another program's tables is another file.
        there = set(inspect(connection).get_table_names())
        foreign = connection.dialect.name == "sqlite" and there and not there & set(SQLModel.metadata.tables)
    else:
        foreign = not found.isdecimal()
    if foreign:
        raise SettingsError(
            "RINGBACK_DATABASE_URL, or ledger.db in RINGBACK_HOME, is the database of another program and no "
            "ledger of ringback. Nothing was changed; name another one."
        )
    if found is not None and found not in known_revisions():
        raise SettingsError(
            f"The ledger was written by a newer ringback (schema {found}, this one knows {SCHEMA}). "
            "Update ringback, or point RINGBACK_DATABASE_URL at another ledger."
        )
