"""Power cuts: the whole tree of one `ringback up` is killed again and again while it recovers jobs."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from models.enums import State
from tests.acceptance.site import PATIENT, Site
from tests.acceptance.up.up_site import UpSite

SLOW = {"contacts": 40, "speed": 20, "policy": {**PATIENT, "approval": '"auto"'}}
SCENARIOS = ("dead-dispatcher", "permit-leak")
RUNNING_SECONDS, STARTING_SECONDS = 25.0, 12.0
"""The latest moment of a cut after everything is up, and after the start has begun."""
IN_STARTING = 0.25
"""How often a cut comes while everything is still starting."""


@dataclass(frozen=True)
class Cut:
    """One kill: how many seconds after the start had begun or ended, and how many recoveries it met."""

    starting: bool
    seconds: float
    in_flight: int = 0

    @property
    def message(self) -> str:
        """Return it as one line."""
        when = "the start began" if self.starting else "everything was up"
        return f"{self.seconds:4.1f} s after {when}, {self.in_flight} recoveries under way"


def worlds(count: int) -> dict[str, dict[str, Any]]:
    """Return jobs whose recoveries last longer than it takes to be killed and to go on, by workspace."""
    return {f"{n:02}": {"scenario": SCENARIOS[n % len(SCENARIOS)], **SLOW} for n in range(count)}


def moments(kills: int, seed: int) -> list[Cut]:
    """Draw when to kill; the first and the last cut meet a running tree."""
    dice = random.Random(seed)
    return [_moment(dice, starting=0 < n < kills - 1 and dice.random() < IN_STARTING) for n in range(kills)]


def _moment(dice: random.Random, *, starting: bool) -> Cut:
    low, high = (0.5, STARTING_SECONDS) if starting else (0.0, RUNNING_SECONDS)
    return Cut(starting, dice.uniform(low, high))


@dataclass
class Story:
    """Recoveries through power cuts, and what is known of them afterwards."""

    up: UpSite
    say: Callable[[str], None]
    cuts: list[Cut] = field(default_factory=list)
    requests: dict[str, str] = field(default_factory=dict)
    """The place in the inbox that each workspace's request was given."""

    def tell(self, planned: list[Cut]) -> None:
        """Ask for the recoveries bit by bit, cut the power at each moment, then wait for every end."""
        shares = self._shares(sum(not cut.starting for cut in planned))
        api: httpx.Client | None = None
        for cut in planned:
            if cut.starting:
                self.up.launch()
            else:
                self.up.start()
                api = api or self.up.gateway("power cuts")
                for name in next(shares):
                    self._ask(api, name)
            time.sleep(cut.seconds)  # a moment that was drawn: nothing is waited for
            self._cut(cut)
        self.up.start()
        self.up.wait(lambda: len(self.ended()) == len(self.up.sites), "all recoveries have ended", 420)

    def _shares(self, count: int) -> Iterator[list[str]]:
        names = sorted(self.up.sites)
        return (names[n * len(names) // count : (n + 1) * len(names) // count] for n in range(count))

    def _ask(self, api: httpx.Client, name: str) -> None:
        wish = {**self.up.request(name), "approval": "auto"}
        taken = api.post("/v1/recoveries", json=wish, headers={"Idempotency-Key": name})
        assert taken.status_code == 202, taken.text
        self.requests[name] = taken.json()["request_id"]

    def _cut(self, cut: Cut) -> None:
        self.up.kill()
        met = Cut(cut.starting, cut.seconds, len(self.requests) - len(self.ended()))
        self.cuts.append(met)
        self.say(f"kill {len(self.cuts)}: {met.message}")

    def ended(self) -> dict[str, str]:
        """Return the state of every recovery that has ended, by job."""
        rows = self.any_site.ask("select job_id, state, resumable from recovery")
        return {job: state for job, state, resumable in rows if State(state).is_end and not resumable}

    @property
    def any_site(self) -> Site:
        """Return a site to ask the ledger that all of them share."""
        return next(iter(self.up.sites.values()))

    def called_twice(self) -> int:
        """Return how many people waves of ours have called more than once, counted by the platform."""
        dialled = [site.dialled() for site in self.up.sites.values()]
        return sum(times > 1 for counter in dialled for times in counter.values())

    def lost(self) -> list[str]:
        """Return the workspaces whose request has not become a run."""
        sql = "select id from inbox where act = 'recover' and state = 'started' and run_id is not null"
        started = {row[0] for row in self.any_site.ask(sql)}
        return [name for name, request in self.requests.items() if request not in started]

    def summary(self) -> dict[str, Any]:
        """Return the figures that are told in the end."""
        return {
            "kills": len(self.cuts),
            "of them while starting": sum(cut.starting for cut in self.cuts),
            "recoveries": len(self.requests),
            "ends": dict(Counter(self.ended().values())),
            "people called": sum(len(site.dialled()) for site in self.up.sites.values()),
            "called twice": self.called_twice(),
            "breaches": sum(len(site.breaches()) for site in self.up.sites.values()),
            "requests lost": len(self.lost()),
        }
