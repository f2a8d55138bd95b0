"""What happens in the middle of a simulated recovery: another ledger, a person, a campaign, an old copy."""

import sqlite3
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, cast

from sqlalchemy import Engine

from deployments.sandbox.engine.moves import make_move, newest_wave

if TYPE_CHECKING:
    from tests.simulation.play import Play

EVENTS: Final = {
    "second ledger": 4, "restore": 4, "second job": 3, "campaign": 2, "foreign job": 1, "retry": 2,
    "cancel": 1,
}  # fmt: skip
"""How often each of them is drawn among the cases that have one."""
LATEST: Final = 250
"""Passings of platform and clock within which an event begins; a recovery of this size has about as many."""
SOON: Final = 900.0


def happen(play: "Play") -> None:
    """Let the event of a case happen now."""
    _ACTS[play.case.event](play)
    play.happened = True


def _second_ledger(play: "Play") -> None:
    play.run_elsewhere()


def _restore(play: "Play") -> None:
    play.copy = copied(play.ledger.engine)


def _second_job(play: "Play") -> None:
    make_move(play.scene, "second_job", n=1 + play.case.seed % 20)


def _campaign(play: "Play") -> None:
    make_move(play.scene, "campaign", seconds=play.case.seed % SOON)


def _foreign_job(play: "Play") -> None:
    make_move(play.scene, "foreign_job", n=1 + play.case.seed % 20)


def _retry(play: "Play") -> None:
    make_move(play.scene, "retry_job", newest_wave(play.scene))


def _cancel(play: "Play") -> None:
    make_move(play.scene, "cancel_job", newest_wave(play.scene))


_ACTS: Mapping[str, Callable[["Play"], None]] = {
    "second ledger": _second_ledger,
    "restore": _restore,
    "second job": _second_job,
    "campaign": _campaign,
    "foreign job": _foreign_job,
    "retry": _retry,
    "cancel": _cancel,
}


def copied(engine: Engine) -> bytes:
    """Return a copy of a ledger in memory."""
    raw = engine.raw_connection()
    try:
        return bytes(cast("sqlite3.Connection", raw.driver_connection).serialize())
    finally:
        raw.close()


def put_back(engine: Engine, copy: bytes) -> None:
    """Put a copy of a ledger in memory back."""
    raw = engine.raw_connection()
    try:
        cast("sqlite3.Connection", raw.driver_connection).deserialize(copy)
    finally:
        raw.close()
