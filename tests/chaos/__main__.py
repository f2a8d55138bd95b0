"""`python -m tests.chaos`: the kill suite with as many seeds as wanted, as a table or as JSON."""

import argparse
import sys
from typing import Any

from deployments.cli.out import aside, reporting, show_json, show_pairs, show_table
from tasks.fault_points import POINTS
from tests.chaos.kills.stories import stories_of
from tests.chaos.kills.suite import WORKERS, Results, run_suite, trials_of

HEAD = ("point", "trials", "kills", "resumes", "restores", "breaches")


def main() -> int:
    """Run the suite; exit code 1 where a promise was broken or a kill did not strike."""
    wanted = _arguments()
    if wanted.list:
        rows = [[point, ", ".join(story.name for story in stories_of(point))] for point in POINTS]
        show_table("Fault points", ["point", "passed in"], rows)
        return 0
    if wanted.platform and wanted.adversary:
        from tests.chaos.faces.adverse_suite import main as under_adversity

        return under_adversity(wanted)
    if wanted.platform:
        from tests.chaos.faces.suite import main as on_platforms  # its façades are loaded for it alone

        return on_platforms(wanted)
    seeds = range(wanted.first, wanted.first + wanted.seeds)
    with reporting() as live:
        results = run_suite(
            trials_of(wanted.points or list(POINTS), list(seeds)), tell=live.progress, workers=wanted.workers
        )
    _show(results, as_json=wanted.json)
    return int(bool(results.found or results.missed))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="worlds for each point")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--points", nargs="+", metavar="POINT", help="all of them where none is named")
    parser.add_argument("--platform", nargs="+", metavar="NAME", help="kills on these platforms instead")
    parser.add_argument(
        "--adversary",
        action="store_true",
        help="with --platform: all that its format leaves open, drawn by seed",
    )
    parser.add_argument("--workers", type=int, default=WORKERS, help="trials at the same time")
    parser.add_argument("--list", action="store_true", help="list the fault points and who passes them")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    wanted = parser.parse_args()
    if wanted.adversary and not wanted.platform:
        parser.error("--adversary is played on platforms: name them with --platform NAME")
    if not wanted.platform and (unknown := set(wanted.points or ()) - set(POINTS)):
        parser.error(f"no fault points: {', '.join(sorted(unknown))}")
    return wanted


def _show(results: Results, *, as_json: bool) -> None:
    document = results.as_json()
    if as_json:
        show_json(document)
        return
    rows: list[list[Any]] = [[one[name] for name in HEAD] for one in document["by_point"]]
    title = f"{document['points']} fault points x {document['seeds']} seeds"
    show_table(title, list(HEAD), [*rows, ["all", *(document[name] for name in HEAD[1:])]])
    show_pairs({"seconds": document["seconds"], "not struck": document["missed"]})
    for one in results.found:
        where = f"{one.point}, {one.story}, seed {one.seed}, died at {', '.join(one.deaths) or 'nothing'}"
        aside().print(f"{one.invariant}: {one.message} ({where})", markup=False, style="red", soft_wrap=True)
    for trial in results.missed:
        aside().print(f"{trial.point} did not strike in {trial.story.name}, seed {trial.seed}", style="red")


if __name__ == "__main__":
    sys.exit(main())
