"""Prefect's zombie automation: a run whose process is gone is shown as crashed."""

from datetime import timedelta

from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture

NAME = "ringback: runs without a heartbeat have crashed"
WITHIN = timedelta(seconds=120)
"""Four heartbeats of 30 s: a window of three has marked healthy runs as crashed on slow machines.

It may still be wrong, which is why a lease in the ledger and not this automation decides who may dial.
"""
ENDS = ("Completed", "Failed", "Cancelled", "Crashed", "Suspended", "Paused")


def install_zombies() -> None:
    """Create the automation if the server does not have it yet."""
    with get_client(sync_client=True) as client:
        if client.read_automations_by_name(NAME):
            return
        client.create_automation(_zombies())


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
