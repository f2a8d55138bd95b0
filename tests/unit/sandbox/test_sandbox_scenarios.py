"""The sandbox's scenes: each has the past that its name promises."""

from collections import Counter
from typing import Any

import phonenumbers
import pytest

from deployments.sandbox.engine.entities import ROW_ENDS
from deployments.sandbox.engine.faults import SURVIVABLE, Faults, make_fault, random_faults
from deployments.sandbox.engine.history import history
from deployments.sandbox.engine.people import same_phone
from deployments.sandbox.scenarios import SCENARIOS, Scene, build
from models.enums import Cause, State
from tests.sure import sure

NOW = 1_800_000_000.0
QUIET = 20 * 60


def scene(name: str, seed: int = 1, **wishes: Any) -> Scene:
    """Build one scene at a fixed time."""
    return build(name, seed, NOW, **wishes)


def statuses(it: Scene) -> Counter[str]:
    """Count the source job's rows by status."""
    return Counter(row.status for row in it.job.rows)


def outcomes(it: Scene) -> Counter[str]:
    """Count the source job's last calls by outcome."""
    return Counter(row.call.outcome.key for row in it.job.rows if row.call)


def dials_in_an_hour(it: Scene) -> int:
    """Let an hour pass and count the new dials."""
    before = len(it.world.calls)
    it.world.advance(NOW + 3600)
    return len(it.world.calls) - before


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_scene_is_a_consistent_past(name: str, seed: int) -> None:
    """Counters match the rows, nothing happened in the future, and the same seed builds the same scene."""
    it = scene(name, seed)
    rows = it.job.rows
    assert it.job.finished == sum(row.status in ROW_ENDS for row in rows)
    assert it.job.dispatched == sum(row.status != "pending" for row in rows)
    calls = it.world.calls.values()
    assert all(it.job.created_at < call.started_at < sure(call.ended_at) <= NOW for call in calls)
    assert history(it)["dials"] == history(scene(name, seed))["dials"]
    assert (it.state.is_end, isinstance(it.cause, Cause)) == (True, True)


@pytest.mark.parametrize("contacts", [60, 10_000])
def test_contacts_have_distinct_valid_numbers(contacts: int) -> None:
    """Every number of a scene is valid for phonenumbers, so that only a scene's own faults make rows bad."""
    phones = [row.phone for row in scene("dead-dispatcher", contacts=contacts).job.rows]
    assert len(set(phones)) == contacts
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(phone)) for phone in phones[::7])


def test_a_salt_changes_ids_and_nothing_else() -> None:
    """Two servers that open the same scene never share a job id, yet play the same calls."""
    one, other = scene("permit-leak", salt="a"), scene("permit-leak", salt="b")
    assert one.job.id != other.job.id
    assert [row.phone for row in one.job.rows] == [row.phone for row in other.job.rows]
    assert outcomes(one) == outcomes(other)


@pytest.mark.parametrize("seed", range(1, 9))
def test_a_permit_leak_holds_every_permit_and_never_moves(seed: int) -> None:
    """All permits are held, no call is live, an hour changes nothing; the stuck rows hide three truths."""
    it = scene("permit-leak", seed)
    stuck = [row for row in it.job.rows if row.status in {"dispatched", "initiated"}]
    assert len(stuck) == it.world.permits.held == it.world.permits.limit in range(6, 9)
    assert {row.call.status if row.call else None for row in stuck} == {"done", "failed", None}
    assert all(row.updated_at < NOW - QUIET for row in stuck)
    assert statuses(it)["pending"] > 0
    assert (dials_in_an_hour(it), it.world.permits.live) == (0, 0)


def test_some_lost_rows_were_truly_reached() -> None:
    """A row without any record may hide a person who was spoken to: the trap of redialling the ambiguous."""
    lost = [
        call for seed in range(8) for call in scene("permit-leak", seed).world.calls.values() if call.hidden
    ]
    assert lost
    assert all(call.outcome.answered and call.row.status == "dispatched" for call in lost)


def test_a_permit_leak_takes_as_many_permits_as_asked_for() -> None:
    """The limit that a test asks for is the limit it gets, and all of it has leaked."""
    world = scene("permit-leak", permits=10).world
    assert world.permits.limit == world.permits.held == 10


def test_a_dead_dispatcher_has_free_permits_and_pending_rows() -> None:
    """Nothing is in the air, permits are free, rows wait, and nothing moves for an hour."""
    it = scene("dead-dispatcher")
    assert (it.job.status, it.world.permits.held) == ("in_progress", 0)
    assert statuses(it)["pending"] == 30
    assert max(row.updated_at for row in it.job.rows) < NOW - QUIET
    assert dials_in_an_hour(it) == 0


def test_a_healthy_job_moves_every_second() -> None:
    """The counters of a healthy job move within two seconds at any speed, for at least half a minute."""
    it = scene("healthy", speed=60)
    seen = []
    for second in range(0, 30, 2):
        it.world.advance(NOW + second)
        seen.append(it.job.dispatched)
    assert seen == sorted(set(seen))


def test_a_job_outside_its_window_waits_for_hours() -> None:
    """The job is pending, its hour is at least three hours away, and nobody is called before."""
    it = scene("outside-window")
    assert (it.job.status, it.job.order.timezone) == ("pending", "Australia/Sydney")
    assert it.job.scheduled_at > NOW + 3 * 3600 - 1
    assert dials_in_an_hour(it) == 0


def test_a_job_that_fell_short_reads_completed_with_rows_pending() -> None:
    """Some rows failed for a passing reason, others were never dialled; the provider is well again."""
    it = scene("fell-short")
    assert it.job.status == "completed"
    assert statuses(it)["pending"] >= 10
    assert it.job.finished < len(it.job.rows)
    assert (
        sum(outcomes(it)[key] for key in ("unavailable_503", "congested_503", "timeout_504", "fault_500"))
        >= 10
    )


def test_an_invalid_segment_is_a_third_of_the_job() -> None:
    """A third of the rows can never be reached, at least ten more failed for a passing reason."""
    found = outcomes(scene("invalid-segment"))
    assert found["invalid_404"] + found["incomplete_484"] == 20
    assert sum(count for key, count in found.items() if key.endswith(("_503", "_504", "_500"))) >= 10


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_config_fault_fails_most_rows_and_takes_the_number_away_by_seed(seed: int) -> None:
    """Nine rows in ten are refused with 403; every third seed has lost its number."""
    it = scene("config-fault", seed)
    assert outcomes(it)["caller_id_403"] + outcomes(it)["geo_403"] == 54
    assert (not it.world.numbers) == (seed % 3 == 0)


def test_a_duplicate_job_dialled_people_twice() -> None:
    """A twin was created three minutes later with the same people, and some of them were called by both."""
    it = scene("duplicate-job")
    first, second = it.world.jobs.values()
    assert second.created_at - first.created_at == 180
    assert [row.phone for row in first.rows] == [row.phone for row in second.rows]
    assert max(Counter(call.row.phone for call in it.world.calls.values()).values()) == 2


def test_a_duplicate_upload_spells_people_twice() -> None:
    """Some people stand twice in the upload under different spellings, some of them already dialled."""
    it = scene("duplicate-upload")
    rows = it.job.rows
    spellings = Counter(same_phone(row.phone) for row in rows)
    assert len({row.phone for row in rows}) == len(rows)
    assert sum(count == 2 for count in spellings.values()) == 6
    dialled = {same_phone(row.phone) for row in rows if row.call}
    assert {same_phone(row.phone) in dialled for row in rows[-6:]} == {True, False}


def test_poison_leaves_enough_people_to_redial() -> None:
    """At least 120 contacts are left, so that a sample of twenty cannot see what the bulk will do."""
    it = scene("poison")
    left = statuses(it)["pending"] + sum(
        n for key, n in outcomes(it).items() if key[-3:] in {"503", "504", "500"}
    )
    assert left >= 120


@pytest.mark.parametrize("name", ["provider-outage", "flagged-caller", "config-fault"])
def test_a_blocked_job_would_fail_again_today(name: str) -> None:
    """Whoever redials in a blocked scene is refused again: these scenes are to be held."""
    it = scene(name)
    assert it.state is State.HELD
    before = len(it.world.calls)
    it.world.submit(it.job.order)
    it.world.advance(NOW + 100_000)
    again = list(it.world.calls.values())[before:]
    assert sum(call.outcome.answered for call in again) / len(again) < 0.25


@pytest.mark.parametrize(
    "spelling", ["+61 491 570 156", "0491 570 156", "+61-491-570-156", "61491570156", "0061491570156"]
)
def test_one_phone_has_many_spellings(spelling: str) -> None:
    """However a number is written, the same person answers."""
    assert same_phone(spelling) == same_phone("+61491570156")


def test_a_fault_strikes_when_its_turn_comes() -> None:
    """A fault lets its skips pass, strikes its count, and never again; only where it was told to."""
    faults = Faults("seed", [make_fault("answer_429", skip=1, count=2, on="POST")])
    places = ["POST /a", "GET /a", "POST /a", "POST /a", "POST /a"]
    assert [bool(faults.hits("answer_429", place)) for place in places] == [False, False, True, True, False]


def test_a_fault_nobody_knows_is_refused_in_words() -> None:
    """A misspelt fault or option is an error that names it, never a test that passes for nothing."""
    with pytest.raises(ValueError, match="meteor"):
        make_fault("meteor")
    with pytest.raises(ValueError, match=r"answer_429.*retries"):
        make_fault("answer_429", retries=3)


def test_a_random_script_follows_its_seed() -> None:
    """The same seed writes the same script, and every script is survivable."""
    assert random_faults(7) == random_faults(7)
    assert {fault.name for seed in range(200) for fault in random_faults(seed)} == set(SURVIVABLE)
