"""Which end a scenario comes to on which platform: the fullest, or what a missing ability makes of it.

Nothing here is a list of platforms: an end follows from what a platform shows, stops and lists.
"""

from collections.abc import Callable
from dataclasses import dataclass

from deployments.sandbox.scenarios import Scene
from models.enums import Cause, Disposition, Reads, State
from models.reasons.table import ReasonTable
from tests.conformance.suite.faces import Face


@dataclass(frozen=True, slots=True)
class End:
    """State and cause with which a recovery ends, and in a clause why it is another than the fullest one."""

    state: str
    cause: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Less:
    """What becomes of a scenario where a platform lacks something."""

    scenario: str
    lacks: Callable[[Face], bool]
    state: State
    cause: Cause
    why: str


def _rows_are_not_shown(face: Face) -> bool:
    return face.capabilities.reads is not Reads.PLATFORM


def _no_failure_is_told(face: Face) -> bool:
    return face.failed_dial is not None


def _a_failure_is_unknown(face: Face) -> bool:
    return face.failed_dial is not None and TABLE.look_up(face.failed_dial).disposition is Disposition.UNKNOWN


TABLE = ReasonTable.packaged()
FAILED = "why a dial failed is not told: a dead number, a refusal and an outage read alike, and are held"
LESS = (
    Less(
        "permit-leak",
        _rows_are_not_shown,
        State.RECOVERED,
        Cause.DEAD_DISPATCHER,
        "no row shows that it holds a permit: the stall is seen, the leak is not",
    ),
    Less(
        "duplicate-job",
        lambda face: not face.capabilities.can_list_jobs,
        State.RECOVERED,
        Cause.DEAD_DISPATCHER,
        "jobs are not listed: a second run that nobody hands over is not seen",
    ),
    Less(
        "outside-window",
        lambda face: face.capabilities.reads is Reads.HANDOVERS,
        State.HELD,
        Cause.UNKNOWN,
        "no calling hours are shown: a job that nobody has run yet is left to a person",
    ),
    Less(
        "outside-window",
        lambda face: face.capabilities.reads is Reads.JOINED,
        State.HEALTHY,
        Cause.NONE,
        "no calling hours are shown: the job counts as one that has just begun",
    ),
    *(
        Less(name, _no_failure_is_told, State.HELD, cause, FAILED)
        for name, cause in (
            ("finished", Cause.FELL_SHORT),
            ("invalid-segment", Cause.FELL_SHORT),
            ("poison", Cause.PROVIDER),
            ("provider-outage", Cause.FELL_SHORT),
            ("flagged-caller", Cause.FELL_SHORT),
        )
    ),
    Less("config-fault", _a_failure_is_unknown, State.HELD, Cause.PROVIDER, FAILED),
    Less("config-fault", _no_failure_is_told, State.HELD, Cause.FELL_SHORT, FAILED),
    Less(
        "flagged-caller",
        lambda face: not face.names_the_network,
        State.HELD,
        Cause.CONFIG,
        "the reason of a call does not tell the network's refusal of a caller id from other refusals",
    ),
)
"""The first one that fits a scenario and a platform is its end there."""


def expected(scene: Scene, face: Face) -> End:
    """Return the end that a recovery of a scene has to come to on a platform."""
    for less in LESS:
        if less.scenario == scene.scenario and less.lacks(face):
            return End(less.state.value, less.cause.value, less.why)
    return End(scene.state.value, scene.cause.value)
