"""Abilities taken away one by one: the ladder gets more careful, and calls nobody twice."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from models.enums import Absence, Fence, Find
from models.platform import Capabilities
from tests.conformance.suite.judged import breaches
from tests.conformance.suite.site import Site
from tests.conformance.suite.world_rules import ENDS, Open


@dataclass(frozen=True, slots=True)
class Lack:
    """One ability less, where a platform has it; `held` where the stalled job cannot be recovered then.

    With `lost` the answer to the first create gets lost as well.
    """

    name: str
    change: Mapping[str, Any]
    had: Callable[[Capabilities], bool]
    held: bool = False
    lost: bool = False


LACKS = (
    Lack("no stop", {"can_stop": False}, lambda has: has.fence is Fence.PLATFORM, held=True),
    Lack("no list of jobs", {"can_list_jobs": False}, lambda has: has.can_list_jobs),
    Lack("no list of calls", {"can_list_calls": False}, lambda has: has.can_list_calls),
    Lack("no live count", {"has_live_count": False}, lambda has: has.has_live_count),
    Lack("no limit told", {"has_limit": False}, lambda has: has.has_limit),
    Lack(
        "no look-up, and a lost answer",
        # A job that a listing shows under our marker is found, whatever is declared: so nothing is listed.
        {"find": Find.NEVER, "absence": Absence.NEVER, "can_list_jobs": False},
        lambda has: has.find is Find.JOBS,
        held=True,
        lost=True,
    ),
)


def played(lack: Lack, open_site: Open) -> Iterator[str]:
    """Recover the stalled job without an ability, and yield what was broken."""
    site: Site = open_site(lacks=lack.change)
    lost = iter([lack.lost])

    def cut(_body: Any) -> None:
        if next(lost, False):
            raise httpx.ReadError("cut")

    site.here.after = cut
    told = site.recover()
    site.land()
    if told["state"] not in ENDS or (lack.held and told["state"] == "recovered"):
        yield f"it ends {told['state']}"
    yield from (f"{one.invariant}: {one.message}" for one in breaches(site))
