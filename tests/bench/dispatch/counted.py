"""What a database is asked: statements, commits, rows handed over, and the steps that SQLite takes inside."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from sqlalchemy import Engine, event

STEPS = 100
"""Instructions of SQLite between two ticks of its counter."""


@dataclass
class Counted:
    """The figures of one engine since it is listened to; `rows` are all that a cursor handed over."""

    statements: int = 0
    commits: int = 0
    rows: int = 0
    steps: int = 0
    """Instructions of SQLite's machine: a scan that hands nothing over shows here. 0 on other databases."""

    def listen(self, engine: Engine) -> None:
        """Count what this engine asks from here on, in connections that it opens from here on."""
        engine.dispose()
        event.listen(engine, "do_connect", self._count_rows)
        event.listen(engine, "connect", self._count_steps)
        event.listen(engine, "before_cursor_execute", self._one_statement)
        event.listen(engine, "commit", self._one_commit)

    def _one_statement(self, *_: Any) -> None:
        self.statements += 1

    def _one_commit(self, _connection: Any) -> None:
        self.commits += 1

    def _count_rows(self, dialect: Any, _record: Any, _given: Any, named: dict[str, Any]) -> None:
        if dialect.name == "sqlite":
            named["factory"] = _sqlite(self)
        else:
            named["cursor_factory"] = _postgres(self)

    def _count_steps(self, connection: Any, _record: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.set_progress_handler(self._tick, STEPS)

    def _tick(self) -> int:
        self.steps += STEPS
        return 0


def _sqlite(counted: Counted) -> type[sqlite3.Connection]:
    class Cursor(_of(sqlite3.Cursor, counted)):  # type: ignore[misc]
        pass

    class Connection(sqlite3.Connection):
        def cursor(self, *_: Any) -> Any:
            return super().cursor(Cursor)

    return Connection


def _postgres(counted: Counted) -> type[Any]:
    return _of(psycopg.Cursor, counted)


def _of(cursor: type[Any], counted: Counted) -> type[Any]:
    """Return a kind of cursor that counts the rows it hands over."""

    class Counting(cursor):  # type: ignore[misc]
        def fetchall(self) -> Sequence[Any]:
            found: Sequence[Any] = super().fetchall()
            counted.rows += len(found)
            return found

        def fetchmany(self, *size: Any) -> Sequence[Any]:
            found: Sequence[Any] = super().fetchmany(*size)
            counted.rows += len(found)
            return found

        def fetchone(self) -> Any:
            found = super().fetchone()
            counted.rows += found is not None
            return found

    return Counting
