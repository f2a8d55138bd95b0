"""How the dispatches of a recovery ended, counted by wave inside the database."""

from collections import Counter
from collections.abc import Collection
from itertools import groupby
from typing import Any

from sqlalchemy import bindparam, select
from sqlmodel import col, func

from models.enums import Disposition, Phase, WaveState
from models.tables.ledger import Planned, Wave
from models.verdict.figures import WaveFigures
from tasks.ledger.store import Ledger

_WAVE = (col(Wave.n), col(Wave.phase), col(Wave.cap), col(Wave.state))
_END = (col(Planned.outcome), col(Planned.outcome_code), col(Planned.fault))
# Asked at every look: built once.
_FIGURES = (
    select(*_WAVE, *_END, func.count(col(Planned.recovery_id)))
    .select_from(Wave)
    .outerjoin(
        Planned, (col(Planned.recovery_id) == col(Wave.recovery_id)) & (col(Planned.wave) == col(Wave.n))
    )
    .where(
        col(Wave.recovery_id) == bindparam("of_recovery"),
        col(Wave.n) > bindparam("last"),
        col(Wave.n).not_in(bindparam("but", expanding=True)),
    )
    .group_by(*_WAVE, *_END)
    .order_by(col(Wave.n))
)


def figures_after(
    ledger: Ledger, recovery_id: str, last: int, but: Collection[int] = ()
) -> list[WaveFigures]:
    """Return the figures of every wave begun after wave `last` but for some, in the order of sending."""
    named = {"of_recovery": recovery_id, "last": last, "but": list(but)}
    with ledger.read() as session:
        rows = session.connection().execute(_FIGURES, named).all()
    return [_wave(wave, list(found)) for wave, found in groupby(rows, key=lambda row: tuple(row[:4]))]


def _wave(wave: tuple[Any, ...], found: list[Any]) -> WaveFigures:
    n, phase, cap, state = wave
    ended = Counter[Any]()
    unended = 0
    for outcome, code, fault, count in (row[4:] for row in found):
        if outcome:
            ended[Disposition(outcome), code, fault] += count
        else:
            unended += count
    return WaveFigures(n, Phase(phase), cap, state == WaveState.SETTLED.value, unended, ended)
