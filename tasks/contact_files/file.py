"""Checking a contact file from end to end: which rows may be dialled, what is wrong with the others."""

import gc
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from models.contacts.headline import headline
from models.contacts.verdict import CheckedRow, ContactFileError, RowProblem
from tasks.contact_files.check import FileCheck, FileProgress, OnProgress, open_check
from tasks.contact_files.write import CleanFile, ProblemFile, Sink, atomic_writer

__all__ = [
    "ContactFileError",
    "FileProgress",
    "Report",
    "check_file",
    "iter_checked",
    "write_clean",
    "write_problems",
]


@dataclass(frozen=True, slots=True)
class Report:
    """The check of one file.

    `rows` counts data rows, `ok` those that may be dialled. `problems` are about rows, in the order of the
    file; `notes` about the file as a whole (row 0): its encoding, its header, and what the platform would
    refuse. `column` is the number column's name, empty where the file has no header.
    """

    rows: int
    ok: int
    problems: tuple[RowProblem, ...] = field(repr=False)
    notes: tuple[RowProblem, ...]
    column: str
    encoding: str | None
    delimiter: str | None

    @property
    def held(self) -> int:
        """How many rows may not be dialled."""
        return self.rows - self.ok

    @property
    def headline(self) -> str:
        """The first thing to be said of the file: who of it is not dialled, and why."""
        return headline(self.rows, self.ok, self.problems, self.notes)

    @property
    def by_code(self) -> MappingProxyType[str, int]:
        """How many rows have each problem, the most frequent first."""
        return MappingProxyType(dict(Counter(problem.code for problem in self.problems).most_common()))


def check_file(
    path: Path,
    *,
    region: str | None,
    column: str | None = None,
    platform: str | None = None,
    premium: bool = False,
    on_progress: OnProgress | None = None,
    clean_file: Path | None = None,
    problem_file: Path | None = None,
) -> Report:
    """Check every row of a contact file in one pass.

    Memory holds one batch of rows, the problems, and for each dialled number its digits and its row (about
    100 bytes). `region` is the file's own country (two letters), `column` a header name or a place counted
    from 1, `platform` the one whose upload rules apply. The cleaned file and the problem file are written
    where a path is given for them. ContactFileError says in one sentence what to do about a file that
    cannot be checked.
    """
    with ExitStack() as stack:
        check = stack.enter_context(open_check(path, region, column, platform, premium=premium))
        sinks: list[Sink] = []
        if clean_file is not None:
            writer = stack.enter_context(atomic_writer(clean_file, source=path, for_people=False))
            sinks.append(CleanFile(writer, check.sheet.header, check.sheet.column.index, check.clean_name))
        if problem_file is not None:
            writer = stack.enter_context(atomic_writer(problem_file, source=path, for_people=True))
            sinks.append(ProblemFile(writer, check.sheet.header))
        return _run(check, sinks, on_progress)


def iter_checked(
    path: Path,
    *,
    region: str | None,
    column: str | None = None,
    platform: str | None = None,
    premium: bool = False,
    on_progress: OnProgress | None = None,
) -> Iterator[CheckedRow]:
    """Yield the verdict on each row in the order of the file; arguments and errors as for `check_file`."""
    with open_check(path, region, column, platform, premium=premium) as check:
        for batch in check.batches(on_progress):
            for at in range(len(batch.numbers)):
                yield batch.checked(at)


def write_clean(
    path: Path,
    target: Path,
    *,
    region: str | None,
    column: str | None = None,
    platform: str | None = None,
    premium: bool = False,
) -> Report:
    """Write the rows that may be dialled to `target`, as the platform takes them; see `check_file`."""
    return check_file(
        path, region=region, column=column, platform=platform, premium=premium, clean_file=target
    )


def write_problems(
    path: Path,
    target: Path,
    *,
    region: str | None,
    column: str | None = None,
    platform: str | None = None,
    premium: bool = False,
) -> Report:
    """Write one line for each problem to `target`, with the row it is in; arguments as for `check_file`."""
    return check_file(
        path, region=region, column=column, platform=platform, premium=premium, problem_file=target
    )


def _run(check: FileCheck, sinks: list[Sink], on_progress: OnProgress | None) -> Report:
    rows = ok = 0
    problems: list[RowProblem] = []
    with _no_cycle_search():
        for batch in check.batches(on_progress):
            rows += len(batch.numbers)
            ok += len(batch.numbers) - batch.numbers.count(None)
            for found in batch.problems.values():
                problems.extend(found)
            for sink in sinks:
                sink.write(batch)
    sheet, notes = check.sheet, check.notes(rows, ok)
    for sink in sinks:
        sink.finish(notes)
    name, encoding = sheet.column.name, sheet.source.encoding
    return Report(rows, ok, tuple(problems), notes, name, encoding, sheet.delimiter)


@contextmanager
def _no_cycle_search() -> Iterator[None]:
    """Keep the garbage collector from searching for reference cycles meanwhile.

    Rows come and go by the million without a cycle among them, and the search would take a fifth of the time.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
