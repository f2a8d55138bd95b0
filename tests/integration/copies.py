"""A ledger's rows, kept and put back: the ledger goes back to an earlier copy."""

from sqlmodel import SQLModel

from tasks.ledger.store import Ledger


class Copy:
    """All rows of a ledger as of one moment."""

    def __init__(self, ledger: Ledger) -> None:
        with ledger.read() as session:
            tables = SQLModel.metadata.sorted_tables
            self._kept = [
                (table, [tuple(row) for row in session.execute(table.select())]) for table in tables
            ]

    def put_back(self, ledger: Ledger) -> None:
        """Let the rows be as they were."""
        with ledger.write() as session:
            for table, _ in reversed(self._kept):
                session.execute(table.delete())
            for table, rows in self._kept:
                names = [one.name for one in table.columns]
                for row in rows:
                    session.execute(table.insert().values(dict(zip(names, row, strict=True))))
