"""The tables of a simulation, for people and as JSON."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from models.enums import State
from tests.simulation.figures import broken, ends, figures, guards, struck
from tests.simulation.truth import Outcome

MOST_SHOWN = 20
_STATES = (State.RECOVERED, State.HEALTHY, State.HELD, State.ESCALATED)


def report(outcomes: Sequence[Outcome], seed: int, seconds: float) -> dict[str, Any]:
    """Return everything that a simulation found, as one JSON document."""
    return {
        "recoveries": len(outcomes),
        "seed": seed,
        "seconds": round(seconds, 1),
        "deaths": sum(one.deaths for one in outcomes),
        "second_recoveries": sum(len(one.states) > 1 for one in outcomes),
        "under_faults": sum(bool(one.faults) for one in outcomes),
        "redialled": sum(one.dialled for one in outcomes),
        "repeated_by_the_platform": sum(one.repeats for one in outcomes),
        "figures": [figure.as_json() for figure in figures(outcomes)],
        "under_adversity": sum(one.adverse for one in outcomes),
        "adversities": [
            {"name": name, "cases": cases, "strikes": strikes} for name, cases, strikes in struck(outcomes)
        ],
        "guards": guards(outcomes),
        "ends": {scene: dict(states) for scene, states in ends(outcomes).items()},
        "broken": [
            {
                "index": one.index,
                "scene": one.scene,
                "faults": one.faults,
                "struck": one.struck,
                "states": one.states,
                "deaths": one.deaths,
                "duplicates": one.duplicates,
                "losses": one.losses,
                "breaches": one.breaches[:3],
                "trouble": one.trouble,
            }
            for one in broken(outcomes)[:MOST_SHOWN]
        ],
    }


def show(told: dict[str, Any], console: Console) -> None:
    """Show a report as tables."""
    console.print(_figures(told))
    console.print(_ends(told))
    console.print(_adversities(told))
    for one in told["broken"]:
        words = one["trouble"] or "; ".join(one["breaches"]) or "called twice or lost a contact"
        console.print(
            f"case {one['index']} ({one['scene']}, {', '.join(one['faults']) or 'no fault'}): {words}"
        )


def _figures(told: dict[str, Any]) -> Table:
    title = (
        f"{told['recoveries']:,} recoveries in {told['seconds']:.0f} s (seed {told['seed']}): "
        f"{told['redialled']:,} people redialled, {told['deaths']:,} deaths, "
        f"{told['second_recoveries']:,} second recoveries, {told['under_faults']:,} under faults"
    )
    table = Table("figure", "seen", "of", "share", "95 % interval", "design", title=title)
    for one in told["figures"]:
        around = f"{one['low']:.2%} to {one['high']:.2%}"
        table.add_row(
            one["name"], f"{one['seen']:,}", f"{one['of']:,}", f"{one['share']:.2%}", around, one["meant"]
        )
    return table


def _adversities(told: dict[str, Any]) -> Table:
    table = Table("what struck", "cases", "times", title=f"{told['under_adversity']:,} under adversity")
    for one in told["adversities"]:
        table.add_row(one["name"], f"{one['cases']:,}", f"{one['strikes']:,}")
    for name, cases in told["guards"].items():
        table.add_row(f"guard: {name}", f"{cases:,}", "")
    return table


def _ends(told: dict[str, Any]) -> Table:
    table = Table("scene", *(state.value for state in _STATES), "else", title="Ends of the first recovery")
    known = {state.value for state in _STATES}
    for scene, counts in told["ends"].items():
        other = sum(count for state, count in counts.items() if state not in known)
        cells = [counts.get(state.value, 0) for state in _STATES]
        table.add_row(scene, *(f"{cell:,}" if cell else "" for cell in (*cells, other)))
    return table
