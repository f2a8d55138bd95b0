"""The words of the field, and the small values made of them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from models.enums import Cause, Check, ContactStatus, JobStatus, Severity, State
from models.moments import UtcMoment, unix
from models.tables.storable import storable
from models.triage.findings import Finding, plural, share
from models.triage.observation import Tally
from models.verdict.ending import Ending, escalate, hold
from tests.unit.look_example import LONG_AGO, NOW, job, look, row, rows

NOT_DIALED, IN_DOUBT, LIVE, REACHED, NOT_REACHED, CANCELLED, UNKNOWN = ContactStatus


@pytest.mark.parametrize("status", list(JobStatus))
def test_a_job_is_over_when_it_dials_nobody_more(status: JobStatus) -> None:
    """Finished, cancelled and failed are ends; a status nobody knows is none."""
    assert status.is_over is (status in {JobStatus.FINISHED, JobStatus.CANCELLED, JobStatus.FAILED})


@pytest.mark.parametrize("status", list(ContactStatus))
def test_a_contact_is_in_flight_or_over_or_neither(status: ContactStatus) -> None:
    """What may hold a permit is not over, and an unknown status is neither."""
    assert status.is_in_flight is (status in {IN_DOUBT, LIVE})
    assert status.is_over is (status in {REACHED, NOT_REACHED, CANCELLED})


@pytest.mark.parametrize("state", list(State))
def test_a_recovery_is_over_unless_it_runs_or_waits(state: State) -> None:
    """Running and waiting for approval are the two states that go on."""
    assert state.is_end is (state not in {State.RUNNING, State.AWAITING_APPROVAL})


def test_the_checks_come_in_the_runbooks_order() -> None:
    """Health, permits, duplicates, strategy, then what level 1 adds."""
    assert [one.value for one in Check] == [
        "health",
        "permits",
        "duplicates",
        "strategy",
        "config",
        "contacts",
    ]


def test_a_halt_carries_its_ending() -> None:
    """Whatever stops the ladder says in which state, why, and what a person does next."""
    held = hold("why", "do this", resumable=True)
    assert held.ending == Ending(State.HELD, "why", "do this", resumable=True)
    assert str(held) == "why"
    assert escalate("why", "do this").ending == Ending(State.ESCALATED, "why", "do this")


def test_a_finding_shows_as_json() -> None:
    """Scripts read a finding's five parts under fixed names."""
    found = Finding(Check.HEALTH, Severity.OK, Cause.NONE, "fine", {"rows": 1})
    assert found.as_json() == {
        "check": "health",
        "severity": "ok",
        "cause": "none",
        "words": "fine",
        "evidence": {"rows": 1},
    }


@pytest.mark.parametrize(("part", "whole", "expected"), [(1, 3, 0.333), (0, 5, 0), (5, 5, 1), (3, 0, 0)])
def test_a_share_of_nothing_is_none(part: int, whole: int, expected: float) -> None:
    """Shares are rounded to three places and never divide by nothing."""
    assert share(part, whole) == expected


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (1200, "1,200 rows")]
)
def test_a_count_has_its_word(count: int, words: str) -> None:
    """One row, two rows."""
    assert plural(count, "row") == words


def test_a_look_counts_its_rows() -> None:
    """Rows by status, those in flight and those that are over."""
    seen = look(rows(NOT_DIALED, IN_DOUBT, LIVE, REACHED, NOT_REACHED, CANCELLED, UNKNOWN, UNKNOWN))
    assert (seen.in_flight, seen.over, seen.counts[UNKNOWN]) == (2, 3, 2)
    assert seen.tally.counts["unknown"] == 2


@pytest.mark.parametrize(
    ("fields", "updated", "quiet"),
    [
        ({}, None, 3600),
        ({}, NOW - timedelta(seconds=9), 9),
        ({}, NOW + timedelta(days=1), 0),
        ({"scheduled_at": NOW - timedelta(minutes=10)}, None, 600),
        ({"scheduled_at": NOW + timedelta(minutes=10)}, None, 0),
        ({"scheduled_at": NOW - timedelta(minutes=10)}, LONG_AGO, 600),
    ],
)
def test_silence_is_counted_on_the_platforms_clock(
    fields: dict[str, datetime], updated: datetime | None, quiet: float
) -> None:
    """From the last change or the start, whichever is later; a time in the future is now."""
    assert look([row(1, LIVE, updated_at=updated)], job(total=1, **fields)).quiet_seconds == quiet


@pytest.mark.parametrize(
    ("other", "moved"),
    [
        (Tally(NOW, 1, 1, {"live": 1}), False),
        (Tally(LONG_AGO, 1, 1, {"live": 1}), False),
        (Tally(NOW, 2, 1, {"live": 1}), True),
        (Tally(NOW, 1, 2, {"live": 1}), True),
        (Tally(NOW, 1, 1, {"reached": 1}), True),
    ],
)
def test_movement_is_a_changed_counter(other: Tally, moved: bool) -> None:
    """Time alone is no movement; any counter is."""
    assert Tally(NOW, 1, 1, {"live": 1}).moved(other) is moved


def test_times_come_back_aware_from_a_database_that_forgets_the_zone() -> None:
    """What goes in at any offset comes back as the same moment in UTC; nothing stays nothing."""
    kept = UtcMoment()
    sydney = datetime(2030, 1, 1, 23, tzinfo=timezone(timedelta(hours=11)))
    stored = kept.process_bind_param(sydney, sqlite.dialect())
    for given_back in (stored, stored.replace(tzinfo=None), sydney):
        found = kept.process_result_value(given_back, sqlite.dialect())
        assert found == sydney
        assert found is not None
        assert found.tzinfo is UTC
    assert kept.process_bind_param(None, sqlite.dialect()) is None
    assert kept.process_result_value(None, sqlite.dialect()) is None
    assert unix(0) == datetime(1970, 1, 1, tzinfo=UTC)


@given(st.text())
def test_any_text_becomes_one_that_every_database_keeps(text: str) -> None:
    """Ordinary text stays as it is; NUL and halves of characters are replaced, once and for all."""
    kept = storable(text)
    assert "\0" not in kept
    assert kept.encode().decode() == kept
    assert storable(kept) == kept
    if "\0" not in text and not any(0xD800 <= ord(one) <= 0xDFFF for one in text):
        assert kept == text


@pytest.mark.parametrize(("text", "kept"), [("a\0b", "a\ufffdb"), ("\ud800", "?"), ("é☎", "é☎"), ("", "")])
def test_what_cannot_be_kept_shows_that_something_was_there(text: str, kept: str) -> None:
    """A refused character leaves a mark and never shortens the text."""
    assert storable(text) == kept
