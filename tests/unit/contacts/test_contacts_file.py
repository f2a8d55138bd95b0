"""A contact file is read in every dress it comes in, each row keeps its place, and no row is lost."""

import codecs
import csv
import io
import os
import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.contact_files.batches import BATCH
from tasks.contact_files.file import ContactFileError, FileProgress, check_file, iter_checked
from tasks.contact_files.text import unreadable
from tasks.contact_files.workbook import cell_text

NUMBERS = ["+61491570156", "+61491570157", "+61491570158", "+61491570159", "+61491570110"]
PLAIN = "name,phone\nAna," + "\nZoë,".join(NUMBERS[:2]) + "\n"


def saved(folder: Path, content: str | bytes, name: str = "contacts.csv") -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def verdicts(path: Path, **options: str) -> list[tuple[int, int, str | None, tuple[str, ...]]]:
    """Return row, line, number and codes of each row."""
    found = iter_checked(path, region="AU", **options)  # type: ignore[arg-type]
    return [(row.row, row.line, row.e164, tuple(problem.code for problem in row.problems)) for row in found]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (PLAIN.encode(), "utf-8"),
        (codecs.BOM_UTF8 + PLAIN.encode(), "utf-8-sig"),
        (codecs.BOM_UTF16_LE + PLAIN.encode("utf-16-le"), "utf-16"),
        (codecs.BOM_UTF16_BE + PLAIN.encode("utf-16-be"), "utf-16"),
        (PLAIN.encode("utf-16-le"), "utf-16-le"),
        (PLAIN.encode("utf-16-be"), "utf-16-be"),
        (PLAIN.encode("cp1252"), "cp1252"),
    ],
)
def test_every_encoding_is_read(tmp_path: Path, content: bytes, encoding: str) -> None:
    """What Excel and its friends save is read without being asked how."""
    path = saved(tmp_path, content)
    report = check_file(path, region="AU")
    assert (report.rows, report.ok, report.problems, report.encoding) == (2, 2, (), encoding)
    assert [note.code for note in report.notes] == (["encoding_guessed"] if encoding == "cp1252" else [])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("delimiter", "first"), [(",", ""), (";", ""), ("\t", ""), ("|", ""), (";", "sep=;")]
)
def test_every_delimiter_and_line_end_is_read(tmp_path: Path, delimiter: str, first: str, end: str) -> None:
    """Rows keep their line numbers, a `sep=` line included."""
    lines = [
        *([first] if first else []),
        delimiter.join(["name", "phone"]),
        delimiter.join(["Ana", NUMBERS[0]]),
    ]
    path = saved(tmp_path, end.join(lines) + end)
    assert verdicts(path) == [(1, len(lines), NUMBERS[0], ())]


def test_rows_keep_their_lines(tmp_path: Path) -> None:
    """Blank rows, quoted line breaks and blank lines before the header do not shift a row's line."""
    path = saved(
        tmp_path,
        f'\n\nname,phone\n"Ana\nMaria",{NUMBERS[0]}\n\nBob,{NUMBERS[1]}\n,,\n"Cem\r\nA",{NUMBERS[2]}\n\n\n,\n',
    )
    assert verdicts(path) == [
        (1, 4, NUMBERS[0], ()),
        (2, 6, None, ("empty_row",)),
        (3, 7, NUMBERS[1], ()),
        (4, 8, None, ("empty_row",)),
        (5, 9, NUMBERS[2], ()),
    ]


@pytest.mark.parametrize("blank", [1, BATCH, 3 * BATCH])
@pytest.mark.parametrize("before", [1, BATCH - 2, BATCH - 1, BATCH])
def test_blank_rows_count_where_others_follow(tmp_path: Path, before: int, blank: int) -> None:
    """Rows keep their numbers across any stretch of blank ones, and blank ones at the end are no rows."""
    head = "phone,id\n" + "".join(f",n{row}\n" for row in range(before))
    rows = f"{NUMBERS[0]},x\n" + ",y\n" * BATCH + f"{NUMBERS[1]},z\n"
    found = verdicts(saved(tmp_path, head + ",\n" * blank + rows + ",\n" * blank))
    first, last = before + blank + 1, before + blank + BATCH + 2
    assert [row[:2] for row in found] == [(at, at + 1) for at in range(1, last + 1)]
    assert found[first - 1] == (first, first + 1, NUMBERS[0], ())
    assert found[last - 1] == (last, last + 1, NUMBERS[1], ())
    assert all(row[3] == ("empty_row",) for row in found[before : first - 1])


def test_line_ends_on_both_sides_of_a_delimiter_are_two(tmp_path: Path) -> None:
    """Odd line breaks at the edges of cells do not shift a line number."""
    path = saved(tmp_path, f'a,phone,b\n"x\r",{NUMBERS[0]},"\ny"\n"x\r","\n{NUMBERS[1]}",\nz,{NUMBERS[2]},\n')
    assert [row[1] for row in verdicts(path)] == [2, 5, 8]


def test_ragged_rows(tmp_path: Path) -> None:
    """A row that lacks its last cells is dialled, one whose columns may have shifted is not."""
    path = saved(
        tmp_path,
        f"name,phone,note,,\nAna,{NUMBERS[0]},x,,\nBob,{NUMBERS[1]},y\nCem,{NUMBERS[2]}\nDan\n"
        f"Eve,{NUMBERS[3]},x,,,,,\nFay,{NUMBERS[4]},x,,,z\n",
    )
    assert verdicts(path) == [
        (1, 2, NUMBERS[0], ()),
        (2, 3, NUMBERS[1], ()),
        (3, 4, NUMBERS[2], ("missing_cells",)),
        (4, 5, None, ("empty",)),
        (5, 6, NUMBERS[3], ()),
        (6, 7, None, ("extra_cells",)),
    ]


def test_a_header_in_the_middle_is_no_contact(tmp_path: Path) -> None:
    """Files glued together are seen through."""
    path = saved(tmp_path, f"Name,Phone Number\nAna,{NUMBERS[0]}\nname,phone number\nBob,{NUMBERS[1]}\n")
    assert verdicts(path)[1] == (2, 3, None, ("header_again",))


def test_no_header_loses_no_contact(tmp_path: Path) -> None:
    """The first row of a headerless file is a contact."""
    path = saved(tmp_path, f"Ana,{NUMBERS[0]}\nBob,{NUMBERS[1]}\n")
    report = check_file(path, region="AU")
    assert (report.rows, report.ok, report.column) == (2, 2, "")
    assert [note.code for note in report.notes] == ["no_header"]
    assert verdicts(path)[0] == (1, 1, NUMBERS[0], ())


def test_a_list_of_numbers_is_a_contact_file(tmp_path: Path) -> None:
    """One column is enough, though no delimiter can be found in it."""
    assert [row[2] for row in verdicts(saved(tmp_path, "\n".join(NUMBERS)))] == NUMBERS


def test_duplicates_are_found_after_normalisation(tmp_path: Path) -> None:
    """However a number is written again, only its first row is dialled, and the message names that row."""
    shapes = ["0491 570 156", "+61491570156", "491570156", "61491570156", "0491570156.0"]
    path = saved(tmp_path, "phone\n000\n" + "\n".join(shapes))
    found = list(iter_checked(path, region="AU"))
    assert [row.e164 for row in found] == [None, NUMBERS[0], None, None, None, None]
    for row in found[2:]:
        assert row.problems[-1].code == "duplicate"
        assert "row 2" in row.problems[-1].message
        assert not any(problem.repaired for problem in row.problems)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+54 9 11 2345-6789", "+541123456789"),
        ("+525512345678", "+5215512345678"),
        ("+39 0549 886000", "+378 0549 886000"),
        ("+970599123456", "+972599123456"),
    ],
)
def test_a_person_written_in_two_ways_is_dialled_once(tmp_path: Path, one: str, other: str) -> None:
    """The second spelling of a line is a duplicate, whichever row comes first."""
    for first, second in ((one, other), (other, one)):
        kept, dropped = verdicts(saved(tmp_path, f"phone\n{first}\n{second}\n"))
        assert kept[2] is not None
        assert (dropped[2], dropped[3][-1]) == (None, "duplicate")


@pytest.mark.parametrize(
    ("region", "new", "old"),
    [
        ("CI", "+225 0707080910", "+225 07 08 09 10"),
        ("BJ", "+229 01 97 12 34 56", "97 12 34 56"),
        ("BR", "(11) 98765-4321", "(11) 8765-4321"),
        ("MU", "5712 3456", "712 3456"),
    ],
)
def test_an_old_plan_s_number_is_held(tmp_path: Path, region: str, new: str, old: str) -> None:
    """The new spelling is read, the old one is held for a person, and nobody is dialled on it."""
    read, held = iter_checked(saved(tmp_path, f"name,phone\nAnn,{new}\nBob,{old}\n"), region=region)
    assert read.e164 is not None
    assert held.e164 is None


def test_a_held_row_does_not_make_its_number_a_duplicate(tmp_path: Path) -> None:
    """A number that was not dialled in its first row still has its second."""
    path = saved(tmp_path, f"phone,name\n{NUMBERS[0]},Ana,shifted\n{NUMBERS[0]},Ana\n")
    assert [row[2] for row in verdicts(path)] == [None, NUMBERS[0]]


@pytest.mark.parametrize("after", [0, 5, BATCH - 2, BATCH - 1, BATCH, BATCH + 1])
def test_a_quote_that_is_never_closed_is_seen(tmp_path: Path, after: int) -> None:
    """Contacts that a stray quote swallows are not lost in silence."""
    before = "".join(f"n{row},\n" for row in range(after))
    path = saved(tmp_path, f'name,phone\n{before}"Ana,{NUMBERS[0]}\nBob,{NUMBERS[1]}\nCem,{NUMBERS[2]}\n')
    assert verdicts(path)[-1] == (after + 1, after + 2, None, ("unclosed_quote",))


def test_a_quote_closed_much_later_is_seen(tmp_path: Path) -> None:
    """A record of many lines is a stray quote's work."""
    swallowed = "".join(f"n{row},x\n" for row in range(30))
    path = saved(tmp_path, f'name,phone\n"Ana\n{swallowed}Bob",{NUMBERS[0]}\nCem,{NUMBERS[1]}\n')
    assert verdicts(path) == [(1, 2, None, ("unclosed_quote",)), (2, 34, NUMBERS[1], ())]


def test_a_cell_without_end_is_an_error_in_words(tmp_path: Path) -> None:
    """A quote that swallows a whole file names the place to look."""
    path = saved(tmp_path, 'name,phone\n"Ana,' + "x,1\n" * 60_000)
    with pytest.raises(ContactFileError, match="quote that is never closed"):
        check_file(path, region="AU")


def test_a_repaired_flag_means_that_the_row_is_dialled(tmp_path: Path) -> None:
    """A row that is held for one reason does not look repaired for another."""
    path = saved(tmp_path, "phone\n'0491570156\n'04915701\n")
    good, bad = iter_checked(path, region="AU")
    assert [problem.repaired for problem in good.problems] == [True]
    assert {problem.repaired for problem in bad.problems} == {False}
    assert len(bad.problems) == 2


def test_a_platform_s_cell_limit_holds_the_row(tmp_path: Path) -> None:
    """A row that the platform would refuse is told before it does."""
    path = saved(tmp_path, f"number,Name\n{NUMBERS[0]},{'x' * 41}\n{NUMBERS[1]},{'x' * 40}\n")
    report = check_file(path, region="AU", platform="vapi")
    assert [(problem.row, problem.code) for problem in report.problems] == [(1, "cell_too_long")]
    assert (report.ok, report.notes) == (1, ())


def test_a_platform_without_rules_is_said(tmp_path: Path) -> None:
    """What was not checked is not passed off as checked."""
    notes = check_file(saved(tmp_path, PLAIN), region="AU", platform="voqo").notes
    assert [note.code for note in notes] == ["upload_rules_unknown"]


def test_a_header_without_rows_is_said(tmp_path: Path) -> None:
    """An export that lost its rows does not look like a good one."""
    report = check_file(saved(tmp_path, "name,phone\n\n"), region="AU")
    assert (report.rows, [note.code for note in report.notes]) == (0, ["no_rows"])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty: export"),
        (b"\n\n  \n", "is empty: export"),
        (b",,\n,,\n", "holds no rows: export"),
        (b"PK\x03\x04" + b"\x00" * 40, "save it as CSV UTF-8"),
        (b"\xd0\xcf\x11\xe0" + b"\x00" * 40, r"\.xls.*save it as CSV UTF-8"),
        (b"%PDF-1.7\n", "is a PDF.*export it as CSV"),
        (bytes(range(1, 32)) * 9, "is a binary file"),
        (bytes(range(256)), "is a binary file.*export it as CSV"),
        (b"name,phone\nAna,\x81\n", "mixes encodings.*save it again"),
        (codecs.BOM_UTF8 + b"name,phone\nAna,\xe9\n", "mixes encodings.*save it again"),
        (b"name,note\nAna,x\n", "no column known to hold phone numbers.*--column"),
        (b"phone," + b"x" * (3 << 20), "line of more than 1 MB"),
    ],
)
def test_a_bad_file_is_told_what_to_do(tmp_path: Path, content: bytes, says: str) -> None:
    """Every file that cannot be checked ends in one sentence that helps."""
    with pytest.raises(ContactFileError, match=says) as told:
        check_file(saved(tmp_path, content), region="AU")
    assert str(told.value).count("\n") == 0


def test_a_missing_file_and_a_directory_are_told_apart(tmp_path: Path) -> None:
    """The path itself is checked first."""
    with pytest.raises(ContactFileError, match="There is no file"):
        check_file(tmp_path / "none.csv", region="AU")
    with pytest.raises(ContactFileError, match="is a directory"):
        check_file(tmp_path, region="AU")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ContactFileError, match="not a regular file"):
        check_file(tmp_path / "pipe", region="AU")


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (PermissionError(13, "no"), "may not be read by this user: change its permissions"),
        (OSError(5, "no"), r"cannot be read \(Input/output error\): copy it elsewhere"),
    ],
)
def test_what_the_system_refuses_is_told(fault: OSError, says: str) -> None:
    """Missing rights and failing disks are named as such."""
    assert re.search(says, unreadable(Path("contacts.csv"), fault))


def test_an_unknown_region_is_told(tmp_path: Path) -> None:
    """A typo in the region does not turn into a file of bad numbers."""
    with pytest.raises(ContactFileError, match="no region 'ZZZ'"):
        check_file(saved(tmp_path, PLAIN), region="ZZZ")


def test_progress_ends_at_the_end(tmp_path: Path) -> None:
    """A progress bar gets there, and never runs backwards."""
    path = saved(tmp_path, "phone\n" + "".join(f"+614{row:08d}\n" for row in range(10_000)))
    seen: list[FileProgress] = []
    report = check_file(path, region="AU", on_progress=seen.append)
    assert len(seen) >= 3
    assert [item.rows for item in seen] == sorted({item.rows for item in seen})
    assert [item.bytes_read for item in seen] == sorted(item.bytes_read for item in seen)
    assert (seen[-1].rows, seen[-1].bytes_read, seen[-1].size) == (report.rows, *[path.stat().st_size] * 2)


def test_no_number_reaches_a_message_or_a_repr(tmp_path: Path) -> None:
    """Problems, reports and rows can be logged."""
    path = saved(
        tmp_path,
        "phone\n0491570156\n491570156\n491570156 x12\n04915701567\n447400123456\n0491570156;0491570157\n",
    )
    report = check_file(path, region="AU")
    shown = repr(report) + repr(report.problems) + repr(list(iter_checked(path, region="AU")))
    assert not re.search(r"\d{5}", shown)
    assert report.rows == report.ok + report.held == 6
    assert sum(report.by_code.values()) == len(report.problems)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (61491570156, "61491570156"),
        (61491570156.0, "61491570156"),
        (0.5, "0.5"),
        ("0491570156", "0491570156"),
        (date(2026, 1, 2), "2026-01-02"),
        (True, "True"),
    ],
)
def test_a_workbook_s_values_become_cells(value: object, text: str) -> None:
    """A number that a workbook holds as a float keeps its digits."""
    assert cell_text(value) == text


cells = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8) | st.sampled_from(
    ["a\nb", "\r\n", "\r", '"', ",", "a\n\rb"]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    rows=st.lists(st.tuples(cells, cells), min_size=1, max_size=12),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_was_written_is_read(
    tmp_path: Path, rows: list[tuple[str, str]], delimiter: str, end: str, encoding: str
) -> None:
    """Every row comes back once, in order, with its cell as it was and the line it starts on."""
    texts = []
    for record in (
        ("phone", "id", "x"),
        *((cell, f"id{at}", other) for at, (cell, other) in enumerate(rows)),
    ):
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL).writerow(record)
        texts.append(text.getvalue())
    path = tmp_path / "contacts.csv"
    path.write_bytes("".join(texts).encode(encoding))
    found = list(iter_checked(path, region="AU", column="phone"))
    assert [row.raw for row in found] == [cell for cell, _ in rows]
    assert [row.row for row in found] == list(range(1, len(rows) + 1))
    starts = [1 + len(re.findall(r"\r\n|\r|\n", "".join(texts[:at]))) for at in range(1, len(texts))]
    assert [row.line for row in found] == starts
