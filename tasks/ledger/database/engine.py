"""A database that keeps its word: SQLite with write-ahead log and full sync, or Postgres by URL."""

import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.engine import Connection, make_url

from models.tables.storable import storable

PROGRAM = "ringback"
"""How a server is told who is connected."""
BUSY_SECONDS = 30
"""How long a writer waits for another writer on one SQLite file before it says so."""


_PLAIN = frozenset({int, float, bool, bytes, type(None), datetime})


def make_engine(url: str, *, busy_seconds: float = BUSY_SECONDS) -> Engine:
    """Return an engine for a ledger's URL; a plain postgresql:// uses psycopg."""
    address = make_url(url)
    if address.drivername in {"postgresql", "postgres"}:
        address = address.set(drivername="postgresql+psycopg")
    if address.get_backend_name() != "sqlite":
        if address.get_backend_name() == "postgresql" and "application_name" not in address.query:
            address = address.update_query_dict({"application_name": PROGRAM})
        engine = create_engine(address, pool_pre_ping=True, pool_size=4, max_overflow=4, hide_parameters=True)
    else:
        options = {"timeout": busy_seconds, "check_same_thread": False}
        engine = create_engine(address, connect_args=options, hide_parameters=True)
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
    event.listen(engine, "before_cursor_execute", _keepable, retval=True)
    return engine


def file_of(address: URL) -> Path | None:
    """Return the file of a SQLite ledger, None for one in memory or on a server."""
    name = address.database or ""
    plain = address.get_backend_name() == "sqlite" and name and not name.startswith((":", "file:"))
    return Path(name).absolute() if plain else None


def is_sound(engine: Engine) -> bool:
    """Tell whether a SQLite file holds together; a server vouches for its own."""
    if engine.dialect.name != "sqlite":
        return True
    with engine.connect() as connection:
        return bool(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() == "ok")


def _prepare(connection: Any, _record: Any) -> None:
    # The driver must not open transactions by itself: BEGIN is ours, so that writers queue up front.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get("writes", False):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        # Takes no lock, so it cannot fail for one; there are more reads than anything else.
        try:
            connection.connection.cursor().execute("BEGIN")
        except sqlite3.Error:
            connection.exec_driver_sql("BEGIN")  # fails again, as every other statement is said to fail


def _keepable(
    _connection: Connection, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool
) -> tuple[str, Any]:
    # Platforms and people write what they like; a text that a database refuses must not stop a recovery.
    return statement, _cleaned(parameters)


def _cleaned(value: Any) -> Any:
    kind = type(value)
    if kind is str:
        return storable(value)
    if kind in _PLAIN:
        return value
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {name: _cleaned(one) for name, one in value.items()}
    return kind(map(_cleaned, value)) if isinstance(value, (list, tuple)) else value
