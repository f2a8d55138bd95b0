"""A person says over the gateway that the source job is stopped, and the recovery that waits goes on."""

from pathlib import Path

import pytest

from deployments.gateway.compose import waker
from models.enums import State
from models.hooks.tokens import Scope
from tasks.ledger import recoveries
from tasks.ledger.audit import entries
from tasks.ledger.handovers import is_stop_unheard
from tests.integration.gates import problem, rows
from tests.integration.gateway.handing_door import NO_FILE, UPLOAD, Door, report
from tests.integration.gateway.test_gateway_wake import DEPLOYMENT, Server
from tests.integration.handovers.voqo_site import JOB, STALL
from tests.integration.scenes import claimed, end, phone


@pytest.fixture
def door(tmp_path: Path) -> Door:
    """Return a gateway whose plans need no approval."""
    return Door(tmp_path, approval="auto", lease_seconds=3600)


def held(door: Door) -> str:
    """Bring the job's recovery to where it asks for a person who has stopped the job."""
    door.hand(
        {"agent": "agent_1", "processed": "2"},
        upload=("up.csv", UPLOAD),
        report=("rep.csv", report((1, "completed"), (2, "Trunk down"))),
    )
    door.site.clock.sleep(STALL)
    door.hand({"processed": "2"})
    told = door.site.run()
    assert told["state"] == "held"
    return str(told["recovery_id"])


def test_a_stop_said_over_the_gateway_lets_the_recovery_go_on(door: Door) -> None:
    """Who, the report of after it, a wake in the inbox, a fresh run at Prefect; then calls, once each."""
    recovery_id = held(door)
    after = report((1, "completed"), (2, "Trunk down"), (3, "completed"))
    answer = door.post(
        f"/v1/recoveries/{recovery_id}/stopped",
        data={"by": "Ana", "processed": "3"},
        files={"report": ("after.csv", after)},
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "held"
    assert "goes on" in answer.json()["next_action"]
    assert is_stop_unheard(door.ledger, recoveries.get(door.ledger, recovery_id))
    door.app.state.worker.turns()
    assert door.woken == [recovery_id]
    server = Server()
    waker(door.runtime, server.connect)(recovery_id)
    (created,) = (body for path, body in server.asked if path == DEPLOYMENT)
    assert created["parameters"]["request"]["job_id"] == JOB
    assert [path for path, _ in server.asked if path == "/api/events"] == []
    assert door.site.run()["recovery_id"] == recovery_id
    chain = {one.kind: one.body for one in entries(door.ledger, recovery_id)}
    assert chain["stopped"]["by"].startswith("Ana (token ")
    assert sorted(door.site.fake.dials) == sorted(set(door.site.fake.dials))
    assert phone(3) not in door.site.fake.dials
    assert not is_stop_unheard(door.ledger, recoveries.get(door.ledger, recovery_id))


def test_a_wake_starts_no_run_of_a_held_recovery_that_nobody_has_stopped_for(door: Door) -> None:
    """Held is held: only a person's word that no run has heard yet makes a fresh one."""
    recovery_id = held(door)
    server = Server()
    waker(door.runtime, server.connect)(recovery_id)
    assert [path for path, _ in server.asked if path == DEPLOYMENT] == []


def test_a_stop_that_cannot_be_taken_keeps_nothing_and_wakes_nobody(door: Door) -> None:
    """A foreign report, no name, no scope, another workspace: refused, and the recovery still asks."""
    recovery_id = held(door)
    place, before = f"/v1/recoveries/{recovery_id}/stopped", door.everything()
    foreign = {"report": ("other.csv", report((9, "failed")))}
    problem(door.post(place, data={"by": "Ana"}, files=foreign), 409)
    problem(door.post(place, data={"processed": "3"}, files=NO_FILE), 422)
    lacks = door.token(Scope.READ, Scope.OPERATE, name="lacks")
    problem(door.post(place, lacks, data={"by": "Ana"}, files=NO_FILE), 403)
    other = door.token(name="other", workspaces=("read",))
    problem(door.post(place, other, data={"by": "Ana"}, files=NO_FILE), 404)
    assert (door.everything(), door.left()) == (before, [])
    door.app.state.worker.turns()
    assert door.woken == []
    assert {row.state for row in rows(door.ledger)} == {"ignored"}


def test_a_recovery_that_has_ended_asks_nobody(door: Door) -> None:
    """409 in the sentence of the command, and nothing is kept."""
    end(door.ledger, claimed(door.ledger, "r_1", ("ws_1", "voqo", JOB)), State.RECOVERED)
    answer = door.post("/v1/recoveries/r_1/stopped", data={"by": "Ana"}, files=NO_FILE)
    assert "asks nobody any more" in problem(answer, 409)["detail"]
    assert door.everything() == []


def test_a_stop_before_the_approval_is_kept_and_the_plan_still_waits(tmp_path: Path) -> None:
    """The next action stays the approval, and no run is woken for nothing."""
    door = Door(tmp_path, approval="ask", lease_seconds=3600)
    door.hand({"agent": "agent_1", "processed": "0"}, upload=("up.csv", UPLOAD))
    door.site.clock.sleep(STALL)
    door.hand({"processed": "0"})
    told = door.site.run()
    assert told["state"] == "awaiting_approval"
    place = f"/v1/recoveries/{told['recovery_id']}/stopped"
    answer = door.post(place, data={"by": "Ana", "processed": "0"}, files=NO_FILE).json()
    assert (answer["state"], "approv" in answer["next_action"].lower()) == ("awaiting_approval", True)
    assert rows(door.ledger) == []
