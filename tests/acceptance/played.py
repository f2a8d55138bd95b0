"""One recovery played on a sandbox world, with what the ledger and the true history say of it afterwards."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from deployments.sandbox.client import Sandbox, WorldInfo
from deployments.sandbox.engine.people import same_phone
from models.tables.ledger import Planned
from tasks.ledger import plans
from tasks.runtime.wiring import Runtime
from tests.invariants import Breach, check
from tests.support import recover, shop_for

Dial = Mapping[str, Any]
ENDS = ("accepted", "refused", "unknown", "skipped")


@dataclass(frozen=True)
class Played:
    """A world before and after its source job was recovered; `report` is that of the last run."""

    world: WorldInfo
    shop: Runtime
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    report: dict[str, Any]

    @property
    def end(self) -> tuple[str, str]:
        """Return state and cause."""
        return self.report["state"], self.report["cause"]

    @cached_property
    def breaches(self) -> tuple[Breach, ...]:
        """Return what the checker finds."""
        key = (self.world.workspace_id, "elevenlabs", self.world.job_id)
        return check(self.shop.ledger, self.after, key, self.shop.keys.by_id)

    @cached_property
    def ours(self) -> list[Dial]:
        """Return the calls that recoveries made."""
        return [dial for dial in self.after["dials"] if dial["job_name"].startswith("rb-")]

    @cached_property
    def rows(self) -> list[Planned]:
        """Return the plan of the last recovery."""
        return plans.contacts(self.shop.ledger, self.report["recovery_id"])

    @property
    def source_status(self) -> tuple[str, str]:
        """Return the source job's status before and after."""
        told = [
            next(job["status"] for job in history["jobs"] if job["id"] == self.world.job_id)
            for history in (self.before, self.after)
        ]
        return told[0], told[1]

    @property
    def adds_up(self) -> bool:
        """Tell whether every planned contact has one of the four ends."""
        counts = self.report["counts"]
        return bool(counts["planned"] == sum(counts[name] for name in ENDS))

    @cached_property
    def people_left_out(self) -> set[str]:
        """Return who was never called, is not kept back for a person, and holds a number; none may be so."""
        called = {same_phone(dial["phone"]) for dial in self.after["dials"]}
        kept = {
            row.contact_id
            for row in self.rows
            if row.action in {"hold", "wait"} or row.disposition == "malformed" or row.outcome == "ambiguous"
        }
        people = [one for one in self.after["truth"] if one["recipient_id"] not in kept]
        return {same_phone(one["phone"]) for one in people} - called

    @property
    def dialled_twice(self) -> list[str]:
        """Return the phones that recoveries called more than once, as the platform tells it."""
        phones = [same_phone(dial["phone"]) for dial in self.ours]
        return sorted({phone for phone in phones if phones.count(phone) > 1})


def play(
    sandbox: Sandbox,
    world: WorldInfo,
    home: Path,
    *,
    between: Callable[[], object] | None = None,
    **policy: Any,
) -> Played:
    """Recover a world's job; with `between`, do that after the first run and recover once more."""
    before = sandbox.history(world.key)
    report = recover(world, home, **policy)
    if between:
        between()
        report = recover(world, home, **policy)
    return Played(world, shop_for(world, home, **policy), before, sandbox.history(world.key), report)
