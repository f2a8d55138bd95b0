"""What a database would do for a statement: which tables it reads from end to end."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, event

BIG = frozenset({"audit", "inbox", "kept_decision", "outbox", "planned", "recovery", "snapshot", "wave"})
"""Tables that grow with contacts, jobs, sweeps or messages; a ledger keeps them for years."""
ASKS = ("SELECT", "UPDATE", "DELETE")


@dataclass
class Heard:
    """Every statement that asked for rows, once, with values that it was asked with."""

    statements: dict[str, Any] = field(default_factory=dict)

    def __call__(self, _c: Any, _cursor: Any, statement: str, values: Any, _context: Any, many: bool) -> None:
        """Keep one."""
        if statement.lstrip().upper().startswith(ASKS):
            self.statements.setdefault(statement, values[0] if many else values)


@contextmanager
def hearing(engine: Engine) -> Iterator[Heard]:
    """Hear what is asked within the block."""
    heard = Heard()
    event.listen(engine, "before_cursor_execute", heard)
    yield heard
    event.remove(engine, "before_cursor_execute", heard)


def read_whole(engine: Engine, statement: str, values: Any) -> set[str]:
    """Return the big tables that a statement reads from end to end, whatever is in them."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            found = _of_sqlite([str(row[3]) for row in rows])
        else:
            # A small table is read whole whatever index there is: the server is made not to like that.
            connection.exec_driver_sql("set local enable_seqscan = off")
            (plan,) = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values).one()
            found = set(_of_postgres((plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"]))
        return found & BIG


def _of_sqlite(steps: list[str]) -> set[str]:
    # A table that is asked for twice is named with a number.
    return {step.split()[1].rstrip("_0123456789") for step in steps if step.startswith("SCAN ")}


def _of_postgres(node: dict[str, Any]) -> Iterator[str]:
    kind, table = node["Node Type"], node.get("Relation Name")
    narrowed = any(name in node for name in ("Index Cond", "Recheck Cond"))
    if table and (kind == "Seq Scan" or (kind.startswith("Index") and not narrowed)):
        yield str(table)
    for below in node.get("Plans", ()):
        yield from _of_postgres(below)
