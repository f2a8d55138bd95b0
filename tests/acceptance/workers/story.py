"""Six recoveries on three machines, through everything that happens to machines, and what came of them."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.acceptance.site import PATIENT
from tests.acceptance.workers.machines import ENDED, Machines

LONG: dict[str, Any] = {"contacts": 40, "speed": 7, "policy": {**PATIENT, "approval": '"auto"'}}
"""Recoveries that last long enough to be met by all of it."""
SCENARIOS = ("dead-dispatcher", "permit-leak")
WORLDS = {name: {"scenario": SCENARIOS[n % 2], **LONG} for n, name in enumerate("abcdef")}
MACHINES = ("one", "two", "three")
FROZEN_SECONDS, AWAY_SECONDS = 15.0, 30.0
BETWEEN_SWEEPS = 20.0
SOON = 90.0
"""What a stop may take: 45 s for what rings, and slow cores."""


@dataclass
class Story:
    """What happened, in its order."""

    at: Machines
    begun: float = field(default_factory=time.monotonic)
    shares: dict[str, str] = field(default_factory=dict)
    """The machine on which each recovery had begun to dial."""
    killed: str = ""
    told_to_end: str = ""
    exit_code: int | None = None
    held: dict[str, str] = field(default_factory=dict)
    """The states of that machine's recoveries right after it had ended."""
    ready: httpx.Response | None = None
    alive: httpx.Response | None = None
    """What the gateway answered while Postgres was away."""
    swept: float = 0.0
    met: dict[str, int] = field(default_factory=dict)
    """How many recoveries were running when each thing happened."""

    def tell(self) -> None:
        """Let all of it happen, and wait for every end."""
        self.at.start(*MACHINES)
        for name in WORLDS:
            self.at.ask(name)
        self.at.wait(self._all_dial, "all recoveries dial, on three machines")
        self._end_one()
        self._kill_one()
        self._freeze_the_server()
        self._restart_postgres()
        self._again_under_way()
        self._stop_postgres()
        self.at.wait(self._swept_to_the_end, "all recoveries have ended", 300)
        self.say("all have ended")

    def _all_dial(self) -> bool:
        self.shares |= {name: where for name, where in self.at.dialling().items() if name not in self.shares}
        return len(self.shares) == len(WORLDS)

    def _end_one(self) -> None:
        self.told_to_end = self._busiest()
        self.meets("a worker is told to end")
        self.exit_code = self.at.workers[self.told_to_end].end(SOON)
        self.held = {n: s for n, s in self.at.states().items() if self.shares[n] == self.told_to_end}

    def _busiest(self) -> str:
        now = list(self.at.dialling().values())
        return max(set(now), key=now.count)

    def _kill_one(self) -> None:
        self.killed = self._busiest()
        self.meets("a machine dies")
        self.at.workers[self.killed].kill()

    def _freeze_the_server(self) -> None:
        self.meets("the server stands still")
        processes = self.at.server.processes()
        for process in processes:
            process.suspend()
        time.sleep(FROZEN_SECONDS)  # nothing is waited for: so long it stands still
        for process in processes:
            process.resume()

    def _restart_postgres(self) -> None:
        self.meets("Postgres crashes and starts again")
        self.at.postgres.stop()
        self.at.postgres.start()

    def _again_under_way(self) -> None:
        self.at.work(self.told_to_end)  # as systemd does
        self.at.wait(lambda: self.told_to_end in self.at.joined() and self._goes_on(), "one dials again")

    def _goes_on(self) -> bool:
        where = self.at.dialling().values()
        if where and self.killed not in where and not self.at.beginning():
            return True
        self._swept_to_the_end()
        return False

    def _swept_to_the_end(self) -> bool:
        if time.monotonic() > self.swept + BETWEEN_SWEEPS:
            self.swept = time.monotonic()
            self.at.sweep()
        return self._all_ended()

    def _stop_postgres(self) -> None:
        self.meets("Postgres is away")
        self.at.postgres.stop()
        until = time.monotonic() + AWAY_SECONDS
        self.ready = self.at.gateway_says("/readyz")
        self.alive = self.at.gateway_says("/livez")
        time.sleep(until - time.monotonic())  # nothing is waited for: so long it is away
        self.at.postgres.start()

    def _all_ended(self) -> bool:
        states = self.at.states()
        return len(states) == len(WORLDS) and set(states.values()) <= {*ENDED}

    def meets(self, what: str) -> None:
        """Keep how many recoveries something meets."""
        self.met[what] = sum(state == "running" for state in self.at.states().values())
        self.say(f"{what}: {self.met[what]} recoveries under way, dialling {self.at.dialling()}")

    def say(self, what: str) -> None:
        """Print it with its moment, which pytest shows where something fails."""
        print(f"{time.monotonic() - self.begun:6.1f} s  {what}", flush=True)


Tell = Callable[[], Story]
