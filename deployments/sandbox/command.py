"""`ringback sandbox`: one world served, with the lines that try it."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from deployments.sandbox.control import world_info
from deployments.sandbox.registry import Registry
from deployments.sandbox.scenarios import SCENARIOS
from deployments.sandbox.serve import HOST, run
from deployments.sandbox.wire.bodies import WorldIn
from tasks.runtime.settings.settings import SettingsError


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the world is to be like; `speed` is how much shorter calls are."""

    scenario: str
    seed: int
    contacts: int
    speed: float
    campaigns: bool = False


def run_stand(ready: Callable[[dict[str, Any]], None], wishes: Wishes, port: int) -> int:
    """Serve one world until stopped; `ready` gets its address, key, job and what to type."""
    if wishes.scenario not in SCENARIOS:
        raise SettingsError(f"There is no scenario {wishes.scenario!r}. Known: {', '.join(SCENARIOS)}.")
    registry = Registry()
    opened = world_info(*registry.open(WorldIn(**asdict(wishes), faults=[])))
    try:
        run(HOST, port, lambda url: ready({"url": url, **opened, "try": _lines(url, opened)}), registry)
    except OSError as error:
        raise SettingsError(
            f"Port {port} cannot be used: {error.strerror}. Choose another with --port."
        ) from None
    return 0


def _lines(url: str, opened: dict[str, Any]) -> list[str]:
    return [
        f"export RINGBACK_PLATFORM_URL={url} RINGBACK_PLATFORM_KEY={opened['key']}",
        f"ringback triage {opened['job_id']}",
        f"ringback recover {opened['job_id']}",
    ]
