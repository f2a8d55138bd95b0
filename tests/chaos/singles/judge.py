"""Recoveries of single calls held against what truly happened: nobody twice, nobody lost, the books whole."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlmodel import Session, select

from models.masking.phone import mask_phone
from models.tables.handovers import PlacedCall
from models.tables.ledger import Planned, Wave
from tests.chaos.singles.world import World
from tests.integration.handovers.voqo_site import JOB
from tests.invariants import books, dialled, limits
from tests.invariants.facts import Breach, Facts, JobKey, gather

RULES = (
    dialled.once_in_the_ledger,
    dialled.known_to_the_ledger,
    dialled.nobody_ruled_out,
    books.sums_hold,
    books.chain_holds,
    books.as_approved,
    books.nobody_lost,
    limits.let_go,
    limits.stopped_after_abort,
)
"""What holds of waves and of single calls alike."""
BOOKS = (dialled.known_to_the_ledger,)
"""What a ledger that went back cannot know."""
KEY: JobKey = ("ws_1", "voqo", JOB)


def breaches(world: World, contacts: tuple[str, ...], *, went_back: bool) -> Iterator[Breach]:
    """Hold the world's truth and the ledger's books against the promises."""
    yield from _twice(world)
    yield from _after_a_stranger(world)
    ledger = world.site.handovers.ledger
    facts = gather(ledger, _history(world, contacts), KEY, world.site.runtime.keys.by_id)
    for rule in RULES:
        if not (went_back and rule in BOOKS):
            yield from rule(facts)
    with Session(ledger.engine) as session:
        calls = list(session.exec(select(PlacedCall)))
    yield from _calls_agree(facts, calls)


def _twice(world: World) -> Iterator[Breach]:
    for who, count in Counter(who for who, _ in world.truth.ours).items():
        if count > 1:
            yield Breach("I1", f"{mask_phone(who)} was called {count} times because of recoveries.")


def _after_a_stranger(world: World) -> Iterator[Breach]:
    truth = world.truth
    known: dict[str, datetime] = {}
    for call, at in truth.heard:
        if call in truth.foreign:
            known.setdefault(truth.foreign[call], at)
    for who, asked in truth.ours:
        if who in known and known[who] < asked:
            yield Breach("I1", f"{mask_phone(who)} was called after a webhook had told of another's call.")


def _history(world: World, contacts: tuple[str, ...]) -> dict[str, Any]:
    with Session(world.site.handovers.ledger.engine) as session:
        rows = list(session.exec(select(Planned, Wave).join(Wave, _same_wave())))
    of = {(row.phone, wave.recovery_id): (row.contact_id, wave) for row, wave in rows}
    latest = {phone: found for (phone, _), found in of.items()}
    dials = [
        {
            "at": at.timestamp(), "ended_at": at.timestamp() + 1, "answered_at": None, "job_id": "single",
            "job_name": latest[who][1].marker, "recipient_id": latest[who][0], "phone": who, "delivery": 1,
            "disposition": "",
        }
        for who, at in world.truth.ours
        if who in latest
    ]  # fmt: skip
    truth = [{"recipient_id": one, "phone": "", "reached_before": False} for one in contacts]
    return {"dials": dials, "jobs": [], "truth": truth, "in_air_samples": []}


def _same_wave() -> Any:
    return (Planned.recovery_id == Wave.recovery_id) & (Planned.wave == Wave.n)


def _calls_agree(facts: Facts, calls: list[PlacedCall]) -> Iterator[Breach]:
    """Whoever has an end of a call has a call that was written down, and both say the same."""
    asked = {(call.recovery_id, call.contact_id): call for call in calls}
    for recovery in facts.ended:
        for row in facts.rows[recovery.id]:
            call = asked.get((recovery.id, row.contact_id))
            if row.state in {"accepted", "unknown"} and call is None:
                yield Breach("I4", f"{recovery.id} row {row.row} is {row.state} without a call asked for.")
            elif call is not None and row.wave is not None and call.state != row.state:
                yield Breach("I4", f"{recovery.id} row {row.row} is {row.state}, its call {call.state}.")
