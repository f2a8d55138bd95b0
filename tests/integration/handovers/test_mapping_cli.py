"""Settings and commands of a platform that is brought by a mapping file."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from deployments.cli.app import app
from deployments.cli.mapping import check_code
from models.mapping.claims import claims
from tasks.runtime.settings.workspaces import settings_of
from tasks.runtime.wiring import load_table, make_platform
from tests.plain_settings import plain_settings
from tests.unit.mapping.example import EXAMPLE, TEXT, changed, parsed, without

JOB = "job_1"
KEY = "desk-key-of-the-settings"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder whose settings name a mapping, and an address where nobody answers."""
    monkeypatch.chdir(tmp_path)
    settings = {
        "PLATFORM": "http",
        "PLATFORM_URL": "http://127.0.0.1:9",
        "PLATFORM_KEY": KEY,
        "PLATFORM_MAPPING": "desk.toml",
        "HOME": str(tmp_path / "home"),
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"RINGBACK_{name}", value)
    (tmp_path / "desk.toml").write_text(TEXT)


def run(*words: str) -> tuple[int, Any]:
    """Run a command with --json and return its exit code and its document."""
    told = CliRunner().invoke(app, [*words, "--json"])
    return told.exit_code, json.loads(told.stdout)


def test_a_file_alone_says_what_it_claims_and_lacks() -> None:
    """Without a job nothing is asked of the platform."""
    code, shown = run("mapping", "check", "desk.toml")
    assert code == 0
    assert shown["evidence"].keys() == claims(parsed().document).keys()
    assert (shown["platform"], shown["lacks"]) == ("Desk", [])


def test_a_table_is_shown_to_people() -> None:
    """The same, without --json."""
    told = CliRunner().invoke(app, ["mapping", "check", "desk.toml"])
    assert told.exit_code == 0
    assert "Evidence" in told.stdout


@pytest.mark.parametrize("words", [("mapping", "check", "desk.toml"), ("triage", JOB), ("plan", JOB)])
def test_a_file_that_claims_too_much_is_refused_at_load(words: tuple[str, ...]) -> None:
    """Exit 2 and one sentence, before anything is asked of anybody."""
    Path("desk.toml").write_text(changed(("refused = [400", "refused = [500, 400")))
    code, told = run(*words)
    assert code == 2
    assert "create.refused holds 500" in told["error"]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PLATFORM_MAPPING", None, "names no mapping file"),
        ("PLATFORM_MAPPING", "nowhere.toml", "cannot be read"),
        ("PLATFORM_URL", None, "RINGBACK_PLATFORM_URL"),
        ("PLATFORM_KEY", None, "RINGBACK_PLATFORM_KEY"),
        ("PLATFORM_KEY", "käy", "cannot be used"),
    ],
)
def test_what_is_missing_in_the_settings_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str | None, said: str
) -> None:
    """No file, no address, no key: said, and a key goes to no address that nobody has named."""
    if value is None:
        monkeypatch.delenv(f"RINGBACK_{name}")
    else:
        monkeypatch.setenv(f"RINGBACK_{name}", value)
    code, told = run("triage", JOB)
    assert code == 2
    assert said in told["error"]


def test_a_file_that_others_may_write_is_not_read() -> None:
    """Who writes the mapping decides who is redialled."""
    path = Path("desk.toml")
    path.chmod(path.stat().st_mode | stat.S_IWOTH)
    code, told = run("triage", JOB)
    assert code == 2
    assert "everybody may write" in told["error"]


def test_a_platform_that_does_not_answer_is_a_sentence() -> None:
    """The platform is called by its own name, and its key is not shown."""
    code, told = run("mapping", "check", "desk.toml", "--job", JOB)
    assert code == 3
    assert "Desk could not be reached" in told["problems"]["job"]
    assert KEY not in json.dumps(told)


@pytest.mark.parametrize(
    ("found", "code"),
    [
        ({}, 0),
        ({"problems": {}, "gaps": []}, 0),
        ({"problems": {"jobs": "Desk lists something without an id."}}, 3),
        ({"problems": {}, "gaps": ["a call could not be read: its seconds are no count"]}, 3),
    ],
)
def test_whatever_was_mapped_and_cannot_be_read_is_for_a_person(found: dict[str, Any], code: int) -> None:
    """A check is good only where all that the file maps was read: jobs beside this one and calls as well."""
    assert check_code(found) == code


def test_an_upload_is_handed_over_where_it_is_joined() -> None:
    """Where rows show their variables themselves nobody's file takes their place."""
    Path("up.csv").write_text("phone_number,name\n+61255550001,Ann\n")
    code, kept = run("observe", JOB, "--status", "Running", "--upload", "up.csv")
    assert (code, kept["contacts"], kept["notes"]) == (0, 1, [])
    assert run("observe", JOB, "--status", "Running")[0] == 2
    Path("desk.toml").write_text(changed(('payload = "upload"\n', "")))
    code, told = run("observe", JOB, "--status", "Running", "--upload", "up.csv")
    assert code == 2
    assert "read from the platform" in told["error"]


def test_a_workspace_names_its_own_mapping() -> None:
    """`mapping` in a table of [workspaces] is that workspace's file."""
    table = {"platform": "http", "platform_url": "https://b.example", "platform_key": "b", "mapping": EXAMPLE}
    settings = plain_settings(platform_mapping=None, workspaces={"b": table})
    assert settings_of(settings, "b").platform_mapping == EXAMPLE


REASON = """
[[reasons]]
system = "desk"
code = "line dead"
disposition = "permanent"
reached = "no"
why = "the line was dead"
"""


def test_own_reasons_stand_in_the_table_below_those_of_the_workspace(tmp_path: Path) -> None:
    """A row of the mapping counts until the workspace says something else of the code."""
    from models.platform import Reason
    from models.policy.policy import Policy
    from tasks.clock import WallClock

    Path("desk.toml").write_text(TEXT.replace('payload = "upload"\n', "") + REASON)
    own = tmp_path / "reasons.csv"
    own.write_text("system,code,disposition\ndesk,line dead,unknown\n")
    settings = plain_settings()
    platform = make_platform(settings, Policy.model_validate({}), WallClock())
    reason = Reason("desk", "line dead")
    assert load_table(settings, platform).look_up(reason).disposition == "permanent"
    over = settings.model_copy(update={"reasons": own})
    assert load_table(over, platform).look_up(reason).disposition == "unknown"


def test_without_a_word_on_listing_a_sweep_says_so() -> None:
    """A mapping that lists no jobs leaves a sweep nothing to look at, which is a sentence."""
    names = ("jobs", "jobs.paging", "lookup", 'evidence."lookup.absence"')
    Path("desk.toml").write_text(without(*names))
    told = CliRunner().invoke(app, ["sweep", "--json"])
    assert "does not say how jobs are listed" in told.stdout + told.stderr
