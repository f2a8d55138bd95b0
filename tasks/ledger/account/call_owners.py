"""Whose a call is, as earlier sweeps have read it: a call that is over never becomes another job's."""

from collections.abc import Mapping, Sequence

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select

from models.tables.sweeps import CallOwner
from tasks.ledger.store import Ledger

AT_ONCE = 500
"""Calls in one statement: far below what any database takes as parameters."""


class KeptOwners:
    """The owners of calls of one account on one platform, in the ledger."""

    def __init__(self, ledger: Ledger, workspace: str, platform: str) -> None:
        self._ledger, self._workspace, self._platform = ledger, workspace, platform

    def of(self, call_ids: Sequence[str]) -> dict[str, str]:
        """Return the job of each call that is known, empty where it is no job's; others are left out."""
        found: dict[str, str] = {}
        for start in range(0, len(call_ids), AT_ONCE):
            query = select(CallOwner.call_id, CallOwner.job_id).where(
                CallOwner.workspace == self._workspace,
                CallOwner.platform == self._platform,
                col(CallOwner.call_id).in_(call_ids[start : start + AT_ONCE]),
            )
            with self._ledger.read() as session:
                found.update(session.exec(query).all())
        return found

    def keep(self, found: Mapping[str, str]) -> None:
        """Write down whose calls are; what is known already stays as it is."""
        dialect = self._ledger.engine.dialect.name
        write = postgresql.insert if dialect == "postgresql" else sqlite.insert
        put = write(CallOwner.__table__).on_conflict_do_nothing()  # type: ignore[attr-defined]
        rows = [self._row(call_id, job_id) for call_id, job_id in found.items()]
        for start in range(0, len(rows), AT_ONCE):
            with self._ledger.write() as session:
                session.execute(put, rows[start : start + AT_ONCE])

    def _row(self, call_id: str, job_id: str) -> dict[str, object]:
        return {
            "workspace": self._workspace,
            "platform": self._platform,
            "call_id": call_id,
            "job_id": job_id,
            "at": self._ledger.clock.now(),
        }
