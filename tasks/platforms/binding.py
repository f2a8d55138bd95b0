"""What of the platform at hand a plan's approval binds."""

from typing import Any, Protocol, runtime_checkable

from models.mapping.mapping import PlatformMapping
from models.plan.binding import binding
from tasks.carriers.port import Carrier
from tasks.platforms.port import Platform


@runtime_checkable
class ByMapping(Protocol):
    """What a platform brings that is read by a mapping file."""

    mapping: PlatformMapping


def bound_of(platform: Platform, carrier: Carrier | None = None) -> dict[str, Any]:
    """Return abilities and mapping of a platform, and which carrier is heard beside it.

    The abilities are those that it was made with (`declared`), where a key may take one away meanwhile.
    """
    declared = getattr(platform, "declared", None) or platform.capabilities
    mapping = platform.mapping.as_json() if isinstance(platform, ByMapping) else None
    return binding(declared, mapping, carrier.name if carrier else None)
