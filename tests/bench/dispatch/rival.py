"""The rival: a script that commits one row for each contact, and looks at nothing."""

import sqlite3
import time
from pathlib import Path

import psycopg

MADE = "create table sent (contact text primary key, phone text, state text, at real)"


def row_commits(url: str, folder: Path, contacts: int) -> float:
    """Return the CPU seconds that one committed row a contact costs, in SQLite's file or on Postgres."""
    if url.startswith("sqlite"):
        return _on_sqlite(folder / "rival.db", contacts)
    return _on_postgres(url, contacts)


def _on_sqlite(path: Path, contacts: int) -> float:
    connection = sqlite3.connect(path, isolation_level=None)
    for order in ("pragma journal_mode=wal", "pragma synchronous=full", MADE):
        connection.execute(order)
    begun = time.process_time()
    for n in range(contacts):
        connection.execute("begin immediate")
        connection.execute(
            "insert into sent values (?, ?, 'sent', ?)", (f"c{n}", f"+614{n:08d}", time.time())
        )
        connection.execute("commit")
    spent = time.process_time() - begun
    connection.close()
    return spent


def _on_postgres(url: str, contacts: int) -> float:
    with psycopg.connect(url) as connection:
        connection.execute(MADE)
        connection.commit()
        begun = time.process_time()
        for n in range(contacts):
            row = (f"c{n}", f"+614{n:08d}", time.time())
            connection.execute("insert into sent values (%s, %s, 'sent', %s)", row)
            connection.commit()
        return time.process_time() - begun
