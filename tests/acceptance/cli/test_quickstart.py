"""docs/quickstart.md: the lines of the page are run as they stand, and print what it shows."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[3] / "docs" / "quickstart.md").read_text(encoding="utf-8")
FOREIGN = ("RINGBACK_", "PREFECT_", "FORCE_COLOR", "NO_COLOR", "COLUMNS")
MOST_LINES = 10
TIDY = "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT"
"""A line that fails leaves no sandbox behind, for whose output the test would wait."""


def lines() -> str:
    """Return the lines that the page asks to paste."""
    (found,) = re.findall(r"^```sh\n(.*?)^```", PAGE, flags=re.DOTALL | re.MULTILINE)
    return str(found)


def shown() -> list[str]:
    """Return the shape of what the page shows as printed."""
    (found,) = re.findall(
        r"^<!-- printed by the lines above.*?^```\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE
    )
    return shape(str(found))


def shape(text: str) -> list[str]:
    """Return the lines of a text with every id and figure made alike."""
    alike = re.sub(r"r_[0-9a-f]+", "r_0", text)
    return [re.sub(r"\d+", "0", line).strip() for line in alike.splitlines() if line.strip()]


def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a script in a shell that knows ringback and nothing of ours else; nothing of it lives on."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    own |= {"PATH": f"{Path(sys.executable).parent}:{own['PATH']}", "TMPDIR": str(folder)}
    shell = subprocess.Popen(
        ["bash", "-e", "-c", f"{TIDY}\n{script}"],
        env=own,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        stdout, stderr = shell.communicate(timeout=200)
    except BaseException:
        os.killpg(shell.pid, signal.SIGKILL)
        raise
    return subprocess.CompletedProcess(shell.args, shell.returncode, stdout, stderr)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """Return what the page's lines have done."""
    return run(lines(), tmp_path_factory.mktemp("quickstart"))


def test_the_lines_of_the_page_recover_a_job(done: subprocess.CompletedProcess[str]) -> None:
    """Whoever pastes the ten lines gets a recovered job and a verified audit, and no error."""
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert len(lines().splitlines()) <= MOST_LINES


def test_the_page_shows_what_is_printed(done: subprocess.CompletedProcess[str]) -> None:
    """Each line that the page shows is printed, in its order; ids and figures may differ."""
    printed = iter(shape(done.stdout))
    assert [line for line in shown() if line not in printed] == []
    assert "verdict   go" in shown()


def test_a_line_that_fails_ends_the_rest_at_once(tmp_path: Path) -> None:
    """The tests above fail where one of the page's commands does, and no sandbox lives on."""
    broken = run(lines().replace("ringback triage", "ringback triaje"), tmp_path)
    assert broken.returncode == 2
    assert "state " not in broken.stdout
