"""`ringback sandbox`: one world served, with the lines that try it."""

from collections.abc import Callable
from typing import Any

from deployments.sandbox.control import world_info
from deployments.sandbox.registry import Registry
from deployments.sandbox.scenarios import SCENARIOS
from deployments.sandbox.serve import HOST, run
from deployments.sandbox.wire.bodies import WorldIn
from tasks.runtime.settings.settings import SettingsError


def run_stand(
    ready: Callable[[dict[str, Any]], None],
    *,
    scenario: str,
    seed: int,
    port: int,
    contacts: int,
    speed: float,
) -> int:
    """Serve one world until stopped; `ready` gets its address, key, job and what to type."""
    if scenario not in SCENARIOS:
        raise SettingsError(f"There is no scenario {scenario!r}. Known: {', '.join(SCENARIOS)}.")
    registry = Registry()
    opened = world_info(
        *registry.open(WorldIn(scenario=scenario, seed=seed, contacts=contacts, speed=speed, faults=[]))
    )
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
