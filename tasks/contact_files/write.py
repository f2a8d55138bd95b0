"""Writing the cleaned file and the problem file: whole or not at all, and safe to open in a spreadsheet.

Both hold whole phone numbers, because a person works with them: they are written readable by their owner
only.
"""

import csv
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from models.contacts.rows import Batch
from models.contacts.spreadsheet import safe
from models.contacts.verdict import ContactFileError, RowProblem
from tasks.whole_file import beside, put


class Sink(Protocol):
    """Takes judged batches in the order of the file."""

    def write(self, batch: Batch) -> None:
        """Write what belongs into this file."""

    def finish(self, notes: Sequence[RowProblem]) -> None:
        """Write what is said of the file as a whole."""


class _Writer(Protocol):
    def writerow(self, row: Sequence[object], /) -> object: ...


class CleanFile:
    """The rows that may be dialled: every column, the number in E.164 under the name the platform wants."""

    def __init__(self, writer: _Writer, header: Sequence[str], column: int, name: str) -> None:
        self._writer = writer
        self._width = len(header)
        names = [safe(cell) or f"column_{index + 1}" for index, cell in enumerate(header)]
        writer.writerow([*names[:column], name, *names[column + 1 :]])

    def write(self, batch: Batch) -> None:
        """Write the rows of a batch that may be dialled."""
        column, width = batch.column, self._width
        for cells, number in zip(batch.rows.cells, batch.numbers, strict=True):
            if number is not None:
                row = [safe(cell) for cell in cells[:width]]
                row.extend([""] * (width - len(row)))
                row[column] = number
                self._writer.writerow(row)

    def finish(self, notes: Sequence[RowProblem]) -> None:
        """Add nothing: a platform reads every line as a contact."""


class ProblemFile:
    """One line for each problem, followed by the row's cells as they are, for a person to correct."""

    def __init__(self, writer: _Writer, header: Sequence[str]) -> None:
        self._writer = writer
        names = [safe(cell) or f"column_{index + 1}" for index, cell in enumerate(header)]
        writer.writerow(["row", "line", "code", "message", "repaired", *names])

    def write(self, batch: Batch) -> None:
        """Write the problems of a batch."""
        for at, problems in batch.problems.items():
            for problem in problems:
                self._write(problem, batch.rows.cells[at])

    def finish(self, notes: Sequence[RowProblem]) -> None:
        """Write what is said of the file as a whole, as row 0."""
        for note in notes:
            self._write(note, [])

    def _write(self, problem: RowProblem, cells: Sequence[str]) -> None:
        repaired = "yes" if problem.repaired else "no"
        told = [problem.row, problem.line, problem.code, problem.message, repaired]
        self._writer.writerow([*told, *(safe(cell) for cell in cells)])


@contextmanager
def atomic_writer(target: Path, *, source: Path, for_people: bool) -> Iterator[_Writer]:
    """Open a CSV writer whose file takes its name only when all of it is on the disk.

    `for_people` adds the mark by which spreadsheets recognise UTF-8, which platforms stumble over.
    ContactFileError where the target cannot be written or is the source itself.
    """
    try:
        if target.exists() and target.samefile(source):
            raise ContactFileError(
                f"{target.name} is the contact file itself: choose another name to write to."
            )
        fresh = beside(target)
        try:
            with fresh.open("w", encoding="utf-8-sig" if for_people else "utf-8", newline="") as file:
                yield csv.writer(file)
            put(fresh, target)
        finally:
            fresh.unlink(missing_ok=True)
    except OSError as fault:
        reason = os.strerror(fault.errno or 0)
        raise ContactFileError(f"{target} cannot be written ({reason}): choose another place.") from fault
