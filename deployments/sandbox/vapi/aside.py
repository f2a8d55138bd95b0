"""What Vapi keeps of a workspace beside its campaigns: credentials, and what campaigns were told besides."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import httpx

from deployments.sandbox.engine.world import World

Ask = Callable[[Mapping[str, Any], Mapping[str, Any], str], httpx.Response]


def post(server: Mapping[str, Any], message: Mapping[str, Any], token: str) -> httpx.Response:
    """Ask a server about one contact, with a credential's token."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    seconds = float(server.get("timeoutSeconds") or 20)
    return httpx.post(server["url"], json={"message": message}, headers=headers, timeout=seconds)


@dataclass
class Aside:
    """`told` are set-ups of campaigns as they came in, `asked` the questions before calls and answers."""

    credentials: dict[str, str] = field(default_factory=dict)
    told: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    ask: Ask = post
    version_1: set[str] = field(default_factory=set)
    """Campaigns that are of version 1: version 2 neither lists nor knows them."""


_ASIDES: WeakKeyDictionary[World, Aside] = WeakKeyDictionary()


def aside_of(world: World) -> Aside:
    """Return what is kept of a world."""
    return _ASIDES.setdefault(world, Aside())
