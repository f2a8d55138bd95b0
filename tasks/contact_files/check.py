"""One contact file under check: opened, its column found, its rows judged batch by batch."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from models.contacts.clean import clean
from models.contacts.phones.numbers import NumberChecker
from models.contacts.refusals import Refusals
from models.contacts.rows import Batch, RowChecker, Shape
from models.contacts.sheet.columns import shown_name
from models.contacts.sheet.names import key
from models.contacts.uploads import UploadFacts, UploadRule, check_upload, rule_for, unknown_platform
from models.contacts.verdict import ContactFileError, RowProblem
from tasks.contact_files.records import may_forbid_calls
from tasks.contact_files.sheet import Search, Sheet, open_sheet
from tasks.contact_files.text import ContactFileSource, examine

_DEFAULT_NAME = "phone_number"
_TOLD_EVERY = 4096
"""Rows between two words about the progress: a bar that is drawn more often costs more than the check."""


@dataclass(frozen=True, slots=True)
class FileProgress:
    """How far a check has come: data rows judged, and bytes read of the file's size."""

    rows: int
    bytes_read: int
    size: int


OnProgress = Callable[[FileProgress], None]


@dataclass(frozen=True, slots=True)
class FileCheck:
    """One open file and what judges its rows; `rule` is None where no upload rules apply."""

    sheet: Sheet
    rows: RowChecker
    platform: str | None
    rule: UploadRule | None

    @property
    def clean_name(self) -> str:
        """The number column's name in the cleaned file."""
        return self.rule.header if self.rule else self.sheet.column.name or _DEFAULT_NAME

    def batches(self, on_progress: OnProgress | None) -> Iterator[Batch]:
        """Judge the file batch by batch, telling the progress every few thousand rows and at the end."""
        told = last = 0
        for rows in self.sheet.rows:
            yield self.rows.check(rows)
            last = rows.first + len(rows.cells) - 1
            if on_progress is not None and last - told >= _TOLD_EVERY:
                on_progress(self._progress(last))
                told = last
        if on_progress is not None and last > told:
            on_progress(self._progress(last))

    def _progress(self, rows: int) -> FileProgress:
        return FileProgress(rows, self.sheet.position(), self.sheet.source.size)

    def notes(self, rows: int, ok: int) -> tuple[RowProblem, ...]:
        """Say what was assumed of the file as a whole and what the platform would refuse."""
        return (*_notes(self.sheet, self.rows.refusals, rows), *_upload_notes(self, rows, ok))


@contextmanager
def open_check(
    path: Path, region: str | None, column: str | None, platform: str | None, *, premium: bool
) -> Iterator[FileCheck]:
    """Open a file for its check; arguments and errors as for `tasks.contact_files.file.check_file`."""
    home = region.strip().upper() if region else None
    try:
        checker = _checker(home, premium)
    except ValueError as fault:
        raise ContactFileError(str(fault)) from None

    def is_number(cell: str) -> bool:
        text = clean(cell).text
        return text is not None and checker.check(text).e164 is not None

    rule = rule_for(platform)
    search = Search(column, rule.header if rule else None, is_number)
    source = examine(path)

    def opened() -> AbstractContextManager[Sheet]:
        return open_sheet(source, search)

    with opened() as sheet:
        rows = RowChecker(lambda told: _checker(told, premium), _shape(sheet, rule, home))
        _learn(rows, source, opened)
        yield FileCheck(sheet, rows, platform, rule)


@lru_cache(maxsize=256)
def _checker(region: str | None, premium: bool) -> NumberChecker:
    """Return the checker of a region; its expressions are compiled once, whatever the number of files."""
    return NumberChecker(region, premium=premium)


def _learn(
    rows: RowChecker, source: ContactFileSource, opened: Callable[[], AbstractContextManager[Sheet]]
) -> None:
    """Read the file once before its check, where a row may say what is right for the rows before it."""
    if rows.refusals.worded and not may_forbid_calls(source):
        rows.refusals.drop_worded()
    if rows.must_learn or rows.refusals.is_any:
        with opened() as sheet:
            for some in sheet.rows:
                rows.learn(some)
        rows.learnt()


def _shape(sheet: Sheet, rule: UploadRule | None, region: str | None) -> Shape:
    limits = {key(name): limit for name, limit in rule.cell_limits.items()} if rule else {}
    return Shape(
        sheet.header,
        sheet.column.index,
        rule.platform if rule else "",
        {index: limits[key(name)] for index, name in enumerate(sheet.header) if key(name) in limits},
        sheet.column.spare,
        region,
        sheet.sample,
    )


def _notes(sheet: Sheet, refusals: Refusals, rows: int) -> Iterator[RowProblem]:
    """Say what was assumed about the file as a whole."""
    if sheet.source.encoding == "cp1252":
        yield _note(
            "encoding_guessed",
            "The file is not UTF-8 and was read as Windows-1252: check names with accents.",
        )
    yield from _layout_notes(sheet)
    yield from _column_notes(sheet)
    for name in refusals.unused():
        yield _note(
            "consent_unused",
            f"The column {shown_name(name)} is empty in every row: nobody's consent is told by it.",
        )
    if not rows:
        yield _note("no_rows", "The file has a header and no rows: there is nobody to call.")


def _layout_notes(sheet: Sheet) -> Iterator[RowProblem]:
    if sheet.lead_in:
        first, last = sheet.lead_in[0], sheet.lead_in[-1]
        where = f"Line {first}" if first == last else f"Lines {first} to {last}"
        what = "title, not a contact" if first == last else "title, not contacts"
        yield _note("lead_in", f"{where} before the table: taken for a {what}.")
    if sheet.unread:
        names = ", ".join(map(shown_name, sheet.unread))
        yield _note(
            "other_sheets",
            f"The workbook has more sheets ({names}), which were not read: save each as a file of its own.",
        )
    if not sheet.column.has_header:
        place = sheet.column.index + 1
        yield _note("no_header", f"The file has no header: column {place} was taken for the numbers.")


def _column_notes(sheet: Sheet) -> Iterator[RowProblem]:
    column = sheet.column
    name = shown_name(column.name)
    if column.overruled:
        yield _note(
            "header_overruled",
            f"The column {shown_name(column.overruled)} holds no phone numbers, whatever its name says: "
            f"{name} was taken for them.",
        )
    elif column.by_content and column.has_header:
        yield _note("by_content", f"No column is known by its name: {name} holds numbers and was taken.")
    if column.others:
        others = ", ".join(map(shown_name, column.others))
        helped = [shown_name(sheet.header[index]) for index in column.spare]
        help_ = f" Where it has no number to dial, {', '.join(helped)} was used." if helped else ""
        yield _note("other_columns", f"{name} was taken for the numbers; {others} may hold some too.{help_}")


def _upload_notes(check: FileCheck, rows: int, ok: int) -> tuple[RowProblem, ...]:
    if check.rule is None:
        return (unknown_platform(check.platform),) if check.platform else ()
    sheet = check.sheet
    facts = UploadFacts(sheet.header, sheet.column.name, rows, ok, sheet.source.size)
    return check_upload(check.rule, facts)


def _note(code: str, message: str) -> RowProblem:
    return RowProblem(0, 1, code, message, repaired=True)
