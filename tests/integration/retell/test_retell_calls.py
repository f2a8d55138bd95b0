"""Single calls on Retell: each once, whatever becomes of its answer, and nobody unknown within the hour."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import select

from models.platform import Draft, PlatformError
from models.tables.handovers import PlacedCall
from tasks.fault_points import arm
from tasks.ledger import plans, recoveries
from tasks.ledger.database import restores
from tasks.ledger.errors import LeaseLostError
from tasks.platforms.retell.calls import LIST
from tasks.platforms.retell.wire import JOB
from tests.fakes.retell import CREATE
from tests.integration.copies import Copy
from tests.integration.retell.retell_site import RetellSite


@pytest.fixture
def site(tmp_path: Path) -> RetellSite:
    """Return a workspace with a batch whose dispatcher has died."""
    return RetellSite(tmp_path)


def test_everybody_is_called_once_and_read_back(site: RetellSite) -> None:
    """A stalled batch is recovered by single calls with token, marker and variables, read back by listing."""
    recovery_id = site.begun()
    told = site.run()
    assert told["state"] == "recovered", (told["next_action"], site.why(recovery_id))
    states = site.states(recovery_id)
    assert len(states) > 3
    assert {state for state, _ in states.values()} == {"accepted"}
    assert site.here.singles.keys() == states.keys()
    assert site.here.twice == {}
    keys = [one["idempotency_key"] for one in site.here.creates]
    assert len(set(keys)) == len(keys)
    assert all(one["honor_internal_dnc"] is True for one in site.here.creates)
    assert all(one["metadata"]["ringback_job"] == site.job for one in site.here.creates)
    assert all(one["retell_llm_dynamic_variables"]["first_name"] for one in site.here.creates)


class PowerCutError(BaseException):
    """The process is gone: nothing catches it."""


LOST = ["accept_then_cut", "accept_then_500"]


@pytest.mark.parametrize("fault", LOST)
@pytest.mark.strikes("place.unknown", "ask_again.asked")
def test_a_lost_answer_is_asked_about_by_its_token(site: RetellSite, fault: str) -> None:
    """The same request with the same key tells of the same call: nobody twice, and nobody unknown."""
    recovery_id = site.begun()
    site.fault(fault, on=CREATE, count=2)
    told = site.run()
    assert told["state"] == "recovered", (told["next_action"], site.why(recovery_id))
    assert told["counts"]["unknown"] == 0
    assert site.here.twice == {}
    asked = Counter(json.dumps(one, sort_keys=True) for one in site.here.creates)
    assert sorted(asked.values())[-2:] == [2, 2]
    assert len({one["idempotency_key"] for one in site.here.creates}) == len(asked)


@pytest.mark.strikes("place.unknown", "ask_again.asked")
def test_a_slow_create_is_not_asked_for_beside_itself(site: RetellSite) -> None:
    """What a key does while its first request is worked on is documented nowhere: the second one waits."""
    recovery_id = site.begun()
    pending: list[str] = []

    def slow(body: dict[str, Any]) -> None:
        assert body["idempotency_key"] not in pending, "asked again while the first one was worked on"
        if not pending:
            pending.append(body["idempotency_key"])
            site.clock.passing.append(lambda: None)
            raise httpx.ReadTimeout("slow")

    def over() -> None:
        if pending and (site.clock.now() - began).total_seconds() >= 110:
            pending.clear()
            pending.append("over")

    began = site.clock.now()
    site.here.before = slow
    site.clock.passing.append(over)
    told = site.run()
    assert told["state"] == "recovered", site.why(recovery_id)
    assert told["counts"]["unknown"] == 0
    assert site.here.twice == {}


def test_a_request_that_never_arrived_is_made_by_its_token(site: RetellSite) -> None:
    """Lost on its way there, the request makes its call when it is asked about: nobody is lost either."""
    recovery_id = site.begun()
    lost = iter([True])

    def lose(_body: dict[str, Any]) -> None:
        if next(lost, False):
            raise httpx.ReadTimeout("gone")

    site.here.before = lose
    told = site.run()
    assert told["state"] == "recovered"
    assert site.here.singles.keys() == site.states(recovery_id).keys()
    assert site.here.twice == {}
    assert told["counts"]["unknown"] == 0


def test_after_the_hour_nobody_is_asked_about(site: RetellSite) -> None:
    """A key that may not hold any more is not used: its contact stays unknown and is held, not called."""
    recovery_id = site.begun()
    gone: list[str] = []

    def lose(body: dict[str, Any]) -> None:
        gone.append(body["to_number"])
        site.here.before = lambda _body: None
        raise PowerCutError

    site.here.before = lose
    with pytest.raises(PowerCutError):
        site.run()
    site.clock.sleep(3600)
    told = site.run()
    assert told["state"] == "recovered", site.why(recovery_id)
    assert told["counts"]["unknown"] == 1
    assert site.states(recovery_id)[gone[0]] == ("unknown", "ambiguous")
    assert site.here.singles[gone[0]] == 0
    assert [one["to_number"] for one in site.here.creates].count(gone[0]) == 1


def test_after_the_hour_a_call_that_was_made_is_found_by_its_marker(site: RetellSite) -> None:
    """No key is needed where the listing shows the call: its outcome speaks."""
    recovery_id = site.begun()
    made: list[str] = []

    def die(body: dict[str, Any]) -> None:
        made.append(body["to_number"])
        site.here.after = lambda _body: None
        raise PowerCutError

    site.here.after = die
    with pytest.raises(PowerCutError):
        site.run()
    site.clock.sleep(4000)
    told = site.run()
    assert told["state"] == "recovered", site.why(recovery_id)
    state, outcome = site.states(recovery_id)[made[0]]
    assert state == "unknown"
    assert outcome != "ambiguous"
    assert site.here.twice == {}


@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("nth", [1, 2, 5])
def test_a_kill_around_a_request_leaves_nobody_unknown(site: RetellSite, where: str, nth: int) -> None:
    """Killed before or after its nth request arrives, the recovery goes on: each once, none unknown."""
    recovery_id = site.begun()
    left = iter([None] * (nth - 1))

    def cut(_body: dict[str, Any]) -> None:
        if next(left, True):
            setattr(site.here, where, lambda _body: None)
            raise PowerCutError

    setattr(site.here, where, cut)
    with pytest.raises(PowerCutError):
        site.run()
    told = site.run()
    assert (told["recovery_id"], told["state"]) == (recovery_id, "recovered"), told["next_action"]
    assert told["counts"]["unknown"] == 0
    assert site.here.singles.keys() == site.states(recovery_id).keys()
    assert site.here.twice == {}


@pytest.mark.parametrize("point", ["ledger.before_commit", "ledger.after_commit", "audit.append"])
def test_a_kill_at_any_write_leaves_nobody_unknown(tmp_path: Path, point: str) -> None:
    """Killed at one write after the other, from the fence on, nobody is called twice and nobody unknown."""
    tried = 0
    for nth in (5, 8, 9, 10, 11, 14, 19):
        site = RetellSite(tmp_path / str(nth), contacts=6)
        recovery_id = site.begun()
        if not _killed(site, point, nth):
            break
        if recoveries.get(site.ledger, recovery_id).state == "recovered":
            break  # it was over before that write
        tried += 1
        told = site.run()
        assert told["state"] == "recovered", (nth, told["next_action"])
        assert told["counts"]["unknown"] == 0, nth
        assert site.here.twice == {}, nth
        assert site.here.singles.keys() == site.states(recovery_id).keys(), nth
    assert tried > 3


def _killed(site: RetellSite, point: str, nth: int) -> bool:
    left = [nth]

    def strike(passed: str) -> None:
        left[0] -= passed == point
        if passed == point and left[0] == 0:
            raise PowerCutError

    arm(strike)
    try:
        site.run()
    except PowerCutError:
        return True
    finally:
        arm(None)
    return False


@pytest.mark.strikes("ask_again.refused")
@pytest.mark.parametrize("answer", [429, 400, 401])
def test_a_refusal_of_a_repeated_request_proves_nothing(site: RetellSite, answer: int) -> None:
    """What is refused the second time may have been taken the first time: it is asked about again."""
    recovery_id = site.begun()
    site.fault("accept_then_500", on=CREATE, count=1)
    seen: list[str] = []

    def refuse(body: dict[str, Any]) -> None:
        seen.append(body["idempotency_key"])
        if seen.count(body["idempotency_key"]) == 2:
            site.here.refuse_once = answer

    site.here.before = refuse
    told = site.run()
    assert told["state"] == "recovered", site.why(recovery_id)
    assert told["counts"]["unknown"] == told["counts"]["refused"] == 0
    assert max(Counter(seen).values()) == 3
    assert site.here.twice == {}


def test_who_is_on_the_platforms_own_list_is_left_alone(site: RetellSite) -> None:
    """A 400 for somebody marked do_not_call is about them: nothing failed, the others are called."""
    recovery_id = site.begun()
    somebody = _to_redial(site)[:3]
    site.here.aside.do_not_call |= {phone.lstrip("+") for phone in somebody}
    told = site.run()
    assert told["state"] == "recovered", site.why(recovery_id)
    states = site.states(recovery_id)
    assert {states[phone] for phone in somebody} == {("refused", "do_not_contact")}
    assert not site.here.singles.keys() & set(somebody)
    assert told["counts"]["refused"] == 3
    assert set(somebody) <= plans.suppressed(site.ledger, site.runtime.workspace)


def _to_redial(site: RetellSite) -> list[str]:
    plan = site.triage().case.plan
    assert plan is not None
    return [one.phone or "" for one in plan.contacts if one.action.value == "redial"]


def test_a_limit_is_waited_for(site: RetellSite) -> None:
    """429 took nothing: the same contact is asked for again later, once."""
    site.begun()
    site.fault("answer_429", on=CREATE, count=3)
    told = site.run()
    assert told["state"] == "recovered"
    assert site.here.twice == {}


def test_an_unknown_agent_holds_the_wave_and_goes_on(site: RetellSite) -> None:
    """422 speaks of the set-up: nobody else is tried, and once it is put right the recovery goes on."""
    recovery_id = site.begun()
    agents = dict(site.here.world.agents)
    site.here.world.agents.clear()
    assert (site.run()["state"], len(site.here.creates)) == ("held", 1)
    site.here.world.agents.update(agents)
    told = site.run()
    assert (told["recovery_id"], told["state"]) == (recovery_id, "recovered")
    assert site.here.twice == {}


@pytest.mark.strikes("retell.foreign_call", "place.moved")
def test_who_is_called_by_somebody_else_before_their_turn_is_not_called(site: RetellSite) -> None:
    """Each person's number is looked up right before their call: a call by anybody since takes them out."""
    recovery_id = site.begun()
    meant: list[str] = []

    def meddle(body: dict[str, Any]) -> None:
        if not meant:
            meant.extend(p for p in site.states(recovery_id) if p != body["to_number"])
            site.here.by_hand(meant[:2])
            site.clock.sleep(60)

    site.here.before = meddle
    site.run()
    states = site.states(recovery_id)
    assert [states[phone][0] for phone in meant[:2]] == ["skipped", "skipped"]
    assert not {one["to_number"] for one in site.here.creates} & set(meant[:2])


@pytest.mark.strikes("witness.unknown_calls")
def test_a_ledger_put_back_finds_the_calls_that_it_does_not_know(site: RetellSite) -> None:
    """Calls under its own markers are on the platform and not in the ledger: it holds, nobody is twice."""
    recovery_id = site.begun()
    copied = Copy(site.ledger)
    assert site.run()["state"] == "recovered"
    made = dict(site.here.singles)
    copied.put_back(site.ledger)
    with site.ledger.write() as session:
        restores.note_restore(session, site.ledger, made_at="earlier", how="a test")
    restores.confirm_opt_outs(site.ledger, site.runtime.workspace, "Ana")
    assert approved_again(site, recovery_id)["state"] == "held"
    assert "confirm-restored" in site.why(recovery_id)
    assert dict(site.here.singles) == made
    restores.confirm_calls(site.ledger, site.runtime.workspace, "Ana")
    approved_again(site, recovery_id)
    assert dict(site.here.singles) == made
    assert site.here.twice == {}


@pytest.mark.strikes("witness.lost_calls")
def test_a_ledger_put_back_is_not_freed_by_a_listing_that_shows_nothing(site: RetellSite) -> None:
    """Where none of its calls was ever shown, that none is shown is no proof: a person is asked."""
    recovery_id = site.begun()
    with site.ledger.write() as session:
        restores.note_restore(session, site.ledger, made_at="earlier", how="a test")
    restores.confirm_opt_outs(site.ledger, site.runtime.workspace, "Ana")
    assert approved_again(site, recovery_id)["state"] == "held"
    assert site.here.creates == []
    restores.confirm_calls(site.ledger, site.runtime.workspace, "Ana")
    assert approved_again(site, recovery_id)["state"] == "recovered"


def approved_again(site: RetellSite, recovery_id: str) -> dict[str, Any]:
    """Go on with a recovery, with a person who approves whatever it asks about."""
    told = site.run()
    if told["state"] == "awaiting_approval":
        recoveries.decide(site.ledger, recovery_id, approved=True, by="Ida", reason="looked at it")
        told = site.run()
    return told


@pytest.mark.strikes("ask_again.left")
def test_who_opts_out_is_not_asked_about(site: RetellSite) -> None:
    """A request that was lost may not have arrived: asking about it would call somebody who said no."""
    recovery_id = site.begun()
    gone: list[str] = []

    def lose(body: dict[str, Any]) -> None:
        if not gone:
            gone.append(body["to_number"])
            with site.ledger.write() as session:
                plans.suppress(session, site.runtime.workspace, gone, "asked for it", site.ledger)
            raise httpx.ReadTimeout("gone")

    site.here.before = lose
    told = site.run()
    assert [one["to_number"] for one in site.here.creates].count(gone[0]) == 1
    assert site.states(recovery_id)[gone[0]][0] == "unknown"
    assert told["counts"]["unknown"] == 1


def test_nothing_private_of_a_call_is_kept(site: RetellSite) -> None:
    """Summary and transcript of calls stand in no table."""
    site.begun()
    assert site.run()["state"] == "recovered"
    assert b"private matter" not in (site.home / "ledger.db").read_bytes()


def test_waves_are_no_batches(site: RetellSite) -> None:
    """Whoever asks the adapter for a job gets a refusal in words, and nobody is called."""
    site.handed_over()
    platform = site.context().platform
    with pytest.raises(PlatformError, match="no batches"):
        platform.create_job(Draft("rb-r_1-1", platform.get_job(site.job), (), 1))
    assert site.here.creates == []


@pytest.mark.strikes("place.old_look", "retell.foreign_call")
def test_a_look_that_took_long_is_taken_again(site: RetellSite) -> None:
    """A process that sleeps in the middle of its look at somebody looks again: a stranger's call is seen."""
    site.begun()
    met: list[str] = []

    def nap(path: str, response: httpx.Response) -> httpx.Response:
        asked = site.here.questions[-1].get("filter_criteria", {})
        if path == LIST and "start_timestamp" in asked and not met:
            met.append(asked["to_number"]["value"])
            site.here.by_hand(met)
            site.clock.sleep(120)
        return response

    site.here.edit = nap
    site.run()
    assert met
    assert met[0] not in {one["to_number"] for one in site.here.creates}


@pytest.mark.strikes("place.slept")
def test_a_token_is_not_used_by_a_process_that_slept_past_its_time(site: RetellSite) -> None:
    """It holds when the question begins and not when the request is due: that would be a second call."""
    recovery_id = site.begun()
    site.fault("accept_then_cut", on=CREATE, count=1)
    slept: list[str] = []

    def nap(point: str) -> None:
        # Asked about, written down once more, and the request is not out yet.
        again = _asked_again(site) if point == "ledger.after_commit" and not slept else []
        if again:
            slept.extend(again)
            site.clock.sleep(3600)

    arm(nap)
    try:
        with pytest.raises(LeaseLostError, match="slept too long"):
            site.run()
    finally:
        arm(None)
    assert [one["to_number"] for one in site.here.creates].count(slept[0]) == 1
    site.run()
    assert site.here.twice == {}
    assert site.states(recovery_id)[slept[0]][0] == "unknown"


def _asked_again(site: RetellSite) -> list[str]:
    """Return whose call is written down as asked for a second time."""
    with site.ledger.read() as session:
        calls = session.exec(select(PlacedCall)).all()
    return [one.person for one in calls if one.first_sent_at and one.sent_at > one.first_sent_at]


def _short(site: RetellSite, fits: Callable[[dict[str, Any]], bool]) -> None:
    """Let the platform count one call more than it lists, in the answers to some questions."""

    def edit(path: str, response: httpx.Response) -> httpx.Response:
        asked = site.here.questions[-1]
        if (
            path != LIST
            or response.status_code != httpx.codes.OK
            or not fits(asked.get("filter_criteria", {}))
        ):
            return response
        body = response.json()
        return httpx.Response(200, json=body | {"total": len(body["items"]) + 1}, headers=_plain(response))

    site.here.edit = edit


def _plain(response: httpx.Response) -> dict[str, str]:
    return {"date": response.headers["date"]}


@pytest.mark.strikes("retell.fewer_than_counted", "place.moved")
def test_nobody_is_called_whose_calls_are_not_all_listed(site: RetellSite) -> None:
    """The platform counts a call to somebody that it does not show: that may be anybody's, and they wait."""
    site.begun()
    _short(site, lambda asked: "start_timestamp" in asked)
    site.run()
    assert site.here.creates == []


@pytest.mark.strikes("retell.marked_incomplete")
def test_marked_calls_that_are_not_all_listed_hold(site: RetellSite) -> None:
    """The platform counts a call under our markers that it does not show: another ledger may have made it."""
    recovery_id = site.begun()
    _short(site, lambda asked: any(one.get("key") == JOB for one in asked.get("metadata", [])))
    told = site.run()
    assert (told["state"], site.here.creates) == ("held", [])
    assert recoveries.get(site.ledger, recovery_id).resumable
