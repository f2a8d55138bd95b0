"""A file as a whole table, for what is kept: an upload or a report that an operator hands over."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from models.contacts.sheet.headers import table_start
from models.contacts.sheet.names import is_number_name, key
from models.contacts.verdict import ContactFileError
from models.handovers.tables import Table
from tasks.contact_files.records import open_stream
from tasks.contact_files.text import examine, examine_content, unreadable

LARGEST = 64 << 20
"""Bytes of a file that is kept whole; a million rows are fewer."""


def read_table(path: Path, kind: str, named: str | None = None) -> Table:
    """Return a file's table, from its header on; `named` is the number column where settings name it.

    Raises ContactFileError for a file that cannot be read whole, has no header, or holds no rows: a row that
    is lost here would be a person who is lost.
    """
    source = examine(path)
    if source.size > LARGEST:
        raise ContactFileError(
            f"{path.name} is larger than {LARGEST >> 20} MB: hand over the job's own {kind}."
        )
    try:
        content = path.read_bytes()
    except OSError as fault:
        raise ContactFileError(unreadable(path, fault)) from fault

    def is_name(cell: str) -> bool:
        return is_number_name(cell) or (named is not None and key(cell) == key(named))

    cells: list[list[str]] = []
    with open_stream(examine_content(path, content), is_name) as stream:
        if stream.unread:
            raise ContactFileError(f"{path.name} has several sheets: save the {kind} as a file of one.")
        for batch in stream.batches:
            if batch.swallowed:
                line = batch.lines[min(batch.swallowed)]
                raise ContactFileError(f"{path.name} holds a quote that is never closed, on line {line}.")
            cells += batch.cells
    return _table(path, kind, cells, is_name, sha256(content).hexdigest())


def _table(
    path: Path, kind: str, cells: list[list[str]], is_name: Callable[[str], bool], digest: str
) -> Table:
    filled = any(any(map(str.strip, row)) for row in cells)
    start = table_start(cells, is_name) if filled else 0
    rows = cells[start:]
    if len(rows) < 2:  # noqa: PLR2004  a header and a row
        raise ContactFileError(f"{path.name} holds no rows under a header: hand over the job's {kind}.")
    return Table(kind, path.name, digest, tuple(rows[0]), tuple(map(tuple, rows[1:])))
