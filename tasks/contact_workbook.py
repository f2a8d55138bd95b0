"""Excel workbooks, read where openpyxl happens to be installed; it is no dependency of ours."""

import importlib
import importlib.util
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from models.contacts.verdict import ContactFileError
from tasks.contact_batches import BATCH, Records


def workbook(path: Path) -> Iterator[Records]:
    """Read the first sheet of a workbook; ContactFileError where it cannot be read here."""
    if importlib.util.find_spec("openpyxl") is None:
        raise ContactFileError(
            f"{path.name} is an Excel workbook or a ZIP archive: save it as CSV UTF-8, "
            "or install openpyxl to have workbooks read as they are."
        )
    openpyxl: Any = importlib.import_module("openpyxl")
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        with closing(book):
            yield from _records(book.worksheets[0].iter_rows(values_only=True))
    except (BadZipFile, KeyError, ValueError, IndexError) as fault:
        raise ContactFileError(
            f"{path.name} is no workbook that can be read: save it as CSV UTF-8."
        ) from fault


def _records(rows: Iterator[tuple[object, ...]]) -> Iterator[Records]:
    line = 1
    while some := [[cell_text(value) for value in row] for row in islice(rows, BATCH)]:
        yield Records(some, range(line, line + len(some)))
        line += len(some)


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
