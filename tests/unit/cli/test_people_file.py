"""People go into a file that a spreadsheet opens and nothing in it runs."""

from pathlib import Path

import pytest

from deployments.cli.people_file import PeopleFileError, write_people


def test_a_cell_runs_nothing_in_a_spreadsheet(tmp_path: Path) -> None:
    """What a platform told of a person is text there, however it begins; what is not known is empty."""
    path = tmp_path / "people.csv"
    write_people(path, [{"row": 1, "why": '=HYPERLINK("x")', "not_before": None}])
    assert path.read_text(encoding="utf-8-sig") == 'row,why,not_before\n1,"\'=HYPERLINK(""x"")",\n'


def test_nothing_is_written_over(tmp_path: Path) -> None:
    """A file that is there stays as it is, and no half of a new one is left beside it."""
    path = tmp_path / "people.csv"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(PeopleFileError, match="is there already"):
        write_people(path, [{"row": 1}])
    assert [(one.name, one.read_text(encoding="utf-8")) for one in tmp_path.iterdir()] == [
        ("people.csv", "mine")
    ]


def test_a_job_without_people_makes_a_file_without_rows(tmp_path: Path) -> None:
    """An empty plan is no fault."""
    write_people(tmp_path / "people.csv", [])
    assert (tmp_path / "people.csv").read_text(encoding="utf-8-sig").strip() == ""


def test_a_folder_that_is_not_there_is_said_by_the_name_that_was_typed(tmp_path: Path) -> None:
    """No name of a file that nobody has typed stands in the sentence."""
    path = tmp_path / "gone" / "people.csv"
    with pytest.raises(PeopleFileError, match=r"^\S*gone/people\.csv cannot be written \(No such file"):
        write_people(path, [{"row": 1}])
