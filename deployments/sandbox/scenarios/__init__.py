"""The scenes a recovery can walk into, by name: a source job with a past, and the end to expect."""

from dataclasses import dataclass
from random import Random

from deployments.sandbox.engine.entities import Job
from deployments.sandbox.engine.world import DEFAULT_PERMITS, World
from deployments.sandbox.scenarios import blocked, quiet, short, stalled, twice
from deployments.sandbox.scenarios.builder import Stage
from deployments.sandbox.scenarios.scenario import Plot
from models.enums import Cause, State

DEFAULT_CONTACTS = 60

SCENARIOS: dict[str, Plot] = {
    "healthy": quiet.healthy,
    "finished": quiet.finished,
    "outside-window": quiet.outside_window,
    "permit-leak": stalled.permit_leak,
    "dead-dispatcher": stalled.dead_dispatcher,
    "fell-short": short.fell_short,
    "invalid-segment": short.invalid_segment,
    "poison": short.poison,
    "provider-outage": blocked.provider_outage,
    "config-fault": blocked.config_fault,
    "flagged-caller": blocked.flagged_caller,
    "duplicate-job": twice.duplicate_job,
    "duplicate-upload": twice.duplicate_upload,
}


@dataclass(frozen=True, slots=True)
class Scene:
    """One world in a known state, with the end that a recovery of its source job should come to."""

    scenario: str
    world: World
    job: Job
    state: State
    cause: Cause


def build(
    scenario: str,
    seed: int,
    now: float,
    *,
    contacts: int = DEFAULT_CONTACTS,
    permits: int | None = None,
    speed: float = 1.0,
    salt: str = "",
) -> Scene:
    """Build a scene by name; `salt` only changes the ids. An unknown name is a ValueError."""
    if scenario not in SCENARIOS:
        raise ValueError(f"The sandbox knows no scenario {scenario!r}. It knows: {', '.join(SCENARIOS)}.")
    world = World(f"{scenario}/{seed}", now, permits=permits or DEFAULT_PERMITS, speed=speed, salt=salt)
    stage = Stage(world, contacts, Random(f"{scenario}/{seed}"), permits)  # noqa: S311  no secret hangs on it
    job, state, cause = SCENARIOS[scenario](stage, seed)
    world.reached_before = world.people.reached()
    return Scene(scenario, world, job, state, cause)
