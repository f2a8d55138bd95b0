"""The command that checks a contact file: its first line says what is lost, and JSON keeps its shape."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deployments.cli.app import app

ANN = "+61412345678"


def told(folder: Path, content: str, *options: str) -> str:
    """Return what the command prints about a file."""
    path = folder / "contacts.csv"
    path.write_text(content, encoding="utf-8")
    done = CliRunner().invoke(app, ["contacts", str(path), "--region", "AU", *options])
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.parametrize(
    ("content", "first"),
    [
        (f"phone\n{ANN}\n", "contacts.csv: The one row may be dialled."),
        (f"phone\n{ANN}\n12\n", "contacts.csv: 1 of 2 rows is NOT dialled (1 too_short); 1 may be."),
        (
            f"phone,DND\n{ANN},All\n12,\n",
            "contacts.csv: 2 of 2 rows are NOT dialled (1 opted_out, 1 too_short); 0",
        ),
        (
            f"Leads\nname,phone\nAnn,{ANN}\n",
            "contacts.csv: The one row may be dialled. Look also: lines before",
        ),
        ("name,phone\n", "contacts.csv: The file has no contacts: there is nobody to call."),
    ],
)
def test_the_first_line_says_whom_the_file_loses(tmp_path: Path, content: str, first: str) -> None:
    """Who reads one line knows how many are not called, and why."""
    assert told(tmp_path, content).splitlines()[0].startswith(first)


def test_the_document_keeps_its_shape(tmp_path: Path) -> None:
    """Programs find rows, ok and problems where they were, and the headline and notes beside them."""
    found = json.loads(told(tmp_path, f"Phone,Mobile,DND\n,{ANN},\n{ANN},,All\n", "--json"))
    assert (found["rows"], found["ok"]) == (2, 0)
    assert {problem["code"] for problem in found["problems"]} == {"other_column", "opted_out"}
    assert set(found["problems"][0]) == {"row", "line", "code", "message", "repaired"}
    assert found["headline"].startswith("2 of 2 rows are NOT dialled")
    assert [note["code"] for note in found["notes"]] == ["other_columns"]
