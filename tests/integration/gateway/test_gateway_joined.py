"""Every ticket that asked is told: whichever stage the recovery of its job was at when its hook came."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from deployments.gateway.worker import Worker
from models.enums import State
from models.hooks.order import HookState
from models.messages.milestones import TicketRef
from models.tables.tickets import OutboxRow
from tasks.clock import VirtualClock
from tasks.ledger import recoveries, tickets
from tasks.ledger.inbox import inbox, turns
from tasks.ledger.inbox.answers import WriteBack
from tasks.ledger.inbox.inbox import Taken, receive
from tasks.ledger.leases import claim_job, release
from tasks.ledger.store import Ledger
from tests.fakes.gateway_starter import FakeStarter
from tests.integration.gateway.test_gateway_inbox import WINDOW, incoming
from tests.integration.scenes import JOB, POLICY, claimed, end

SYSTEMS = frozenset({"z"})
FIRST, SECOND, THIRD = (TicketRef("z", str(n)) for n in (1, 2, 3))


def ask(ledger: Ledger, ticket: TicketRef | str) -> Taken:
    """Take a hook of a ticket about the one job."""
    return receive(ledger, incoming(f"d {ticket}", ticket=str(ticket)), WINDOW, SYSTEMS)


def worker(ledger: Ledger, starter: FakeStarter | None = None) -> Worker:
    """Return a worker that knows the ticket system."""
    return Worker(
        ledger, starter or FakeStarter(), lambda _id: None, timedelta(days=14), back=WriteBack(SYSTEMS)
    )


def run_of(ledger: Ledger, recovery_id: str = "r_1") -> None:
    """Claim the job as the run of the first ticket's hook does."""
    assert claim_job(ledger, JOB, recovery_id, POLICY, FIRST).claim


def told(ledger: Ledger, recovery_id: str = "r_1") -> dict[str, list[str]]:
    """Return the milestones that each ticket is told of, by the ticket's number."""
    found: dict[str, list[str]] = {}
    with ledger.read() as session:
        query = select(OutboxRow).where(OutboxRow.recovery_id == recovery_id).order_by(col(OutboxRow.id))
        for row in session.exec(query):
            found.setdefault(row.target, []).append(row.milestone)
    return found


def test_a_hook_that_waits_in_the_queue_is_joined_and_told(ledger: Ledger, clock: VirtualClock) -> None:
    """Prefect is away: two tickets ask, one run starts later, and both hear of it."""
    hand = worker(ledger, starter := FakeStarter(is_down=True))
    ask(ledger, FIRST)
    hand.turns()
    assert ask(ledger, SECOND).row.state == HookState.JOINED.value
    starter.is_down = False
    clock.sleep(2)
    hand.turns()
    run_of(ledger)
    hand.turns()
    assert told(ledger) == {"1": ["opened"], "2": ["opened"]}


def test_a_hook_that_comes_while_the_run_is_starting_is_told(ledger: Ledger, clock: VirtualClock) -> None:
    """The row is a worker's at that moment, and no recovery is there yet."""
    ask(ledger, FIRST)
    taken = turns.take(ledger)
    assert taken is not None
    ask(ledger, SECOND)
    turns.started(ledger, taken, "run-1")
    ask(ledger, THIRD)
    hand = worker(ledger)
    hand.turns()
    assert told(ledger) == {}
    clock.sleep(3)
    run_of(ledger)
    hand.turns()
    hand.turns()
    assert told(ledger) == {"1": ["opened"], "2": ["opened"], "3": ["opened"]}


@pytest.mark.parametrize("started_by_hook", [True, False])
def test_a_hook_that_comes_while_it_runs_is_told_at_once(
    ledger: Ledger, clock: VirtualClock, started_by_hook: bool
) -> None:
    """No worker has to turn for it, whoever has begun the recovery."""
    if started_by_hook:
        ask(ledger, FIRST)
        worker(ledger).turns()
        clock.sleep(1)
    run_of(ledger)
    assert ask(ledger, SECOND).row.recovery_id == "r_1"
    assert told(ledger) == {"1": ["opened"], "2": ["opened"]}
    assert tickets.of(ledger, "r_1") == [FIRST, SECOND]


@pytest.mark.parametrize("started_by_hook", [True, False])
def test_a_hook_that_comes_while_a_person_is_asked_hears_that_too(
    ledger: Ledger, clock: VirtualClock, started_by_hook: bool
) -> None:
    """It is told that the recovery was opened and that its plan waits."""
    if started_by_hook:
        ask(ledger, FIRST)
        worker(ledger).turns()
        clock.sleep(1)
    claim = claimed(ledger)
    recoveries.update(ledger, claim, "waits", {}, state=State.AWAITING_APPROVAL.value)
    release(ledger, claim)
    ask(ledger, SECOND)
    assert told(ledger)["2"] == ["opened", "waiting"]


def test_a_hook_that_comes_a_moment_after_the_end_hears_of_the_end(
    ledger: Ledger, clock: VirtualClock
) -> None:
    """Within the window no new recovery is begun, so the ticket is told how the last one ended."""
    ask(ledger, FIRST)
    worker(ledger).turns()
    clock.sleep(1)
    end(ledger, claimed(ledger), State.RECOVERED)
    clock.sleep(60)
    assert ask(ledger, SECOND).row.state == HookState.JOINED.value
    assert told(ledger)["2"] == ["opened", "ended"]


def test_a_run_that_goes_on_with_an_interrupted_recovery_takes_its_tickets_along(
    ledger: Ledger, clock: VirtualClock
) -> None:
    """Its process died before the hooks came: the recovery began earlier, and is the one that they get."""
    release(ledger, claimed(ledger))
    clock.sleep(3600)
    ask(ledger, FIRST)
    ask(ledger, SECOND)
    hand = worker(ledger)
    hand.turns()
    clock.sleep(1)
    run_of(ledger, "r_2")
    hand.turns()
    assert told(ledger) == {"1": ["opened"], "2": ["opened"]}


def test_an_earlier_recovery_is_told_to_nobody_anew(ledger: Ledger, clock: VirtualClock) -> None:
    """One that was over before the hooks came is not theirs; they wait for their own."""
    end(ledger, claimed(ledger), State.RECOVERED)
    clock.sleep(3600)
    ask(ledger, FIRST)
    ask(ledger, SECOND)
    hand = worker(ledger)
    hand.turns()
    assert told(ledger) == {}
    clock.sleep(1)
    run_of(ledger, "r_2")
    hand.turns()
    assert told(ledger) == {}
    assert told(ledger, "r_2") == {"1": ["opened"], "2": ["opened"]}


def test_the_first_ticket_is_told_where_its_run_came_second(ledger: Ledger, clock: VirtualClock) -> None:
    """Somebody began the recovery by hand before the hook's run did: the hook's ticket hears of that one."""
    ask(ledger, FIRST)
    hand = worker(ledger)
    hand.turns()
    clock.sleep(1)
    claimed(ledger)
    hand.turns()
    assert told(ledger) == {"1": ["opened"]}


def test_a_ticket_that_asks_again_is_told_once(ledger: Ledger, clock: VirtualClock) -> None:
    """Ten hooks of one ticket and two of another are two comments."""
    ask(ledger, FIRST)
    worker(ledger).turns()
    clock.sleep(1)
    run_of(ledger)
    for n in range(10):
        receive(ledger, incoming(f"again {n}", ticket=f"z:{1 + n % 2}"), WINDOW, SYSTEMS)
    worker(ledger).turns()
    assert told(ledger) == {"1": ["opened"], "2": ["opened"]}


def test_a_system_that_nothing_is_written_back_to_gets_no_message(
    ledger: Ledger, clock: VirtualClock
) -> None:
    """Without `[tickets.y]` a message would only be given up; the request knows its recovery all the same."""
    ask(ledger, FIRST)
    hand = worker(ledger)
    hand.turns()
    other = ask(ledger, "y:7").row
    clock.sleep(1)
    run_of(ledger)
    hand.turns()
    assert told(ledger) == {"1": ["opened"]}
    assert inbox.get(ledger, other.id).recovery_id == "r_1"
