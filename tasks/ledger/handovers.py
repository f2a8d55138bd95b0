"""Hand-overs in the ledger: what operators saw of a job, and the files they handed over."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from models.enums import State
from models.handovers.tables import Table
from models.tables.handovers import HandedFile, HandoverRow
from models.tables.ledger import Recovery
from tasks.ledger.store import Ledger


@dataclass(frozen=True)
class Handovers:
    """The hand-overs of one workspace of one platform."""

    ledger: Ledger
    workspace: str
    platform: str

    def of_job(self, job_id: str) -> list[HandoverRow]:
        """Return the hand-overs of a job that hold, oldest first."""
        query = select(HandoverRow).where(
            HandoverRow.workspace == self.workspace,
            HandoverRow.platform == self.platform,
            HandoverRow.job_id == job_id,
            col(HandoverRow.void).is_(False),
        )
        with self.ledger.read() as session:
            return list(session.exec(query.order_by(col(HandoverRow.id))))

    def jobs(self) -> list[str]:
        """Return every job that was handed over, by id."""
        query = select(HandoverRow.job_id).where(
            HandoverRow.workspace == self.workspace, HandoverRow.platform == self.platform
        )
        with self.ledger.read() as session:
            return sorted(set(session.exec(query)))

    def table(self, job_id: str, digest: str | None) -> Table | None:
        """Return a file that was handed over for a job, None where there is none."""
        if digest is None:
            return None
        with self.ledger.read() as session:
            file = session.get(HandedFile, (self.workspace, self.platform, job_id, digest))
        if file is None:
            return None
        return Table(file.kind, file.name, digest, tuple(file.header), tuple(map(tuple, file.rows)))

    def add(self, row: HandoverRow, files: Sequence[Table], *, correct: bool = False) -> HandoverRow:
        """Keep a hand-over with its files in one transaction; `correct` voids the one before it.

        An open recovery of the job hears of it in its audit, without a name of a file or a number.
        """
        with self.ledger.write() as session:
            for table in files:
                session.merge(self._file(row, table))
            if correct:
                self._void_last(session, row.job_id)
            session.add(row)
            session.flush()
            if recovery_id := self._open_recovery(session, row.job_id):
                self.ledger.note(session, recovery_id, "handed_over", _about(row))
        return row

    def has_recovery(self, job_id: str) -> bool:
        """Tell whether any recovery of a job goes by its hand-overs."""
        query = select(Recovery.id).where(
            Recovery.workspace == self.workspace,
            Recovery.platform == self.platform,
            Recovery.job_id == job_id,
        )
        with self.ledger.read() as session:
            return session.exec(query.limit(1)).first() is not None

    def _file(self, row: HandoverRow, table: Table) -> HandedFile:
        return HandedFile(
            workspace=self.workspace,
            platform=self.platform,
            job_id=row.job_id,
            digest=table.digest,
            kind=table.kind,
            name=table.name,
            header=list(table.header),
            rows=[list(cells) for cells in table.rows],
            at=row.at,
        )

    def _void_last(self, session: Any, job_id: str) -> None:
        query = select(HandoverRow).where(
            HandoverRow.workspace == self.workspace,
            HandoverRow.platform == self.platform,
            HandoverRow.job_id == job_id,
            col(HandoverRow.void).is_(False),
        )
        last = session.exec(query.order_by(col(HandoverRow.id).desc()).limit(1)).first()
        if last is not None:
            last.void = True
            session.add(last)

    def _open_recovery(self, session: Any, job_id: str) -> str | None:
        query = select(Recovery).where(
            Recovery.workspace == self.workspace,
            Recovery.platform == self.platform,
            Recovery.job_id == job_id,
        )
        newest = session.exec(query.order_by(col(Recovery.epoch).desc()).limit(1)).first()
        if newest is None:
            return None
        goes_on = not State(newest.state).is_end or newest.resumable
        return str(newest.id) if goes_on else None


def is_stop_unheard(ledger: Ledger, recovery: Recovery) -> bool:
    """Tell whether a held recovery was told that its source is stopped, and no run of it has heard that."""
    if recovery.state != State.HELD.value or not recovery.resumable:
        return False
    query = select(HandoverRow).where(
        HandoverRow.recovery_id == recovery.id,
        col(HandoverRow.stopped_by).is_not(None),
        col(HandoverRow.void).is_(False),
    )
    with ledger.read() as session:
        last = session.exec(query.order_by(col(HandoverRow.id).desc()).limit(1)).first()
    heard = (recovery.source or {}).get("stopped") or {}
    return last is not None and heard.get("at") != last.at.isoformat()


def _about(row: HandoverRow) -> dict[str, Any]:
    about = {
        "handover": row.id,
        "by": row.by,
        "status": row.status,
        "expected": row.expected,
        "processed": row.processed,
        "upload": row.upload,
        "report": row.report,
        "stopped_by": row.stopped_by,
    }
    return {name: value for name, value in about.items() if value is not None}
