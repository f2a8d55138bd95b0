"""Workbooks are read as they are: floats, dates, formulas, hidden sheets, and untrue sizes."""

import io
import re
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tasks.contact_files.file import ContactFileError, check_file, iter_checked

ANN, BOB, CY = "+61412345678", "+61412345679", "+61412345680"
Rows = list[list[Any]]


def saved(folder: Path, sheets: dict[str, Rows], hidden: tuple[str, ...] = ()) -> Path:
    """Write a workbook and return its path."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
        sheet.sheet_state = "hidden" if title in hidden else "visible"
    path = folder / "contacts.xlsx"
    book.save(path)
    return path


def numbers(path: Path) -> list[str | None]:
    """Return each row's number."""
    return [row.e164 for row in iter_checked(path, region="AU")]


def test_values_of_every_type_are_read(tmp_path: Path) -> None:
    """D09: a float is its digits, a date is no number, a true in DND is an opt-out, a blank row is one."""
    rows: Rows = [
        ["name", "phone", "DND"],
        ["Ann", 61412345678.0, None],
        ["Bob", BOB, False],
        ["Cy", 412345680, True],
        [None, None, None],
        ["Di", date(2026, 5, 1), None],
        ["Ed", "0412 345 681"],
    ]
    path = saved(tmp_path, {"Sheet": rows})
    found = list(iter_checked(path, region="AU"))
    assert [row.e164 for row in found] == [ANN, BOB, None, None, None, "+61412345681"]
    assert [row.line for row in found] == [2, 3, 4, 5, 6, 7]
    assert found[2].problems[0].code == "opted_out"


def test_a_formula_without_a_value_is_named(tmp_path: Path) -> None:
    """A program that writes formulas stores no values with them: the row is held for it, not empty."""
    path = saved(tmp_path, {"Sheet": [["name", "phone"], ["Ann", '="+61"&"412345678"'], ["Bob", BOB]]})
    report = check_file(path, region="AU")
    assert [(one.row, one.code) for one in report.problems] == [(1, "formula")]


def test_the_first_sheet_that_people_see_is_read_and_others_are_named(tmp_path: Path) -> None:
    """A hidden list is nobody's upload; a second visible one is said in the first line."""
    sheets = {"old": [["phone"], [CY]], "now": [["phone"], [ANN]], "more": [["phone"], [BOB]], "none": []}
    path = saved(tmp_path, sheets, hidden=("old",))
    assert numbers(path) == [ANN]
    report = check_file(path, region="AU")
    assert "'more'" in report.notes[0].message
    assert "other sheets of the workbook were not read" in report.headline


def test_a_size_that_is_not_true_loses_nobody(tmp_path: Path) -> None:
    """Some exporters claim that their sheet is one cell: all of it is read."""
    path = saved(tmp_path, {"Sheet": [["name", "phone"], ["Ann", ANN], ["Bob", BOB]]})
    content = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(content, "w") as new:
        for item in old.namelist():
            data = old.read(item)
            if item.startswith("xl/worksheets/"):
                data = re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1"', data)
            new.writestr(item, data)
    path.write_bytes(content.getvalue())
    assert numbers(path) == [ANN, BOB]


def test_titles_and_countries_are_read_in_workbooks_too(tmp_path: Path) -> None:
    """A workbook is a contact file like any other."""
    rows: Rows = [["Call list"], [], ["phone_code", "phone", "x"], [44, 7400123456, 1], [61, 412345678, 2]]
    assert numbers(saved(tmp_path, {"Sheet": rows})) == ["+447400123456", ANN]


@pytest.mark.parametrize("kept", [10, 200, 1000])
def test_a_damaged_workbook_is_told(tmp_path: Path, kept: int) -> None:
    """Half a download ends in one sentence."""
    path = saved(tmp_path, {"Sheet": [["phone"], [ANN]]})
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ContactFileError, match="no workbook that can be read: save it as CSV UTF-8"):
        check_file(path, region="AU")


def test_a_zip_of_something_else_is_told(tmp_path: Path) -> None:
    """An archive is no workbook."""
    path = tmp_path / "contacts.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("contacts.csv", "phone\n")
    with pytest.raises(ContactFileError, match="no workbook that can be read"):
        check_file(path, region="AU")
