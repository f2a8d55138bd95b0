"""The gateway as a real process: killed between answer and start, without Prefect, on a taken port."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from deployments.gateway.__main__ import main
from models.tables.gateway import InboxRow
from tasks.ledger.store import Ledger
from tasks.runtime.database import open_ledger
from tests.gateway_kit import SECRET, wish
from tests.integration.fake_prefect import PATIENCE, FakePrefect
from tests.integration.gates import rows
from tests.integration.scenes import KEY

TOML = f'[hooks.token]\nsecret = "{SECRET}"\n'


class Standing:
    """A folder with settings and a ledger, and the gateway's process over them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "ringback.toml").write_text(TOML)
        self.ledger: Ledger = open_ledger(f"sqlite:///{folder / 'home' / 'ledger.db'}", KEY)
        self.process: subprocess.Popen[str] | None = None
        self.url = ""

    def start(self, prefect_url: str, *options: str) -> None:
        """Start the process and wait for its address."""
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("RINGBACK_", "PREFECT_"))}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "deployments.gateway", "--port", "0", *options],
            cwd=self.folder,
            env=clean | {"RINGBACK_HOME": str(self.folder / "home"), "PREFECT_API_URL": prefect_url},
            stdout=subprocess.PIPE,
            stderr=(self.folder / "log").open("a"),
            text=True,
        )
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line.startswith("Gateway: http"), (self.folder / "log").read_text()
        self.url = line.split()[1]

    def end(self, sign: int = signal.SIGKILL) -> int:
        """End the process by a signal and return its exit code."""
        assert self.process
        self.process.send_signal(sign)
        return self.process.wait(PATIENCE)

    def hook(self, job: str) -> httpx.Response:
        """Send a hook for a job."""
        headers = {"X-Ringback-Token": SECRET}
        return httpx.post(f"{self.url}/hooks/token", json=wish("token", job), headers=headers, timeout=10)

    def row(self, job: str) -> InboxRow:
        """Return the request for a job."""
        (found,) = [row for row in rows(self.ledger) if row.job_id == job]
        return found

    def until(self, holds: Callable[[], Any]) -> None:
        """Wait until something holds."""
        end = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < end, (self.folder / "log").read_text()
            time.sleep(0.05)


@pytest.fixture
def standing(tmp_path: Path) -> Iterator[Standing]:
    """Return a standing gateway that does not outlive its test."""
    (tmp_path / "home").mkdir()
    found = Standing(tmp_path)
    yield found
    if found.process and found.process.poll() is None:
        found.end()
    found.ledger.engine.dispose()


@pytest.fixture
def prefect() -> Iterator[FakePrefect]:
    """Return a Prefect server."""
    server = FakePrefect()
    yield server
    server.close()


def test_killed_between_answer_and_start_nothing_is_lost_or_started_twice(
    standing: Standing, prefect: FakePrefect
) -> None:
    """Killed before Prefect was told, and again before its answer came: in the end there is one run."""
    prefect.may_answer_name.clear()
    standing.start(prefect.url)
    answer = standing.hook("btcal_1")
    assert (answer.status_code, answer.json()["state"]) == (202, "received")
    assert prefect.asked.wait(PATIENCE)
    standing.end()
    assert (standing.row("btcal_1").state, prefect.creates) == ("starting", [])

    prefect.may_answer_name.set()
    prefect.may_answer_create.clear()
    standing.start(prefect.url)
    assert prefect.created.wait(PATIENCE)
    standing.end()
    assert (standing.row("btcal_1").state, len(prefect.runs)) == ("starting", 1)

    prefect.may_answer_create.set()
    standing.start(prefect.url)
    standing.until(lambda: standing.row("btcal_1").state == "started")
    assert standing.hook("btcal_1").json()["state"] == "started"  # the sender never heard, and sends it again
    assert (len(prefect.runs), standing.row("btcal_1").run_id) == (1, "run-1")
    assert len({str(create) for create in prefect.creates}) == 1
    assert prefect.creates[0]["parameters"]["request"]["job_id"] == "btcal_1"
    assert standing.end(signal.SIGTERM) == 0


def test_without_prefect_hooks_are_taken_and_started_later(standing: Standing) -> None:
    """Nothing listens where Prefect should: the hook is answered at once and started when it is back.

    Its log, asked for in JSON, is one object a line that names the request's job.
    """
    (standing.folder / "ringback.toml").write_text(f'log_format = "json"\n{TOML}')
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    standing.start(f"http://127.0.0.1:{port}/api")
    assert standing.hook("btcal_1").status_code == 202
    standing.until(lambda: "does not answer" in standing.row("btcal_1").message)
    assert httpx.get(f"{standing.url}/health").json()["waiting"] == 1
    prefect = FakePrefect(port)
    standing.until(lambda: standing.row("btcal_1").state == "started")
    assert len(prefect.creates) == 1
    prefect.close()
    log = (standing.folder / "log").read_text()
    assert SECRET not in log
    told = [json.loads(line) for line in log.splitlines()]
    assert {one["job"] for one in told if one.get("request")} == {"btcal_1"}


@pytest.mark.timeout(30)
def test_what_keeps_it_from_starting_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A taken port and a wrong setting are said, with the exit code of the contract."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RINGBACK_HOME", str(tmp_path / "home"))
    Path("ringback.toml").write_text(TOML)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["--port", str(taken.getsockname()[1])]) == 2
    assert "Choose another with --port" in capsys.readouterr().err
    for text, said in (
        ('[hooks.token]\nsecret = "env:NOT_SET_ANYWHERE"\n', "NOT_SET_ANYWHERE is not set"),
        ("[hooks.token]\n", "secret: Field required"),
        ('[gateway]\nhost = "no such host"\n', "cannot listen on no such host"),
    ):
        Path("ringback.toml").write_text(text)
        assert main(["--port", "0"]) == 2
        assert said.lower() in capsys.readouterr().err.lower()
    Path("ringback.toml").write_text(TOML)
    for address in ("prefect.example:4200/api", "http:///api", "http://host:x/api"):
        monkeypatch.setenv("PREFECT_API_URL", address)
        assert main(["--port", "0"]) == 2
        assert "PREFECT_API_URL is not a web address" in capsys.readouterr().err
