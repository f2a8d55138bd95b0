"""One live holder a job: claims, take-overs, fencing and letting go, on both databases."""

import os
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from sqlmodel import select

from models.enums import Disposition, Phase, State, WaveState
from models.tables.ledger import Lease, LookRow
from tasks.clock import VirtualClock
from tasks.ledger import plans, recoveries, waves
from tasks.ledger.errors import LeaseLostError
from tasks.ledger.leases import _started, claim_job, is_held, release, renew
from tasks.ledger.people import outcomes
from tasks.ledger.store import Claim, Ledger
from tasks.runtime.database import open_ledger
from tests.integration.scenes import (
    JOB,
    KEY,
    POLICY,
    claimed,
    end,
    everything,
    frozen,
    intended,
    judged,
    plan_of,
    states,
)
from tests.integration.workers import Worker, claim


def lease_of(ledger: Ledger) -> Lease:
    """Return the lease of the job."""
    with ledger.read() as session:
        return session.exec(select(Lease)).one()


def change_lease(ledger: Ledger, **fields: object) -> None:
    """Make the lease look as if somebody else had taken it."""
    with ledger.write() as session:
        lease = session.exec(select(Lease)).one()
        for name, value in fields.items():
            setattr(lease, name, value)
        session.add(lease)


def test_the_first_claim_starts_a_recovery(ledger: Ledger) -> None:
    """A job that was never recovered gets its first recovery, under the policy of now, with token 1."""
    found = claim_job(ledger, JOB, "r_1", POLICY)
    assert found.claim == Claim(*JOB, "r_1", 1)
    assert not found.continued
    stored = recoveries.get(ledger, "r_1")
    assert (stored.state, stored.epoch, recoveries.policy_of(stored)) == ("running", 1, POLICY)
    assert stored.started_at == ledger.clock.now()


def test_a_live_holder_is_joined_never_doubled(ledger: Ledger) -> None:
    """A second claim of a held job names the live recovery and its process, and may not write."""
    claimed(ledger)
    second = claim_job(ledger, JOB, "r_2", POLICY)
    assert (second.recovery_id, second.claim, second.continued) == ("r_1", None, True)
    assert str(os.getpid()) in second.holder
    assert [one.id for one in recoveries.of_job(ledger, JOB)] == ["r_1"]
    assert is_held(ledger, JOB)


def test_an_expired_lease_is_taken_over_with_a_larger_token(ledger: Ledger, clock: VirtualClock) -> None:
    """A holder on another machine that stopped renewing loses the job after lease_seconds, not before."""
    first = claimed(ledger)
    change_lease(ledger, host="elsewhere")
    clock.sleep(POLICY.lease_seconds - 1)
    assert claim_job(ledger, JOB, "r_2", POLICY).claim is None
    clock.sleep(1)
    assert not is_held(ledger, JOB)
    second = claim_job(ledger, JOB, "r_2", POLICY)
    assert second.claim == replace(first, token=2)
    assert second.continued


def test_renewing_keeps_the_job(ledger: Ledger, clock: VirtualClock) -> None:
    """A holder that renews in time keeps the job for as long as it wants."""
    claim = claimed(ledger)
    change_lease(ledger, host="elsewhere")
    for _ in range(5):
        clock.sleep(POLICY.lease_seconds - 1)
        renew(ledger, claim, POLICY.lease_seconds)
        assert claim_job(ledger, JOB, "r_2", POLICY).claim is None


@pytest.mark.strikes("leases.ended_before")
def test_what_goes_on_with_a_recovery_opens_no_other(ledger: Ledger) -> None:
    """Of two sweeps that go on with one the later finds it ended: nothing is claimed or opened."""
    first = claimed(ledger)
    release(ledger, first)
    again = claim_job(ledger, JOB, "r_2", POLICY, continues="r_1")
    assert again.claim is not None
    end(ledger, again.claim, State.CANCELLED)
    late = claim_job(ledger, JOB, "r_3", POLICY, continues="r_1")
    assert (late.recovery_id, late.claim) == ("r_1", None)
    assert [one.id for one in recoveries.of_job(ledger, JOB)] == ["r_1"]
    assert not is_held(ledger, JOB)


def test_the_token_only_grows(ledger: Ledger) -> None:
    """Whoever takes the job next has a larger token, also after it was let go of."""
    tokens = []
    for _ in range(4):
        claim = claimed(ledger)
        tokens.append(claim.token)
        release(ledger, claim)
    assert tokens == [1, 2, 3, 4]


def test_a_job_let_go_of_is_free_at_once(ledger: Ledger) -> None:
    """After release nobody has to wait for the lease to run out."""
    release(ledger, claimed(ledger))
    assert not is_held(ledger, JOB)
    assert claimed(ledger, "r_2").recovery_id == "r_1"


def test_a_stale_holder_cannot_let_go_of_anothers_lease(ledger: Ledger) -> None:
    """Releasing an old claim leaves the new holder's lease alone and does not raise."""
    old = claimed(ledger)
    change_lease(ledger, pid=0)
    claimed(ledger)
    release(ledger, old)
    assert is_held(ledger, JOB)


def stale_writes(ledger: Ledger, old: Claim) -> Iterator[Callable[[], object]]:
    """Yield every write of the store, under a claim that another process has taken over."""
    rows = plans.next_up(ledger, old.recovery_id, 1)
    wave = waves.of(ledger, old.recovery_id)[0]
    found = {"c1": outcomes.DispatchOutcome(Disposition.REACHED, "", "", None)}
    look = LookRow(recovery_id="r_1", phase="sample", n=1, k=0, unresolved=0, statistic=0, word="go", why="")
    yield lambda: renew(ledger, old, 60)
    yield lambda: plans.freeze(ledger, old, plan_of([judged(1)]))
    yield lambda: waves.write_look(ledger, old, look)
    yield lambda: plans.skip(ledger, old, {rows[0].contact_id: "why"}, "moved")
    yield lambda: recoveries.update(ledger, old, "kind", {}, verdict="go")
    yield lambda: waves.intend(ledger, old, Phase.SAMPLE, rows, 1)
    yield lambda: waves.sending(ledger, old, wave)
    yield lambda: waves.answered(ledger, old, wave, WaveState.REFUSED, message="no")
    yield lambda: outcomes.settle(ledger, old, wave, found, done=True)
    yield lambda: outcomes.settle(ledger, old, wave, {}, done=False, in_air=1)
    yield lambda: waves.withdrawn(ledger, old, [wave], "why")


def test_a_stale_claim_can_write_nothing(ledger: Ledger) -> None:
    """Taken over, each write of the old holder raises LeaseLostError and leaves the ledger as it was."""
    old = claimed(ledger)
    frozen(ledger, old)
    intended(ledger, old, 2)
    change_lease(ledger, pid=0)
    claimed(ledger)
    before = everything(ledger)
    for write in stale_writes(ledger, old):
        with pytest.raises(LeaseLostError, match="taken over by another process"):
            write()
    assert everything(ledger) == before


def test_a_write_that_fails_leaves_nothing_behind(ledger: Ledger) -> None:
    """A write is whole or not at all: an error in the middle takes back what came before it."""
    claim = claimed(ledger)
    before = everything(ledger)

    def interrupted() -> None:
        with ledger.write(claim) as session:
            recoveries.find(session, "r_1").verdict = "go"
            ledger.note(session, "r_1", "kind", {})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        interrupted()
    assert everything(ledger) == before


def test_a_killed_process_is_proof(url: str) -> None:
    """The job of a process that was killed on this host is taken over at once, with a larger token."""
    ledger = open_ledger(url, KEY)
    with closing(Worker(claim, url, "r_1")) as worker:
        assert worker.hears() == 1
        joined = claim_job(ledger, JOB, "r_2", POLICY)
        assert joined.claim is None
        assert str(worker.pid) in joined.holder
        worker.kill()
        taken = claim_job(ledger, JOB, "r_2", POLICY)
        assert (taken.recovery_id, taken.continued) == ("r_1", True)
        assert taken.claim is not None
        assert taken.claim.token == 2
    ledger.engine.dispose()


def test_a_killed_process_that_nobody_has_buried_is_proof_too(ledger: Ledger) -> None:
    """A zombie holds nothing: in a container nobody may ever collect it."""
    claimed(ledger)
    child = subprocess.Popen(["sleep", "600"])
    change_lease(ledger, pid=child.pid, process_started=_started(psutil.Process(child.pid)))
    assert is_held(ledger, JOB)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not is_held(ledger, JOB)
    child.wait()


def test_a_process_of_another_machine_is_never_called_dead(ledger: Ledger) -> None:
    """A pid says nothing about another host: its lease has to run out."""
    claimed(ledger)
    change_lease(ledger, host="another/1234/1", pid=999_999_999)
    assert is_held(ledger, JOB)


def test_a_pid_that_was_given_again_is_not_the_holder(ledger: Ledger) -> None:
    """A process with the holder's pid and another start is somebody else, so the holder is gone."""
    claimed(ledger)
    change_lease(ledger, process_started=-1_000_000.0)
    assert not is_held(ledger, JOB)


def test_setting_the_clock_does_not_kill_the_holder(ledger: Ledger) -> None:
    """The start of a process is kept as the kernel counts it, from the boot."""
    claimed(ledger)
    ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    assert lease_of(ledger).process_started == pytest.approx(ticks / os.sysconf("SC_CLK_TCK"), abs=0.1)


def test_containers_with_one_name_are_two_hosts(ledger: Ledger) -> None:
    """Who cannot see the holder's process, since it is in another pid namespace, does not call it dead."""
    claimed(ledger)
    own = str(Path("/proc/self/ns/pid").stat().st_ino)
    name, boot, namespace = lease_of(ledger).host.rsplit("/", 2)
    assert (bool(name), len(boot), namespace) == (True, 8, own)


def test_an_ended_recovery_is_not_continued(ledger: Ledger) -> None:
    """A new recovery of a job that was recovered before is another one, one epoch on."""
    for epoch, state in enumerate((State.RECOVERED, State.HELD, State.ESCALATED, State.CANCELLED), start=1):
        claim = claimed(ledger, f"r_{epoch}")
        assert claim.recovery_id == f"r_{epoch}"
        end(ledger, claim, state)
    assert [one.epoch for one in recoveries.of_job(ledger, JOB)] == [1, 2, 3, 4]
    newest = recoveries.latest_of_job(ledger, JOB[2])
    assert newest is not None
    assert newest.id == "r_4"


def test_a_held_recovery_that_may_go_on_gets_its_contacts_back(ledger: Ledger) -> None:
    """A resumed recovery dispatches whose turn had not come; who was skipped for a reason stays out."""
    claim = claimed(ledger)
    frozen(ledger, claim, redial=4, drop=1)
    first = plans.next_up(ledger, "r_1", 1)[0].contact_id
    plans.skip(ledger, claim, {first: "moved"}, "moved since the plan")
    end(ledger, claim, State.HELD, resumable=True)
    assert plans.next_up(ledger, "r_1", 9) == []
    again = claimed(ledger, "r_2")
    assert again.recovery_id == "r_1"
    assert states(ledger, again).count("planned") == 3
    assert states(ledger, again).count("skipped") == 1
    stored = recoveries.get(ledger, "r_1")
    assert (stored.state, stored.ended_at) == ("running", None)


def test_many_first_claims_at_once_make_one_recovery(url: str) -> None:
    """Of eight claims of a new job at the same moment one gets it and seven join; none of them fails."""
    ledger = open_ledger(url, KEY)
    with ThreadPoolExecutor(8) as pool:
        for job in range(6):
            key = ("shop", "fake", f"job-{job}")
            found = list(pool.map(lambda n: claim_job(ledger, key, f"r_{key[2]}_{n}", POLICY), range(8)))  # noqa: B023
            assert [one.claim is not None for one in found].count(True) == 1
            assert len({one.recovery_id for one in found}) == 1
    ledger.engine.dispose()
