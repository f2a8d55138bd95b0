"""Runs that a killed worker has left behind, and only those."""

import json
import os
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from tasks.prefect_api.rest import PrefectRest, Row
from tasks.prefect_api.stale_runs import bury, miss, tell_ends, unstick

GONE = 2**22 + 1
"""No process has this id: Linux counts to 2**22."""


class Server:
    """A Prefect server with some runs, that remembers which states were set."""

    def __init__(self, *runs: Row) -> None:
        self.runs = runs
        self.set: dict[str, tuple[str, bool]] = {}
        self.since: dict[str, Any] = {}
        """States that runs have come into since they were listed."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a filter by ids and types of state, and a set_state with ACCEPT."""
        said: dict[str, Any] = json.loads(request.content)
        if request.url.path.endswith("events/filter"):
            return self._beats(said["filter"]["resource"]["id"][0])
        if request.url.path.endswith("set_state"):
            self.set[request.url.path.split("/")[-2]] = (said["state"]["type"], said["force"])
            return httpx.Response(201, json={"status": "ACCEPT"})
        wanted, ids = said["flow_runs"].get("state"), said["flow_runs"].get("id")
        if wanted is None:
            now = [{**run, "state": self.since.get(run["id"], run["state"])} for run in self.runs]
            return httpx.Response(200, json=[run for run in now if run["id"] in ids["any_"]])
        found = [run for run in self.runs if run["state_type"] in wanted["type"]["any_"]]
        return httpx.Response(200, json=[run for run in found if ids is None or run["id"] in ids["any_"]])

    def _beats(self, resource: str) -> httpx.Response:
        # The server's clock is a day ahead of ours.
        now = datetime.now(UTC) + timedelta(days=1)
        age = next(one["beat"] for one in self.runs if resource == f"prefect.flow-run.{one['id']}")
        beats = [] if age is None else [{"received": (now - timedelta(seconds=age)).isoformat()}]
        date = format_datetime(now, usegmt=True)
        return httpx.Response(200, json={"events": beats}, headers={"date": date})

    def api(self) -> PrefectRest:
        """Return a client of it."""
        return PrefectRest("http://prefect/api", httpx.MockTransport(self))


def run(
    name: str,
    kind: str,
    *,
    age: float = 0,
    pid: int | None = None,
    worker: str = "here",
    deployment: str | None = "d",
    beat: float | None = None,
) -> Row:
    """Return a run that has been in its state for some seconds."""
    since = (datetime.now(UTC) - timedelta(seconds=age)).isoformat()
    return {
        "id": name,
        "name": name,
        "state_type": kind,
        "state": {"timestamp": since},
        "infrastructure_pid": pid and str(pid),  # the form in which Prefect's process worker writes it
        "labels": {"prefect.worker.name": worker, "prefect.worker.type": "process"},
        "deployment_id": deployment,
        "beat": beat,
    }


def test_only_runs_that_were_never_begun_are_handed_over_anew() -> None:
    """A run that has been Pending for too long is scheduled again; a young one and other runs are left."""
    server = Server(
        run("old", "PENDING", age=400),
        run("young", "PENDING", age=10),
        run("running", "RUNNING", age=400),
        run("by hand", "PENDING", age=400, deployment=None),
    )
    assert unstick(server.api(), 300) == ["old"]
    assert server.set == {"old": ("SCHEDULED", True)}


@pytest.mark.strikes("prefect.moved_on")
def test_a_run_that_has_gone_on_since_it_was_listed_is_left_alone() -> None:
    """Another sweep has handed it over, or it has ended itself, while this one went through its list."""
    server = Server(
        run("handed over", "PENDING", age=400),
        run("ended", "RUNNING", age=400, pid=GONE),
        run("unheard", "CANCELLING"),
    )
    server.since = dict.fromkeys(("handed over", "ended", "unheard"), run("", "RUNNING")["state"])
    assert unstick(server.api(), 300) == []
    assert bury(server.api(), "here") == []
    assert tell_ends(server.api(), "here", ["unheard"]) == []
    assert server.set == {}


RUNS = (
    {"name": "gone", "pid": GONE},
    {"name": "alive", "pid": os.getpid()},
    {"name": "elsewhere", "pid": GONE, "worker": "there"},
    {"name": "unknown"},
)


@pytest.mark.parametrize(("kind", "shown"), [("RUNNING", "CRASHED"), ("CANCELLING", "CANCELLED")])
def test_only_runs_whose_process_is_gone_from_here_are_buried(kind: str, shown: str) -> None:
    """A run is shown as ended where our worker started its process and it is no more; nothing is guessed."""
    server = Server(*(run(kind=kind, **one) for one in RUNS))
    assert bury(server.api(), "here") == ["gone"]
    assert server.set == {"gone": (shown, True)}


def test_after_a_new_start_nothing_of_ours_is_left() -> None:
    """Where no process of ours can be left, a run is buried though its number lives again as another's."""
    server = Server(*(run(kind="RUNNING", **one) for one in RUNS))
    assert bury(server.api(), "here", none_left=True) == ["gone", "alive", "unknown"]


@pytest.mark.parametrize(("kind", "shown"), [("RUNNING", "CRASHED"), ("CANCELLING", "CANCELLED")])
def test_an_end_that_the_server_has_not_heard_is_told_again(kind: str, shown: str) -> None:
    """Of runs that have ended here unheard each is shown as over, and none that has gone on elsewhere."""
    server = Server(
        run("unheard", kind),
        run("taken up elsewhere", kind, worker="there"),
        run("alive", kind),
        run("heard", "CRASHED"),
        run("handed over", "PENDING"),
    )
    ended = ["unheard", "taken up elsewhere", "heard", "handed over"]
    assert tell_ends(server.api(), "here", ended) == ["unheard"]
    assert server.set == {"unheard": (shown, True)}


SILENT: tuple[dict[str, Any], ...] = (
    {"name": "silent", "age": 500, "beat": 300},
    {"name": "heard", "age": 500, "beat": 30},
    {"name": "just resumed", "age": 5, "beat": 3000},
    {"name": "never heard", "age": 500, "beat": None},
    {"name": "just begun", "age": 5, "beat": None},
)


@pytest.mark.parametrize(("kind", "shown"), [("RUNNING", "CRASHED"), ("CANCELLING", "CANCELLED")])
def test_only_running_runs_that_have_fallen_silent_are_missed(kind: str, shown: str) -> None:
    """A run is shown as ended where it sends no heartbeats any more, by the server's own clock, or never did.

    One whose first beat was lost with the database would else pass for running for ever.
    """
    waits = run("waits for a person", "PAUSED", age=500, beat=300)
    server = Server(*(run(kind=kind, **one) for one in SILENT), waits)
    assert miss(server.api(), 120) == ["silent", "never heard"]
    assert server.set == {"silent": (shown, True), "never heard": (shown, True)}
