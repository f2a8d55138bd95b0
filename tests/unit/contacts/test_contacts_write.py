"""The cleaned file and the problem file: complete or absent, and harmless in a spreadsheet."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.contacts.spreadsheet import safe
from tasks.contact_files.batches import BATCH
from tasks.contact_files.file import ContactFileError, check_file, iter_checked, write_clean, write_problems

CONTENT = (
    'name,Phone Number,note\nAna,0491 570 156,"=HYPERLINK(""x"")"\nBob,000,x\n'
    "Cem,491570157,-5\nDan,0491570156,+61 2\nEve,0491570158\n"
)


def saved(folder: Path, content: str = CONTENT) -> Path:
    """Write a contact file and return its path."""
    path = folder / "contacts.csv"
    path.write_text(content, encoding="utf-8", newline="")
    return path


def table(path: Path) -> list[list[str]]:
    """Read a file back."""
    return list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))


def test_the_clean_file_has_who_may_be_dialled(tmp_path: Path) -> None:
    """Every column stays, the number is E.164, the header is the platform's, and formulas are text."""
    target = tmp_path / "clean.csv"
    report = write_clean(saved(tmp_path), target, region="AU", platform="elevenlabs")
    assert table(target) == [
        ["name", "phone_number", "note"],
        ["Ana", "+61491570156", '\'=HYPERLINK("x")'],
        ["Cem", "+61491570157", "-5"],
        ["Eve", "+61491570158", ""],
    ]
    assert report.ok == 3
    assert not target.read_bytes().startswith(b"\xef\xbb\xbf"), "platforms stumble over the mark"


def test_the_clean_file_is_clean(tmp_path: Path) -> None:
    """Checked again, the cleaned file has nothing to say."""
    target = tmp_path / "clean.csv"
    report = write_clean(saved(tmp_path), target, region="AU", platform="elevenlabs")
    again = check_file(target, region="AU", platform="elevenlabs")
    assert (again.rows, again.ok, again.problems, again.notes) == (report.ok, report.ok, (), ())


def test_the_problem_file_tells_each_problem_with_its_row(tmp_path: Path) -> None:
    """A person can find each row, read what is wrong and correct it."""
    target = tmp_path / "problems.csv"
    report = write_problems(saved(tmp_path), target, region="AU", platform="elevenlabs")
    header, *rows = table(target)
    assert header == ["row", "line", "code", "message", "repaired", "name", "Phone Number", "note"]
    told = [(int(row[0]), int(row[1]), row[2], row[3], row[4] == "yes") for row in rows]
    said = [*report.problems, *report.notes]
    assert told == [(item.row, item.line, item.code, item.message, item.repaired) for item in said]
    assert rows[2][5:] == ["Dan", "0491570156", "'+61 2"]
    assert target.read_bytes().startswith(b"\xef\xbb\xbf"), "spreadsheets need the mark"


def test_both_files_come_from_one_pass(tmp_path: Path) -> None:
    """One check can write both."""
    clean, problems = tmp_path / "clean.csv", tmp_path / "problems.csv"
    report = check_file(saved(tmp_path), region="AU", clean_file=clean, problem_file=problems)
    assert len(table(clean)) == report.ok + 1
    assert len(table(problems)) == len(report.problems) + 1


def test_a_file_without_a_header_gets_one(tmp_path: Path) -> None:
    """A platform needs a name for the number column."""
    target = tmp_path / "clean.csv"
    write_clean(saved(tmp_path, "Ana,0491570156\n"), target, region="AU")
    assert table(target) == [["column_1", "phone_number"], ["Ana", "+61491570156"]]


def test_the_source_is_never_overwritten(tmp_path: Path) -> None:
    """Bad input never loses anything."""
    path = saved(tmp_path)
    (tmp_path / "link.csv").symlink_to(path)
    for target in (path, tmp_path / "link.csv"):
        with pytest.raises(ContactFileError, match="is the contact file itself"):
            write_clean(path, target, region="AU")
    assert path.read_text(encoding="utf-8") == CONTENT


def test_a_failed_check_leaves_the_old_file(tmp_path: Path) -> None:
    """Half a file is never left behind, and what was there stays."""
    target = tmp_path / "clean.csv"
    target.write_text("old", encoding="utf-8")
    path = saved(tmp_path, "phone\n" + "0491570156\n" * 3 * BATCH + '"x' + "x\n" * 80_000)
    with pytest.raises(ContactFileError):
        write_clean(path, target, region="AU")
    assert target.read_text(encoding="utf-8") == "old"
    assert sorted(item.name for item in tmp_path.iterdir()) == ["clean.csv", "contacts.csv"]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A wrong target ends in a sentence."""
    with pytest.raises(ContactFileError, match=r"cannot be written.*choose another place"):
        write_clean(saved(tmp_path), tmp_path / "none" / "clean.csv", region="AU")


def test_only_the_owner_reads_whole_numbers(tmp_path: Path) -> None:
    """Files with whole numbers are born private."""
    target = tmp_path / "clean.csv"
    write_clean(saved(tmp_path), target, region="AU")
    assert target.stat().st_mode & 0o077 == 0


@given(st.text(max_size=10) | st.from_regex(r"[=+\-@\t\r][ -~]{0,8}", fullmatch=True))
def test_no_cell_starts_a_formula(cell: str) -> None:
    """Whatever a contact file holds, opening our files runs nothing; and nothing is taken away."""
    written = safe(cell)
    assert written.removeprefix("'") == cell.removeprefix("'")
    if written[:1] in set("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"):
        assert float(written.replace(",", ".")) is not None


@pytest.mark.parametrize("cell", ["=1+2", "+1+2", "-1-2", "@SUM(1)", "\t=1", "\uff1d1", "+61 2", "-"])
def test_risky_cells_get_an_apostrophe(cell: str) -> None:
    """The OWASP list, and the full-width forms that spreadsheets fold."""
    assert safe(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["", "5", "-5", "+5.5", "-0,5", "a=b", "a-b", "'=1"])
def test_harmless_cells_stay_as_they_are(cell: str) -> None:
    """What the agent reads out is not changed without need."""
    assert safe(cell) == cell


def test_checking_writes_nothing(tmp_path: Path) -> None:
    """A check by itself leaves no file behind."""
    path = saved(tmp_path)
    check_file(path, region="AU")
    list(iter_checked(path, region="AU"))
    assert [item.name for item in tmp_path.iterdir()] == ["contacts.csv"]
