"""Running a sweep: over which workspaces, and what acting means with and without a Prefect server."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import UUID

import httpx

from models.disposition.only import OnlyPeople
from models.enums import State
from models.hooks.request import RecoveryRequest
from models.tables.ledger import Recovery
from tasks.context import Reporter, RunContext
from tasks.finish.waiting_list import show_waiting
from tasks.ledger import recoveries
from tasks.ledger.account.people_files import key_of_recovery
from tasks.ledger.leases import only_of, token_of
from tasks.prefect import Beside
from tasks.prefect_api.approvals import wake_at
from tasks.prefect_api.rest import PrefectRefusedError, PrefectRest, Row
from tasks.prefect_api.stale_runs import STUCK_SECONDS, miss, unstick
from tasks.prefect_api.stop_asked import still_asks
from tasks.runs.deployed import at_home
from tasks.runs.runner import Climb, run_or_follow
from tasks.runs.stop_signals import end_if_told
from tasks.runtime.settings.settings import SettingsError, load_settings
from tasks.runtime.settings.workspaces import workspace_names
from tasks.runtime.wiring import Runtime, open_runtime
from tasks.sweep.report import Place, sentence
from tasks.sweep.retention import clear_away
from tasks.sweep.sweep import REPORTED, JobObservation, SweepActions, SweepResult

Sweep = Callable[[Beside, Sequence[Place], Callable[[], str]], list[SweepResult]]
"""The order of a sweep over workspaces."""
Act = Literal["report", "propose", "recover"]
Wish = Literal["policy", "report", "propose", "recover"]
GONE = ("CRASHED", "FAILED")
STOPPED = ("CANCELLED", "CANCELLING")


@dataclass(frozen=True)
class InProcess:
    """Hands without a Prefect server: what is opened or continued runs here, one after the other."""

    runtime: Runtime
    chosen: Act
    reporter: Reporter
    climb: Climb

    def act(self, seen: JobObservation) -> str:
        """Open a recovery here, unless the policy only wants to be told."""
        return REPORTED if self.chosen == "report" else self._run(seen.job_id)

    def go_on(self, recovery_id: str) -> str:
        """Continue an interrupted recovery here."""
        stored = recoveries.get(self.runtime.ledger, recovery_id)
        if State(stored.state).is_end:
            return f"{stored.state}"
        if self.chosen == "report":
            return "interrupted; `ringback resume` goes on"
        return self._run(stored.job_id, only_of(stored), recovery_id)

    def tend(self, waiting: Sequence[Recovery]) -> dict[str, str]:
        """Leave plans to the command line: there is no other place to decide."""
        return {one.id: f"waits: `ringback approve {one.id}`" for one in waiting}

    def _run(self, job_id: str, only: OnlyPeople | None = None, continues: str = "") -> str:
        ctx = _tight(self.runtime, self.chosen).context(job_id, reporter=self.reporter)
        ctx.only, ctx.continues = only, continues
        report = run_or_follow(ctx, self.climb)
        end_if_told(ctx)
        return f"{report['state']} ({report['recovery_id']})"


def _tight(runtime: Runtime, chosen: Act) -> Runtime:
    # A sweep never loosens: `recover` leaves the question to the policy, `propose` always asks.
    if chosen == "recover":
        return runtime
    return replace(runtime, policy=runtime.policy.model_copy(update={"approval": "ask"}))


@dataclass(frozen=True)
class Deployed:
    """Hands with a Prefect server: what is opened or continued is a run of the deployment of its own."""

    runtime: Runtime
    chosen: Act
    url: str
    mine: UUID | None = None

    def act(self, seen: JobObservation) -> str:
        """Start a run for a stalled job, once however many sweeps ask for it."""
        if self.chosen == "report":
            return REPORTED
        approval = _tight(self.runtime, self.chosen).policy.approval
        workspace = self.runtime.workspace
        request = RecoveryRequest(
            job_id=seen.job_id, workspace=workspace, approval=approval, requested_by="sweep"
        )
        key = f"sweep:{workspace}:{seen.job_id}:{self.chosen}:{self._epochs(seen.job_id)}"
        with PrefectRest(self.url) as api:
            deployment = api.deployment_id()
            if deployment is None:
                return "not opened: this Prefect server has no deployment of ours"
            run = api.start_once(deployment, {"request": request.parameters()}, key)
        return f"opened as run {run['name']}" if run else "not opened: started in vain too often"

    def _epochs(self, job_id: str) -> int:
        key = (self.runtime.workspace, self.runtime.settings.platform, job_id)
        return len(recoveries.of_job(self.runtime.ledger, key))

    def go_on(self, recovery_id: str) -> str:
        """Wake a recovery, or take back what its run has left where a person has stopped that in Prefect."""
        with PrefectRest(self.url) as api:
            runs = api.runs_of(recovery_id)
        if runs and runs[0]["state_type"] in STOPPED:
            return self._cancel(recovery_id)
        if runs and _is_stopped(runs[0]):
            return self._hold(recovery_id, runs[0])
        return wake_at(self.url, self.runtime, recovery_id)

    def tend(self, waiting: Sequence[Recovery]) -> dict[str, str]:
        """Show a plan again whose run has crashed, take back one whose run was cancelled, end stale forms."""
        with PrefectRest(self.url) as api:
            unstick(api, STUCK_SECONDS)
            found = {one.id: api.runs_of(one.id) for one in waiting}
            stale = [run for run in api.runs({"state": {"type": {"any_": ["PAUSED"]}}}) if _mark(run)]
        done = {one.id: self._tend(one, found[one.id]) for one in waiting}
        ids = {one.id for one in waiting}
        for run in stale:
            if _mark(run) not in ids and self._is_stale(run):
                done[_mark(run)] = wake_at(self.url, self.runtime, _mark(run))
        return {recovery_id: words for recovery_id, words in done.items() if words}

    def _is_stale(self, run: Row) -> bool:
        """Tell whether the form of a run of this workspace is not waited for any more."""
        ledger = self.runtime.ledger
        stored = recoveries.find_or_none(ledger, _mark(run))
        ours = stored is not None and stored.workspace == self.runtime.workspace
        return stored is not None and ours and not still_asks(ledger, stored, run)

    def _tend(self, one: Recovery, runs: list[Row]) -> str:
        newest = runs[0]["state_type"] if runs else ""
        if newest in STOPPED:
            return self._cancel(one.id)
        if newest not in GONE or any(run["state_type"] == "PAUSED" for run in runs):
            return ""
        bound = key_of_recovery(self.runtime.ledger, one)
        request = RecoveryRequest(job_id=one.job_id, workspace=one.workspace, contacts=bound)
        key = f"ask:{one.id}:{token_of(self.runtime.ledger, one)}"
        with PrefectRest(self.url) as api:
            deployment = api.deployment_id()
            run = deployment and api.start_once(deployment, {"request": request.parameters()}, key)
        return f"its run had crashed; asked again in {run['name']}" if run else ""

    def _cancel(self, recovery_id: str) -> str:
        from tasks.runs.recover_run import take_back

        take_back(recovery_id, self.runtime.workspace, self.mine)
        return "cancelled: its run was cancelled in Prefect"

    def _hold(self, recovery_id: str, run: Row) -> str:
        from tasks.runs.recover_run import hold_back

        hold_back(recovery_id, self.runtime.workspace, str(run["state_name"]), self.mine)
        return f"held: its run is {run['state_name']}; " + wake_at(self.url, self.runtime, recovery_id)


def _is_stopped(run: Row) -> bool:
    # Our own form has questions; a run that a person has paused has none, and nobody else may wake it.
    details = (run.get("state") or {}).get("state_details") or {}
    return run["state_type"] == "PAUSED" and not details.get("run_input_keyset")


def _mark(run: Row) -> str:
    return next((tag.partition(":")[2] for tag in run["tags"] if tag.startswith("recovery:")), "")


def run_sweep(act: Wish, reporter: Reporter, workspace: str, sweep: Sweep, climb: Climb) -> dict[str, Any]:
    """Sweep the workspaces in this process and return what was seen and done."""

    def hands(runtime: Runtime) -> SweepActions:
        return InProcess(runtime, _chosen(runtime, act), reporter, climb)

    swept = _sweep(workspace, hands, reporter, sweep)
    told = [one.as_json() for one in swept]
    return {
        "jobs": [job for one in told for job in one["jobs"]],
        "resumed": {rid: words for one in told for rid, words in one["resumed"].items()},
        "closed": {rid: words for one in told for rid, words in one["closed"].items()},
        "broken": {one["workspace"]: one["broken"] for one in told if one["broken"]},
    }


def sweep_from_prefect(workspace: str, act: Wish, sweep: Sweep) -> Any:
    """Sweep within a run of the deployment; what is opened runs on its own. Returns the state of the run."""
    from prefect.client.orchestration import get_client
    from prefect.states import Completed

    from tasks.prefect_api.run_reporter import Telling
    from tasks.runs.prefect_runner import run_id

    at_home()
    mine = run_id()
    with get_client(sync_client=True) as client:
        url = str(client.api_url).rstrip("/")

    def hands(runtime: Runtime) -> SweepActions:
        return Deployed(runtime, _chosen(runtime, act), url, mine)

    # First: what is shown as crashed now, this very sweep can go on with.
    with suppress(httpx.HTTPError, PrefectRefusedError), PrefectRest(url) as api:
        miss(api)
    swept = _sweep(workspace, hands, Telling(mine), sweep, mine)
    return Completed(name="Swept", message=sentence(swept))


def _chosen(runtime: Runtime, act: Wish) -> Act:
    return runtime.policy.sweep if act == "policy" else act


def _sweep(
    workspace: str, hands: Any, reporter: Reporter, sweep: Sweep, mine: UUID | None = None
) -> list[SweepResult]:
    settings = load_settings()
    names = workspace_names(settings)
    if workspace and workspace not in names:
        raise SettingsError(f"There is no workspace {workspace!r} with a key. Known: {', '.join(names)}.")
    if not names:
        raise SettingsError("RINGBACK_PLATFORM_KEY is not set. Give the key of the workspace.")

    run = Beside(mine)

    def place(name: str) -> Place:
        def opened() -> tuple[RunContext, SweepActions]:
            runtime = open_runtime(settings, workspace=name)
            ctx = runtime.context("", reporter=reporter)
            ctx.flow_run_id = mine
            return ctx, hands(runtime)

        return Place(name, opened)

    def cleared() -> str:
        ledger = open_runtime(settings).ledger
        show_waiting(run, ledger)
        return clear_away(
            run,
            ledger,
            settings.folder / "packages",
            snapshots_days=settings.keep_snapshots_days,
            packages_days=settings.keep_packages_days,
            messages_days=settings.keep_messages_days,
        )

    return sweep(run, [place(name) for name in names if workspace in {"", name}], cleared)
