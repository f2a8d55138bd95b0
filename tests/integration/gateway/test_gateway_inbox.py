"""The inbox: what was asked for is written once, started once, and never lost; on each database."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from sqlmodel import col, select

from deployments.gateway.worker import Worker
from models.enums import State
from models.hooks.order import HookState, StartRequest
from models.hooks.request import RecoveryRequest
from models.hooks.tokens import Scope
from models.tables.gateway import InboxRow
from tasks.clock import VirtualClock
from tasks.fault_points import arm
from tasks.ledger import recoveries
from tasks.ledger.inbox import inbox, tokens, turns
from tasks.ledger.inbox.inbox import Incoming, KeyReusedError, NoSuchRequestError, receive
from tasks.ledger.inbox.wakes import waking
from tasks.ledger.leases import release
from tasks.ledger.store import Ledger
from tests.fakes.gateway_starter import FakeStarter
from tests.integration.scenes import JOB, claimed, end

WINDOW = 600.0


def incoming(
    delivery: str = "", digest: str = "", job: str = "job-1", ticket: str = "z:1", **more: Any
) -> Incoming:
    """Return a hook of source z for a job of workspace shop."""
    return Incoming(
        source="z",
        delivery_id=delivery,
        digest=digest or f"digest of {delivery}",
        workspace="shop",
        ask=RecoveryRequest(job_id=job, ticket=ticket),
        **more,
    )


def rows(ledger: Ledger) -> list[InboxRow]:
    """Return every request in the order of its coming."""
    with ledger.read() as session:
        return list(session.exec(select(InboxRow).order_by(col(InboxRow.received_at), col(InboxRow.id))))


def worker(ledger: Ledger, starter: FakeStarter) -> Worker:
    """Return a worker that keeps requests for a fortnight."""
    return Worker(ledger, starter, lambda _id: None, timedelta(days=14))


def test_a_delivery_is_written_once_by_its_id_and_by_its_hash(ledger: Ledger) -> None:
    """Sent again, sent again with a changed id, or with a changed body under the same id: one request."""
    first = receive(ledger, incoming("a", "1"), WINDOW)
    assert (first.fresh, first.row.state) == (True, HookState.RECEIVED.value)
    for again in (incoming("a", "1"), incoming("b", "1"), incoming("a", "2")):
        found = receive(ledger, again, WINDOW)
        assert (found.fresh, found.row.id) == (False, first.row.id)
    assert len(rows(ledger)) == 1


def test_the_same_ids_of_two_sources_are_two_requests(ledger: Ledger) -> None:
    """Ids are the sender's own; another sender may use the same ones."""
    receive(ledger, incoming("a", "1"), WINDOW)
    other = Incoming(
        source="y", delivery_id="a", digest="1", workspace="shop", ask=RecoveryRequest(job_id="job-2")
    )
    assert receive(ledger, other, WINDOW).fresh


def test_a_second_hook_of_a_job_joins_the_first(ledger: Ledger, clock: VirtualClock) -> None:
    """Within the window a job has one run, whichever ticket asks; after it, another."""
    first = receive(ledger, incoming("a"), WINDOW).row
    assert worker(ledger, FakeStarter()).turns() == 1
    joined = receive(ledger, incoming("b", ticket="z:2"), WINDOW).row
    assert (joined.state, joined.joined) == (HookState.JOINED.value, first.id)
    assert receive(ledger, incoming("c", job="job-2"), WINDOW).row.state == HookState.RECEIVED.value
    clock.sleep(WINDOW + 1)
    assert receive(ledger, incoming("d"), WINDOW).row.state == HookState.RECEIVED.value


def test_a_hook_that_waits_for_prefect_is_joined_however_long(ledger: Ledger, clock: VirtualClock) -> None:
    """While the first start is still owed, a later hook does not add a second one."""
    first = receive(ledger, incoming("a"), WINDOW).row
    clock.sleep(10 * WINDOW)
    assert receive(ledger, incoming("b"), WINDOW).row.joined == first.id


def test_a_job_under_recovery_is_joined(ledger: Ledger, clock: VirtualClock) -> None:
    """A recovery that runs or waits for a person is joined at any time; one whose process died is not."""
    claim = claimed(ledger)
    running = receive(ledger, incoming("a"), WINDOW).row
    assert (running.state, running.joined) == (HookState.JOINED.value, "r_1")
    recoveries.update(ledger, claim, "waits", {}, state=State.AWAITING_APPROVAL.value)
    release(ledger, claim)
    assert receive(ledger, incoming("b"), WINDOW).row.joined == "r_1"
    recoveries.update(ledger, claim, "runs", {}, state=State.RUNNING.value)
    clock.sleep(61)
    orphan = receive(ledger, incoming("c"), WINDOW).row
    assert (orphan.state, orphan.joined) == (HookState.RECEIVED.value, None)


def test_a_person_may_ask_again_after_the_end(ledger: Ledger, clock: VirtualClock) -> None:
    """For another ticket's hook the window holds; a call may start anew as soon as the last one has ended."""
    receive(ledger, incoming("a"), WINDOW)
    assert worker(ledger, FakeStarter()).turns() == 1
    clock.sleep(1)
    end(ledger, claimed(ledger), State.HELD)
    assert receive(ledger, incoming("b", ticket="z:2"), WINDOW).row.state == HookState.JOINED.value
    assert receive(ledger, incoming("c", again=True), WINDOW).row.state == HookState.RECEIVED.value


def test_a_ticket_that_was_told_the_end_may_ask_again(ledger: Ledger, clock: VirtualClock) -> None:
    """Its hook starts anew, where it is no echo of the end; who never heard joins, to hear the end."""

    def asked(mark: str, ticket: str) -> InboxRow:
        ask = RecoveryRequest(job_id="job-1", ticket=f"zendesk:{ticket}")
        told = Incoming("zendesk", delivery_id=mark, workspace="shop", ask=ask)
        return receive(ledger, told, WINDOW).row

    first = asked("a", "1")
    assert worker(ledger, FakeStarter()).turns() == 1
    joined = asked("b", "2")
    assert (joined.state, joined.joined) == (HookState.JOINED.value, first.id)
    clock.sleep(1)
    end(ledger, claimed(ledger), State.HELD)
    assert asked("c", "3").joined == first.id
    assert asked("echo", "2").joined == first.id
    clock.sleep(60)
    again = asked("d", "2")
    assert (again.state, again.joined) == (HookState.RECEIVED.value, None)


def test_an_idempotency_key_stands_for_one_wish(ledger: Ledger) -> None:
    """The same key and wish are one request; with another wish the key is refused."""

    def wish(job: str) -> Incoming:
        return Incoming(source="api:me", delivery_id="k", workspace="shop", ask=RecoveryRequest(job_id=job))

    first = receive(ledger, wish("job-1"), WINDOW)
    assert receive(ledger, wish("job-1"), WINDOW).row.id == first.row.id
    with pytest.raises(KeyReusedError, match="Take a new key"):
        receive(ledger, wish("job-2"), WINDOW)


def test_many_at_once_make_one_run(ledger: Ledger) -> None:
    """Twenty hooks of one job in eight threads: every one is written, one is started."""
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda n: receive(ledger, incoming(f"d{n}"), WINDOW), range(20)))
    starter = FakeStarter()
    worker(ledger, starter).turns()
    assert sum(one.row.state == HookState.RECEIVED.value for one in taken) == 1
    assert (len(rows(ledger)), starter.asked, len(starter.runs)) == (20, 1, 1)


def test_one_delivery_at_once_is_written_once(ledger: Ledger) -> None:
    """The same delivery in eight threads is one row, and every sender gets its answer."""
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _n: receive(ledger, incoming("same"), WINDOW), range(16)))
    assert len({one.row.id for one in taken}) == len(rows(ledger)) == 1
    assert sum(one.fresh for one in taken) == 1


@contextmanager
def meanwhile(act: Callable[[], object]) -> Iterator[list[object]]:
    """Let something happen in another thread while the first write inside is about to be committed."""
    done: list[object] = []
    others: list[Thread] = []

    def strike(point: str) -> None:
        if point == "ledger.before_commit" and not others:
            others.append(Thread(target=lambda: done.append(act())))
            others[0].start()
            others[0].join(0.5)  # it ends in time only where nothing makes it wait for us

    arm(strike)
    try:
        yield done
    finally:
        arm(None)
        others[0].join()


def test_a_hook_that_comes_while_another_is_written_joins_it(ledger: Ledger) -> None:
    """Two hooks of one job overlap: the second waits for the first and sees it."""
    with meanwhile(lambda: receive(ledger, incoming("b"), WINDOW)) as other:
        first = receive(ledger, incoming("a"), WINDOW)
    assert [one.row.joined for one in other] == [first.row.id]  # type: ignore[attr-defined]


def test_a_delivery_that_comes_while_it_is_written_is_the_same(ledger: Ledger) -> None:
    """One delivery id in two requests that overlap, for different jobs even: one row, and no error."""
    with meanwhile(lambda: receive(ledger, incoming("a", "2", job="job-2"), WINDOW)) as other:
        first = receive(ledger, incoming("a", "1"), WINDOW)
    assert [one.row.id for one in other] == [first.row.id]  # type: ignore[attr-defined]
    assert len(rows(ledger)) == 1


def test_two_workers_start_a_run_once(ledger: Ledger) -> None:
    """Whoever takes a row has it alone."""
    for n in range(8):
        receive(ledger, incoming(f"d{n}", job=f"job-{n}"), WINDOW)
    starter = FakeStarter()
    with ThreadPoolExecutor(4) as pool:
        done = sum(pool.map(lambda _n: worker(ledger, starter).turns(), range(4)))
    assert (done, starter.asked, len(starter.runs)) == (8, 8, 8)
    assert {row.state for row in rows(ledger)} == {HookState.STARTED.value}


def test_prefect_down_and_up_again(ledger: Ledger, clock: VirtualClock) -> None:
    """While Prefect is away a request waits with growing pauses, in words; then it is started once."""
    receive(ledger, incoming("a"), WINDOW)
    starter, pauses = FakeStarter(is_down=True), []
    hand = worker(ledger, starter)
    for _ in range(10):
        before = clock.now()
        assert hand.turns() == 1
        assert hand.turns() == 0
        row = rows(ledger)[0]
        assert (row.state, "does not answer" in row.message) == (HookState.RECEIVED.value, True)
        pauses.append((row.next_at - before).total_seconds())
        clock.sleep(pauses[-1])
    starter.is_down = False
    assert hand.turns() == 1
    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert (rows(ledger)[0].state, rows(ledger)[0].run_id, len(starter.runs)) == ("started", "run-1", 1)


def test_an_answer_of_prefect_that_is_lost_starts_nothing_twice(ledger: Ledger, clock: VirtualClock) -> None:
    """The run was made and nobody heard of it: asked again under the same key, it is found."""
    receive(ledger, incoming("a"), WINDOW)
    starter = FakeStarter(loses_answers=True)
    hand = worker(ledger, starter)
    hand.turns()
    starter.loses_answers = False
    clock.sleep(2)
    assert hand.turns() == 1
    assert (starter.asked, len(starter.runs), rows(ledger)[0].run_id) == (2, 1, "run-1")


def test_a_refusal_is_final_and_in_words(ledger: Ledger, clock: VirtualClock) -> None:
    """Parameters that Prefect will not take are not sent for ever."""
    receive(ledger, incoming("a"), WINDOW)
    starter = FakeStarter(refuses="Prefect refused the run (409): job_id is too short")
    hand = worker(ledger, starter)
    assert hand.turns() == 1
    clock.sleep(3600)
    assert hand.turns() == 0
    assert (rows(ledger)[0].state, rows(ledger)[0].message) == ("refused", starter.refuses)


def test_a_wish_of_yesterday_is_given_up(ledger: Ledger, clock: VirtualClock) -> None:
    """After a day without Prefect the world has moved on: the request fails, in words."""
    receive(ledger, incoming("a"), WINDOW)
    clock.sleep(25 * 3600)
    assert worker(ledger, FakeStarter(is_down=True)).turns() == 1
    assert (rows(ledger)[0].state, "Given up after a day" in rows(ledger)[0].message) == ("failed", True)


def test_a_row_that_a_dead_worker_left_is_taken_again(ledger: Ledger, clock: VirtualClock) -> None:
    """A living holder keeps its row for two minutes; one whose process is gone loses it at once."""
    receive(ledger, incoming("a"), WINDOW)
    taken = turns.take(ledger)
    assert taken is not None
    assert turns.take(ledger) is None
    with ledger.write() as session:
        row = session.get_one(InboxRow, taken.id)
        row.process_started -= 100  # the process id has since been given to another process
        session.add(row)
    again = turns.take(ledger)
    assert again is not None
    assert (again.id, again.key, again.attempts) == (taken.id, taken.key, 2)
    clock.sleep(turns.CLAIM_SECONDS)
    assert turns.take(ledger) is not None


def test_a_worker_that_comes_late_changes_nothing(ledger: Ledger, clock: VirtualClock) -> None:
    """Its row was taken over and ended: the later word does not undo the earlier one."""
    receive(ledger, incoming("a"), WINDOW)
    slow = turns.take(ledger)
    assert slow is not None
    clock.sleep(turns.CLAIM_SECONDS)
    quick = turns.take(ledger)
    assert quick is not None
    turns.started(ledger, quick, "run-1")
    turns.refused(ledger, slow, "no")
    turns.later(ledger, slow, "no")
    assert (rows(ledger)[0].state, rows(ledger)[0].run_id) == ("started", "run-1")


def test_a_worker_survives_whatever_a_starter_throws(ledger: Ledger, clock: VirtualClock) -> None:
    """An unforeseen error puts the request back; its message, which may hold anything, is not kept."""
    receive(ledger, incoming("a"), WINDOW)

    class Broken(FakeStarter):
        def start(self, order: StartRequest) -> str:
            raise KeyError("+61491570156")

    assert worker(ledger, Broken()).turns() == 1
    assert rows(ledger)[0].state == "received"
    assert "491570156" not in rows(ledger)[0].message


def test_a_decision_wakes_the_recovery(ledger: Ledger, clock: VirtualClock) -> None:
    """The wake is due once the decision is made, waits for whoever still runs it, and is done once."""
    claim = claimed(ledger)
    woken: list[str] = []
    stored = recoveries.get(ledger, "r_1")
    hand = Worker(ledger, FakeStarter(), woken.append, timedelta(days=14))
    with waking(ledger, stored, "api:me"):
        assert hand.turns() == 0
    assert hand.turns() == 1
    assert woken == []  # a process still runs it
    release(ledger, claim)
    clock.sleep(2)
    hand.turns()
    clock.sleep(3600)
    hand.turns()
    assert woken == ["r_1"]


def test_a_crash_in_a_decision_makes_the_wake_late_and_not_lost(ledger: Ledger, clock: VirtualClock) -> None:
    """The process died between the wake's row and its end: after half a minute it is due all the same."""
    release(ledger, claimed(ledger))
    woken: list[str] = []

    class Killed(BaseException):
        """Ends the process as no handler of errors sees it."""

    with pytest.raises(Killed), waking(ledger, recoveries.get(ledger, "r_1"), "api:me"):
        raise Killed
    hand = Worker(ledger, FakeStarter(), woken.append, timedelta(days=14))
    assert hand.turns() == 0
    clock.sleep(31)
    assert (hand.turns(), woken) == (1, ["r_1"])


def test_a_refused_decision_and_an_ended_recovery_wake_nobody(ledger: Ledger, clock: VirtualClock) -> None:
    """Nothing was decided, or there is nothing left to go on with."""
    woken: list[str] = []
    release(ledger, claimed(ledger))
    hand = Worker(ledger, FakeStarter(), woken.append, timedelta(days=14))
    stored = recoveries.get(ledger, "r_1")
    with pytest.raises(ValueError, match="no"), waking(ledger, stored, "api:me"):
        raise ValueError("no")
    clock.sleep(60)
    assert hand.turns() == 0
    with waking(ledger, stored, "api:me"):
        end(ledger, claimed(ledger), State.RECOVERED)
    assert hand.turns() == 1
    assert woken == []
    assert {row.state for row in rows(ledger)} == {"ignored"}


def test_the_recovery_of_a_request_is_found(ledger: Ledger, clock: VirtualClock) -> None:
    """Once its run has claimed the job, a request and whoever joined it know the recovery and the tickets."""
    first = receive(ledger, incoming("a"), WINDOW).row
    second = receive(ledger, incoming("b", ticket="z:2"), WINDOW).row
    assert inbox.recovery_of(ledger, first) is None
    clock.sleep(5)
    claimed(ledger, key=JOB)
    assert inbox.recovery_of(ledger, inbox.get(ledger, first.id)) == "r_1"
    assert inbox.recovery_of(ledger, inbox.get(ledger, second.id)) == "r_1"
    with pytest.raises(NoSuchRequestError):
        inbox.get(ledger, "h_0")


def test_old_requests_are_forgotten_and_open_ones_kept(ledger: Ledger, clock: VirtualClock) -> None:
    """Replays are told for as long as requests are kept; what is still owed is never forgotten."""
    receive(ledger, incoming("a", job="job-1"), WINDOW)
    worker(ledger, FakeStarter()).turns()
    clock.sleep(14 * 86_400 + 1)
    receive(ledger, incoming("b", job="job-2"), WINDOW)
    assert turns.waiting(ledger) == (1, 0.0)
    assert turns.prune(ledger, timedelta(days=14)) == 1
    assert [row.job_id for row in rows(ledger)] == ["job-2"]


def test_a_token_is_kept_as_a_hash_and_can_be_taken_back(ledger: Ledger, clock: VirtualClock) -> None:
    """The ledger holds no token; one that has expired, was revoked or was never made is nobody's."""
    made = tokens.add(ledger, "robot", {Scope.READ, Scope.APPROVE}, timedelta(days=1))
    assert made.text not in str(tokens.listing(ledger)[0].model_dump())
    assert made.text.rsplit("_", 1)[1] not in str(tokens.listing(ledger)[0].model_dump())
    known = tokens.caller(ledger, made.text)
    assert known is not None
    assert (known.name, set(known.scopes)) == ("robot", {Scope.READ, Scope.APPROVE})
    for wrong in ("", "rb_", f"{made.text}0", made.text[:-1], f"rb_{made.id}_", "rb_0_0", made.text.upper()):
        assert tokens.caller(ledger, wrong) is None
    clock.sleep(86_400)
    assert tokens.caller(ledger, made.text) is None
    other = tokens.add(ledger, "other", {Scope.READ})
    tokens.revoke(ledger, "other")
    assert tokens.caller(ledger, other.text) is None
    with pytest.raises(tokens.NameTakenError, match="Choose another name"):
        tokens.add(ledger, "other", {Scope.READ})
    with pytest.raises(tokens.NoSuchTokenError, match="no token 'nobody'"):
        tokens.revoke(ledger, "nobody")
