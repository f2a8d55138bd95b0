"""Putting pool, deployments, schedule and automations on a server: `python -m deployments.prefect.register`.

The same as `prefect.yaml` says, for `ringback up`, which needs no file, with a list of the workspaces.
"""

import argparse
import sys
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import DeploymentUpdate, GlobalConcurrencyLimitUpdate
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.client.schemas.schedules import IntervalSchedule
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectNotFound
from prefect.schedules import Interval
from prefect.types.entrypoint import EntrypointType

from deployments.prefect import automations
from deployments.prefect.choices import with_workspaces
from flows.decide import decide
from flows.escalate import escalate
from flows.observe import observe
from flows.plan import plan
from flows.recover import recover
from flows.sweep import sweep
from flows.triage import triage
from models.hooks.ids import workspace_trouble
from tasks.prefect_api.blocks import register_types
from tasks.prefect_api.rest import DEPLOYMENT, SWEEP, SWEEP_FLOW, PrefectRest
from tasks.prefect_api.stale_runs import MISSED_SECONDS
from tasks.runs.deployed import at_home
from tasks.runtime.settings.settings import SettingsError, load_settings
from tasks.runtime.settings.workspaces import workspace_names

POOL = "ringback"
AT_ONCE = 20
"""Runs at once: each is a process of about 150 MB; a run that waits for a person is none.

The pool holds the limit, whichever workers join.
"""
TAGS = ["ringback"]
EVERY, ACT = 300, "policy"
"""Seconds between two sweeps, and what they do, on a server that has none yet."""
SWEEPS_AT_ONCE = 2
"""Sweeps do no harm to each other: what two ask for is done once.

With one place alone, a sweep that is lost would keep all others away until the server knows; and what crashes
behind the back of a sweep would wait for the next one.
"""
PLACE_SECONDS = 600.0
"""How long a sweep's place can stay taken of which the server has lost count.

It keeps in memory who has a place and in its database how many are taken, and after a crash of either they
may differ: without an end the count would stay, and no sweep would ever begin again. A sweep that lasts
longer may have another beside it.
"""


def register(every: int, act: str) -> dict[str, UUID]:
    """Create or renew types of blocks, deployments and automations; return the deployments' ids by name.

    The forms list the workspaces that the settings name here and now.
    """
    register_types()
    automations.clear()
    found = {name: _apply(flow, name, **more) for name, flow, more in _all(every, act)}
    automations.install(found)
    _let_places_end(found[SWEEP])
    _list_workspaces(found)
    return found


def make_pool(at_once: int) -> None:
    """Make the pool for so many runs at once, whichever workers join; one that is there stays as it is."""
    with get_client(sync_client=True) as client:
        url = str(client.api_url).rstrip("/")
    with PrefectRest(url) as api:
        api.make_pool(POOL, at_once)


def _all(every: int, act: str) -> list[tuple[str, Any, dict[str, Any]]]:
    few = ConcurrencyLimitConfig(
        limit=SWEEPS_AT_ONCE,
        collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW,
        # One whose machine dies before it has begun keeps its place for this long, and not for 300 s.
        grace_period_seconds=MISSED_SECONDS,
    )
    by_clock = {
        "schedule": Interval(timedelta(seconds=every)),
        "concurrency_limit": few,
        "parameters": {"request": {"act": act}},
        "triggers": automations.sweep_triggers(),
    }
    return [
        (DEPLOYMENT, recover, {"tags": ["level 1", "level 2", "dials"]}),
        ("triage", triage, {"tags": ["read only"]}),
        ("plan", plan, {"tags": ["read only"]}),
        ("escalate", escalate, {"tags": ["level 3"]}),
        ("decide", decide, {"tags": ["people"]}),
        ("observe", observe, {"tags": ["people"]}),
        (SWEEP, sweep, {"tags": ["schedule"], **by_clock}),
    ]


def _apply(flow: Any, name: str, *, tags: list[str], **more: Any) -> UUID:
    made = flow.prefect.to_deployment(
        name,
        description=flow.fn.__doc__ and _unindented(flow.fn.__doc__),
        tags=[*TAGS, *tags],
        work_pool_name=POOL,
        entrypoint_type=EntrypointType.MODULE_PATH,  # so that any folder will do
        **more,
    )
    made.entrypoint = f"{flow.__module__}:{flow.__name__}.prefect"
    return cast("UUID", cast("RunnerDeployment", made).apply())


def _let_places_end(sweeps: UUID) -> None:
    with get_client(sync_client=True) as client:
        limit = client.read_deployment(sweeps).global_concurrency_limit
        if limit:
            decay = GlobalConcurrencyLimitUpdate(slot_decay_per_second=1 / PLACE_SECONDS)
            client.update_global_concurrency_limit(limit.name, decay)


def _list_workspaces(found: dict[str, UUID]) -> None:
    """Let the forms show the workspaces of the settings; where these cannot be read, a name is typed."""
    at_home()
    try:
        settings = load_settings()
    except SettingsError as error:
        sys.stderr.write(f"The forms list no workspaces: {error}\n")
        return
    names = [name for name in workspace_names(settings) if not workspace_trouble(name)]
    with get_client(sync_client=True) as client:
        for name, flow, _ in _all(0, ""):
            schema = flow.prefect.parameters.model_dump(exclude_unset=True)
            chosen = "" if name == SWEEP else settings.workspace  # a sweep without one goes over all of them
            listed = with_workspaces(schema, names, chosen)
            if listed != schema:
                client.update_deployment(found[name], DeploymentUpdate(parameter_openapi_schema=listed))


def sweep_of_before() -> tuple[int, str]:
    """Return the seconds between sweeps and what they do, as the server has it, else the defaults."""
    with get_client(sync_client=True) as client:
        try:
            found = client.read_deployment_by_name(f"{SWEEP_FLOW}/{SWEEP}")
        except ObjectNotFound:
            return EVERY, ACT
    clocks = (one.schedule for one in found.schedules)
    every = next((one.interval for one in clocks if isinstance(one, IntervalSchedule)), None)
    seconds = int(every.total_seconds()) if every else EVERY
    return seconds, str((found.parameters.get("request") or {}).get("act") or ACT)


def _unindented(text: str) -> str:
    return "\n".join(line.strip() for line in text.strip().splitlines())


def main() -> None:
    """Register at the server that PREFECT_API_URL names."""
    parser = argparse.ArgumentParser(prog="python -m deployments.prefect.register")
    parser.add_argument("--every", type=int, help=f"seconds between two sweeps; as before, else {EVERY}")
    parser.add_argument("--at-once", type=int, default=AT_ONCE, help="runs at once, where the pool is new")
    parser.add_argument("--act", help=f"policy, report, propose or recover; as before, else {ACT}")
    chosen = parser.parse_args()
    make_pool(chosen.at_once)
    every, act = sweep_of_before()  # to list a workspace must not change what sweeps do
    found = register(chosen.every or every, chosen.act or act)
    sys.stdout.write(f"deployments: {', '.join(found)}\n")


if __name__ == "__main__":
    main()
