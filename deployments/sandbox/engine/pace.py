"""How long things take on the platform; only these durations are divided by the speed, never the clock."""

from dataclasses import dataclass

from deployments.sandbox.engine.outcomes import Outcome
from deployments.sandbox.engine.seeded_random import draw, lognormal

_RING_SIGMA = 0.3
_TALK_SIGMA = 0.6


@dataclass(frozen=True, slots=True)
class Pace:
    """The platform's durations in seconds, played `speed` times faster than life."""

    speed: float = 1.0
    setup_seconds: float = 1.0
    interval_seconds: float = 0.2
    wrap_up_seconds: float = 2.0

    @property
    def setup(self) -> float:
        """Return the seconds between handing a contact over and the first signal to it."""
        return self.setup_seconds / self.speed

    @property
    def interval(self) -> float:
        """Return the least seconds between two dispatches of one job."""
        return self.interval_seconds / self.speed

    @property
    def wrap_up(self) -> float:
        """Return the seconds that a permit stays taken after the line is down."""
        return self.wrap_up_seconds / self.speed

    def ring(self, outcome: Outcome, limit: float, *names: object) -> float:
        """Return the seconds until the dial is answered or refused, never more than the ringing limit."""
        return min(lognormal(draw("ring", *names), outcome.ring, _RING_SIGMA), limit) / self.speed

    def talk(self, outcome: Outcome, *names: object) -> float:
        """Return the seconds from answer to hang-up."""
        return lognormal(draw("talk", *names), outcome.talk, _TALK_SIGMA) / self.speed
