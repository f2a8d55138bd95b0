"""The deployment `observe` as Prefect runs it: a genuine run, its end in words, and its artifact."""

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.acceptance.prefect.prefect_api import PrefectApi

pytestmark = pytest.mark.prefect

RUN = """
import json, sys
from flows.observe import observe
state = observe.prefect(json.loads(sys.argv[1]), return_state=True)
print(json.dumps([str(state.state_details.flow_run_id), state.name, state.message]))
"""


def test_a_run_ends_in_words_and_shows_what_was_kept(prefect: PrefectApi, tmp_path: Path) -> None:
    """Handed over, with what lacks; refused, with why; each with an artifact and without a number."""
    env = {
        **os.environ,
        **prefect.env,
        "RINGBACK_PLATFORM": "voqo",
        "RINGBACK_WORKSPACE": "ws_1",
        "RINGBACK_HOME": str(tmp_path / "home"),
        "RINGBACK_FOLDER": str(tmp_path),
    }

    def run(**form: object) -> tuple[str, str, str]:
        asked = json.dumps({"job_id": "job_1", "status": "Running", "by": "Kim", **form})
        words = [sys.executable, "-c", RUN, asked]
        done = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        run_id, name, message = json.loads(done.stdout.splitlines()[-1])
        return run_id, name, message

    def artifact(run_id: str) -> str:
        asked = {"artifacts": {"flow_run_id": {"any_": [run_id]}}}
        answer = httpx.post(f"{prefect.url}/artifacts/filter", json=asked, auth=prefect.auth, timeout=60)
        (shown,) = answer.json()
        return f"{shown['key']} {shown['data']}"

    run_id, name, message = run(processed=30)
    assert (name, message.startswith("Kept: Running, 30 processed.")) == ("Handed over", True)
    assert "/v1/jobs/job_1/handovers" in artifact(run_id)
    run_id, name, message = run(processed=3)
    assert (name, "fewer than the 30" in message) == ("Refused", True)
    assert artifact(run_id).startswith("refused-job-1 ")
