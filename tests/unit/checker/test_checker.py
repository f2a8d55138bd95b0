"""The checker itself: a story that kept every promise passes, and each single lie in it is found."""

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models.tables.ledger import AuditRow, Decision, Lease, Planned, Recovery, Wave
from tests.invariants import same_ledger
from tests.unit.checker.checker_story import JOB, KEY, PHONES, RECOVERY, Story, marker, moment, recovery, wave

Spoil = Callable[[Story], None]


def row(n: int) -> tuple[str, int]:
    """Return the key of one planned contact."""
    return RECOVERY, n


@pytest.fixture
def story(tmp_path: Path) -> Story:
    """Return a story in which every promise was kept."""
    return Story(tmp_path)


def test_a_kept_promise_is_no_breach(story: Story) -> None:
    """A recovery that kept every promise is found without a breach."""
    assert story.breaches() == ()


LIES: dict[str, tuple[str, Spoil]] = {
    "two contacts of one person accepted": (
        "I1",
        lambda it: it.change(Planned, row(4), phone="0491 570 002"),
    ),
    "accepted in a wave that was refused": ("I1", lambda it: it.change(Wave, (RECOVERY, 2), state="refused")),
    "a phone dialled by two waves": ("I1", lambda it: it.dial(2, 12, 13, marker(2), "reached")),
    "a phone dialled twice by one wave": (
        "I1",
        lambda it: it.dial(2, 8, 9, marker(1), "reached", recipient_id="other"),
    ),
    "a repeated delivery that nobody noticed": (
        "I1",
        lambda it: it.dial(2, 8, 9, marker(1), "reached", delivery=2),
    ),
    "a source that called somebody whom a wave had taken over": (
        "I1",
        lambda it: it.dial(4, 15, 16, "job_1", "reached"),
    ),
    "a wave that the platform holds twice": (
        "I1",
        lambda it: it.history["jobs"].append({"id": "job_9", "name": marker(1)}),
    ),
    "a wave that the ledger does not know": (
        "I1",
        lambda it: it.history["jobs"].append({"id": "job_9", "name": marker(7)}),
    ),
    "a dial of somebody whom the ledger calls skipped": (
        "I1",
        lambda it: it.change(Planned, row(3), state="skipped"),
    ),
    "a dial of somebody who is in no wave": ("I1", lambda it: it.dial(5, 12, 13, marker(2), "permanent")),
    "a person whom the source had reached": (
        "I3",
        lambda it: it.dial(4, -100, -90, "job_1", "reached"),
    ),
    "a person who had declined": ("I3", lambda it: it.dial(4, -100, -90, "job_1", "declined")),
    "a person who wants no calls": ("I3", lambda it: it.dial(4, -100, -90, "job_1", "do_not_contact")),
    "a dead number": ("I3", lambda it: it.dial(4, -100, -90, "job_1", "permanent")),
    "a person whom another spelling had reached": (
        "I3",
        lambda it: it.dial(4, -100, -90, "job_1", "reached", phone="0491 570 003"),
    ),
    "a person whom the source was still calling": (
        "I3",
        lambda it: it.dial(4, 9, 30, "job_1", "transient"),
    ),
    "a person who was reached without a record": (
        "I3",
        lambda it: it.history["truth"][3].update(reached_before=True),
    ),
    "a suppressed number": ("I3", lambda it: it.suppress(4, at=5)),
    "a contact that the plan keeps back": (
        "I3",
        lambda it: it.change(Planned, row(4), action="hold"),
    ),
    "a fourth attempt": (
        "I5",
        lambda it: it.dials(4, (-100, -90, -80), "job_1", "transient"),
    ),
    "a contact left planned at the end": ("I4", lambda it: it.change(Planned, row(4), state="planned")),
    "a wave with fewer contacts than it says": (
        "I4",
        lambda it: it.change(Wave, (RECOVERY, 1), size=3),
    ),
    "a wave whose rows say otherwise": ("I4", lambda it: it.change(Planned, row(4), state="unknown")),
    "a dropped contact with an outcome": ("I4", lambda it: it.change(Planned, row(1), outcome="reached")),
    "an edited audit entry": ("I7", lambda it: it.change(AuditRow, (RECOVERY, 3), body={"by": "me"})),
    "a removed audit entry": ("I7", lambda it: it.remove(AuditRow, (RECOVERY, 3))),
    "a chain without its end": ("I7", lambda it: it.remove(AuditRow, (RECOVERY, 6))),
    "another plan than the approved one": ("I9", lambda it: it.change(Planned, row(1), action="hold")),
    "another order than the approved one": ("I9", lambda it: it.change(Planned, row(4), position=-1)),
    "another policy than the approved one": (
        "I9",
        lambda it: it.change(Recovery, RECOVERY, policy=recovery().policy | {"wave_max": 7}),
    ),
    "a plan that nobody approved": ("I9", lambda it: it.remove(Decision, 1)),
    "a plan approved after its first wave": ("I9", lambda it: it.change(Decision, 1, at=moment(2))),
    "a plan that was declined": ("I9", lambda it: it.change(Decision, 1, approved=False)),
    "too many calls in the air": (
        "I6",
        lambda it: it.dial(1, 0, 5, "somebody else", "reached"),
    ),
    "too many permits held": (
        "I6",
        lambda it: it.history["in_air_samples"].append((moment(5).timestamp(), 3, 2)),
    ),
    "a lease that is kept": (
        "I6",
        lambda it: it.change(
            Lease,
            ("ws_1", "elevenlabs", "job_1"),
            pid=os.getpid(),
            expires_at=datetime.now(UTC) + timedelta(1),
        ),
    ),
    "a wave after the abort": ("I8", lambda it: it.change(Recovery, RECOVERY, aborted_at=moment(9))),
    "too many dials after the abort": ("I8", lambda it: it.change(Recovery, RECOVERY, aborted_at=moment(0))),
    "a contact that is missing from the plan": (
        "lost",
        lambda it: it.history["truth"].append(
            {"recipient_id": "c_7", "phone": "+61491570009", "reached_before": False}
        ),
    ),
    "a contact that is planned twice": ("lost", lambda it: it.history["truth"].pop(0)),
    "an outcome without a call": ("lost", lambda it: it.history["dials"].pop()),
    "a call that reads undelivered": ("lost", lambda it: it.change(Planned, row(4), outcome="undelivered")),
    "a good end without an outcome": ("lost", lambda it: it.change(Planned, row(4), outcome=None)),
}


@pytest.mark.parametrize(("invariant", "spoil"), LIES.values(), ids=LIES)
def test_every_lie_is_found(story: Story, invariant: str, spoil: Callable[[Story], object]) -> None:
    """Each single change that breaks a promise is found under its name, and shows no whole phone number."""
    spoil(story)
    found = story.breaches()
    assert invariant in {breach.invariant for breach in found}
    assert not [phone for phone in PHONES if phone.removeprefix("+61") in " ".join(b.message for b in found)]


def test_a_repeated_delivery_that_was_noticed_is_no_breach(story: Story) -> None:
    """What the platform delivers twice by itself is held against us only where nobody noticed."""
    story.dial(2, 8, 9, marker(1), "reached", delivery=2)
    story.change(Recovery, RECOVERY, state="escalated")
    assert story.breaches() == ()


def test_a_source_that_wakes_after_the_end_is_no_breach(story: Story) -> None:
    """What the source does after the recovery has ended cannot be held against it."""
    story.dial(4, 21, 22, "job_1", "reached")
    assert story.breaches() == ()


def test_a_redial_of_a_passing_failure_is_no_breach(story: Story) -> None:
    """A second recovery may redial whom the first one failed to reach for a passing reason."""
    story.add(recovery("r_2", 2, ended_at=None, state="running"), wave(1, 1, 100, "r_2"))
    story.history["jobs"].append({"id": "job_9", "name": marker(1, "r_2")})
    story.dial(4, 101, 102, marker(1, "r_2"), "reached")
    assert "I3" not in {breach.invariant for breach in story.breaches()}


def test_a_redial_of_somebody_reached_by_an_earlier_recovery_is_found(story: Story) -> None:
    """Over all recoveries of a job nobody is dialled whom one of them has reached."""
    story.add(recovery("r_2", 2, ended_at=None, state="running"), wave(1, 1, 100, "r_2"))
    story.history["jobs"].append({"id": "job_9", "name": marker(1, "r_2")})
    story.dial(2, 101, 102, marker(1, "r_2"), "reached")
    assert "I3" in {breach.invariant for breach in story.breaches()}


def test_calls_that_others_begin_later_are_theirs(story: Story) -> None:
    """The headroom is there for calls that begin after a wave was sent; they are no breach."""
    story.dial(1, 1.2, 5, "somebody else", "reached")
    assert story.breaches() == ()


def test_leaked_permits_are_no_calls(story: Story) -> None:
    """Permits that were held for nothing before the first wave count against nobody."""
    samples = story.history["in_air_samples"]
    story.history["in_air_samples"] = [(at, held + 2, live) for at, held, live in samples]
    assert story.breaches() == ()


def test_calls_that_were_in_the_air_at_an_abort_may_ring(story: Story) -> None:
    """After an abort as many dispatches as a wave holds, less one, may still ring."""
    story.remove(Wave, (RECOVERY, 2))
    story.history["dials"].pop()
    story.change(Planned, row(4), state="skipped", wave=None, outcome=None)
    story.change(Recovery, RECOVERY, state="escalated", aborted_at=moment(2.5))
    assert [breach for breach in story.breaches() if breach.invariant == "I8"] == []


def test_a_dead_holder_keeps_no_job(story: Story) -> None:
    """The lease of a process that was killed is not held against the recovery."""
    story.change(Lease, JOB, pid=2**22 - 1, expires_at=datetime.now(UTC) + timedelta(1))
    assert story.breaches() == ()


def test_an_unknown_key_is_a_breach(story: Story) -> None:
    """A chain signed with a key that nobody vouches for does not verify."""
    assert {breach.invariant for breach in story.breaches({"k2": KEY.secret})} == {"I7"}


@pytest.fixture
def twin(tmp_path: Path) -> Story:
    """Return a second run of the same story in a ledger of its own."""
    return Story(tmp_path, "twin")


def test_twins_are_alike(story: Story, twin: Story) -> None:
    """Two runs that agree are told to be the same."""
    assert same_ledger(story.ledger, twin.ledger.engine) == ()


DIFFERENCES: dict[str, tuple[str, Spoil]] = {
    "another end": ("ended", lambda it: it.change(Recovery, RECOVERY, state="held")),
    "another action": ("row 6", lambda it: it.change(Planned, row(6), action="drop")),
    "another disposition": ("row 6", lambda it: it.change(Planned, row(6), disposition="reached")),
    "a contact missing": ("row 6 .* missing", lambda it: it.remove(Planned, row(6))),
    "somebody not dispatched": (
        "in one and not in the other",
        lambda it: it.change(Planned, row(4), state="skipped"),
    ),
    "one more recovery": ("the other 2", lambda it: it.add(recovery("r_2", 2))),
}


@pytest.mark.parametrize(("words", "spoil"), DIFFERENCES.values(), ids=DIFFERENCES)
def test_every_difference_between_twins_is_found(
    story: Story, twin: Story, words: str, spoil: Callable[[Story], object]
) -> None:
    """Each single difference between two runs is named, without a whole number."""
    spoil(twin)
    told = " ".join(same_ledger(story.ledger, twin.ledger))
    assert re.search(words, told)
    assert not [phone for phone in PHONES if phone.removeprefix("+61") in told]


def test_twins_that_both_dispatch_somebody_twice_are_not_well(story: Story, twin: Story) -> None:
    """Two ledgers that make the same mistake agree, and are still told to be wrong."""
    for one in (story, twin):
        one.change(Planned, row(4), phone="0491 570 002")
    assert "more than once" in " ".join(same_ledger(story.ledger, twin.ledger))
