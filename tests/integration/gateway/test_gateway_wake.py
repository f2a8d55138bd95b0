"""A decision at the gateway lets the waiting run go on, or starts one; later, where Prefect is away."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from deployments.gateway.compose import waker
from deployments.gateway.starter import PermanentStartError, RetryableStartError
from models.disposition.only import OnlyPeople
from models.enums import State
from models.policy.policy import Policy
from models.tables.handovers import PeopleFile
from tasks.clock import VirtualClock
from tasks.ledger import recoveries
from tasks.ledger.account.people_files import keep_people, key_of_recovery, people_of_key
from tasks.ledger.leases import claim_job, release
from tasks.ledger.store import Ledger
from tasks.prefect_api.approvals import SETTLING
from tasks.prefect_api.rest import PrefectRest
from tasks.runs import sweep_runs
from tasks.runtime.keys import load_keys
from tasks.runtime.wiring import Runtime
from tasks.sweep.retention import clear_people
from tests.integration.fake_prefect import FakePrefect
from tests.integration.scenes import JOB, POLICY, claimed, end, frozen
from tests.plain_settings import plain_settings

FILTER, DEPLOYMENT = "/api/flow_runs/filter", "/api/deployments/d-1/create_flow_run"
NAME = "/api/deployments/name/Recover a batch job/recover"


class Server:
    """Answers as Prefect does: with runs that carry a recovery's tag, and with new ones."""

    def __init__(self, *runs: dict[str, Any]) -> None:
        self.runs = list(runs)
        self.asked: list[tuple[str, Any]] = []
        self.away = False
        self.refuses = False

    def connect(self) -> PrefectRest:
        """Return a connection to it."""
        return PrefectRest("http://prefect/api", transport=httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if self.away:
            raise httpx.ConnectError("nobody listens")
        path = request.url.path
        body = json.loads(request.content) if request.content else None
        if path == FILTER:
            return httpx.Response(200, json=self.runs)
        self.asked.append((path, body))
        if request.method == "GET":
            return httpx.Response(200, json={"id": "d-1"})
        if path == DEPLOYMENT:
            made = {"id": "run-2", "name": "recover job-1", "state_type": "SCHEDULED"}
            return (
                httpx.Response(409, json={"detail": "job_id"})
                if self.refuses
                else httpx.Response(201, json=made)
            )
        return httpx.Response(201, json={"status": "ACCEPT"})


@pytest.fixture
def shop(ledger: Ledger, tmp_path: Path) -> Runtime:
    """Return a runtime on the ledger."""
    settings = plain_settings(home=tmp_path, workspace="shop", platform_key="a key")
    return Runtime(settings, Policy.model_validate({}), load_keys(settings), ledger)


def waiting(ledger: Ledger) -> None:
    """Leave a recovery whose plan waits for a person, with nobody running it."""
    claim = claimed(ledger)
    frozen(ledger, claim)
    recoveries.update(ledger, claim, "waits", {}, state=State.AWAITING_APPROVAL.value)
    release(ledger, claim)


def test_a_suspended_run_gets_the_answer(shop: Runtime, ledger: Ledger) -> None:
    """The run that shows the form is resumed with what was decided elsewhere, and by whom."""
    waiting(ledger)
    recoveries.decide(ledger, "r_1", approved=True, by="Kim", reason="looks right")
    server = Server({"id": "run-1", "state_type": "PAUSED", "parameters": {}, "name": "recover job-1"})
    waker(shop, server.connect)("r_1")
    answer = {"decision": "approve", "name": "Kim", "reason": "looks right"}
    assert server.asked == [("/api/flow_runs/run-1/resume", {"run_input": answer})]


def test_without_one_a_run_is_started(shop: Runtime, ledger: Ledger) -> None:
    """A recovery that nobody runs goes on in a fresh run; one that has ended starts none."""
    server, created = started(shop, ledger)
    assert created["parameters"]["request"]["job_id"] == "job-1"
    assert created["idempotency_key"].startswith("continue:r_1:")
    end(ledger, claimed(ledger), State.RECOVERED)
    server.asked.clear()
    waker(shop, server.connect)("r_1")
    assert server.asked == []


def started(shop: Runtime, ledger: Ledger) -> tuple[Server, dict[str, Any]]:
    """Approve a plan that no run waits with; return the server and the run that it was asked for."""
    waiting(ledger)
    recoveries.decide(ledger, "r_1", approved=True, by="Kim", reason="looks right")
    server = Server()
    waker(shop, server.connect)("r_1")
    (created,) = (body for path, body in server.asked if path == DEPLOYMENT)
    return server, created


FEW = OnlyPeople("people.csv", "0" * 64, frozenset({"a mark"}))


def bound(ledger: Ledger) -> None:
    """Leave a recovery of the people of a file whose process is gone."""
    claim = claim_job(ledger, JOB, "r_1", POLICY, only=FEW).claim
    assert claim is not None
    frozen(ledger, claim)
    release(ledger, claim)


def test_a_fresh_run_asks_for_the_same_people(shop: Runtime, ledger: Ledger, clock: VirtualClock) -> None:
    """Should the recovery end before that run begins, whatever the run opens is for nobody else."""
    bound(ledger)
    clear_people(ledger, clock.now())  # of a file at the command line, or of long ago, none is kept
    server = Server()
    waker(shop, server.connect)("r_1")
    (created,) = (body for path, body in server.asked if path == DEPLOYMENT)
    asked = created["parameters"]["request"]
    assert people_of_key(ledger, JOB, asked["contacts"]) == FEW


class Answering(FakePrefect):
    """Tells of a run's state as Prefect does."""

    def create(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Make a run that has not begun."""
        status, run = super().create(body)
        return status, {**run, "name": "recover job-1", "state_type": "SCHEDULED"}


def test_a_crashed_question_is_asked_again_for_the_same_people(shop: Runtime, ledger: Ledger) -> None:
    """A sweep shows a plan again whose run has crashed: for those of the file, as the first one."""
    bound(ledger)
    stored = recoveries.get(ledger, "r_1")
    with closing(Answering()) as server:
        hands = sweep_runs.Deployed(shop, "report", server.url)
        assert "asked again" in hands._tend(stored, [{"state_type": "CRASHED"}])
    (created,) = server.creates
    assert created["parameters"]["request"]["contacts"] == key_of_recovery(ledger, stored)


def test_the_key_of_a_recovery_keeps_who_has_handed_the_file_over(ledger: Ledger) -> None:
    """A file that is there stays as it is; a recovery of everybody has no key."""
    key = keep_people(ledger, JOB, FEW, "Kim")
    bound(ledger)
    assert key_of_recovery(ledger, recoveries.get(ledger, "r_1")) == key
    with ledger.read() as session:
        kept = session.get(PeopleFile, key)
    assert kept is not None
    assert kept.by == "Kim"
    other = claimed(ledger, "r_2", ("shop", "fake", "job-2"))
    assert key_of_recovery(ledger, recoveries.get(ledger, other.recovery_id)) == ""


def test_a_request_for_everybody_is_as_older_workers_know_it(shop: Runtime, ledger: Ledger) -> None:
    """A worker of before refuses a field that it does not know: without a file none is sent."""
    _, created = started(shop, ledger)
    assert "contacts" not in created["parameters"]["request"]


def test_a_decline_that_no_run_has_made_is_announced_once(shop: Runtime, ledger: Ledger) -> None:
    """Whoever declines over the API ends the recovery outside of Prefect: people's automations hear of it."""
    waiting(ledger)
    recoveries.decide(ledger, "r_1", approved=False, by="Kim", reason="call +61491570006 first")
    server = Server({"id": "run-1", "state_type": "PAUSED", "parameters": {}, "name": "recover job-1"})
    waker(shop, server.connect)("r_1")
    ((event,),) = (body for path, body in server.asked if path == "/api/events")
    assert event["event"] == "ringback.recovery.held"
    assert event["resource"]["prefect.resource.id"] == "ringback.recovery.r_1"
    assert "Declined by Kim" in event["payload"]["next_action"]
    assert "491570006" not in str(event)


@pytest.mark.parametrize("asked", [True, False])
def test_what_a_run_has_ended_is_not_announced_again(shop: Runtime, ledger: Ledger, asked: bool) -> None:
    """A run that went on after an approval, or heard of a cancel, has said how it ended."""
    waiting(ledger)
    if asked:
        recoveries.ask_cancel(ledger, "r_1")
    else:
        recoveries.decide(ledger, "r_1", approved=True, by="Kim", reason="looks right")
    end(ledger, claimed(ledger), State.CANCELLED if asked else State.HELD)
    server = Server()
    waker(shop, server.connect)("r_1")
    assert [path for path, _ in server.asked] == []


@pytest.mark.parametrize("state", ["RUNNING", "SCHEDULED"])
def test_a_run_on_its_way_to_the_form_is_waited_for(
    shop: Runtime, ledger: Ledger, clock: VirtualClock, state: str
) -> None:
    """A plan approved before its run is suspended, or woken twice, gets a second run only if that is lost."""
    waiting(ledger)
    recoveries.decide(ledger, "r_1", approved=True, by="Kim", reason="looks right")
    server = Server({"id": "run-1", "state_type": state, "parameters": {}, "name": "recover job-1"})
    with pytest.raises(RetryableStartError, match="on its way"):
        waker(shop, server.connect)("r_1")
    assert server.asked == []
    clock.sleep(SETTLING.total_seconds() + 1)
    waker(shop, server.connect)("r_1")
    assert [path for path, _ in server.asked] == [NAME, DEPLOYMENT]


def test_who_does_not_answer_is_asked_later(shop: Runtime, ledger: Ledger) -> None:
    """Prefect away is later; Prefect that refuses the run is never, with its words."""
    waiting(ledger)
    recoveries.decide(ledger, "r_1", approved=True, by="Kim", reason="looks right")
    server = Server()
    server.away = True
    with pytest.raises(RetryableStartError, match="does not answer"):
        waker(shop, server.connect)("r_1")
    server.away, server.refuses = False, True
    with pytest.raises(PermanentStartError, match="job_id"):
        waker(shop, server.connect)("r_1")
