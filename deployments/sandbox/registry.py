"""The worlds of one server, by API key, on one clock."""

from collections.abc import Callable
from secrets import token_hex
from time import time

from deployments.sandbox.engine.adversary import random_adversary
from deployments.sandbox.engine.faults import make_fault, random_faults
from deployments.sandbox.engine.moves import make_move
from deployments.sandbox.scenarios import Scene, build
from deployments.sandbox.wire.bodies import WorldIn


class Registry:
    """Opens worlds and finds them again; each key is one workspace."""

    def __init__(self, clock: Callable[[], float] = time) -> None:
        self.clock = clock
        self._scenes: dict[str, Scene] = {}

    def open(self, wanted: WorldIn) -> tuple[str, Scene]:
        """Build a world with its faults; returns its key. Unknown names are a ValueError."""
        unique = token_hex(6)
        scene = build(
            wanted.scenario,
            wanted.seed,
            self.clock(),
            contacts=wanted.contacts,
            permits=wanted.permits,
            speed=wanted.speed,
            salt=unique if wanted.salt is None else wanted.salt,
        )
        for row, number in zip(reversed(scene.job.rows), reversed(wanted.numbers), strict=False):
            row.phone = number or ""
        script = wanted.faults
        if isinstance(script, int):
            scene.world.faults.all += random_faults(script)
        else:
            scene.world.faults.all += [make_fault(**fault.model_dump()) for fault in script]
        if wanted.adversary is not None:
            scene.world.faults.all += random_adversary(wanted.adversary)
        scene.world.campaigns.enabled = wanted.campaigns
        for move in wanted.moves:
            make_move(scene, move.what, n=move.n, seconds=move.seconds)
        key = f"sandbox_{wanted.scenario}_{wanted.seed}_{unique}"
        self._scenes[key] = scene
        return key, scene

    def keys(self) -> tuple[str, ...]:
        """Return the key of every world."""
        return tuple(self._scenes)

    def find(self, key: str | None) -> Scene | None:
        """Return the scene of a key, brought up to now; None for an unknown key."""
        scene = self._scenes.get(key or "")
        if scene:
            scene.world.advance(self.clock())
        return scene
