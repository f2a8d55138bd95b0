"""Every ticket that cannot be helped hears why: once, and what it has to do to ask again."""

from datetime import timedelta

import httpx
import pytest
from sqlmodel import col, select

from deployments.gateway.worker import ASK_EVERY, Worker
from models.enums import State
from models.hooks.tokens import Scope
from models.messages.milestones import TicketRef
from models.tables.gateway import InboxRow
from models.tables.tickets import OutboxRow
from tasks.clock import VirtualClock
from tasks.ledger import outbox
from tasks.ledger.inbox import answers, inbox
from tasks.ledger.inbox.answers import WriteBack
from tasks.ledger.leases import claim_job
from tasks.ledger.store import Ledger
from tasks.prefect_api.rest import PrefectRest
from tasks.prefect_api.run_ends import run_end
from tasks.tickets.delivery import OutboxDeliverer
from tests.fakes.gateway_starter import FakeStarter
from tests.gateway_kit import Gate, wish
from tests.integration.gates import run
from tests.integration.gateway.test_gateway_inbox import WINDOW, incoming
from tests.integration.outbox.test_outbox import Noting
from tests.integration.scenes import JOB, POLICY, claimed, end

BACK = WriteBack(frozenset({"z"}), {"z": "ringback"})
NO_JOB = "ElevenLabs knows no job job-1 in workspace shop. Check the id and the key."
REFUSED = {"type": "FAILED", "name": "Refused", "message": NO_JOB}


def told(ledger: Ledger) -> list[tuple[str, str, str]]:
    """Return about what which ticket is told which milestone."""
    with ledger.read() as session:
        rows = session.exec(select(OutboxRow).order_by(col(OutboxRow.id)))
        return [(row.recovery_id, row.target, row.milestone) for row in rows]


def words(ledger: Ledger) -> list[str]:
    """Return what is told, why and what to do."""
    with ledger.read() as session:
        rows = session.exec(select(OutboxRow).order_by(col(OutboxRow.id)))
        return [f"{row.facts['why']} {row.facts['next_action']}" for row in rows]


class Site:
    """A worker at a Prefect whose runs end as a test says."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger, self.starter = ledger, FakeStarter()
        self.states: dict[str, dict[str, str] | None] = {}
        """By run: its state, None where the server knows no such run."""
        transport = httpx.MockTransport(self._answer)
        ended = run_end(lambda: PrefectRest("http://prefect/api", transport))
        self.worker = Worker(
            ledger, self.starter, lambda _id: None, timedelta(days=14), back=BACK, ended=ended
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        state = self.states.get(request.url.path.rpartition("/")[2], {"type": "RUNNING", "name": "Running"})
        return httpx.Response(404) if state is None else httpx.Response(200, json={"state": state})

    def ask(self, delivery: str, **given: str) -> InboxRow:
        """Take a hook and let the worker turn."""
        row = inbox.receive(self.ledger, incoming(delivery, **given), WINDOW, BACK.systems).row
        self.turn()
        return row

    def turn(self) -> None:
        """Let the worker turn after a pause."""
        self.ledger.clock.sleep(ASK_EVERY.total_seconds())
        self.worker.turns()

    def state_of(self, row: InboxRow) -> str:
        """Return where a request stands."""
        return inbox.get(self.ledger, row.id).state


@pytest.fixture
def site(ledger: Ledger) -> Site:
    """Return a worker on each database in turn."""
    return Site(ledger)


def test_a_run_that_is_refused_answers_its_ticket(site: Site, ledger: Ledger) -> None:
    """The ticket hears what is wrong and what to do, the request says so too, and it is said once."""
    row = site.ask("a")
    assert told(ledger) == []
    site.states["run-1"] = REFUSED
    for _ in range(3):
        site.turn()
    assert told(ledger) == [(row.id, "1", "refused")]
    assert words(ledger) == [
        f"{NO_JOB} Correct the field Batch Job ID and take the tag ringback off to ask again."
    ]
    stored = inbox.get(ledger, row.id)
    assert (stored.state, stored.message, stored.recovery_id) == ("refused", NO_JOB, None)
    assert answers.unanswered(ledger) == []


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"type": "CRASHED", "name": "Crashed", "message": "+447700900123"}, "process of its run was gone"),
        ({"type": "CANCELLED", "name": "Cancelled"}, "cancelled in Prefect"),
        ({"type": "FAILED", "name": "Failed", "message": "boom"}, "A fault ended its run"),
        (None, "removed from Prefect"),
    ],
)
def test_a_run_that_ended_before_it_began_answers_too(
    site: Site, ledger: Ledger, state: dict[str, str] | None, said: str
) -> None:
    """Crashed, cancelled or removed: no request stays `started` for ever, and foreign words are left out."""
    row = site.ask("a")
    site.states["run-1"] = state
    site.turn()
    assert site.state_of(row) == "refused"
    assert said in words(ledger)[0]
    assert "boom" not in words(ledger)[0]


def test_a_run_that_ended_after_it_began_is_not_refused(site: Site, ledger: Ledger) -> None:
    """A recovery tells its ticket itself how it ended, whatever its run has come to."""
    row = site.ask("a")
    end(ledger, claimed(ledger), State.HELD)
    site.states["run-1"] = {"type": "FAILED", "name": "Failed"}
    site.turn()
    assert site.state_of(row) == "started"
    assert [name for *_, name in told(ledger)] == ["opened", "ended"]


def test_all_that_joined_a_refused_request_are_answered(site: Site, ledger: Ledger) -> None:
    """Two tickets ask for one wrong job: the second hears that it joined, then both hear the refusal."""
    first = site.ask("a")
    second = site.ask("b", ticket="z:2")
    assert told(ledger) == [(first.id, "2", "joined")]
    assert "Ticket z:1 asked for this job already" in words(ledger)[0]
    site.states["run-1"] = REFUSED
    site.turn()
    assert told(ledger)[1:] == [(first.id, "1", "refused"), (second.id, "2", "refused")]
    assert (site.state_of(first), site.state_of(second)) == ("refused", "refused")


def test_an_echo_of_a_refusal_starts_nothing_and_says_nothing(site: Site, ledger: Ledger) -> None:
    """The comment changes the ticket, the ticket sends its hook again; asked a minute later, it is new."""
    site.ask("a")
    site.states["run-1"] = REFUSED
    site.turn()
    echoes = [site.ask(f"echo {n}") for n in range(3)]
    assert [site.state_of(row) for row in echoes] == ["refused"] * 3
    assert (len(site.starter.runs), len(told(ledger))) == (1, 1)
    OutboxDeliverer(ledger, Noting(), b"a key for tokens").push()
    assert site.state_of(site.ask("echo of the delivery")) == "refused"
    ledger.clock.sleep(60)
    anew = site.ask("again")
    assert (site.state_of(anew), len(site.starter.runs)) == ("started", 2)
    site.states["run-2"] = REFUSED
    site.turn()
    assert told(ledger)[1:] == [(anew.id, "1", "refused")]


def test_a_refusal_is_delivered_once_under_its_own_marker(site: Site, ledger: Ledger) -> None:
    """It goes out as every message does, and leaves no chain: there is no recovery that it belongs to."""
    row = site.ask("a")
    site.states["run-1"] = REFUSED
    site.turn()
    office = Noting()
    OutboxDeliverer(ledger, office, b"a key for tokens").push()
    assert office.commented == ["1"]
    assert [note.mark for note in office.notes] == [f"ringback:{row.id}:refused"]
    assert office.notes[0].lines[0] == (
        f"ringback could not start: {NO_JOB} Correct the field Batch Job ID and take the tag ringback off "
        "to ask again."
    )
    assert outbox.undelivered(ledger) == []


def test_who_takes_part_in_a_recovery_is_told_that_it_joins(ledger: Ledger, clock: VirtualClock) -> None:
    """The second ticket's first comment says who asked before it; the first one's says nothing of it."""
    for ticket in (TicketRef("z", "1"), TicketRef("z", "2")):
        claim_job(ledger, JOB, "r_1", POLICY, ticket)
    first, second = words(ledger)
    assert "joins" not in first
    assert second.startswith("Ticket z:1 asked for this job already. This ticket joins recovery r_1")


@pytest.fixture
def gate(ledger: Ledger, clock: VirtualClock) -> Gate:
    """Return a gateway on each database in turn."""
    return Gate(ledger, clock)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"job_id": ""}, "names no job"),
        ({"job_id": "0491 570 156"}, "looks like a phone number"),
        ({"workspace_id": "globex"}, "another workspace"),
    ],
)
def test_a_hook_that_nothing_can_be_started_from_answers_its_ticket(
    gate: Gate, given: dict[str, str], said: str
) -> None:
    """No job, a number in its place, a workspace nobody knows: the ticket hears it, a storm of them once."""
    for n in range(20):
        run(gate.send("zendesk", wish("zendesk", at=n) | given))
        gate.clock.sleep(1)
    assert [(target, name) for _, target, name in told(gate.ledger)] == [("4711", "refused")]
    assert said in words(gate.ledger)[0]
    assert words(gate.ledger)[0].endswith("take the tag ringback off to ask again.")
    assert "0491" not in words(gate.ledger)[0]


def test_the_api_says_that_a_request_is_refused(gate: Gate) -> None:
    """`GET /v1/requests/ID` has the state and the reason, and no recovery is promised."""

    async def ask() -> httpx.Response:
        sent = await gate.send("zendesk", wish("zendesk", job=""))
        async with gate.client(gate.token(Scope.READ)) as client:
            return await client.get(f"/v1/requests/{sent.json()['request_id']}")

    found = run(ask()).json()
    assert (found["state"], found["recovery_id"], found["ticket"]) == ("refused", None, "zendesk:4711")
    assert "names no job" in found["words"]


def test_a_storm_of_different_faults_is_three_comments_an_hour(gate: Gate) -> None:
    """A person corrects a field; what sends another wrong job each second is a loop."""
    for n in range(30):
        body = wish("zendesk", at=n, job="") | {"job_id": [n]} if n % 2 else wish("zendesk", at=n, job="")
        run(gate.send("zendesk", body))
        gate.clock.sleep(61)
        OutboxDeliverer(gate.ledger, Noting(), b"a key for tokens").push()
    assert len(told(gate.ledger)) == 3
