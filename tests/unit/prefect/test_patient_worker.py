"""A worker that is told to end: it takes no more runs, and waits for those it has."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psutil
import pytest

from deployments.prefect import patient_worker
from deployments.prefect.patient_worker import PatientWorker
from deployments.prefect.work import main

ENDS = """
import signal, sys, pathlib
begun, told = (pathlib.Path(one) for one in sys.argv[1:])
def hear(*_):
    told.write_text("told")
    sys.exit(0)
begun.write_text("begun")
input()
signal.signal(signal.SIGTERM, hear)
print("hears", flush=True)
signal.pause()
"""


def living(pid: int) -> list[psutil.Process]:
    """Return a process as long as it lives."""
    try:
        process = psutil.Process(pid)
    except psutil.NoSuchProcess:
        return []
    return [] if process.status() == psutil.STATUS_ZOMBIE else [process]


@pytest.fixture
def run(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Return a child that is still loading, and listens to SIGTERM once it is given a line."""
    command = [sys.executable, "-c", ENDS, str(tmp_path / "begun"), str(tmp_path / "told")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        yield child
        child.kill()


def test_a_run_that_still_loads_is_told_once_it_listens(run: "subprocess.Popen[str]", tmp_path: Path) -> None:
    """SIGTERM would end a process at once that has no handler yet, and its run would be lost with it."""

    async def ended() -> None:
        # Its own child alone: this process has others, which further tests need.
        ending = asyncio.ensure_future(patient_worker.let_end(lambda: living(run.pid)))
        for _ in range(5):
            await asyncio.sleep(patient_worker.LOOK_SECONDS)
            assert run.poll() is None
        assert run.stdin
        run.stdin.write("loaded\n")
        run.stdin.flush()
        await ending

    asyncio.run(ended())
    assert run.wait(30) == 0
    assert (tmp_path / "told").read_text() == "told"


def test_a_worker_that_leaves_takes_no_more_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is due is left to other workers: Prefect is not even asked for it."""
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:1/api")
    worker = PatientWorker(work_pool_name="ringback", name=str(uuid4()))
    worker.leaving = True
    assert asyncio.run(worker.get_and_submit_flow_runs()) == []


SAID = [
    ({"RINGBACK_PLATFORM_KEY": ""}, "RINGBACK_PLATFORM_KEY is not set"),
    ({"PREFECT_API_URL": ""}, "PREFECT_API_URL is not set"),
    ({"PREFECT_API_URL": "http://127.0.0.1:1/api"}, "does not answer"),
]


@pytest.mark.parametrize(("wrong", "said"), SAID, ids=[said for _, said in SAID])
def test_a_machine_that_cannot_work_says_why(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    wrong: dict[str, str],
    said: str,
) -> None:
    """Without a key or a server no run is taken only to fail here: a sentence says what is missing."""
    right = {
        "RINGBACK_FOLDER": str(tmp_path),
        "RINGBACK_HOME": str(tmp_path / "home"),
        "RINGBACK_PLATFORM_KEY": "k",
    }
    for name, value in {**right, **wrong}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    assert main([]) == 2
    assert said in capsys.readouterr().err
