"""The policy: bounded knobs, and no value that breaks a recovery half-way."""

from typing import Any

import pytest
from pydantic import ValidationError

from models.policy.policy import ADDED, NOTES, TIMING, YEAR, Policy, fingerprint
from tests.unit.look_example import policy


def refusal(**knobs: Any) -> str:
    """Return what is said of knobs that cannot be used."""
    with pytest.raises(ValidationError) as caught:
        policy(**knobs)
    return str(caught.value)


def test_nothing_has_to_be_set() -> None:
    """The defaults ask a person, keep a permit free and redial nobody who was busy."""
    plain = policy()
    assert (plain.approval, plain.headroom, plain.redial_later) == ("ask", 1, False)
    assert (plain.calling_window, plain.sample_max, plain.max_attempts) == ("off", 20, 3)


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("poll_seconds", 0.001, 600),
        ("stall_seconds", 0.001, YEAR),
        ("visibility_seconds", 0, YEAR),
        ("lease_seconds", 0.001, YEAR),
        ("permit_wait_seconds", 0.001, YEAR),
        ("sample_max", 1, 200),
        ("wave_max", 1, 1000),
        ("watch_first", 0, 20),
        ("permits", 1, 10**6),
        ("headroom", 0, 10**6),
        ("max_attempts", 1, 10),
        ("duplicate_hours", 0.001, YEAR / 3600),
        ("p0", 0.001, 0.299),
        ("p1", 0.051, 0.999),
        ("alpha", 0.001, 0.499),
        ("beta", 0.001, 0.499),
        ("transient_threshold", 0.001, 0.999),
        ("shared_code", 0.001, 1),
        ("max_unresolved", 0, 10**6),
        ("resends", 0, 10),
    ],
)
def test_numbers_have_bounds(name: str, least: float, most: float) -> None:
    """The smallest and the largest value of a knob are taken; less, more, NaN and infinity are not."""
    assert getattr(policy(**{name: least}), name) == least
    assert getattr(policy(**{name: most}), name) == most
    assert name in refusal(**{name: -1 if least == 0 else 0})
    for strange in (float("nan"), float("inf"), float("-inf"), "many"):
        assert name in refusal(**{name: strange})
    if most != 10**6:  # the counts that have no upper bound
        assert name in refusal(**{name: most + 1})


@pytest.mark.parametrize("name", ["stall_seconds", "lease_seconds", "permit_wait_seconds", "duplicate_hours"])
def test_a_time_can_be_added_to_a_date(name: str) -> None:
    """No waiting time is so long that the calendar ends before it."""
    assert name in refusal(**{name: 1e15})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("approval", "never"),
        ("redial_later", "perhaps"),
        ("default_region", "australia"),
        ("default_region", "au"),
        ("default_region", "XX"),
        ("calling_window", 5),
    ],
)
def test_words_are_checked(name: str, value: object) -> None:
    """A word that no knob knows is refused under the knob's name."""
    assert name in refusal(**{name: value})


def test_the_common_slip_is_named() -> None:
    """Whoever writes UK is told that the code is GB, before a whole upload counts as malformed."""
    assert "GB" in refusal(default_region="UK")


@pytest.mark.parametrize("region", ["AU", "GB", "US", "NZ", "SG"])
def test_countries_are_taken(region: str) -> None:
    """ISO codes of countries with telephones are fine."""
    assert policy(default_region=region).default_region == region


def test_an_unknown_knob_is_refused() -> None:
    """A misspelt knob is said, not passed over."""
    assert "pol_seconds" in refusal(pol_seconds=3)


@pytest.mark.parametrize(("p0", "p1"), [(0.3, 0.3), (0.4, 0.3)])
def test_rates_that_make_no_test_are_refused_at_once(p0: float, p1: float) -> None:
    """The healthy rate lies below the sick one; else the sample could be sent and never judged."""
    assert "p0" in refusal(p0=p0, p1=p1)


def test_patience_is_six_stalls_unless_given() -> None:
    """Waiting for a permit ends after six times the stall, or when the policy says."""
    assert policy(stall_seconds=10).permit_patience == 60
    assert policy(permit_wait_seconds=7).permit_patience == 7


def test_a_policy_does_not_change() -> None:
    """What a recovery was started under stays as it was."""
    with pytest.raises(ValidationError):
        policy().permits = 9


def test_a_policy_survives_the_ledger() -> None:
    """Written as JSON and read back it is the same, and so is its fingerprint."""
    chosen = policy(poll_seconds=1, default_region="AU", p0=0.01, permit_wait_seconds=3)
    again = Policy.model_validate(chosen.model_dump(mode="json"))
    assert again == chosen
    assert fingerprint(again) == fingerprint(chosen)


def test_the_fingerprint_leaves_time_and_asking_out() -> None:
    """Who approves and how often one looks may change under an approved plan; nothing else may.

    Knobs that came later are left out while nobody turns them.
    """
    assert set(Policy.model_fields) - set(fingerprint(policy())) == TIMING | NOTES | ADDED
    asking = {"approval", "approval_seconds", "sweep", "sweep_hours"}
    assert {"poll_seconds", "lease_seconds", "permit_wait_seconds", "wrap_up_seconds"} | asking == TIMING


def test_every_knob_says_what_it_is() -> None:
    """`ringback policy` lists each key with a description."""
    assert all(field.description for field in Policy.model_fields.values())
