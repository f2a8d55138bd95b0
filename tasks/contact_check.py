"""One contact file under check: opened, its column found, its rows judged batch by batch."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from models.contacts.clean import clean
from models.contacts.columns import key
from models.contacts.numbers import NumberChecker
from models.contacts.rows import Batch, RowChecker, Shape
from models.contacts.uploads import UploadFacts, UploadRule, check_upload, rule_for, unknown_platform
from models.contacts.verdict import ContactFileError, Problem
from tasks.contact_sheet import Sheet, open_sheet

_DEFAULT_NAME = "phone_number"
_TOLD_EVERY = 4096
"""Rows between two words about the progress: a bar that is drawn more often costs more than the check."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a check has come: data rows judged, and bytes read of the file's size."""

    rows: int
    bytes_read: int
    size: int


OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Check:
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

    def _progress(self, rows: int) -> Progress:
        return Progress(rows, self.sheet.position(), self.sheet.source.size)

    def notes(self, rows: int, ok: int) -> tuple[Problem, ...]:
        """Say what was assumed of the file as a whole and what the platform would refuse."""
        return (*_notes(self.sheet, rows), *_upload_notes(self, rows, ok))


@contextmanager
def open_check(
    path: Path, region: str | None, column: str | None, platform: str | None, *, premium: bool
) -> Iterator[Check]:
    """Open a file for its check; arguments and errors as for `tasks.contact_file.check_file`."""
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
        yield Check(sheet, RowChecker(checker, _shape(sheet, rule)), platform, rule)


def _shape(sheet: Sheet, rule: UploadRule | None) -> Shape:
    if rule is None:
        return Shape(sheet.header, sheet.column.index)
    limits = {key(name): limit for name, limit in rule.cell_limits.items()}
    cell_limits = {index: limits[key(name)] for index, name in enumerate(sheet.header) if key(name) in limits}
    return Shape(sheet.header, sheet.column.index, rule.platform, cell_limits)


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


def _upload_notes(check: Check, rows: int, ok: int) -> tuple[Problem, ...]:
    if check.rule is None:
        return (unknown_platform(check.platform),) if check.platform else ()
    sheet = check.sheet
    facts = UploadFacts(sheet.header, sheet.column.name, rows, ok, sheet.source.size)
    return check_upload(check.rule, facts)


def _note(code: str, message: str) -> Problem:
    return Problem(0, 1, code, message, repaired=True)
