"""The whole story on the sandbox: one job recovered, one held, one escalated."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deployments.sandbox.client import Sandbox, WorldInfo
from flows.recover import climb, recover
from models.enums import State
from models.policy.policy import Policy
from tasks.context import Reporter, RunContext
from tasks.prefect_api.server.process import prefect_server
from tasks.runs.runner import Climb, run_claimed
from tasks.runs.stop_signals import end_if_told
from tasks.runtime.settings.settings import load_settings
from tasks.runtime.wiring import Runtime, claim, open_runtime

STORIES = (
    ("permit-leak", "A job hangs: permits leaked, most people were never called."),
    ("provider-outage", "Calls fail at the provider, and still do: the sample has to notice."),
    ("duplicate-job", "The same job was started twice: nothing may be redialled."),
)
QUICK = {"poll_seconds": 0.1, "stall_seconds": 5, "visibility_seconds": 0.5, "lease_seconds": 60}
"""Seconds of a sandbox whose calls are 60 times shorter than real ones."""
SPEED = 60


@dataclass(frozen=True, slots=True)
class Told:
    """One story as the closing lines show it."""

    story: str
    before: int
    redialled: int
    twice: int
    end: str
    next_action: str
    package: str | None

    def cells(self) -> tuple[str, ...]:
        """Return the cells of its line, in the order of the head."""
        return (self.story, str(self.before), str(self.redialled), str(self.twice), self.end)


def run_demo(folder: Path, reporter: Reporter) -> list[Told]:
    """Tell the three stories and return what the closing lines show."""
    prefect_server(folder, reporter)
    from tasks.runs.prefect_runner import with_prefect

    def shown(ctx: RunContext) -> State:
        return with_prefect(ctx, recover, climb)

    with Sandbox() as sandbox:
        return [_tell(sandbox, shown, story, folder, reporter) for story in STORIES]


def _tell(sandbox: Sandbox, climb: Climb, story: tuple[str, str], folder: Path, reporter: Reporter) -> Told:
    name, words = story
    reporter.say(f"\n== {name}: {words}")
    world = sandbox.world(name, seed=7, speed=SPEED)
    before = dials_by(sandbox.history(world.key)["dials"], waves=False)
    ctx = shop_of(world, folder).context(world.job_id, reporter=reporter)
    claim(ctx)
    report = run_claimed(ctx, climb)
    end_if_told(ctx)
    ctx.platform.close()
    history = sandbox.history(world.key)
    return Told(
        name,
        before.total(),
        dials_by(history["dials"], waves=True).total(),
        len(called_twice(history)),
        str(report["state"]),
        str(report["next_action"]),
        report["package"],
    )


def shop_of(world: WorldInfo, folder: Path) -> Runtime:
    """Open a runtime on a sandbox world with quick timing and approval by policy."""
    settings = load_settings(
        platform_url=world.url,
        platform_key=world.key,
        workspace=world.workspace_id,
        home=folder,
        database_url=f"sqlite:///{folder / 'ledger.db'}",
    )
    opened = open_runtime(settings)
    policy = Policy.model_validate({**QUICK, "permits": world.permits, "approval": "auto"})
    return Runtime(settings, policy, opened.keys, opened.ledger)


def dials_by(dials: Iterable[dict[str, Any]], *, waves: bool) -> Counter[str]:
    """Count the dials by number that waves of ours made, or that others made."""
    ours: Callable[[dict[str, Any]], bool] = lambda dial: dial["job_name"].startswith("rb-")  # noqa: E731
    return Counter(dial["phone"] for dial in dials if ours(dial) is waves)


def called_twice(history: dict[str, Any]) -> set[str]:
    """Return the numbers that a recovery dialled twice, or dialled although the person had been reached."""
    ours = dials_by(history["dials"], waves=True)
    reached = {one["phone"] for one in history["truth"] if one["reached_before"]}
    return {phone for phone, count in ours.items() if count > 1 or phone in reached}
