"""How a recovery ends is its exit code; light commands stay light."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import packages_distributions
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.acceptance.contract import broken
from tests.acceptance.site import COMMAND, Completed, OpenSite, Site

ENDS = {"finished": ("healthy", 0), "provider-outage": ("held", 3), "duplicate-job": ("escalated", 4)}
OURS = {"deployments", "flows", "tasks", "models"}
TYPER = {"typer", "annotated_doc", "shellingham"}
"""Typer and what it brings with it."""


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


def test_status_imports_no_prefect(ended: dict[str, tuple[Site, Completed]]) -> None:
    """`status` never imports Prefect, which alone takes seconds, nor what serves the gateway."""
    site, _ = ended["finished"]
    assert not _imported(site, "status") & {"prefect", "fastapi"}


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_what_only_tells_about_the_command_imports_typer_alone(
    ended: dict[str, tuple[Site, Completed]], option: str
) -> None:
    """Nothing that a job needs is loaded before there is one, nor what draws tables before one is shown."""
    site, _ = ended["finished"]
    assert (_imported(site, option) & packages_distributions().keys()) - OURS == TYPER


def _imported(site: Site, *words: str) -> set[str]:
    """Return the packages that a command of this site has imported by its end."""
    arguments = [sys.executable, "-X", "importtime", *COMMAND[1:], *words]
    done = subprocess.run(
        arguments, env=site.env(), cwd=site.home, capture_output=True, text=True, check=True
    )
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    names = {line.rsplit("|", 1)[-1].strip().partition(".")[0] for line in lines[1:]}
    assert "deployments" in names
    return names


def test_the_command_is_installed(ended: dict[str, tuple[Site, Completed]]) -> None:
    """`ringback` stands beside the interpreter and calls itself by its name."""
    site, _ = ended["finished"]
    command = Path(sys.executable).with_name("ringback")
    done = subprocess.run(
        [command, "--help"], env=site.env(), cwd=site.home, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("Usage: ringback [OPTIONS] COMMAND")
