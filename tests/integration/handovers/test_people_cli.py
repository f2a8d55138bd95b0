"""`ringback contacts FILE --for JOB`: the people of a file, under a key that forms and requests take."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from deployments.cli.app import app
from flows.requests import RecoveryRequest
from models.hooks.ids import PEOPLE_IS_NONE
from tasks.runtime.database import open_home
from tasks.runtime.settings.settings import load_settings
from tasks.sweep.retention import clear_people

JOB = "btcal_1"


def phone(n: int) -> str:
    """Return the number of a person who may be dialled."""
    return f"+614915701{n:02d}"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder with a workspace and a file."""
    monkeypatch.chdir(tmp_path)
    for name, value in {"PLATFORM_KEY": "xi_0123456789abcdef", "HOME": str(tmp_path / "home")}.items():
        monkeypatch.setenv(f"RINGBACK_{name}", value)
    (tmp_path / "people.csv").write_text(f"phone\n{phone(1)}\n{phone(2)}\n")


def run(*words: str) -> tuple[int, Any]:
    """Run `contacts` with --json and return its exit code and its document."""
    told = CliRunner().invoke(app, ["contacts", *words, "--json"])
    return told.exit_code, json.loads(told.stdout)


def test_a_file_is_kept_for_a_job_under_its_key() -> None:
    """Key, name, hash and how many; another job, file or content has another key; no number is shown."""
    code, told = run("people.csv", "--for", JOB)
    assert (code, told["job_id"], told["file"], told["people"]) == (0, JOB, "people.csv", 2)
    assert RecoveryRequest(job_id=JOB, contacts=told["contacts"]).parameters()["contacts"] == told["contacts"]
    assert run("people.csv", "--for", JOB)[1] == told
    assert run("people.csv", "--for", "btcal_2")[1]["contacts"] != told["contacts"]
    Path("people.csv").write_text(f"phone\n{phone(1)}\n")
    assert run("people.csv", "--for", JOB)[1]["contacts"] != told["contacts"]
    assert phone(1)[3:] not in json.dumps(told)


@pytest.mark.parametrize(("odd", "said"), [(0, ""), (1, "1 row names nobody"), (3, "3 rows name nobody")])
def test_rows_that_name_nobody_are_counted_and_said(odd: int, said: str) -> None:
    """Whoever of the file cannot be found by it is not left out in silence."""
    Path("people.csv").write_text(f"phone\n{phone(1)}\n" + "not a number\n" * odd)
    assert run("people.csv", "--for", JOB)[1]["left_out"] == odd
    told = CliRunner().invoke(app, ["contacts", "people.csv", "--for", JOB])
    assert ("may be dialled: `ringback contacts FILE" in told.output) is bool(odd)
    assert said in told.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["none.csv"], "none.csv cannot be read"),
        (["words.csv"], "words.csv"),
        (["people.csv", "--region", "AU"], "--for stands beside --workspace alone"),
        (["people.csv", "--clean", "good.csv"], "--for stands beside --workspace alone"),
    ],
)
def test_what_cannot_be_kept_is_a_sentence(words: list[str], said: str) -> None:
    """Exit 2 with the sentence of `recover --contacts`; an option that would not count is refused."""
    Path("words.csv").write_text("name\nAna\n")
    code, told = run(*words, "--for", JOB)
    assert (code, said in told["error"]) == (2, True)


@pytest.mark.parametrize("typed", [phone(1), phone(1)[1:], "people.csv", "f_0123456789abcdef", "f_aaaa\n"])
def test_no_number_and_no_file_becomes_a_parameter(typed: str) -> None:
    """The form refuses what is no key before a run exists, and does not repeat it."""
    with pytest.raises(ValidationError, match=PEOPLE_IS_NONE) as refused:
        RecoveryRequest(job_id=JOB, contacts=typed)
    assert typed.strip("f_\n") not in str(refused.value)


def test_the_form_says_where_a_file_goes() -> None:
    """Whoever looks for the field finds in words how a file comes to its key."""
    field = RecoveryRequest.model_json_schema()["properties"]["contacts"]
    assert "ringback contacts FILE --for JOB" in field["description"]


def test_an_old_file_is_cleared_away() -> None:
    """Marks are kept no longer than snapshots: the recoveries of a file keep theirs by themselves."""
    run("people.csv", "--for", JOB)
    _, ledger = open_home(load_settings())
    moment = ledger.clock.now()
    from sqlmodel import select

    from models.tables.handovers import PeopleFile

    def kept() -> int:
        with ledger.read() as session:
            return len(session.exec(select(PeopleFile)).all())

    assert kept() == 1
    clear_people(ledger, moment)
    assert kept() == 0
