"""One case of the simulation, drawn from its seed: a scene, its weather, its faults, and its deaths."""

from dataclasses import dataclass
from random import Random
from typing import Any, Final

from deployments.sandbox.engine.faults import Fault, make_fault, random_faults
from deployments.sandbox.engine.outcomes import OUTCOMES
from models.enums import Disposition
from models.policy.policy import Policy
from tests.simulation.events import EVENTS, LATEST

ANY, HEALTHY, SICK = "any", "p0", "p1"
"""Populations: everything that may happen; and a provider that fails exactly at the policy's p0 or p1."""
SHARES: Final = {ANY: 0.72, HEALTHY: 0.12, SICK: 0.16}
SCENES: Final = {
    "healthy": 6, "finished": 5, "outside-window": 5, "permit-leak": 11, "dead-dispatcher": 11,
    "fell-short": 15, "invalid-segment": 9, "poison": 2, "provider-outage": 9, "config-fault": 6,
    "flagged-caller": 6, "duplicate-job": 5, "duplicate-upload": 10,
}  # fmt: skip
"""How often a scene is drawn, in percent; those that cost most time are drawn less often."""
SCRIPTS: Final = {"none": 0.3, "survivable": 0.5, "dispatcher": 0.2}
TROUBLES: Final = ("duplicate_delivery", "lose_delivery", "wake_cancelled", "clock_skew")
"""Faults of the platform's own dispatcher and clock, which no client can prevent."""
BACK: Final = "dispatcher_back"
"""What a case is marked with whose dead dispatcher comes back to life by itself."""
WAITS: Final = 900
"""Seconds after the start within which it does: before, during or after the recovery."""
LASTING: Final = frozenset({"visibility_delay", "stale_list", "slow_loris"})
FAULTY: Final = tuple(key for key, one in OUTCOMES.items() if one.disposition is Disposition.TRANSIENT)
DEAD: Final = "dead-dispatcher"
ADVERSE: Final = 0.5
"""Share of the mixed cases on a platform that keeps its format and nothing else."""
EVENTFUL: Final = 0.35
"""Share of the mixed cases in which somebody else does something meanwhile."""
CONTACTS: Final = 32
COHORT: Final = 44
"""Contacts of the two dedicated populations: half are left to redial, more than a whole sample."""
DEEPEST: Final = 700
"""A recovery of this size touches platform and clock about that often."""

POLICY: Final = Policy.model_validate(
    {"approval": "auto", "poll_seconds": 60, "lease_seconds": 600, "default_region": "AU", "permits": 10}
)


@dataclass(frozen=True, slots=True)
class Case:
    """What is played: `crashes` are passings at which the process dies; `again` asks for a second run.

    `back` is when a dead dispatcher comes back to life, in seconds from the start; None where it stays dead.
    """

    index: int
    seed: int
    population: str
    scene: str
    contacts: int
    faults: tuple[Fault, ...]
    crashes: tuple[int, ...]
    again: bool
    back: float | None = None
    adversary: str = ""
    """The seed of all that the published format leaves open; empty is a platform as one would wish it."""
    event: str = ""
    """What happens in the middle of the first run, at its `moment`th passing of platform or clock."""
    moment: int = 0

    @property
    def is_adverse(self) -> bool:
        """Tell whether more than a fault of the wire or of the dispatcher may befall the case."""
        return bool(self.adversary or self.event)


def draw_case(seed: int, index: int, policy: Policy = POLICY) -> Case:
    """Draw the case of an index; the same seed and index give the same case."""
    rng = Random(f"simulate/{seed}/{index}")
    population = _one(rng, SHARES)
    if population != ANY:
        return Case(index, rng.randrange(10**9), population, DEAD, COHORT, (), (), again=False)
    scene = _one(rng, SCENES)
    faults = _faults(rng, _one(rng, SCRIPTS), policy)
    crashes = _crashes(rng) if rng.random() < 0.4 else ()
    again = rng.random() < 0.2
    born = rng.randrange(10**9)
    back = rng.uniform(0, WAITS) if scene == DEAD and rng.random() < 0.5 else None
    adversary = f"{seed}/{index}" if rng.random() < ADVERSE else ""
    event = _one(rng, EVENTS) if rng.random() < EVENTFUL else ""
    moment = int(LATEST ** rng.random())
    return Case(index, born, ANY, scene, CONTACTS, faults, crashes, again, back, adversary, event, moment)


def _one(rng: Random, weights: Any) -> str:
    return str(rng.choices(list(weights), list(weights.values()))[0])


def _crashes(rng: Random) -> tuple[int, ...]:
    # Evenly in the logarithm, for the beginning is short and holds as many decisions as the long end.
    return tuple(int(DEEPEST ** rng.random()) for _ in range(rng.choice((1, 1, 2, 3))))


def _faults(rng: Random, script: str, policy: Policy) -> tuple[Fault, ...]:
    if script == "none":
        return ()
    if script == "dispatcher":
        name = rng.choice(TROUBLES)
        seconds = 600.0 if name == "clock_skew" else rng.uniform(1, 60)
        return (make_fault(name, skip=rng.randrange(4) if name != "clock_skew" else 0, seconds=seconds),)
    found = random_faults(rng.random())
    for fault in found:
        # The script counts in the seconds of a quick test; here they are a share of the visibility delay.
        if fault.name in LASTING:
            fault.seconds = policy.visibility_seconds * rng.uniform(0.1, 0.9)
    return tuple(found)
