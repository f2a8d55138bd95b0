"""Check 2: permits that have leaked, and what the failures say of the provider."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from models.disposition.strategy import Judged
from models.enums import Action, Cause, ContactStatus, Disposition, Severity
from models.triage.checks.permits import RECENT, permits, recent_transients
from tests.unit.look_example import JUST_NOW, NOW, POLICY, job, judged, look, row, rows

NOT_DIALED, IN_DOUBT, LIVE, REACHED, NOT_REACHED, CANCELLED, UNKNOWN = ContactStatus
OUT, GONE, DONE = Disposition.TRANSIENT, Disposition.PERMANENT, Disposition.REACHED


def ended(n: int, kind: Disposition) -> Judged:
    """Return the nth contact to end."""
    return replace(judged(n, kind, Action.DROP), ended_at=NOW - timedelta(seconds=1000 - n))


def people(*kinds: Disposition) -> list[Judged]:
    """Return dialled contacts that ended one after another."""
    return [ended(n, kind) for n, kind in enumerate(kinds, start=1)]


@pytest.mark.parametrize(
    ("statuses", "live", "severity", "cause", "leaked"),
    [
        ((IN_DOUBT, IN_DOUBT, IN_DOUBT), 1, Severity.FAIL, Cause.PERMITS, 2),
        ((IN_DOUBT, LIVE), 2, Severity.OK, Cause.NONE, 0),
        ((NOT_DIALED,), 4, Severity.OK, Cause.NONE, 0),
        ((IN_DOUBT,), None, Severity.UNKNOWN, Cause.NONE, 0),
    ],
)
def test_a_permit_without_a_living_call_has_leaked(
    statuses: Sequence[ContactStatus], live: int | None, severity: Severity, cause: Cause, leaked: int
) -> None:
    """More permits held than calls that live is a leak; where nobody counts calls, it says so."""
    found = permits(look(rows(*statuses), live=live), [], POLICY)
    assert (found.severity, found.cause, found.evidence["leaked"]) == (severity, cause, leaked)


def test_a_contact_just_handed_over_has_not_leaked() -> None:
    """Only silence makes a leak: a call that is being set up is not heard yet."""
    fresh = [row(1, IN_DOUBT, updated_at=JUST_NOW), row(2, IN_DOUBT)]
    found = permits(look(fresh, live=0), [], POLICY)
    assert (found.severity, found.evidence["leaked"]) == (Severity.OK, 2)


@pytest.mark.parametrize(
    ("kinds", "share", "cause"),
    [
        ((OUT,) * 9, 0.0, Cause.NONE),
        ((OUT,) * 10, 1.0, Cause.PROVIDER),
        ((OUT,) * 5 + (DONE,) * 5, 0.5, Cause.PROVIDER),
        ((OUT,) * 4 + (DONE,) * 6, 0.4, Cause.NONE),
        ((OUT,) * 50 + (DONE,) * RECENT, 0.0, Cause.NONE),
        ((DONE,) * 50 + (OUT,) * RECENT, 1.0, Cause.PROVIDER),
        ((), 0.0, Cause.NONE),
    ],
)
def test_the_latest_calls_tell_how_the_provider_does(
    kinds: Sequence[Disposition], share: float, cause: Cause
) -> None:
    """Half of the last twenty ended calls failing at the provider is an outage; below ten nothing is said."""
    found = permits(look(), people(*kinds), POLICY)
    assert found.evidence["recent_transient_share"] == share
    assert found.cause is cause


def test_only_dialled_and_ended_contacts_speak_of_the_provider() -> None:
    """Who was never dialled or has no end says nothing, however many there are."""
    never = [replace(ended(n, OUT), dialled=False) for n in range(30)]
    endless = [replace(ended(n, OUT), ended_at=None) for n in range(30)]
    assert recent_transients([*never, *endless]) == 0.0


@pytest.mark.parametrize(
    ("retries", "kinds", "severity"),
    [
        (2, (GONE, GONE, OUT), Severity.WARN),
        (2, (GONE, OUT), Severity.OK),
        (0, (GONE, GONE, OUT), Severity.OK),
    ],
)
def test_retrying_what_cannot_succeed_is_said(
    retries: int, kinds: Sequence[Disposition], severity: Severity
) -> None:
    """A platform that retries mostly dead numbers is named; without retries of its own it is not."""
    found = permits(look([], job(retries=retries)), people(*kinds), POLICY)
    assert found.severity is severity
    assert found.evidence["platform_retries"] == retries


def test_a_leak_is_said_before_an_outage() -> None:
    """Where both are seen the leak is the finding: it is what stops the job."""
    found = permits(look(rows(IN_DOUBT), live=0), people(*(OUT,) * 20), POLICY)
    assert found.cause is Cause.PERMITS
