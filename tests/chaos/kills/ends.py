"""What a killed and resumed recovery must have in common with one that ran undisturbed (I2)."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from models.masking.phone import mask_phone
from tasks.ledger import plans, recoveries
from tests.chaos.kills.trial_environment import TrialEnvironment
from tests.invariants import Breach

Row = tuple[str, str, int | None]
"""Disposition, action, place in the drawn order."""


@dataclass(frozen=True, slots=True)
class End:
    """How a job's recoveries ended; phones are whole and never shown.

    States, causes and plan hashes are those of the recoveries in order, rows belong to the newest plan,
    `outcomes` are of the contacts that were handed over, `dialled` counts true dials of our waves.
    """

    states: tuple[str, ...]
    causes: tuple[str, ...]
    plans: tuple[str | None, ...]
    rows: dict[int, Row]
    outcomes: dict[int, str | None]
    dialled: Mapping[str, int]


def end_of(house: TrialEnvironment) -> End:
    """Read how the recoveries of a house ended."""
    ran = recoveries.of_job(house.ledger, house.job_key)
    rows = plans.contacts(house.ledger, ran[-1].id) if ran else []
    dials = house.landed()["dials"]
    return End(
        states=tuple(one.state for one in ran),
        causes=tuple(str((one.diagnosis or {}).get("cause")) for one in ran),
        plans=tuple(one.plan_hash for one in ran),
        rows={row.row: (row.disposition, row.action, row.position) for row in rows},
        outcomes={row.row: row.outcome for row in rows if row.state == "accepted"},
        dialled=Counter(dial["phone"] for dial in dials if dial["job_name"].startswith("rb-")),
    )


def unlike(whole: End, resumed: End, *, exact: bool) -> Iterator[Breach]:
    """Compare two ends of one world and seed; `exact` compares who was dialled and how calls ended, too."""
    for what in ("states", "causes", "plans"):
        one, other = getattr(whole, what), getattr(resumed, what)
        if one != other:
            yield Breach("I2", f"The {what} differ: {one} undisturbed, {other} after the kills.")
    for row in sorted(whole.rows.keys() | resumed.rows.keys()):
        if whole.rows.get(row) != resumed.rows.get(row):
            words = f"{whole.rows.get(row)} undisturbed, {resumed.rows.get(row)} after the kills"
            yield Breach("I2", f"The plan differs: row {row} is {words}.")
    if exact:
        yield from _other_calls(whole, resumed)


def _other_calls(whole: End, resumed: End) -> Iterator[Breach]:
    for phone in sorted(whole.dialled.keys() | resumed.dialled.keys()):
        once, again = whole.dialled.get(phone, 0), resumed.dialled.get(phone, 0)
        if once != again:
            words = f"{once} times undisturbed, {again} after the kills"
            yield Breach("I2", f"{mask_phone(phone)} was dialled {words}.")
    for row in sorted(whole.outcomes.keys() | resumed.outcomes.keys()):
        one, other = whole.outcomes.get(row), resumed.outcomes.get(row)
        if one != other:
            yield Breach("I2", f"Row {row} ended {one} undisturbed, {other} after the kills.")
