"""A plan in the ledger: frozen once, then only marked."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import event, update
from sqlmodel import col, select

from models.contacts.phones.normalise import Number
from models.enums import Action, ContactStatus
from models.plan.plan import Plan
from models.platform import Contact
from models.policy.policy import Policy
from models.tables.ledger import Planned, Suppressed
from tasks.ledger import plans, recoveries
from tasks.ledger.audit import entries
from tasks.ledger.errors import CollisionError, LedgerError
from tasks.ledger.store import Ledger
from tasks.marks import listen
from tests.integration.scenes import (
    JOB,
    accepted,
    claimed,
    frozen,
    intended,
    judged,
    phone,
    plan_of,
    rows_of,
    states,
)


def up(ledger: Ledger, count: int = 99, below: int | None = None) -> list[str]:
    """Return the ids of who is next."""
    return [row.contact_id for row in plans.next_up(ledger, "r_1", count, below=below)]


def test_a_frozen_plan_is_the_plan(ledger: Ledger) -> None:
    """Every contact is written down with its action, its number, its past and its place in the order."""
    plan = frozen(ledger, claimed(ledger), redial=3, drop=2)
    rows = plans.contacts(ledger, "r_1")
    assert [row.row for row in rows] == [1, 2, 3, 4, 5]
    assert [row.action for row in rows] == ["redial"] * 3 + ["drop"] * 2
    assert [row.phone for row in rows] == [phone(n) for n in range(1, 6)]
    assert [row.state for row in rows] == ["planned"] * 3 + [None] * 2
    assert [row.position for row in rows] == [plan.order.index(f"c{n}") for n in (1, 2, 3)] + [None] * 2
    assert rows[0].payload == {"name": "Contact 1"}
    assert rows[0].seen == {"status": "not_dialed", "raw": "pending", "call_id": None}
    assert recoveries.get(ledger, "r_1").plan_hash == plan.hash


def test_what_is_executed_is_what_was_approved(ledger: Ledger) -> None:
    """The hash of the ledger's rows is the plan's, also after contacts are sent, skipped and settled."""
    claim = claimed(ledger)
    plan = frozen(ledger, claim)
    accepted(ledger, claim, 2)
    plans.skip(ledger, claim, {plan.order[-1]: "moved"}, "moved")
    assert plans.executed_hash(ledger, recoveries.get(ledger, "r_1")) == plan.hash


@pytest.mark.parametrize(
    ("field", "value"), [("action", "drop"), ("phone", phone(99)), ("position", -1), ("contact_id", "other")]
)
def test_a_changed_row_is_not_the_approved_plan(ledger: Ledger, field: str, value: object) -> None:
    """Whoever edits a contact's action, number, place or id in the database changes the executed hash."""
    plan = frozen(ledger, claimed(ledger), redial=3)
    with ledger.write() as session:
        row = session.get_one(Planned, ("r_1", 2))
        setattr(row, field, value)
        session.add(row)
    assert plans.executed_hash(ledger, recoveries.get(ledger, "r_1")) != plan.hash


def test_a_changed_policy_is_not_the_approved_plan(ledger: Ledger) -> None:
    """Whoever edits the stored policy changes the executed hash, save for the knobs of time and asking."""
    claim = claimed(ledger)
    plan = frozen(ledger, claim)
    for knob, same in (({"poll_seconds": 1}, True), ({"max_attempts": 4}, False)):
        policy = Policy.model_validate({"lease_seconds": 60, **knob}).model_dump(mode="json")
        recoveries.update(ledger, claim, "policy", {}, policy=policy)
        assert (plans.executed_hash(ledger, recoveries.get(ledger, "r_1")) == plan.hash) is same


def test_the_order_is_kept(ledger: Ledger) -> None:
    """Contacts come up in the plan's order, at most as many as asked for."""
    plan = frozen(ledger, claimed(ledger), redial=6)
    assert up(ledger) == list(plan.order)
    assert up(ledger, 2) == list(plan.order[:2])
    assert up(ledger, 0) == []


def test_the_sample_stays_a_sample(ledger: Ledger) -> None:
    """A bound on the place keeps later contacts out of the sample, also when one of it has dropped out."""
    claim = claimed(ledger)
    plan = frozen(ledger, claim, redial=6)
    plans.skip(ledger, claim, {plan.order[0]: "moved"}, "moved")
    assert up(ledger, below=3) == list(plan.order[1:3])


def test_a_plan_may_be_drawn_anew_before_its_first_wave(ledger: Ledger) -> None:
    """A second look before anybody was called replaces the whole plan."""
    claim = claimed(ledger)
    frozen(ledger, claim, redial=6)
    plan = frozen(ledger, claim, redial=2, drop=0)
    assert up(ledger) == list(plan.order)
    assert recoveries.get(ledger, "r_1").plan_hash == plan.hash


def test_a_begun_plan_is_never_replaced(ledger: Ledger) -> None:
    """Once a wave is written down nobody may forget whom it holds: the plan stays as it is."""
    claim = claimed(ledger)
    plan = frozen(ledger, claim)
    intended(ledger, claim, 2)
    before = states(ledger, claim)
    with pytest.raises(LedgerError, match="has begun its plan"):
        frozen(ledger, claim)
    assert states(ledger, claim) == before
    assert recoveries.get(ledger, "r_1").plan_hash == plan.hash


def test_skipping_takes_contacts_out_with_a_reason(ledger: Ledger) -> None:
    """A skipped contact does not come up again, says why, and the audit counts those really taken out."""
    claim = claimed(ledger)
    plan = frozen(ledger, claim, redial=4, drop=1)
    sent = intended(ledger, claim, 1)
    why = dict.fromkeys([plan.order[0], plan.order[1], "c5", "nobody"], "the source has called")
    plans.skip(ledger, claim, why, "moved since the plan")
    assert up(ledger) == list(plan.order[2:])
    assert rows_of(ledger, claim)[plan.order[1]].outcome_why == "the source has called"
    assert rows_of(ledger, claim)[plan.order[0]].wave == sent.n
    assert entries(ledger, "r_1")[-1].body == {"why": "moved since the plan", "contacts": 1}


def test_skipping_nobody_says_nothing(ledger: Ledger) -> None:
    """The audit is not filled with steps that changed nothing."""
    claim = claimed(ledger)
    frozen(ledger, claim, redial=1, drop=1)
    before = len(entries(ledger, "r_1"))
    plans.skip(ledger, claim, {}, "moved")
    plans.skip(ledger, claim, {"c2": "moved"}, "moved")
    assert len(entries(ledger, "r_1")) == before


def test_the_end_closes_and_a_resume_opens_again(ledger: Ledger) -> None:
    """Whose turn never came is skipped at the end and planned again by a resume; nobody else is touched."""
    claim = claimed(ledger)
    plan = frozen(ledger, claim, redial=5, drop=1)
    accepted(ledger, claim, 2)
    plans.skip(ledger, claim, {plan.order[2]: "moved"}, "moved")
    before = states(ledger, claim)
    with ledger.write(claim) as session:
        plans.close_rest(session, "r_1")
    assert "planned" not in states(ledger, claim)
    assert recoveries.counts(ledger, "r_1")["waiting"] == 0
    with ledger.write(claim) as session:
        plans.reopen_rest(session, "r_1")
    assert states(ledger, claim) == before


def test_a_number_is_redialled_once_a_plan(ledger: Ledger) -> None:
    """The database itself refuses a second redial of one number, and keeps nothing of it."""
    claim = claimed(ledger)
    frozen(ledger, claim, redial=1, drop=1)
    first, second = plans.contacts(ledger, "r_1")
    again = update(Planned).where(col(Planned.row) == second.row).values(action="redial", phone=first.phone)
    with pytest.raises(CollisionError), ledger.write(claim) as session:
        session.execute(again)
    assert [row.action for row in plans.contacts(ledger, "r_1")] == ["redial", "drop"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (phone(1), phone(1)),
        ("+5491123456789", "+541123456789"),
        ("+5511987654321", "+551187654321"),
        ("+24162474849", "+2412474849"),
    ],
)
def test_a_person_is_redialled_once_a_plan(ledger: Ledger, one: str, other: str) -> None:
    """A plan that redials one person under two spellings is refused whole, whoever made it."""
    claim = claimed(ledger)
    twice = Plan((judged(1, number=one), judged(2, number=other)), ("c1", "c2"), 2, "hash")
    with listen() as heard, pytest.raises(CollisionError, match="redials 1 people in more than one row"):
        plans.freeze(ledger, claim, twice)
    assert heard["plan.one_row_a_person"] == 1
    assert plans.contacts(ledger, "r_1") == []
    assert recoveries.get(ledger, "r_1").plan_hash is None


def test_a_number_may_stand_beside_its_duplicates(ledger: Ledger) -> None:
    """Rows that are not redialled may repeat a number: an upload does."""
    claim = claimed(ledger)
    plans.freeze(ledger, claim, plan_of([judged(1), *(judged(n, Action.DROP, phone(1)) for n in (2, 3))]))
    assert len(plans.contacts(ledger, "r_1")) == 3


def test_a_large_plan_is_written_whole(ledger: Ledger) -> None:
    """A plan larger than one insert holds every contact once."""
    claim = claimed(ledger)
    rows = [
        replace(judged(n, Action.DROP), contact=Contact(f"c{n}", None, ContactStatus.REACHED, "completed"))
        for n in range(1, 2 * plans.CHUNK + 2)
    ]
    plans.freeze(ledger, claim, plan_of(rows))
    assert len(plans.contacts(ledger, "r_1")) == 2 * plans.CHUNK + 1


@pytest.mark.parametrize("odd", ["+61\x00491", "\ud800", "☎ ring me", "x" * 5000, ""])
def test_any_text_of_a_platform_can_be_kept(ledger: Ledger, odd: str) -> None:
    """A number with NUL, half a surrogate pair or worse is written down, and the plan's hash still holds."""
    claim = claimed(ledger)
    one = judged(1, Action.DROP)
    contact = replace(one.contact, phone=odd, payload={"said": odd})
    number = Number(None, "no number")
    plan = plan_of([replace(one, contact=contact, number=number, code=f"sip:{odd}")])
    plans.freeze(ledger, claim, plan)
    assert plans.executed_hash(ledger, recoveries.get(ledger, "r_1")) == plan.hash


def test_rows_are_remembered_as_they_were_before_a_cancel(ledger: Ledger) -> None:
    """What a cancel overwrites can be read back from the plan: status and call of every row."""
    frozen(ledger, claimed(ledger), redial=1, drop=0)
    before = plans.seen_before(plans.contacts(ledger, "r_1"))
    assert before == {"c1": Contact("c1", phone(1), ContactStatus.NOT_DIALED, "pending")}


def test_a_suppressed_number_stays_suppressed_as_it_was(ledger: Ledger) -> None:
    """The list holds a number once for a workspace, with its first reason, and not for another workspace."""
    for why, numbers in (("first", [phone(1), phone(1)]), ("second", [phone(1), phone(2)])):
        with ledger.write() as session:
            plans.suppress(session, "shop", numbers, why, ledger)
    assert plans.suppressed(ledger, "shop") == {phone(1), phone(2)}
    assert plans.suppressed(ledger, JOB[1]) == frozenset()
    with ledger.read() as session:
        assert session.get_one(Suppressed, ("shop", phone(1))).why == "first"


def test_two_who_suppress_one_number_at_once_both_succeed(ledger: Ledger) -> None:
    """The second writer waits for the first and keeps its reason: an opt-out never fails for being known."""
    writes = threading.Event()

    def second() -> None:
        with ledger.write() as session:
            plans.suppress(session, "shop", [phone(2), phone(1)], "second", ledger)

    @event.listens_for(ledger.engine, "before_cursor_execute")
    def notice(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("INSERT INTO suppressed") and threading.current_thread() is not first:
            writes.set()

    first = threading.current_thread()
    with ThreadPoolExecutor(1) as pool:
        with ledger.write() as session:
            plans.suppress(session, "shop", [phone(1)], "first", ledger)
            waits = pool.submit(second)
            if ledger.engine.dialect.name == "postgresql":  # SQLite lets no second writer begin
                assert writes.wait(30)
        waits.result(timeout=30)
    with ledger.read() as session:
        found = {row.phone: row.why for row in session.exec(select(Suppressed))}
    assert found == {phone(1): "first", phone(2): "second"}


def test_a_person_is_suppressed_once_however_written(ledger: Ledger) -> None:
    """Whoever is on the list under one spelling is not new there under the other."""
    with ledger.write() as session:
        assert plans.suppress(session, "shop", ["+5491123456789", "+541123456789"], "first", ledger) == 1
    with ledger.write() as session:
        assert plans.suppress(session, "shop", ["+541123456789", "+525512345678"], "second", ledger) == 1
    assert plans.suppressed(ledger, "shop") == {"+5491123456789", "+525512345678"}


def test_those_left_are_counted(ledger: Ledger) -> None:
    """How many still wait, in the sample or at all, goes down as contacts are sent and skipped."""
    claim = claimed(ledger)
    plan = frozen(ledger, claim, redial=6, drop=2)
    assert plans.count_left(ledger, "r_1") == 6
    intended(ledger, claim, 2)
    plans.skip(ledger, claim, {plan.order[2]: "moved"}, "moved")
    assert plans.count_left(ledger, "r_1") == len(up(ledger)) == 3
    assert plans.count_left(ledger, "r_1", below=4) == 1


def test_who_leaves_the_sample_gives_the_seat_to_the_next(ledger: Ledger) -> None:
    """A sample of three holds three who may be called, also after one of them has moved; or all there are."""
    claim = claimed(ledger)
    plan = frozen(ledger, claim, redial=6)
    assert plans.sample_end(ledger, "r_1", 3) == 3
    plans.skip(ledger, claim, {plan.order[1]: "moved"}, "moved")
    end = plans.sample_end(ledger, "r_1", 3)
    assert up(ledger, below=end) == [plan.order[0], plan.order[2], plan.order[3]]
    assert up(ledger, below=plans.sample_end(ledger, "r_1", 99)) == up(ledger)
