"""How a recovery ends is its exit code; light commands stay light."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.acceptance.contract import broken
from tests.acceptance.site import COMMAND, Completed, OpenSite, Site

ENDS = {"finished": ("healthy", 0), "provider-outage": ("held", 3), "duplicate-job": ("escalated", 4)}


@pytest.fixture(scope="module")
def ended(open_site: OpenSite, crew: ThreadPoolExecutor) -> dict[str, tuple[Site, Completed]]:
    """Return recoveries of several scenarios, run side by side."""
    sites = {scenario: open_site(scenario) for scenario in ENDS}
    done = crew.map(Site.recover, sites.values())
    return dict(zip(sites, zip(sites.values(), done, strict=True), strict=True))


@pytest.mark.parametrize("scenario", ENDS)
def test_the_exit_code_is_the_end(ended: dict[str, tuple[Site, Completed]], scenario: str) -> None:
    """0 recovered or healthy, 3 where a person must decide, 4 escalated; the report keeps its contract."""
    site, done = ended[scenario]
    assert (done.json["state"], done.code) == ENDS[scenario]
    assert broken(done.json) == []
    assert done.json["next_action"]
    assert site.breaches() == ()


def test_an_escalation_names_its_package(ended: dict[str, tuple[Site, Completed]]) -> None:
    """The report of an escalated recovery names a package that is there and opens."""
    _, done = ended["duplicate-job"]
    with ZipFile(done.json["package"]) as package:
        assert package.testzip() is None


@pytest.mark.parametrize("command", ["--help", "status"])
def test_light_commands_import_no_prefect(ended: dict[str, tuple[Site, Completed]], command: str) -> None:
    """`--help` and `status` never import Prefect, which alone takes seconds."""
    site, _ = ended["finished"]
    arguments = [sys.executable, "-X", "importtime", *COMMAND[1:], command]
    done = subprocess.run(
        arguments, env=site.env(), cwd=site.home, capture_output=True, text=True, check=True
    )
    imported = {line.rsplit("|", 1)[-1].strip() for line in done.stderr.splitlines() if "|" in line}
    assert "deployments.cli.app" in imported
    heavy = {"prefect", "fastapi"} | ({"sqlalchemy", "httpx"} if command == "--help" else set())
    assert not {name for name in imported if name.split(".")[0] in heavy}


def test_the_command_is_installed(ended: dict[str, tuple[Site, Completed]]) -> None:
    """`ringback` stands beside the interpreter and calls itself by its name."""
    site, _ = ended["finished"]
    command = Path(sys.executable).with_name("ringback")
    done = subprocess.run(
        [command, "--help"], env=site.env(), cwd=site.home, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("Usage: ringback [OPTIONS] COMMAND")
