"""At the moment of dispatch: who is taken, how many, and when the rest is waited for."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import SQLModel

from deployments.sandbox.in_memory.platform import open_fake
from models.calling.clock import closes
from models.calling.rule import Facts, Try, gates_of
from models.contacts.phones.normalise import Number
from models.disposition.strategy import Judged
from models.enums import Action, ContactStatus, Disposition
from models.plan.plan import make_plan
from models.platform import Contact
from models.policy.policy import Policy
from models.reasons.table import ReasonTable
from tasks.clock import VirtualClock
from tasks.context import Case, RunContext
from tasks.dispatch import calling_hours
from tasks.ledger import plans
from tasks.ledger.database.engine import make_engine
from tasks.ledger.leases import claim_job
from tasks.ledger.store import Ledger
from tests.integration.scenes import KEY

SYDNEY, PERTH = "Australia/Sydney", "Australia/Perth"
ZONES = [SYDNEY, PERTH, "America/New_York", "Europe/Paris", "Pacific/Chatham", "Asia/Kolkata"]
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
YEAR = 365 * 86_400
FAKE, _ = open_fake("finished", contacts=1)

people = st.lists(st.sampled_from(ZONES), min_size=1, max_size=12)
moments = st.integers(0, YEAR).map(lambda seconds: BEGIN + timedelta(seconds=seconds))


def judged(row: int, facts: Facts) -> Judged:
    """Return one contact to redial."""
    to = f"+6149157{row:04d}"
    contact = Contact(f"c{row}", to, ContactStatus.NOT_DIALED, "pending")
    return Judged(
        row, contact, Number(to), Disposition.UNDELIVERED, Action.REDIAL, "pending", "because", calling=facts
    )


def desk_with(now: datetime, everybody: list[Facts], **knobs: object) -> RunContext:
    """Return a desk with a frozen plan of some contacts."""
    policy = Policy.model_validate({"calling_window": "au", "lease_seconds": 1e6, **knobs})
    clock = VirtualClock(now)
    engine = make_engine("sqlite://")
    SQLModel.metadata.create_all(engine)
    ledger = Ledger(engine, clock, KEY)
    claim = claim_job(ledger, ("shop", "fake", "job-1"), "r_1", policy).claim
    assert claim is not None
    contacts = [judged(row, facts) for row, facts in enumerate(everybody, start=1)]
    plans.freeze(ledger, claim, make_plan(("shop", "fake", "job-1"), contacts, policy))
    return RunContext(
        "shop", ledger, FAKE, policy, ReasonTable.packaged(), Path(), b"secret", Case("job-1"), claim=claim
    )


def facts_by_id(ctx: RunContext) -> dict[str, Facts]:
    """Return what is known of everybody."""
    rows = plans.contacts(ctx.ledger, "r_1")
    return {row.contact_id: Facts.from_json(row.calling) for row in rows if row.calling}


@given(moments, people, st.integers(1, 6), st.integers(1, 20), st.integers(30, 2000))
@settings(max_examples=30, deadline=None)
def test_a_wave_is_open_and_can_be_dialled_before_closing(
    now: datetime, zones: list[str], free: int, size: int, call_seconds: int
) -> None:
    """Whoever is taken may be called now, and the last of them too once the calls before have ended."""
    ctx = desk_with(now, [Facts((zone,), "AU") for zone in zones], call_seconds=call_seconds)
    chosen = calling_hours.pick(ctx, size, free)
    known = facts_by_id(ctx)
    gates = [gate for row in chosen for gate in gates_of(known[row.contact_id], ctx.policy)]
    assert len(chosen) <= size
    assert all(gate.is_open(now) for gate in gates)
    if chosen:
        rounds = -(-len(chosen) // free)
        assert now + timedelta(seconds=rounds * call_seconds) <= closes(gates, now)
    assert calling_hours.anybody_now(ctx) is bool(chosen)


@given(moments, people, st.lists(st.floats(0, 10 * 86_400), max_size=4))
@settings(max_examples=12, deadline=None)
def test_waiting_ends_when_somebody_may_be_called(now: datetime, zones: list[str], ages: list[float]) -> None:
    """After a wait somebody is taken at once, or everybody who comes too late has left the dispatch."""
    tried = tuple(Try(now - timedelta(seconds=age), f"j{n}") for n, age in enumerate(ages))
    ctx = desk_with(now, [Facts((zone,), "AU", tried) for zone in zones], wait_hours=100, poll_seconds=600)
    calling_hours.wait_for_opening(ctx)
    left = plans.count_left(ctx.ledger, "r_1")
    assert bool(calling_hours.pick(ctx, 1, 1)) is (left > 0)
    assert ctx.clock.now() - now <= timedelta(hours=100)


def at(zone: str, hour: int, minute: int = 0) -> datetime:
    """Return a moment of an ordinary Wednesday."""
    return datetime(2026, 11, 25, hour, minute, tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.fixture
def evening() -> RunContext:
    """Return a desk at half past eight in Sydney with contacts on both coasts."""
    return desk_with(at(SYDNEY, 20, 30), [Facts((zone,), "AU") for zone in (SYDNEY, PERTH, SYDNEY, PERTH)])


def test_who_may_be_called_goes_before_who_may_not(evening: RunContext) -> None:
    """Closed contacts keep their place and hold nobody up behind them."""
    known = facts_by_id(evening)
    assert {known[row.contact_id].zones for row in calling_hours.pick(evening, 10, 4)} == {(PERTH,)}


def test_who_comes_too_late_is_left_to_the_next_recovery() -> None:
    """Beyond the longest wait a contact leaves the dispatch, with the moment it may be called."""
    tried = tuple(Try(at(SYDNEY, 12), f"j{n}") for n in range(3))
    ctx = desk_with(at(SYDNEY, 13), [Facts((SYDNEY,), "AU", tried)], wait_hours=100)
    calling_hours.wait_for_opening(ctx)
    (row,) = plans.contacts(ctx.ledger, "r_1")
    assert (row.state, row.outcome_code) == ("skipped", calling_hours.LATER)
    assert row.outcome_why == "not before 2026-12-02 01:00 UTC: attempts per period used up"
    assert plans.count_skipped(ctx.ledger, "r_1", calling_hours.LATER) == 1


def test_without_a_window_everybody_is_next() -> None:
    """With no rule of time the next contacts are the next in the order, as ever."""
    ctx = desk_with(at(SYDNEY, 3), [Facts(), Facts()], calling_window="off")
    assert len(calling_hours.pick(ctx, 5, 1)) == 2
    assert calling_hours.anybody_now(ctx)
