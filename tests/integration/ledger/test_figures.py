"""Figures over recoveries are what the ledger holds, on each database."""

from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deployments.cli.app import app
from models.enums import State
from models.report.stats import figures
from tasks.clock import VirtualClock
from tasks.ledger.people.figures import cells
from tasks.ledger.store import Ledger
from tasks.runtime.database import open_home
from tasks.runtime.settings.settings import load_settings
from tests.integration.kept import kept
from tests.integration.scenes import claimed, end, frozen


def test_the_figures_are_those_of_the_ledger(ledger: Ledger, clock: VirtualClock) -> None:
    """Recoveries are counted by their end, people of their plans beside them, times as they passed."""
    kept(ledger)
    begun = clock.now()
    claim = claimed(ledger, "r_2", ("acme", "fake", "job-2"))
    frozen(ledger, claim)
    clock.sleep(300)
    end(ledger, claim, State.RECOVERED)
    told = figures(cells(ledger))
    assert told["total"]["recoveries"] == 2
    assert told["total"]["kept_back"] > 0
    (acme,) = [line for line in told["by"]["workspace"] if line["workspace"] == "acme"]
    assert (acme["recoveries"], acme["median_seconds"], acme["kept_back"]) == (1, 300, 0)
    assert [line["cause"] for line in told["by"]["cause"]] == ["unknown"]
    assert figures(cells(ledger, workspace="acme"))["total"]["recoveries"] == 1
    assert figures(cells(ledger, clock.now() + timedelta(days=1)))["total"]["recoveries"] == 0
    assert figures(cells(ledger, begun, "acme"))["total"]["recoveries"] == 1


def test_a_workspace_is_called_what_it_is_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command spells out our own words, and leaves a name as its owner has written it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RINGBACK_HOME", str(tmp_path / "home"))
    _, ledger = open_home(load_settings(), None)
    claimed(ledger, "r_1", ("ws_north_1", "fake", "job-1"))
    told = CliRunner().invoke(app, ["stats"])
    assert told.exit_code == 0, told.output
    assert "ws_north_1" in told.stdout
