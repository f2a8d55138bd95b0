"""`ringback up` as people run it: one home, several workspaces on one sandbox, one real process tree."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from deployments.prefect.register import SWEEPS_AT_ONCE
from deployments.up.children import left_behind
from tasks.prefect_api.recovery_event import PREFIX
from tasks.prefect_api.rest import DEPLOYMENT, FLOW, SWEEP, SWEEP_FLOW, PrefectRest, Row
from tasks.prefect_api.server.password import password
from tasks.prefect_api.server.process import free_port
from tests.acceptance.site import COMMAND, ROOT, Completed, OpenSite, Site, run_cli

START_SECONDS = 150
MANY_SECONDS = 150
"""What several runs may take that begin at once: each loads Prefect for seconds of a core."""
ENDS = ("COMPLETED", "FAILED", "CANCELLED", "CRASHED")
LOCKS = Path("/proc/locks")
ROOTS = {"parent_task_run_id": {"is_null_": True}}


@dataclass(frozen=True)
class Asked:
    """Runs that wait for a person, by workspace, before and after a power cut."""

    before: dict[str, Row]
    after: dict[str, Row]


@dataclass(frozen=True)
class Lost:
    """A run that is about to lose its process, in the middle of its calls."""

    run_id: str
    process: psutil.Process


@dataclass
class UpSite:
    """A home with workspaces, and the one `ringback up` that runs for it."""

    home: Path
    sites: Mapping[str, Site]
    ports: tuple[int, int] = field(default_factory=lambda: (free_port(), free_port()))
    process: subprocess.Popen[bytes] | None = None

    @property
    def site_url(self) -> str:
        """Return the address of the UI."""
        return f"http://127.0.0.1:{self.ports[0]}"

    @property
    def gateway_url(self) -> str:
        """Return the address of the gateway."""
        return f"http://127.0.0.1:{self.ports[1]}"

    @property
    def log(self) -> Path:
        """Return what `ringback up` has said."""
        return self.home / "up.log"

    @property
    def password(self) -> str:
        """Return what Prefect's UI asks for."""
        return password(self.home / "prefect")

    @property
    def auth(self) -> tuple[str, str]:
        """Return user and password of Prefect's API."""
        user, _, secret = self.password.partition(":")
        return user, secret

    def env(self) -> dict[str, str]:
        """Return an environment in which the home's ringback.toml says everything."""
        foreign = ("RINGBACK_", "PREFECT_")
        own = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        return own | {"PYTHONPATH": str(ROOT), "RINGBACK_HOME": str(self.home)}

    def start(self) -> None:
        """Start everything and wait until the addresses are told."""
        self.launch()
        self.wait(lambda: "Stop with Ctrl-C" in self.log.read_text(), "everything is up", START_SECONDS)

    def launch(self) -> None:
        """Start everything and wait for nothing."""
        args = ("up", "--port", str(self.ports[0]), "--gateway-port", str(self.ports[1]), "--json")
        with self.log.open("wb") as log, (self.home / "up.json").open("wb") as document:
            self.process = subprocess.Popen(
                [*COMMAND, *args], env=self.env(), cwd=self.home, stdout=document, stderr=log
            )

    def stop(self, seconds: float = 120) -> int:
        """End it as a person or systemd would, and return its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def kill(self) -> None:
        """Kill every process of the tree at once, as a power cut does."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(30)
        self.wait(lambda: not self._killed(), "the tree is gone", 30)

    def _killed(self) -> list[psutil.Process]:
        # Again and again: one of them may just have started another one.
        found = left_behind(str(self.home))
        for process in found:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        return found

    def wait(self, true: Callable[[], Any], what: str, seconds: float = 240) -> Any:
        """Wait until something is true and return it; a server that is too busy to answer is asked again."""
        end = time.monotonic() + seconds
        while not (found := _answered(true)):
            assert time.monotonic() < end, f"waited {seconds:.0f} s in vain until {what}\n{self.told()}"
            assert self.process is None or self.process.poll() is None or "gone" in what, self.told()
            time.sleep(0.25)
        return found

    def told(self) -> str:
        """Return the ends of all logs, for a failure."""
        names = ("worker", "registering", "gateway", "outbox")
        logs = [self.log, *(self.home / "prefect" / f"{name}.log" for name in names)]
        return "\n".join(f"{log.name}: {log.read_text()[-1500:]}" for log in logs if log.exists())

    def api(self) -> PrefectRest:
        """Return the server's API."""
        return PrefectRest(f"{self.site_url}/api", auth=self.auth)

    def gateway(self, name: str) -> httpx.Client:
        """Return a client of the gateway's API with a new token of that name that may do everything."""
        made = self.command(
            "token", "add", "--name", name, "--scope", "read,operate,approve", "--workspace", "*", "--json"
        )
        headers = {"Authorization": f"Bearer {made.json['token']}"}
        return httpx.Client(base_url=self.gateway_url, headers=headers, timeout=60)

    def post(self, name: str, body: dict[str, Any]) -> httpx.Response:
        """Ask for a run of the deployment "recover" and return the raw answer."""
        with self.api() as api:
            deployment = api.deployment_id(FLOW, name)
            url = f"{api.url}/deployments/{deployment}/create_flow_run"
            return httpx.post(url, json=body, auth=self.auth, timeout=120)

    def request(self, name: str, **more: Any) -> Row:
        """Return a request about a workspace's job."""
        return {"job_id": self.sites[name].job, "workspace": self.workspace(name), **more}

    def ask(self, name: str, **more: Any) -> Row:
        """Start a recovery of a workspace's job over the API."""
        return self.start_run(FLOW, DEPLOYMENT, self.request(name, **more))

    def decide(self, decision: str, run: Row) -> None:
        """Decide at the command line about the plan that a run waits with."""
        args = ("--by", "Cy", "--reason", "read the plan", "--json")
        done = self.command(decision, self.recovery(run), *args)
        assert done.code == 0, done.stdout + done.stderr

    def dialling(self, name: str, run: Row) -> Lost:
        """Wait until a workspace's run dials, and return it with its process."""
        site = self.sites[name]
        self.wait(lambda: site.waves("sample", "watch", "ramp"), f"{name} dials", MANY_SECONDS)
        ((pid,),) = site.ask("select pid from lease where job_id = ?", site.job)
        return Lost(str(run["id"]), psutil.Process(pid))

    def sweep_of(self, name: str) -> Row:
        """Start a sweep of one workspace over the API; the others are left to Prefect's own sweeps."""
        return self.start_run(SWEEP_FLOW, SWEEP, {"act": "report", "workspace": self.workspace(name)})

    def start_run(self, flow: str, name: str, request: Row) -> Row:
        """Start a run of a deployment."""
        with self.api() as api:
            deployment = api.deployment_id(flow, name)
            assert deployment
            return api.create_run(deployment, {"request": request}, f"test:{time.time_ns()}")

    def take_all_places(self) -> None:
        """Let the server count the places of sweeps as taken that nobody has, for a second each."""
        with self.api() as api:
            deployment = api.deployment_id(SWEEP_FLOW, SWEEP)
        taken = {"active_slots": SWEEPS_AT_ONCE, "slot_decay_per_second": 1.0}
        path = f"{self.site_url}/api/v2/concurrency_limits/deployment:{deployment}"
        httpx.patch(path, json=taken, auth=self.auth, timeout=120).raise_for_status()

    def deployments(self) -> list[Row]:
        """Return what the server says of every deployment, without moments and ids that change."""
        rows = self._post("deployments/filter", {}).json()
        return sorted(map(_as_said, rows), key=lambda row: str(row["name"]))

    def automations(self) -> list[Row]:
        """Return what the server says of every automation, without moments and ids that change."""
        rows = self._post("automations/filter", {}).json()
        return sorted(map(_as_installed, rows), key=lambda row: str(row["name"]))

    def announced(self, recovery: str, least: int) -> list[str]:
        """Return the events of a recovery by their last word, oldest first, once there are so many."""
        wanted = {"filter": {"resource": {"id": [f"{PREFIX}{recovery}"]}, "order": "ASC"}}

        def found() -> list[str]:
            events = self._post("events/filter", wanted).json()["events"]
            return [one["event"].removeprefix(PREFIX) for one in events]

        self.wait(lambda: len(found()) >= least, f"{least} events of {recovery} are written down")
        return found()

    def sweeps(self) -> list[Row]:
        """Return every run of the sweep, the newest first."""
        with self.api() as api:
            return api.runs({**ROOTS, "deployment_id": {"any_": [api.deployment_id(SWEEP_FLOW, SWEEP)]}})

    def waiting(self) -> list[Row]:
        """Return the runs that wait for a person."""
        with self.api() as api:
            return api.runs({**ROOTS, "state": {"type": {"any_": ["PAUSED"]}}})

    def cancel(self, run_id: str) -> None:
        """Cancel a run as the UI's button does; one without a process is cancelled at once."""
        self.press(run_id, "CANCELLING", "Cancelling")

    def press(self, run_id: str, kind: str, name: str) -> None:
        """Put a run into a state as the UI's buttons do."""
        self._post(f"flow_runs/{run_id}/set_state", {"state": {"type": kind, "name": name}})

    def _post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        answer = httpx.post(f"{self.site_url}/api/{path}", json=body, auth=self.auth, timeout=120)
        return answer.raise_for_status()

    def workspace(self, name: str) -> str:
        """Return the name of a workspace as the settings have it."""
        return self.sites[name].world.workspace_id

    def run(self, run_id: str) -> Row:
        """Return a run as it is now."""
        with self.api() as api:
            (found,) = api.runs({"id": {"any_": [run_id]}})
            return found

    def until(self, run_id: str, *types: str, seconds: float = 240) -> Row:
        """Wait until a run is in a state of one of some types, and return it."""
        what = f"run {run_id} is {' or '.join(types)}"
        run: Row = self.wait(lambda: (r := self.run(run_id))["state_type"] in types and r, what, seconds)
        return run

    def recovery(self, run: Row) -> str:
        """Return the recovery that a run works on."""
        tags: list[str] = self.run(run["id"])["tags"]
        return next(tag.removeprefix("recovery:") for tag in tags if tag.startswith("recovery:"))

    def artifacts(self, run_id: str) -> dict[str, str]:
        """Return the artifacts that stand beside a run; a key that stands there twice is a failure."""
        body = {"artifacts": {"flow_run_id": {"any_": [run_id]}}}
        rows = self._post("artifacts/filter", body).json()
        keys = [row["key"] for row in rows]
        assert len(keys) == len(set(keys)), f"doubled artifacts: {sorted(keys)}"
        return {row["key"]: row["data"] for row in rows}

    def command(self, *args: str) -> Completed:
        """Run another command for the same home."""
        return run_cli(args, self.env(), self.home)


def _as_said(row: Row) -> Row:
    kept: tuple[str, ...] = ("id", "name", "description", "entrypoint", "parameters")
    kept += ("parameter_openapi_schema", "concurrency_options", "work_pool_name", "enforce_parameter_schema")
    said = {name: row[name] for name in kept}
    every = [one["schedule"]["interval"] for one in row["schedules"]]
    places = row["global_concurrency_limit"] or {}
    limit = (places.get("limit"), places.get("slot_decay_per_second"))
    return said | {
        "tags": sorted(row["tags"]),
        "every": every,
        "limit": limit,
        "pull": row["pull_steps"] or [],
    }


def _as_installed(row: Row) -> Row:
    kept = ("name", "description", "enabled", "actions", "actions_on_trigger")
    trigger = {name: value for name, value in row["trigger"].items() if name != "id"}
    listed = {name: sorted(trigger[name]) for name in ("after", "expect", "for_each")}
    return {name: row[name] for name in kept} | {"trigger": trigger | listed}


def _answered(true: Callable[[], Any]) -> Any:
    with suppress(httpx.TimeoutException):
        return true()
    return None


def freeze(process: psutil.Process) -> None:
    """Let a process stand still between two writes: within one it would lock the ledger for everybody."""
    _suspend(process)
    while f" WRITE {process.pid} " in LOCKS.read_text():
        process.resume()
        time.sleep(0.01)
        _suspend(process)


def _suspend(process: psutil.Process) -> None:
    process.suspend()
    while process.status() != psutil.STATUS_STOPPED:
        time.sleep(0.01)


def open_worlds(open_site: OpenSite, wishes: Mapping[str, Mapping[str, Any]], home: Path) -> dict[str, Site]:
    """Open a world for each name, and write all of them down as workspaces of one home."""
    sites, tables = {}, []
    for name, wished in wishes.items():
        told = {"scenario": "permit-leak", "policy": {}, **wished}
        made = open_site(str(told.pop("scenario")), policy=told.pop("policy"), **told)
        sites[name] = Site(made.sandbox, made.world, home)
        tables.append(_table(made))
    (home / "ringback.toml").write_text("\n".join(tables))
    return sites


def _table(made: Site) -> str:
    lines = {
        "platform_url": made.world.url,
        "platform_key": made.world.key,
        "policy": made.home / "policy.toml",
    }
    rows = "".join(f'{name} = "{value}"\n' for name, value in lines.items())
    return f"[workspaces.{made.world.workspace_id}]\n{rows}"
