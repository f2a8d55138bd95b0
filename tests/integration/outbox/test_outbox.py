"""The outbox on each database: written with the state or not at all, in order, by one hand at a time."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from models.enums import State
from models.messages.milestones import Delivery, Note, Notices, TicketRef
from models.tables.tickets import OutboxRow
from tasks import fault_points
from tasks.ledger import outbox, recoveries, tickets
from tasks.ledger.audit import entries, examine
from tasks.ledger.errors import LeaseLostError
from tasks.ledger.leases import claim_job, release
from tasks.ledger.store import Claim, Ledger
from tasks.tickets.delivery import OutboxDeliverer, TicketConnection
from tasks.tickets.port import Channel, Marks
from tests.integration.scenes import JOB, KEYS, POLICY, claimed, frozen

TICKET = TicketRef("desk", "4711")
LEASE = 300.0


class Died(BaseException):
    """The process dies here."""


def come_to(ledger: Ledger, claim: Claim, state: State, why: str = "because") -> None:
    """Bring a recovery to a state as its last step does."""
    with ledger.write(claim) as session:
        recovery = recoveries.find(session, claim.recovery_id)
        recovery.state, recovery.next_action = state.value, "next"
        session.add(recovery)
        outbox.tell(session, ledger, recovery, why)


def left(ledger: Ledger) -> list[tuple[str, str]]:
    """Return milestone and target of what is not delivered."""
    return [(row.milestone, f"{row.system}:{row.target}") for row in outbox.undelivered(ledger)]


def taken(ledger: Ledger, lease: str = "me") -> OutboxRow | None:
    """Take the next message."""
    return outbox.take(ledger, lease, LEASE)


def linked(ledger: Ledger) -> Claim:
    """Claim the job for a ticket."""
    found = claim_job(ledger, JOB, "r_1", POLICY, TICKET).claim
    assert found
    return found


def test_a_claim_for_a_ticket_links_it_and_opens(ledger: Ledger) -> None:
    """Recovery, link and first message are there together, and a second claim adds none."""
    claim = linked(ledger)
    release(ledger, claim)
    linked(ledger)
    assert left(ledger) == [("opened", "desk:4711")]
    assert tickets.of(ledger, "r_1") == [TICKET]


def test_who_joins_a_live_recovery_links_its_ticket_too(ledger: Ledger) -> None:
    """A second ticket for a job that is being recovered hears of that recovery."""
    linked(ledger)
    other = TicketRef("desk", "4712")
    assert claim_job(ledger, JOB, "r_2", POLICY, other).claim is None
    assert tickets.of(ledger, "r_1") == [TICKET, other]
    assert left(ledger) == [("opened", "desk:4711"), ("opened", "desk:4712")]


def test_a_late_link_is_told_where_the_recovery_stands(ledger: Ledger) -> None:
    """A ticket that is linked while the plan waits hears that it was opened and that it waits."""
    claim = claimed(ledger)
    come_to(ledger, claim, State.AWAITING_APPROVAL)
    tickets.link(ledger, claim, "desk", "4711")
    tickets.link(ledger, claim, "desk", "4711")
    assert left(ledger) == [("opened", "desk:4711"), ("waiting", "desk:4711")]


def test_a_link_needs_the_lease(ledger: Ledger) -> None:
    """Whoever has lost the job links nothing."""
    claim = claimed(ledger)
    with pytest.raises(LeaseLostError):
        tickets.link(ledger, replace(claim, token=claim.token - 1), "desk", "4711")
    assert tickets.of(ledger, "r_1") == []


def test_a_state_that_is_not_committed_is_told_to_nobody(ledger: Ledger) -> None:
    """A kill before the commit leaves the old state and no message; after it, both are there."""
    claim = linked(ledger)

    def die(point: str) -> None:
        if point == "ledger.before_commit":
            raise Died

    fault_points.arm(die)
    try:
        with pytest.raises(Died):
            come_to(ledger, claim, State.HELD)
    finally:
        fault_points.arm(None)
    assert recoveries.get(ledger, "r_1").state == "running"
    assert left(ledger) == [("opened", "desk:4711")]
    come_to(ledger, claim, State.HELD)
    assert left(ledger)[1:] == [("ended", "desk:4711")]


def test_nothing_is_said_twice_and_news_is(ledger: Ledger) -> None:
    """The same end again is one message; another end of the same recovery is a second one."""
    claim = linked(ledger)
    for state in (State.HELD, State.HELD, State.RECOVERED, State.RECOVERED):
        come_to(ledger, claim, state)
    assert left(ledger) == [(name, "desk:4711") for name in ("opened", "ended", "ended-2")]


def test_a_decline_is_told(ledger: Ledger) -> None:
    """A person who declines ends the recovery, and the ticket hears it from the same transaction."""
    claim = linked(ledger)
    frozen(ledger, claim)
    come_to(ledger, claim, State.AWAITING_APPROVAL)
    recoveries.decide(ledger, "r_1", approved=False, by="Ida", reason="wrong list")
    assert left(ledger)[-1] == ("ended", "desk:4711")
    assert "wrong list" in outbox.undelivered(ledger)[-1].facts["next_action"]


def test_channels_hear_of_the_states_they_asked_for(ledger: Ledger) -> None:
    """A channel gets one message for each of its states, and none for others."""
    told = replace(ledger, notices=Notices(("slack", "mail"), frozenset({State.HELD})))
    claim = claimed(told)
    come_to(told, claim, State.AWAITING_APPROVAL)
    come_to(told, claim, State.HELD)
    assert left(told) == [("ended", "notify:slack"), ("ended", "notify:mail")]


def test_one_hand_at_a_time_and_in_order(ledger: Ledger) -> None:
    """A message that is taken is nobody else's until its lease is over, nor is a younger one due."""
    claim = linked(ledger)
    come_to(ledger, claim, State.HELD)
    first = taken(ledger)
    assert first
    assert first.milestone == "opened"
    assert taken(ledger, "other") is None
    ledger.clock.sleep(LEASE + 1)
    again = taken(ledger, "other")
    assert again
    assert (again.id, again.tries) == (first.id, 2)
    outbox.delivered(ledger, first, "by who slept past its lease")
    assert left(ledger)[0][0] == "opened"
    outbox.delivered(ledger, again, "by who holds it")
    assert left(ledger) == [("ended", "desk:4711")]
    following = taken(ledger)
    assert following
    assert following.milestone == "ended"


def test_one_ticket_does_not_hold_up_another(ledger: Ledger) -> None:
    """While one ticket's system is down, another ticket's messages go out."""
    claim = linked(ledger)
    tickets.link(ledger, claim, "other", "1")
    first = taken(ledger)
    assert first
    outbox.later(ledger, first, "down", 600)
    second = taken(ledger)
    assert second
    assert {first.system, second.system} == {"desk", "other"}
    outbox.delivered(ledger, second, "commented")
    assert taken(ledger) is None
    ledger.clock.sleep(601)
    assert taken(ledger)


def test_what_was_given_up_lets_the_next_go_and_can_be_taken_up_again(ledger: Ledger) -> None:
    """A message that is given up blocks nothing, is still shown, and is due again when a person says so."""
    claim = linked(ledger)
    come_to(ledger, claim, State.HELD)
    first = taken(ledger)
    assert first
    outbox.given_up(ledger, first, "no such ticket")
    second = taken(ledger)
    assert second
    assert second.milestone == "ended"
    outbox.delivered(ledger, second, "commented")
    assert [row.last_words for row in outbox.undelivered(ledger, "r_1")] == ["no such ticket"]
    assert outbox.by_state(ledger) == {"given up": 1, "delivered": 1}
    assert outbox.again(ledger) == 1
    back = taken(ledger)
    assert back
    assert (back.id, back.tries, back.state) == (first.id, 1, Delivery.WAITING.value)


def test_what_was_told_is_in_the_chain(ledger: Ledger) -> None:
    """Link, delivery and giving up are entries of the audit chain, which verifies."""
    claim = linked(ledger)
    come_to(ledger, claim, State.HELD)
    for write in (outbox.delivered, outbox.given_up):
        row = taken(ledger)
        assert row
        write(ledger, row, "words")
    kinds = [entry.kind for entry in entries(ledger, "r_1")]
    assert [kind for kind in kinds if kind in {"ticket", "told", "not_told"}] == [
        "ticket",
        "told",
        "not_told",
    ]
    assert examine(ledger, "r_1", KEYS).ok


class Noting:
    """An office whose one system notes which tickets it comments on."""

    takes_files = False

    def __init__(self) -> None:
        self.commented: list[str] = []
        self.notes: list[Note] = []

    def door(self, system: str) -> TicketConnection:
        """Return the one system."""
        return TicketConnection(self, lambda _: Marks())

    def channel(self, name: str) -> Channel:
        """Know no channel."""
        raise AssertionError(name)

    def find(self, ticket_id: str, mark: str) -> bool:
        """Find nothing: only the lease keeps two hands apart."""
        return False

    def comment(self, ticket_id: str, note: Note, file: Path | None) -> None:
        """Note the ticket."""
        self.commented.append(ticket_id)
        self.notes.append(note)

    def mark(self, ticket_id: str, marks: Marks) -> None:
        """Mark nothing."""

    def close(self) -> None:
        """Hold nothing."""


def test_many_hands_deliver_each_message_once(ledger: Ledger) -> None:
    """Four deliverers at one outbox send every message once between them."""
    claim = claimed(ledger)
    ids = [f"t{n}" for n in range(24)]
    for ticket_id in ids:
        tickets.link(ledger, claim, "desk", ticket_id)
    office = Noting()
    with ThreadPoolExecutor(4) as hands:
        done = list(
            hands.map(lambda _: OutboxDeliverer(ledger, office, b"a key for tokens").push(), range(4))
        )
    assert sorted(office.commented) == sorted(ids)
    assert sum(one.get(Delivery.DELIVERED, 0) for one in done) == len(ids)
