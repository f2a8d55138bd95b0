"""What starts a sweep beside its schedule: the same in code and in prefect.yaml, and about our runs alone."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.events import DeploymentEventTrigger
from prefect.server.events.schemas.automations import EventTrigger
from prefect.server.events.schemas.events import ReceivedEvent

from deployments.prefect.automations import GOES_ON, MISSED, sweep_triggers
from tasks.prefect_api.rest import FLOW, HEARTBEAT

ROOT = Path(__file__).resolve().parents[3]
FLOW_OF_OURS = {
    "prefect.resource.id": "prefect.flow.f",
    "prefect.resource.role": "flow",
    "prefect.resource.name": FLOW,
}
DEPLOYED = {"prefect.resource.id": "prefect.deployment.d", "prefect.resource.role": "deployment"}
TAGGED = {"prefect.resource.id": "prefect.tag.ringback", "prefect.resource.role": "tag"}
OURS = (FLOW_OF_OURS, DEPLOYED, TAGGED)


def test_prefect_yaml_holds_the_same_triggers() -> None:
    """`prefect deploy --all` installs what `ringback up` registers, to the letter."""
    deployments = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
    held = {one["name"]: one.get("triggers", []) for one in deployments}
    written = [DeploymentEventTrigger.model_validate(one) for one in held.pop("sweep")]
    assert [one.model_dump() for one in written] == [one.model_dump() for one in sweep_triggers()]
    assert not any(held.values())


def covers(name: str, event: str, related: tuple[dict[str, str], ...]) -> bool:
    """Tell whether a trigger is about an event of a run, by the server's own rule."""
    (found,) = [one for one in sweep_triggers() if one.name == name]
    kept = found.model_dump(exclude={"name", "description", "enabled", "parameters", "job_variables"})
    kept.pop("schedule_after")
    trigger = EventTrigger.model_validate(kept)
    return trigger.covers(
        ReceivedEvent.model_validate(
            {
                "occurred": datetime.now(UTC),
                "event": event,
                "resource": {"prefect.resource.id": "prefect.flow-run.r", "prefect.resource.name": "recover"},
                "related": list(related),
                "payload": {},
                "id": "7f0c0c2e-0000-4000-8000-000000000001",
            }
        )
    )


@pytest.mark.parametrize(
    ("name", "event"),
    [
        (MISSED, HEARTBEAT),
        (MISSED, "prefect.flow-run.Suspended"),
        (MISSED, "prefect.flow-run.Completed"),
        (GOES_ON, "prefect.flow-run.Crashed"),
    ],
)
def test_a_trigger_is_about_runs_of_the_deployed_recovery(name: str, event: str) -> None:
    """Beats, ends and crashes of recoveries count, whatever else stands beside them."""
    pool: dict[str, Any] = {
        "prefect.resource.id": "prefect.work-pool.p",
        "prefect.resource.role": "work-pool",
    }
    assert covers(name, event, (*OURS, pool))


@pytest.mark.parametrize("name", [MISSED, GOES_ON])
@pytest.mark.parametrize(
    "related",
    [
        (FLOW_OF_OURS, TAGGED),  # of the command line: it has no worker that could be lost
        ({**FLOW_OF_OURS, "prefect.resource.name": "Level 2: relaunch and watch"}, DEPLOYED, TAGGED),
        ({**FLOW_OF_OURS, "prefect.resource.name": "Sweep for stalled jobs"}, DEPLOYED, TAGGED),
        (FLOW_OF_OURS, DEPLOYED, {**TAGGED, "prefect.resource.id": "prefect.tag.other"}),
        (),
    ],
)
def test_no_trigger_is_about_anything_else(name: str, related: tuple[dict[str, str], ...]) -> None:
    """A sweep that crashes starts no further sweep, and other people's flows start none of ours."""
    event = HEARTBEAT if name == MISSED else "prefect.flow-run.Crashed"
    assert not covers(name, event, related)


def test_a_run_that_begins_or_ends_well_starts_no_sweep() -> None:
    """Only a crash is gone on with at once."""
    assert not any(
        covers(GOES_ON, f"prefect.flow-run.{state}", OURS) for state in ("Running", "Completed", "Suspended")
    )
