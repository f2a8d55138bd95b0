"""`python -m tests.chaos.mixed`: the last version's build and this one, one after the other and side by side.

They work on one ledger and one platform. `make mixed` makes the old build ready in an environment of its own.
"""

import argparse
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from deployments.cli.out import aside, reporting, show_json, show_table
from deployments.sandbox.client import Sandbox
from models.plan.markers import read_marker
from tests.acceptance.site import PATIENT, Completed, Site, finished, open_site, until

HURRY = ("--no-prefect", "--json")
SLOW = {"scenario": "dead-dispatcher", "contacts": 40, "speed": 20}
PHASES = ("sample", "watch", "ramp")
LATEST = 3
"""The wave after which the first process dies, at the latest."""
SAFE = frozenset({"recovered", "held", "escalated"})


@dataclass(frozen=True)
class Stage:
    """One job, its home, and both builds."""

    site: Site
    old: Path
    dice: Random

    @contextmanager
    def build(self, args: tuple[str, ...], *, old: bool) -> Iterator[subprocess.Popen[str]]:
        """Start a command of the old build or of this one; it does not outlive the block."""
        if not old:
            with self.site.running(*args) as process:
                yield process
            return
        command = [str(self.old / ".venv/bin/python"), "-m", "deployments.cli", *args]
        env = self.site.env(PYTHONPATH=str(self.old))
        with subprocess.Popen(
            command,
            env=env,
            cwd=self.site.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def run(self, *args: str, old: bool) -> Completed:
        """Run a command of one build to its end."""
        with self.build(args, old=old) as process:
            return finished(process, 300)

    def recover_until_waves(self, *, old: bool, then: Callable[[subprocess.Popen[str]], None]) -> None:
        """Recover with one build, and do something once a drawn number of waves is on the platform."""
        waves = self.dice.randint(1, LATEST)
        with self.build(("recover", self.site.job, "--yes", *HURRY), old=old) as process:
            until(lambda: self.site.waves(*PHASES) >= waves, f"{waves} waves were sent", 300, by=[process])
            then(process)

    @property
    def recovery(self) -> str:
        """Return the id of the newest recovery."""
        return str(self.site.ask("select id from recovery order by started_at desc")[0][0])


def dialled(site: Site) -> Counter[str]:
    """Return how often waves of either build have dialled each number."""
    return Counter(dial["phone"] for dial in site.history["dials"] if read_marker(dial["job_name"]))


def kill(process: subprocess.Popen[str]) -> None:
    """End a process as a power cut does."""
    process.kill()
    process.wait(30)


def goes_on(stage: Stage) -> str:
    """Let the old build die in the middle, and this one go on."""
    stage.recover_until_waves(old=True, then=kill)
    return ended(stage.run("resume", stage.recovery, *HURRY, old=False))


def goes_back(stage: Stage) -> str:
    """Let this build die in the middle: the old one is refused the newer ledger, and this one goes on."""
    stage.recover_until_waves(old=False, then=kill)
    before = dialled(stage.site)
    refused = stage.run("resume", stage.recovery, *HURRY, old=True)
    if refused.code == 0 or "newer ringback" not in refused.stdout + refused.stderr:
        return f"the old build was not refused: {refused.stdout[-300:]}{refused.stderr[-300:]}"
    if dialled(stage.site).keys() - before.keys() - on_their_way(stage):
        return "the old build called somebody"
    return ended(stage.run("resume", stage.recovery, *HURRY, old=False))


def on_their_way(stage: Stage) -> set[str]:
    """Return whom the waves of before hold: the platform goes on with them by itself."""
    return {str(phone) for (phone,) in stage.site.ask("select phone from planned where wave is not null")}


def side_by_side(stage: Stage) -> str:
    """Let this build sweep, and so move the ledger up, while the old one dials; then this one ends it."""
    swept: list[Completed] = []

    def sweep(process: subprocess.Popen[str]) -> None:
        swept.append(stage.run("sweep", "--act", "recover", "--json", old=False))
        finished(process, 300)

    stage.recover_until_waves(old=True, then=sweep)
    if swept[0].code not in {0, 3, 4}:
        return f"the sweep ended with {swept[0].code}: {swept[0].stderr[-300:]}"
    ((state,),) = stage.site.ask("select state from recovery order by started_at desc limit 1")
    if state in SAFE:
        return ""
    return ended(stage.run("resume", stage.recovery, *HURRY, old=False))


def ended(done: Completed) -> str:
    """Return what is wrong with how a recovery ended; empty where it ended as it should."""
    state = done.json.get("state") if done.stdout.strip() else None
    return "" if state in SAFE else f"it ended {state}: {done.stdout[-300:]}{done.stderr[-300:]}"


STORIES: dict[str, Callable[[Stage], str]] = {
    "the old one dies, this one goes on": goes_on,
    "this one dies, the old one is refused": goes_back,
    "side by side": side_by_side,
}


@dataclass(frozen=True)
class Played:
    """What one story came to: `wrong` is empty where it ended well."""

    story: str
    seed: int
    state: str
    called: int
    twice: int
    breaches: int
    wrong: str


def play(sandbox: Sandbox, old: Path, story: str, seed: int) -> Played:
    """Tell one story on a world of its own."""
    with TemporaryDirectory() as home:
        wishes = {name: SLOW[name] for name in ("contacts", "speed")} | {"seed": seed}
        site = open_site(sandbox, Path(home), str(SLOW["scenario"]), PATIENT, wishes)
        wrong = STORIES[story](Stage(site, old, Random(f"{story}/{seed}")))
        called = dialled(site)
        state = str(site.ask("select state from recovery order by started_at desc limit 1")[0][0])
        twice = sum(times > 1 for times in called.values())
        return Played(story, seed, state, called.total(), twice, len(site.breaches()), wrong)


def main() -> int:
    """Play, show, and return 0 where nobody was called twice and every story ended well, else 1."""
    asked = _arguments()
    played: list[Played] = []
    every = [(story, seed) for story in STORIES for seed in range(1, asked.seeds + 1)]
    with Sandbox() as sandbox, reporting() as live:
        for story, seed in every:
            played.append(play(sandbox, asked.old.resolve(), story, seed))
            live.progress("stories of two versions", len(played), len(every))
    _show(played, as_json=asked.json)
    return int(any(one.twice or one.breaches or one.wrong for one in played))


def _show(played: list[Played], *, as_json: bool) -> None:
    rows: list[list[Any]] = []
    for story in STORIES:
        mine = [one for one in played if one.story == story]
        states = Counter(one.state for one in mine)
        told = ", ".join(f"{state} {count}" for state, count in sorted(states.items()))
        sums = [sum(getattr(one, name) for one in mine) for name in ("called", "twice", "breaches")]
        rows.append([story, len(mine), told, *sums])
    head = ["story", "seeds", "ends", "called", "twice", "breaches"]
    if as_json:
        show_json({"stories": [dict(zip(head, row, strict=True)) for row in rows]})
    else:
        show_table("Two versions, one ledger", head, rows)
    for one in played:
        if one.wrong:
            aside().print(
                f"{one.story}, seed {one.seed}: {one.wrong}", markup=False, style="red", soft_wrap=True
            )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.mixed", description=__doc__)
    parser.add_argument("--old", type=Path, required=True, help="folder of the last version, with its .venv")
    parser.add_argument("--seeds", type=int, default=5, help="worlds for each story")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
