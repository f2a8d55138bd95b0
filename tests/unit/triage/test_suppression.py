"""The opt-out file: read as people write such files, never ignored, never guessed at."""

import io
import os
from pathlib import Path

import openpyxl
import pytest

from tasks.triage.suppression import UnreadableListError, from_file, read_list

KIM, LEE = "+61491570006", "+61255501234"


def listed(tmp_path: Path, content: bytes, region: str | None = "AU") -> frozenset[str]:
    """Read a file of that content."""
    path = tmp_path / "optouts"
    path.write_bytes(content)
    return from_file(path, region)


@pytest.mark.parametrize(
    "content",
    [
        f"{KIM}\n{LEE}\n".encode(),
        f"phone,why\n{KIM},asked\n{LEE},asked\n".encode(),
        f"phone;why\r\n{KIM};asked\r\n\r\n{LEE};asked\r\n".encode("utf-8-sig"),
        f"phone\t\n{KIM}\t1\n{LEE}\t2".encode("utf-16"),
        b'# opted out by mail\n0491 570 006\n"(02) 5550 1234"\n',
        f"  {KIM}  \n'{LEE}\n{KIM}\n".encode(),
    ],
)
def test_numbers_are_read_as_people_write_them(tmp_path: Path, content: bytes) -> None:
    """Plain lists, CSV with a head, Excel's encodings, comments, national spellings and doubles are fine."""
    assert listed(tmp_path, content) == {KIM, LEE}


def test_an_empty_list_is_a_list(tmp_path: Path) -> None:
    """A file in which nobody opted out yet holds nobody back."""
    assert listed(tmp_path, b"phone,why\n") == frozenset()


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (f"{KIM}\nKim Lee\n".encode(), "2"),
        (f"phone\n{KIM}\n12\n".encode(), "3"),
        (b"6.14E+10\n", "1"),
    ],
)
def test_a_line_that_is_no_number_holds_everybody(tmp_path: Path, content: bytes, line: str) -> None:
    """Somebody opted out there, and nobody knows who: the line is named, its content is not."""
    with pytest.raises(UnreadableListError, match=rf"\({line}\)") as caught:
        listed(tmp_path, content)
    assert "Kim" not in str(caught.value)


def test_a_national_number_needs_a_country(tmp_path: Path) -> None:
    """Without a default region a number of some country is no knowledge of whom not to call."""
    with pytest.raises(UnreadableListError, match="default_region"):
        listed(tmp_path, b"0491 570 006\n", region=None)


def test_a_missing_list_is_no_empty_list(tmp_path: Path) -> None:
    """A path without a file holds, in one sentence that names it."""
    with pytest.raises(UnreadableListError, match=r"gone\.csv cannot be read"):
        from_file(tmp_path / "gone.csv", "AU")


def test_the_list_is_read_anew(tmp_path: Path) -> None:
    """A change counts at once, also where size and time stay the same."""
    path = tmp_path / "optouts"
    path.write_text(KIM, encoding="utf-8")
    before = path.stat()
    assert from_file(path, None) == {KIM}
    path.write_text(KIM[:-1] + "7", encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert from_file(path, None) == {KIM[:-1] + "7"}


def test_a_hundred_thousand_lines_are_read_fast(tmp_path: Path) -> None:
    """Clean E.164 needs no library: a list of that size is no reason to skip reading it before a wave."""
    numbers = [f"+614{n:08d}" for n in range(100_000)]
    assert len(listed(tmp_path, "\n".join(numbers).encode())) == len(numbers)


def workbook(rows: list[list[object]], *more: str) -> bytes:
    """Return a workbook of those rows, and of further sheets with one row each."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for title in more:
        book.create_sheet(title).append([KIM])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(
            f"date,phone,reason\n2026-05-01,{KIM},asked\n2026-05-02,{LEE},asked\n".encode(), id="D10"
        ),
        pytest.param(
            f"Customer ID,Phone,Reason\n298765432,{KIM},asked\n298765433,{LEE},asked\n".encode(), id="D11"
        ),
        pytest.param(f"Phone Number,Reason\n{KIM},asked\n(02) 5550 1234,asked\n".encode(), id="D58"),
        pytest.param(f"Number,Reason,Contact\n298765432,asked,{KIM}\n7,asked,{LEE}\n".encode(), id="lying"),
        pytest.param(f"298765432,2026-05-01,{KIM}\n298765433,2026-05-02,{LEE}\n".encode(), id="no header"),
        pytest.param(f"Opt-outs\nas of,2026-05-01\n\nid,Mobile\n1,{KIM}\n2,{LEE}\n".encode(), id="title"),
        pytest.param(f"name;Phone;Mobile\nKim;{KIM};{LEE}\n".encode("cp1252"), id="both numbers of a person"),
        pytest.param(f"phone\n{KIM}; {LEE}\n".encode(), id="two in a cell"),
        pytest.param(f"phone,scope\n{KIM},Call\n{LEE},All\n+61491570007,SMS\n".encode(), id="scope"),
        pytest.param(f"phone,DND\n{KIM},all\n{LEE},\n+61491570007,false\n".encode(), id="a plain no"),
        pytest.param(workbook([["id", "phone"], [298765432, 61491570006.0], [2, LEE]]), id="workbook"),
        pytest.param(
            b"phone\n+61491570006@c.us\np:+61255501234\n".replace(b"+61491570006@", b"61491570006@"), id="p"
        ),
    ],
)
def test_lists_of_any_shape_are_read(tmp_path: Path, content: bytes) -> None:
    """The number column is found as in a contact file; ids and dates are never numbers."""
    assert listed(tmp_path, content) == {KIM, LEE}


def test_a_country_beside_the_number_counts(tmp_path: Path) -> None:
    """A national number of another country is kept as that country's."""
    content = b"phone_code,phone_number\n44,7400123456\n61,491570006\n"
    assert listed(tmp_path, content) == {"+447400123456", KIM}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (f"Customer,Since\nKim,{KIM[:5]}\n".encode(), "cannot be understood.*no column known"),
        (b"298765432,Kim Lee\n298765433,Lee Kim\n", "cannot be understood.*numbers or ids"),
        (b"Number,Reason\n298765432,asked\n", "cannot be understood.*numbers or ids"),
        (f"{KIM},{LEE}\n{LEE},{KIM}\n".encode(), "cannot be understood.*several columns"),
        (f"date,phone\n2026-05-01,{KIM}\n2026-05-02,\n".encode(), r"\(3\)"),
        (f"name,phone\nKim,{KIM}\nLee,2026-05-01\n".encode(), r"\(3\)"),
        (f"phone,mobile\n{KIM},12\n".encode(), r"\(2\)"),
        (f"phone\n{KIM}; 12\n".encode(), r"\(2\)"),
        (
            f"country,phone\nGB,7400123456\n,0491570006\nAtlantis,0491570006\n{KIM},{KIM}\n".encode(),
            r"\(3, 4\)",
        ),
        (f'phone,why\n{KIM},asked\n{LEE},"asked\nand so on'.encode(), "phone number"),
        (f"#REF!,phone\n{KIM}\n".encode(), "so nobody is called"),
        (b"PK\x03\x04 a workbook\n1\n", "no workbook that can be read"),
        (workbook([["phone"], [KIM]], "more"), "several sheets"),
        (b"%PDF-1.7\n", "is a PDF"),
    ],
)
def test_what_cannot_be_read_whole_holds_everybody(tmp_path: Path, content: bytes, says: str) -> None:
    """A column that is not sure, or a line that would be skipped, is a person who would be called."""
    with pytest.raises(UnreadableListError, match=says) as caught:
        listed(tmp_path, content)
    assert KIM not in str(caught.value)


def test_what_was_not_taken_is_said(tmp_path: Path) -> None:
    """Lines of other channels, repeated headers and totals are named with their line."""
    path = tmp_path / "optouts.csv"
    path.write_text(f"name,phone,channel\nKim,{KIM},Call\nLee,{LEE},SMS\nname,phone,channel\nTotal,2,\n")
    found = read_list(path, "AU")
    assert (found.numbers, found.column) == (frozenset({KIM}), "phone")
    assert found.passed_over == (
        (3, "is of another channel than calls"),
        (4, "is the header again"),
        (5, "closes the list"),
    )
    assert KIM not in repr(found)


def test_arabic_digits_are_the_same_number(tmp_path: Path) -> None:
    """A number in digits of another script is kept as the number that a job holds."""
    assert listed(tmp_path, "+٦١٤٩١٥٧٠٠٠٦\n".encode()) == {KIM}
