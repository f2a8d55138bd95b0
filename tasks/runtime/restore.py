"""Restoring a backup: the old ledger is kept beside, and the new one knows that it is a restored one."""

import fcntl
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, DateTime, Engine, Table, inspect, text
from sqlalchemy.engine import make_url
from sqlmodel import Session, SQLModel, select

from models.tables.ledger import Lease
from tasks.clock import WallClock
from tasks.context import Reporter
from tasks.ledger.database import restores
from tasks.ledger.database.engine import PROGRAM, file_of, make_engine
from tasks.ledger.errors import Complaint, ledger_error
from tasks.ledger.leases import holder_is_gone
from tasks.ledger.store import Ledger
from tasks.runtime.backup import Backup, Slow, ledger_tables, opened
from tasks.runtime.database import known_revisions, upgrade
from tasks.runtime.home import KEY_FILE, mark_of
from tasks.runtime.keys import Keys, load_keys, put_keys, read_keys
from tasks.runtime.settings.settings import Settings, SettingsError
from tasks.whole_file import beside

PARTS = ("", "-wal", "-shm")
"""What a SQLite ledger consists of, by the ends of its files' names."""
VERSIONS = "alembic_version"


@dataclass(frozen=True)
class Restoring:
    """What is restored, into which home, under which keys; `stamp` names what is put aside."""

    settings: Settings
    backup: Backup
    keys: Keys
    over: bool
    stamp: str
    slow: Slow

    def ledger(self, engine: Engine) -> Ledger:
        """Return the ledger on an engine, signing with the backup's newest key."""
        return Ledger(engine, WallClock(), self.keys.signing)


def restore(settings: Settings, file: Path, reporter: Reporter, *, over: bool = False) -> dict[str, Any]:
    """Put a backup in the place of the home's ledger, and return what was done and what has to be confirmed.

    Raises SettingsError, with nothing changed, for a file that is no whole backup, for a home in use, and for
    one that holds a ledger where `over` does not say to put that aside.
    """
    with opened(file, known_revisions()) as backup, _nobody_up(settings.folder):
        slow = Slow(reporter, "restoring", sum(backup.manifest["counts"].values()))
        stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%S}"
        wish = Restoring(settings, backup, _keys_of(settings, backup), over, stamp, slow)
        try:
            place = file_of(make_url(settings.ledger_url))
            kept = _into_file(wish, place) if place else _into_server(wish)
        except Complaint as error:
            raise ledger_error(error) from None
        return _told(wish, file, kept)


def _told(wish: Restoring, file: Path, kept: list[str]) -> dict[str, Any]:
    settings, manifest = wish.settings, wish.backup.manifest
    if mark := mark_of(settings.ledger_url, settings.folder):
        with suppress(OSError):
            mark.write({})
    engine = make_engine(settings.ledger_url)
    try:
        doubtful = restores.unconfirmed(wish.ledger(engine), settings.workspace)
    finally:
        engine.dispose()
    told = {"file": str(file), "made_at": manifest["made_at"], "counts": manifest["counts"], "kept": kept}
    return told | (doubtful.as_json() if doubtful else {})


def _keys_of(settings: Settings, backup: Backup) -> Keys:
    if settings.audit_key:
        return load_keys(settings)
    content = backup.keys
    if content is None:
        raise SettingsError(
            "The ledger of this backup was signed with RINGBACK_AUDIT_KEY, which is never in a backup. Set "
            "it, then restore."
        )
    return read_keys(content, settings.folder / KEY_FILE)


@contextmanager
def _nobody_up(folder: Path) -> Iterator[None]:
    lock = folder / "prefect" / "up.lock"
    if not lock.exists():
        yield
        return
    with lock.open("a") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SettingsError(f"`ringback up` runs for {folder}. Stop it, then restore.") from None
        yield


def _into_file(wish: Restoring, file: Path) -> list[str]:
    there = [path for path in (file, wish.settings.folder / KEY_FILE) if path.exists()]
    if there and not wish.over:
        raise _occupied(" and ".join(map(str, there)))
    if file.exists() and file.stat().st_size:
        _nobody_in_file(file)
    fresh = _built(wish, file)
    try:
        kept = [_aside(file, wish.stamp, end) for end in (*PARTS, ".mark")]
        kept.append(_put_keys(wish))
        fresh.replace(file)
    finally:
        _clear(fresh)
    return [path for path in kept if path]


def _clear(fresh: Path) -> None:
    for end in PARTS:
        Path(f"{fresh}{end}").unlink(missing_ok=True)


def _occupied(what: str) -> SettingsError:
    return SettingsError(
        f"There is a ledger already: {what}. Nothing was changed. --over puts it aside, whole, and restores."
    )


def _in_use(what: str) -> SettingsError:
    return SettingsError(f"The ledger is in use: {what}. Stop everything of ringback here, then restore.")


def _nobody_in_file(file: Path) -> None:
    engine = make_engine(f"sqlite:///{file}", busy_seconds=0)
    try:
        with suppress(*Complaint), engine.connect() as old:  # one that cannot be read names no holder
            _nobody_holds(old)
    finally:
        engine.dispose()
    with closing(sqlite3.connect(file, timeout=0)) as connection:
        try:
            connection.execute("PRAGMA journal_mode=DELETE")  # only for who is alone with the file
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise _in_use(f"another process has {file} open") from None
        except sqlite3.DatabaseError:
            return


def _nobody_holds(connection: Connection) -> None:
    now = datetime.now(UTC)
    with Session(connection) as session:
        leases = session.exec(select(Lease).where(Lease.expires_at > now)).all()
    for lease in leases:
        if not holder_is_gone(lease):
            raise _in_use(f"process {lease.pid} on {lease.host} runs recovery {lease.recovery_id}")


def _built(wish: Restoring, file: Path) -> Path:
    """Return a file beside the ledger with the backup in it, complete in itself."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = beside(file)
    except OSError as error:
        raise SettingsError(f"Nothing can be written to {file.parent}: {error.strerror}.") from None
    engine = make_engine(f"sqlite:///{fresh}")
    try:
        with engine.connect().execution_options(writes=True) as connection, connection.begin():
            _fill(wish, connection, engine)
        engine.dispose()
        with closing(sqlite3.connect(fresh)) as alone:
            alone.execute("PRAGMA journal_mode=DELETE")
    except BaseException:
        engine.dispose()
        _clear(fresh)
        raise
    return fresh


def _aside(file: Path, stamp: str, end: str) -> str:
    old = Path(f"{file}{end}")
    if not old.exists():
        return ""
    kept = Path(f"{file}.before-{stamp}{end}")
    old.rename(kept)
    return str(kept)


def _put_keys(wish: Restoring) -> str:
    content, path = wish.backup.keys, wish.settings.folder / KEY_FILE
    if content is None or (path.is_file() and path.read_bytes() == content):
        return ""
    kept = _aside(path, wish.stamp, "")
    put_keys(content, path)
    return kept


def _into_server(wish: Restoring) -> list[str]:
    engine = make_engine(wish.settings.ledger_url)
    try:
        with engine.connect() as connection, connection.begin():
            connection.execute(text("select pg_advisory_xact_lock(7464225)"))
            there = set(inspect(connection).get_table_names()) & set(SQLModel.metadata.tables)
            if there and not wish.over:
                raise _occupied(f"{len(there)} tables in the database")
            _nobody_connected(connection)
            if "lease" in there:
                _nobody_holds(connection)
            kept = [_tables_aside(connection, there, wish.stamp)] if there else []
            _fill(wish, connection, engine)
            kept.append(_put_keys(wish))
    finally:
        engine.dispose()
    return [one for one in kept if one]


def _nobody_connected(connection: Connection) -> None:
    others = connection.execute(
        text(
            "select count(*) from pg_stat_activity where datname = current_database() "
            "and pid <> pg_backend_pid() and application_name = :program"
        ),
        {"program": PROGRAM},
    ).scalar_one()
    if others:
        raise _in_use(f"{others} connections of ringback to the database are open, here or on other machines")


def _tables_aside(connection: Connection, there: set[str], stamp: str) -> str:
    schema = f"ringback_before_{stamp.lower()}"
    connection.execute(text(f"create schema {schema}"))
    for name in sorted(there | ({VERSIONS} & set(inspect(connection).get_table_names()))):
        connection.execute(text(f'alter table "{name}" set schema {schema}'))
    return f"schema {schema}"


def _fill(wish: Restoring, connection: Connection, engine: Engine) -> None:
    backup = wish.backup
    upgrade(connection, backup.manifest["schema"])
    for table in ledger_tables(connection):
        for some in backup.rows(table.name) if table.name in backup.manifest["counts"] else ():
            connection.execute(table.insert(), [_typed(table, row) for row in some])
            wish.slow.step(len(some))
    upgrade(connection)
    if connection.dialect.name == "postgresql":
        _count_on(connection)
    with Session(connection) as session:
        restores.note_restore(session, wish.ledger(engine), made_at=backup.made_at, how="a backup")
        session.flush()


def _typed(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    moments = {one.name for one in table.columns if isinstance(one.type, DateTime)}
    return {
        name: datetime.fromisoformat(value) if value and name in moments else value
        for name, value in row.items()
    }


def _count_on(connection: Connection) -> None:
    # Rows brought their numbers along: the next one must not be given one of theirs.
    for table in ledger_tables(connection):
        column = table.autoincrement_column
        if column is not None and column.server_default is not None:
            counter = f"pg_get_serial_sequence('{table.name}', '{column.name}')"
            newest = f'(select coalesce(max("{column.name}"), 0) + 1 from "{table.name}")'  # noqa: S608
            connection.execute(text(f"select setval({counter}, {newest}, false)"))
