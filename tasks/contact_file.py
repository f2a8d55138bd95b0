"""Checking a contact file from end to end: which rows may be dialled, what is wrong with the others."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from models.contacts.clean import clean
from models.contacts.columns import key
from models.contacts.numbers import NumberChecker
from models.contacts.rows import Batch, RowChecker, Shape
from models.contacts.uploads import UploadFacts, UploadRule, check_upload, rule_for, unknown_platform
from models.contacts.verdict import Checked, ContactFileError, Problem
from tasks.contact_sheet import Sheet, open_sheet
from tasks.contact_write import CleanFile, ProblemFile, Sink, atomic_writer

__all__ = [
    "ContactFileError",
    "Progress",
    "Report",
    "check_file",
    "iter_checked",
    "write_clean",
    "write_problems",
]

_DEFAULT_NAME = "phone_number"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a check has come: data rows judged, and bytes read of the file's size."""

    rows: int
    bytes_read: int
    size: int


OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Report:
    """The check of one file.

    `rows` counts data rows, `ok` those that may be dialled. `problems` are about rows, in the order of the
    file; `notes` about the file as a whole (row 0): its encoding, its header, and what the platform would
    refuse. `column` is the number column's name, empty where the file has no header.
    """

    rows: int
    ok: int
    problems: tuple[Problem, ...] = field(repr=False)
    notes: tuple[Problem, ...]
    column: str
    encoding: str | None
    delimiter: str | None

    @property
    def held(self) -> int:
        """How many rows may not be dialled."""
        return self.rows - self.ok

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
        check = stack.enter_context(_opened(path, region, column, platform, premium=premium))
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
) -> Iterator[Checked]:
    """Yield the verdict on each row in the order of the file; arguments and errors as for `check_file`."""
    with _opened(path, region, column, platform, premium=premium) as check:
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


@dataclass(frozen=True, slots=True)
class _Check:
    """One open file and what judges its rows."""

    sheet: Sheet
    rows: RowChecker
    platform: str | None
    rule: UploadRule | None

    @property
    def clean_name(self) -> str:
        """The number column's name in the cleaned file."""
        return self.rule.header if self.rule else self.sheet.column.name or _DEFAULT_NAME

    def batches(self, on_progress: OnProgress | None) -> Iterator[Batch]:
        """Judge the file batch by batch."""
        size = self.sheet.source.size
        for rows in self.sheet.rows:
            yield self.rows.check(rows)
            if on_progress is not None:
                on_progress(Progress(rows.first + len(rows.cells) - 1, self.sheet.position(), size))


@contextmanager
def _opened(
    path: Path, region: str | None, column: str | None, platform: str | None, *, premium: bool
) -> Iterator[_Check]:
    try:
        checker = NumberChecker(region, premium=premium)
    except ValueError as fault:
        raise ContactFileError(str(fault)) from None

    def is_number(cell: str) -> bool:
        text = clean(cell).text
        return text is not None and checker.check(text).e164 is not None

    rule = rule_for(platform)
    preferred = rule.header if rule else None
    with open_sheet(path, named=column, preferred=preferred, is_number=is_number) as sheet:
        yield _Check(sheet, RowChecker(checker, _shape(sheet, rule)), platform, rule)


def _shape(sheet: Sheet, rule: UploadRule | None) -> Shape:
    if rule is None:
        return Shape(sheet.header, sheet.column.index)
    limits = {key(name): limit for name, limit in rule.cell_limits.items()}
    cell_limits = {index: limits[key(name)] for index, name in enumerate(sheet.header) if key(name) in limits}
    return Shape(sheet.header, sheet.column.index, rule.platform, cell_limits)


def _run(check: _Check, sinks: list[Sink], on_progress: OnProgress | None) -> Report:
    rows = ok = 0
    problems: list[Problem] = []
    for batch in check.batches(on_progress):
        rows += len(batch.numbers)
        ok += len(batch.numbers) - batch.numbers.count(None)
        for found in batch.problems.values():
            problems.extend(found)
        for sink in sinks:
            sink.write(batch)
    sheet = check.sheet
    notes = (*_notes(sheet, rows), *_upload_notes(check, rows, ok))
    for sink in sinks:
        sink.finish(notes)
    name, encoding = sheet.column.name, sheet.source.encoding
    return Report(rows, ok, tuple(problems), notes, name, encoding, sheet.delimiter)


def _notes(sheet: Sheet, rows: int) -> Iterator[Problem]:
    """Say what was assumed about the file as a whole."""
    if sheet.source.encoding == "cp1252":
        yield _note(
            "encoding_guessed",
            "The file is not UTF-8 and was read as Windows-1252: check names with accents.",
        )
    if not sheet.column.has_header:
        place = sheet.column.index + 1
        yield _note("no_header", f"The file has no header: column {place} was taken for the numbers.")
    if sheet.column.others:
        others = ", ".join(map(repr, sheet.column.others))
        yield _note(
            "other_columns", f"{sheet.column.name!r} was taken for the numbers; {others} may hold some too."
        )
    if not rows:
        yield _note("no_rows", "The file has a header and no rows: there is nobody to call.")


def _upload_notes(check: _Check, rows: int, ok: int) -> tuple[Problem, ...]:
    if check.rule is None:
        return (unknown_platform(check.platform),) if check.platform else ()
    sheet = check.sheet
    facts = UploadFacts(sheet.header, sheet.column.name, rows, ok, sheet.source.size)
    return check_upload(check.rule, facts)


def _note(code: str, message: str) -> Problem:
    return Problem(0, 1, code, message, repaired=True)
