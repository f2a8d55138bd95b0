"""The commands of jobs that no program can read, at the command line."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from deployments.cli.app import app
from tests.integration.handovers.voqo_site import HEAD, JOB
from tests.integration.scenes import phone


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder whose settings name a workspace of Voqo."""
    monkeypatch.chdir(tmp_path)
    settings = {
        "PLATFORM": "voqo",
        "PLATFORM_KEY": "key",
        "WORKSPACE": "ws_1",
        "HOME": str(tmp_path / "home"),
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"RINGBACK_{name}", value)
    (tmp_path / "up.csv").write_text(f"phone_number,name\n{phone(1)},Ann\n{phone(2)},Bob\n")
    (tmp_path / "rep.csv").write_text(f"{HEAD}\n{phone(1)},No answer,0,\n")
    (tmp_path / "ringback.toml").write_text('[voqo.values]\nBusy = "later"\n')


def run(*words: str) -> tuple[int, Any]:
    """Run a command with --json and return its exit code and its document."""
    told = CliRunner().invoke(app, [*words, "--json"])
    return told.exit_code, json.loads(told.stdout)


def test_what_was_handed_over_is_shown_as_it_was_read() -> None:
    """`platform check` names every column, every value, what nobody has mapped, abilities and assumptions."""
    code, kept = run("observe", JOB, "--status", "Running", "--upload", "up.csv", "--report", "rep.csv")
    assert (code, kept["contacts"], kept["reported"]) == (0, 2, 1)
    assert any("agent" in note for note in kept["notes"])
    code, found = run("platform", "check", JOB)
    assert code == 0
    assert found["upload"] == {
        "file": "up.csv", "rows": 2, "phone_column": "phone_number", "variables": ["name"],
    }  # fmt: skip
    assert found["report"]["columns"] == {"status": "Status", "error": "Error", "duration": "Duration"}
    assert found["report"]["unmapped"] == ["No answer"]
    assert found["capabilities"]["unit"] == "call"
    assert found["capabilities"]["find"] == "never"
    assert found["assumptions"]
    assert phone(1)[1:] not in json.dumps(found)


def test_a_job_that_nobody_handed_over_says_how(capsys: pytest.CaptureFixture[str]) -> None:
    """Triage of a job that is not known names the command that hands it over, and exits 2."""
    code, told = run("triage", JOB)
    assert (code, told["exit"]) == (2, 2)
    assert f"ringback observe {JOB}" in told["error"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--status", "Running", "--report", "nowhere.csv"], "no file"),
        (["--status", "Running", "--upload", "ringback.toml"], "No phone number"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_sentence(words: list[str], said: str) -> None:
    """A missing or strange file is refused with exit 2, and the job stays as unknown as it was."""
    code, told = run("observe", JOB, *words)
    assert code == 2
    assert said in told["error"]
    assert run("triage", JOB)[0] == 2


def test_every_platform_is_listed_with_its_abilities() -> None:
    """`platform list` shows what each platform can do, as data and in words."""
    code, found = run("platform", "list")
    assert code == 0
    by_name = {one["platform"]: one for one in found["platforms"]}
    assert by_name.keys() == {"cartesia", "elevenlabs", "http", "retell", "vapi", "vogent", "voqo"}
    assert by_name["elevenlabs"]["capabilities"]["fence"] == "platform"
    assert by_name["voqo"]["capabilities"]["fence"] == "person"
    assert all(one["abilities"] for one in found["platforms"])


def test_another_platform_is_read_and_not_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a program can read the jobs, nobody's word takes the place of the platform's."""
    monkeypatch.setenv("RINGBACK_PLATFORM", "elevenlabs")
    code, told = run("observe", JOB, "--status", "Running")
    assert code == 2
    assert "read from the platform" in told["error"]


@pytest.mark.parametrize("table", ['[voqo.values]\nBusy = "call again"\n', '[voqo]\nreport_statsu = "x"\n'])
def test_a_wrong_mapping_is_refused_by_name(table: str) -> None:
    """A meaning that is none, or a column that nobody reads, is said before anything is done."""
    Path("ringback.toml").write_text(table)
    code, told = run("observe", JOB, "--status", "Running")
    assert code == 2
    assert "voqo" in told["error"]
