"""Prefect's automations: a run whose process is gone is shown as crashed, and a sweep goes on with it."""

from datetime import timedelta
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState, RunDeployment
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture

NAME = "ringback: runs without a heartbeat have crashed"
GOES_ON = "ringback: a sweep goes on with what has crashed"
WITHIN = timedelta(seconds=120)
"""Four heartbeats of 30 s: a window of three has marked healthy runs as crashed on slow machines.

It may still be wrong, which is why a lease in the ledger and not this automation decides who may dial.
"""
ENDS = ("Completed", "Failed", "Cancelled", "Crashed", "Suspended", "Paused")


def install(recover_id: UUID, sweep_id: UUID) -> None:
    """Create both automations, or bring them up to date, however often this is called."""
    with get_client(sync_client=True) as client:
        _put(client, _zombies())
        _put(client, _goes_on(recover_id, sweep_id))


def _put(client: SyncPrefectClient, wanted: AutomationCore) -> None:
    found = client.read_automations_by_name(wanted.name)
    if not found:
        client.create_automation(wanted)
        return
    client.update_automation(found[0].id, wanted)
    for double in found[1:]:
        client.delete_automation(double.id)


def _goes_on(recover_id: UUID, sweep_id: UUID) -> AutomationCore:
    return AutomationCore(
        name=GOES_ON,
        description="A crashed recovery is safe to go on with: the ledger knows what was done.",
        trigger=EventTrigger(
            expect={"prefect.flow-run.Crashed"},
            match_related={
                "prefect.resource.role": "deployment",
                "prefect.resource.id": [f"prefect.deployment.{recover_id}"],
            },
            posture=Posture.Reactive,
            threshold=1,
            within=timedelta(0),
        ),
        actions=[
            RunDeployment(source="selected", deployment_id=sweep_id, parameters=None, job_variables=None)
        ],
    )


def _zombies() -> AutomationCore:
    beat = "prefect.flow-run.heartbeat"
    return AutomationCore(
        name=NAME,
        trigger=EventTrigger(
            after={beat},
            expect={beat, *(f"prefect.flow-run.{end}" for end in ENDS)},
            match={"prefect.resource.id": ["prefect.flow-run.*"]},
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=WITHIN,
        ),
        actions=[
            ChangeFlowRunState(
                name="Crashed",
                state=StateType.CRASHED,
                message="no heartbeat: its process is gone",
                force=False,
            )
        ],
    )
