"""Prefect's automations: what is no longer heard of is looked after, what has crashed is gone on with."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState, RunDeployment
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture

from tasks.prefect_api.rest import DEPLOYMENT, HEARTBEAT, SWEEP
from tasks.prefect_api.stale_runs import MISSED_SECONDS

NAME = "ringback: runs without a heartbeat have crashed"
MISSED = "ringback: a sweep looks after a recovery without a heartbeat"
GOES_ON = "ringback: a sweep goes on with what has crashed"
ENDS = ("Completed", "Failed", "Cancelled", "Crashed", "Suspended", "Paused")


def install(ids: Mapping[str, UUID]) -> None:
    """Create the automations for the deployments by name, or bring them up to date, however often called."""
    recover, sweep = ids[DEPLOYMENT], ids[SWEEP]
    with get_client(sync_client=True) as client:
        _put(client, _shown_as_crashed(*(found for name, found in ids.items() if name != DEPLOYMENT)))
        _put(client, _looked_after(recover, sweep))
        _put(client, _gone_on_with(recover, sweep))


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
        description="None of these runs ever waits for a person, and a dead sweep would keep others away.",
        trigger=_silence(*deployments),
        actions=[
            ChangeFlowRunState(
                name="Crashed",
                state=StateType.CRASHED,
                message="no heartbeat: its process is gone",
                force=False,
            )
        ],
    )


def _looked_after(recover: UUID, sweep: UUID) -> AutomationCore:
    # Not shown as crashed at once: it may wait for a person. Up to Prefect 3.8 a run that is suspended just
    # after a beat counted as silent. Since 3.9 it does not (0 of 100), but what happens to a run is in the
    # server's memory first: of 100 suspended just before the server was killed, 6 were silent to it. The
    # sweep looks at the run itself.
    return AutomationCore(
        name=MISSED,
        description="The sweep shows it as crashed only where it is running, and goes on with it.",
        trigger=_silence(recover),
        actions=[_run(sweep)],
    )


def _gone_on_with(recover: UUID, sweep: UUID) -> AutomationCore:
    return AutomationCore(
        name=GOES_ON,
        description="A crashed recovery is safe to go on with: the ledger knows what was done.",
        trigger=EventTrigger(
            expect={"prefect.flow-run.Crashed"},
            match_related=_of(recover),
            posture=Posture.Reactive,
            threshold=1,
            within=timedelta(0),
        ),
        actions=[_run(sweep)],
    )


def _silence(*deployments: UUID) -> EventTrigger:
    return EventTrigger(
        after={HEARTBEAT},
        expect={HEARTBEAT, *(f"prefect.flow-run.{end}" for end in ENDS)},
        match={"prefect.resource.id": ["prefect.flow-run.*"]},
        match_related=_of(*deployments),
        for_each={"prefect.resource.id"},
        posture=Posture.Proactive,
        threshold=1,
        within=timedelta(seconds=MISSED_SECONDS),
    )


def _of(*deployments: UUID) -> Any:
    ids = [f"prefect.deployment.{one}" for one in deployments]
    return {"prefect.resource.role": "deployment", "prefect.resource.id": ids}


def _run(deployment: UUID) -> RunDeployment:
    return RunDeployment(source="selected", deployment_id=deployment, parameters=None, job_variables=None)
