"""Prefect's automations: what is no longer heard of is looked after, what has crashed is gone on with.

Two of them run the sweep and are its triggers, here and in `prefect.yaml`. The third sets a state, which no
trigger of a deployment can do: it is installed on its own.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import StateType
from prefect.events import DeploymentEventTrigger
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture

from tasks.prefect_api.rest import DEPLOYMENT, FLOW, HEARTBEAT
from tasks.prefect_api.stale_runs import MISSED_SECONDS, TAG

NAME = "ringback: runs without a heartbeat have crashed"
MISSED = "ringback: a sweep looks after a recovery without a heartbeat"
GOES_ON = "ringback: a sweep goes on with what has crashed"
ENDS = ("Completed", "Failed", "Cancelled", "Crashed", "Suspended", "Paused")
RUNS: Any = {"prefect.resource.id": ["prefect.flow-run.*"]}
RECOVERIES: Any = [
    {"prefect.resource.role": "flow", "prefect.resource.name": FLOW},
    {"prefect.resource.role": "deployment", "prefect.resource.id": "prefect.deployment.*"},
    {"prefect.resource.role": "tag", "prefect.resource.id": f"prefect.tag.{TAG}"},
]
"""Runs of the deployed flow, and none of the command line; by names, for `prefect.yaml` knows no ids."""


def sweep_triggers() -> list[DeploymentEventTrigger]:
    """Return what starts a sweep beside its schedule."""
    return [_looked_after(), _gone_on_with()]


def install(ids: Mapping[str, UUID]) -> None:
    """Create what is no trigger of a deployment, or bring it up to date, however often called."""
    with get_client(sync_client=True) as client:
        _put(client, _shown_as_crashed(*(found for name, found in ids.items() if name != DEPLOYMENT)))


def clear() -> None:
    """Delete whatever starts a sweep, before the triggers of its deployment are made anew.

    Up to 0.2 these automations stood on their own, and no server tells which ones a deployment owns: beside
    the triggers the old ones would start every sweep twice.
    """
    with get_client(sync_client=True) as client:
        for name in (MISSED, GOES_ON):
            for found in client.read_automations_by_name(name):
                client.delete_automation(found.id)


def _put(client: SyncPrefectClient, wanted: AutomationCore) -> None:
    found = client.read_automations_by_name(wanted.name)
    if not found:
        client.create_automation(wanted)
        return
    client.update_automation(found[0].id, wanted)
    for double in found[1:]:
        client.delete_automation(double.id)


def _shown_as_crashed(*deployments: UUID) -> AutomationCore:
    return AutomationCore(
        name=NAME,
        description="None of these runs ever waits for a person, and a dead sweep would keep its place.",
        trigger=EventTrigger(**_silence(), match_related=_of(*deployments)),
        actions=[
            ChangeFlowRunState(
                name="Crashed",
                state=StateType.CRASHED,
                message="no heartbeat: its process is gone",
                force=False,
            )
        ],
    )


def _looked_after() -> DeploymentEventTrigger:
    # Not shown as crashed at once: it may wait for a person. Up to Prefect 3.8 a run that is suspended just
    # after a beat counted as silent. Since 3.9 it does not (0 of 100), but what happens to a run is in the
    # server's memory first: of 100 suspended just before the server was killed, 6 were silent to it. The
    # sweep looks at the run itself.
    return DeploymentEventTrigger(
        name=MISSED,
        description="The sweep shows it as crashed only where it is running, and goes on with it.",
        **_silence(),
        match_related=RECOVERIES,
    )


def _gone_on_with() -> DeploymentEventTrigger:
    return DeploymentEventTrigger(
        name=GOES_ON,
        description="A crashed recovery is safe to go on with: the ledger knows what was done.",
        expect={"prefect.flow-run.Crashed"},
        match=RUNS,
        match_related=RECOVERIES,
        posture=Posture.Reactive,
        threshold=1,
        within=timedelta(0),
    )


def _silence() -> dict[str, Any]:
    return {
        "after": {HEARTBEAT},
        "expect": {HEARTBEAT, *(f"prefect.flow-run.{end}" for end in ENDS)},
        "match": RUNS,
        "for_each": {"prefect.resource.id"},
        "posture": Posture.Proactive,
        "threshold": 1,
        "within": timedelta(seconds=MISSED_SECONDS),
    }


def _of(*deployments: UUID) -> Any:
    ids = [f"prefect.deployment.{one}" for one in deployments]
    return {"prefect.resource.role": "deployment", "prefect.resource.id": ids}
