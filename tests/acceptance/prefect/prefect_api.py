"""What a Prefect server shows of a recovery, read back over its API and out of its database."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tasks.prefect_api.server.password import CLIENT, password

PAGE = 200
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything that Prefect shows of one recovery."""

    runs: list[Row]
    tasks: list[Row]
    artifacts: list[Row]
    logs: list[Row]
    states: list[Row]

    @property
    def top(self) -> list[Row]:
        """Return the flow runs that no other one has started, oldest first."""
        return [run for run in self.runs if run["parent_task_run_id"] is None]

    @property
    def levels(self) -> list[str]:
        """Return the names of the flow runs within, in their order."""
        return [run["name"] for run in self.runs if run["parent_task_run_id"]]

    def text(self) -> str:
        """Return all of it as one text."""
        return json.dumps([self.runs, self.tasks, self.artifacts, self.logs, self.states], ensure_ascii=False)


class PrefectApi:
    """A running server with the folder that its database lies in."""

    def __init__(self, url: str, home: Path) -> None:
        self.url = url
        self.home = home
        self.password = password(home)
        self._http = httpx.Client(base_url=url, timeout=120, auth=self.auth)

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    @property
    def auth(self) -> tuple[str, str]:
        """Return user and password of the API."""
        user, _, secret = self.password.partition(":")
        return user, secret

    @property
    def env(self) -> dict[str, Any]:
        """Return the variables of a command that is to use this server."""
        return {"PREFECT_API_URL": self.url, CLIENT: self.password}

    def press(self, run_id: str, kind: str, name: str) -> None:
        """Put a run into a state as Prefect's UI does, which the server takes."""
        body = {"state": {"type": kind, "name": name}}
        answer = self._http.post(f"/flow_runs/{run_id}/set_state", json=body).raise_for_status()
        assert answer.json()["status"] == "ACCEPT", answer.text

    def get(self, path: str) -> Any:
        """Return what stands at a path."""
        return self._http.get(path).raise_for_status().json()

    def events(self, recovery_id: str) -> list[Row]:
        """Return what was announced of a recovery, oldest first."""
        wanted = {"resource": {"id": [f"ringback.recovery.{recovery_id}"]}, "order": "ASC"}
        answer = self._http.post("/events/filter", json={"filter": wanted}).raise_for_status()
        return list(answer.json()["events"])

    def shown(self, recovery_id: str) -> Shown:
        """Return what the server shows of a recovery."""
        runs = self.runs(recovery_id)
        ids = {"any_": [run["id"] for run in runs]}
        tasks = self._all("/task_runs/filter", {"flow_runs": {"id": ids}}, "EXPECTED_START_TIME_ASC")
        return Shown(
            runs,
            tasks,
            self._all("/artifacts/filter", {"artifacts": {"flow_run_id": ids}}, "ID_DESC"),
            self._all("/logs/filter", {"logs": {"flow_run_id": ids}}, "TIMESTAMP_ASC"),
            [state for run in runs for state in self.get(f"/flow_run_states/?flow_run_id={run['id']}")]
            + [state for one in tasks for state in self.get(f"/task_run_states/?task_run_id={one['id']}")],
        )

    def runs(self, recovery_id: str) -> list[Row]:
        """Return the flow runs of a recovery, oldest first."""
        wanted = {"flow_runs": {"tags": {"all_": [f"recovery:{recovery_id}"]}}}
        return self._all("/flow_runs/filter", wanted, "START_TIME_ASC")

    def runs_named(self, state: str) -> list[Row]:
        """Return the flow runs whose state has a name."""
        wanted = {"flow_runs": {"state": {"name": {"any_": [state]}}}}
        return self._all("/flow_runs/filter", wanted, "START_TIME_ASC")

    def command(self, *args: str) -> str:
        """Return what Prefect's own command prints about this server."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
        command = [sys.executable, "-m", "prefect", *args]
        done = subprocess.run(
            command, env=own | self.env, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _all(self, path: str, wanted: Row, sort: str) -> list[Row]:
        found: list[Row] = []
        while True:
            page = {**wanted, "sort": sort, "limit": PAGE, "offset": len(found)}
            rows = self._http.post(path, json=page).raise_for_status().json()
            found += rows
            if len(rows) < PAGE:
                return found

    def stored(self) -> str:
        """Return every byte of the database: its rows as they read, and its files as they lie there."""
        path = self.home / "prefect.db"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=60)) as database:
            rows = "\n".join(database.iterdump())
        files = (path, path.with_name("prefect.db-wal"))
        return rows + "".join(file.read_bytes().decode("latin-1") for file in files if file.exists())
