"""Excel workbooks: the first sheet that people see, as the rows that a spreadsheet would export."""

import importlib
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from typing import Any, Final
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

from models.contacts.verdict import ContactFileError
from tasks.contact_files.batches import BATCH, Records
from tasks.contact_files.text import ContactFileSource

_LARGEST: Final = 1 << 30
"""Bytes of an unpacked workbook: the million rows of a full sheet need a fifth of it."""
_FORMULA: Final = (b"<f>", b"<f ", b":f>", b":f ")
_CHUNK = 1 << 20
_FAULTS = (
    *(BadZipFile, zlib.error, ParseError, EOFError, NotImplementedError),
    *(KeyError, ValueError, IndexError, TypeError, AttributeError),
)
"""What openpyxl raises over a file that is no workbook."""


@dataclass(frozen=True, slots=True)
class Workbook:
    """The rows of one sheet, and the names of other visible sheets that hold something and are not read."""

    batches: Iterator[Records]
    unread: tuple[str, ...]


def workbook(source: ContactFileSource) -> Workbook:
    """Open the first visible sheet of a workbook; ContactFileError where there is none that can be read."""
    try:
        with source.open() as file, ZipFile(file) as archive:
            _refuse_large(source, archive)
            has_formulas = _has_formulas(archive)
        unread = _unread(source)
    except _FAULTS as fault:
        raise _no_workbook(source) from fault
    return Workbook(_batches(source, has_formulas=has_formulas), unread)


def _refuse_large(source: ContactFileSource, archive: ZipFile) -> None:
    if sum(item.file_size for item in archive.infolist()) > _LARGEST:
        raise ContactFileError(f"{source.path.name} unpacks to more than 1 GB: save it as CSV UTF-8.")


def _has_formulas(archive: ZipFile) -> bool:
    """Tell whether any sheet holds a formula; where none does, the values alone are the whole truth."""
    sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
    for name in sheets:
        with archive.open(name) as sheet:
            end = b""
            while chunk := sheet.read(_CHUNK):
                if any(mark in end + chunk for mark in _FORMULA):
                    return True
                end = chunk[-2:]
    return False


def _unread(source: ContactFileSource) -> tuple[str, ...]:
    with source.open() as file, closing(_opened(file, values=True)) as book:
        _, *others = _visible(book)
        return tuple(sheet.title for sheet in others if _holds_something(sheet))


def _holds_something(sheet: Any) -> bool:
    return any(value is not None for row in islice(_rows(sheet), BATCH) for value in row)


def _opened(file: Any, *, values: bool) -> Any:
    return importlib.import_module("openpyxl").load_workbook(file, read_only=True, data_only=values)


def _visible(book: Any) -> list[Any]:
    """List the sheets that a person sees who opens the workbook, the first that holds something in front.

    A workbook of which every sheet is hidden is read from its first.
    """
    seen = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"] or list(book.worksheets)
    return sorted(seen, key=lambda sheet: not _holds_something(sheet))


def _rows(sheet: Any) -> Iterator[tuple[object, ...]]:
    """Walk a sheet from its first cell on, whatever size it claims: some exporters claim one cell."""
    sheet.reset_dimensions()
    rows: Iterator[tuple[object, ...]] = sheet.iter_rows(min_row=1, min_col=1, values_only=True)
    return rows


def _batches(source: ContactFileSource, *, has_formulas: bool) -> Iterator[Records]:
    try:
        with source.open() as file, closing(_opened(file, values=True)) as book:
            rows = _rows(_visible(book)[0])
            if not has_formulas:
                yield from _records(rows)
                return
            with source.open() as again, closing(_opened(again, values=False)) as formulas:
                title = _visible(book)[0].title
                yield from _records(_with_formulas(rows, _rows(formulas[title])))
    except _FAULTS as fault:
        raise _no_workbook(source) from fault


def _with_formulas(
    rows: Iterator[tuple[object, ...]], formulas: Iterator[tuple[object, ...]]
) -> Iterator[tuple[object, ...]]:
    """Put a formula's text where the program that wrote the file stored no value with it."""
    for values, texts in zip(rows, formulas, strict=True):
        yield tuple(text if value is None else value for value, text in zip(values, texts, strict=True))


def _records(rows: Iterator[tuple[object, ...]]) -> Iterator[Records]:
    line, width = 1, 0
    while some := [[cell_text(value) for value in row] for row in islice(rows, BATCH)]:
        width = max(width, *map(len, some))
        for cells in some:
            cells.extend([""] * (width - len(cells)))
        yield Records(some, range(line, line + len(some)))
        line += len(some)


def _no_workbook(source: ContactFileSource) -> ContactFileError:
    return ContactFileError(f"{source.path.name} is no workbook that can be read: save it as CSV UTF-8.")


def cell_text(value: object) -> str:
    """Return a workbook's value as a spreadsheet would export it to CSV.

    A whole number stored as a float loses its decimal part: up to 15 digits a float holds them all.
    """
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value)
