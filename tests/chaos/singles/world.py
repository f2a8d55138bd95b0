"""One workspace of Voqo between the lives of a recovery: what is true, and what happens next."""

import json
import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx

from tests.fakes.voqo import Fate
from tests.integration.handovers.voqo_site import VoqoSite
from tests.integration.scenes import phone

POLICY: Mapping[str, Any] = {
    "approval": "auto",
    "outcome_seconds": 300,
    "lease_seconds": 86400,
    "poll_seconds": 60,
    "visibility_seconds": 0,
    "permits": 11,
}
VALUES = {"values": {"Trunk down": "transient", "Nobody there": "later"}}
ANSWERS = (500, 503, 302, 200, 429, httpx.ReadTimeout("slow"), httpx.ReadError("cut"), 422)
"""Answers to a request that are no 201: what may have been a call, what was none, and one refused number."""
STATE = "world.pickle"


@dataclass
class Truth:
    """What truly happened, whatever a ledger says of it; moments are of the world's clock."""

    now: datetime
    kept: dict[str, Any]
    strangers: list[tuple[datetime, str, Fate]] = field(default_factory=list)
    """Calls that somebody else is going to make."""
    ours: list[tuple[str, datetime]] = field(default_factory=list)
    """Whom a request of ours has called, and when it was made."""
    foreign: dict[str, str] = field(default_factory=dict)
    """Calls of others by id, with whom they called."""
    heard: list[tuple[str, datetime]] = field(default_factory=list)
    """Webhooks by call, and when they were delivered."""


class World:
    """A site whose truth outlives the process that works at it."""

    def __init__(self, folder: Path, truth: Truth | None = None) -> None:
        self.folder = folder
        self.site = VoqoSite(folder / "home", VALUES, used=truth is not None, **POLICY)
        self.truth = truth or Truth(self.site.clock.now(), {})
        if truth:
            self.site.clock.sleep((truth.now - self.site.clock.now()).total_seconds())
            self.site.fake.go_on(truth.kept)
        self._dialled = len(self.site.fake.dials)
        self.site.fake.take = self._take
        self.site.fake.after = self._after
        self.site.clock.passing.append(self._meddle)

    @classmethod
    def begin(cls, folder: Path, seed: int) -> "World":
        """Begin a world of a seed: a stalled job, calls with fates of their own, strangers on their way."""
        made = cls(folder)
        dice = Random(f"singles/{seed}")
        people = dice.randint(8, 14)
        made.site.stalled(people, (1, "completed"), (2, "failed"))
        now = made.site.clock.now()
        for n in range(3, people + 1):
            made.site.fake.fates[phone(n)] = _fate(dice)
        made.truth.strangers = [
            (now + timedelta(seconds=dice.uniform(0, 1500)), phone(dice.randint(3, people)), _strange(dice))
            for _ in range(dice.choice((0, 0, 1, 2)))
        ]
        return made

    @classmethod
    def load(cls, folder: Path) -> "World":
        """Go on with a world in another process."""
        return cls(folder, pickle.loads((folder / STATE).read_bytes()))

    def save(self) -> None:
        """Keep what is true for whoever goes on."""
        self.truth.now, self.truth.kept = self.site.clock.now(), self.site.fake.kept()
        (self.folder / STATE).write_bytes(pickle.dumps(self.truth))

    def close(self) -> None:
        """Keep what is true, and let go of the ledger."""
        self.save()
        self.site.handovers.ledger.engine.dispose()

    def _after(self, body: dict[str, Any]) -> None:
        if len(self.site.fake.dials) > self._dialled:
            self.truth.ours.append((body["to_phone"], self.site.clock.now()))
        self._dialled = len(self.site.fake.dials)

    def _meddle(self) -> None:
        now = self.site.clock.now()
        due = [one for one in self.truth.strangers if one[0] <= now]
        self.truth.strangers = [one for one in self.truth.strangers if one[0] > now]
        for _, number, fate in due:
            self.truth.foreign[self.site.fake.call(number, fate)] = number
            self.site.fake.dials.pop()

    def _take(self, body: bytes, headers: dict[str, str]) -> int:
        answer = self.site.hear(body, headers)
        self.truth.heard.append((json.loads(body)["data"]["id"], self.site.clock.now()))
        return answer


def _fate(dice: Random) -> Fate:
    kind = dice.random()
    if kind < 0.55:
        return Fate(seconds=dice.randint(1, 120))
    if kind < 0.65:
        return Fate("failed", 0, dice.choice(("Nobody there", "Trunk down", "odd words")))
    if kind < 0.85:
        return Fate(answer=dice.choice(ANSWERS), webhooks=dice.choice((0, 1)))
    return Fate(webhooks=dice.choice((0, 2, 3)), late=dice.choice((0, 0, 900)))


def _strange(dice: Random) -> Fate:
    return Fate(seconds=dice.randint(-25, 60), webhooks=dice.choice((1, 1, 0)))
