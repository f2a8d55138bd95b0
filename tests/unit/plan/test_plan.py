"""The plan and its hash: what an approval binds."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.canonical import canonical
from models.contacts.phones.normalise import Number
from models.disposition.strategy import Judged
from models.enums import Action, Disposition
from models.plan.plan import SHORTEST_HASH, Plan, make_plan, meant, plan_hash
from models.policy.policy import NOTES, TIMING, Policy
from tests.unit.look_example import judged, phone, policy

KEY = ("shop", "fake", "job-1")
BASE = policy()


def plan(people: list[Judged], chosen: Policy = BASE) -> Plan:
    """Make a plan."""
    return make_plan(KEY, people, chosen)


def some(count: int = 30) -> list[Judged]:
    """Return contacts of every action."""
    actions = list(Action)
    return [judged(n, action=actions[n % len(actions)]) for n in range(1, count + 1)]


def test_the_sample_goes_first_and_the_rest_follows_in_upload_order() -> None:
    """Everybody to redial is in the order once: the drawn sample, then the others as the upload has them."""
    people = [judged(n) for n in range(1, 41)]
    made = plan(people)
    assert made.sample == BASE.sample_max
    assert sorted(made.order) == sorted(one.contact.id for one in people)
    rest = [int(one[1:]) for one in made.order[made.sample :]]
    assert rest == sorted(rest)


@pytest.mark.parametrize("left", [0, 1, 19, 20, 21])
def test_a_small_plan_is_all_sample(left: int) -> None:
    """With no more contacts than the sample holds, the sample is everybody."""
    made = plan([judged(n) for n in range(1, left + 1)])
    assert (made.sample, len(made.order)) == (min(left, 20), left)


def test_only_redials_are_in_the_order() -> None:
    """Who waits, is held or is dropped is counted and not called."""
    made = plan(some())
    redials = {one.contact.id for one in made.contacts if one.action is Action.REDIAL}
    assert set(made.order) == redials
    assert sum(made.counts.values()) == len(made.contacts)
    assert set(made.counts) == {action.value for action in Action}
    assert made.counts["redial"] == len(redials)


def test_an_empty_job_has_a_plan_too() -> None:
    """A job without contacts makes a plan of nobody with a hash of its own."""
    made = plan([])
    assert (made.order, made.sample, len(made.hash)) == ((), 0, 64)


def changed_policies() -> list[tuple[str, Any]]:
    """Return another valid value for every knob."""
    return [
        ("stall_seconds", 301),
        ("visibility_seconds", 16),
        ("sample_max", 21),
        ("wave_max", 51),
        ("watch_first", 11),
        ("permits", 6),
        ("headroom", 2),
        ("default_region", "AU"),
        ("redial_later", True),
        ("max_attempts", 4),
        ("duplicate_hours", 73),
        ("p0", 0.06),
        ("p1", 0.31),
        ("alpha", 0.06),
        ("beta", 0.06),
        ("transient_threshold", 0.11),
        ("shared_code", 0.31),
        ("max_unresolved", 3),
        ("resends", 4),
        ("poll_seconds", 6),
        ("lease_seconds", 61),
        ("permit_wait_seconds", 9),
        ("wrap_up_seconds", 3),
        ("approval", "auto"),
        ("calling_window", "au"),
        ("purpose", "debt"),
        ("timezone_field", "zone"),
        ("default_timezone", "Australia/Sydney"),
        ("open_weekdays", "10:00-12:00"),
        ("open_saturday", "closed"),
        ("open_sunday", "closed"),
        ("open_holidays", "closed"),
        ("attempts_per_day", 1),
        ("attempts_per_period", 2),
        ("period_days", 8),
        ("min_gap_hours", 5),
        ("after_machine_hours", 25),
        ("call_seconds", 181),
        ("wait_hours", 12),
        ("absence_seconds", 12),
        ("calls_per_second", 2),
        ("outcome_seconds", 60),
        ("because", {"headroom": {"by": "Ida", "reason": "a quiet week"}}),
        ("approval_seconds", 60),
        ("sweep", "propose"),
        ("sweep_hours", 48),
    ]


@pytest.mark.parametrize(("name", "value"), changed_policies())
def test_the_hash_covers_every_knob_but_those_of_time_and_asking(name: str, value: Any) -> None:
    """A changed value makes another plan, unless it only says how long things take or who is asked."""
    people = some()
    lines = [(one.contact.id, one.phone or "", one.action.value) for one in people]
    base = {"calling_window": "au"} if name.startswith("open_") else {}
    hashes = {plan_hash(KEY, lines, [], policy(**base, **knobs)) for knobs in ({}, {name: value})}
    assert len(hashes) == (1 if name in TIMING | NOTES else 2)


def test_every_knob_is_in_the_table_above() -> None:
    """A new knob has to say whether it belongs to the plan; words about one do not."""
    assert {name for name, _ in changed_policies()} == set(Policy.model_fields)


def test_approvals_from_before_the_calling_rules_still_fit() -> None:
    """A policy that sets none of them has the hash that it had in the version before."""
    before = "a024126194193c22eb48e4fadeacaf79d538f1e2b2389fc2c21f473a363d1986"
    assert plan_hash(KEY, [], [], BASE) == before


CHANGES: dict[str, Callable[[Judged], Judged]] = {
    "action": lambda one: replace(one, action=Action.HOLD if one.action is not Action.HOLD else Action.DROP),
    "number": lambda one: replace(one, number=Number(phone(900))),
    "unreadable number": lambda one: replace(
        one, number=Number(None, "bad"), contact=replace(one.contact, phone="bad")
    ),
    "contact": lambda one: replace(one, contact=replace(one.contact, id="another")),
}
NO_CHANGES: dict[str, Callable[[Judged], Judged]] = {
    "why": lambda one: replace(one, why="other words"),
    "code": lambda one: replace(one, code="sip:500"),
    "attempts": lambda one: replace(one, attempts=one.attempts + 1),
    "payload": lambda one: replace(one, contact=replace(one.contact, payload={"name": "Kim"})),
}


def hash_of(people: list[Judged], order: list[str]) -> str:
    """Hash contacts in a given order of dispatch."""
    return plan_hash(
        KEY, [(one.contact.id, one.phone or "", one.action.value) for one in people], order, BASE
    )


@given(st.integers(0, 29), st.sampled_from(sorted(CHANGES)))
def test_one_changed_contact_changes_the_hash(at: int, change: str) -> None:
    """An action, a number or an id that differs for any one contact is another plan."""
    people = some()
    other = [CHANGES[change](one) if n == at else one for n, one in enumerate(people)]
    assert hash_of(other, []) != hash_of(people, [])


@given(st.integers(0, 29), st.sampled_from(sorted(NO_CHANGES)))
def test_words_about_a_contact_do_not_change_the_hash(at: int, change: str) -> None:
    """How an action is explained is not what is approved."""
    people = some()
    other = [NO_CHANGES[change](one) if n == at else one for n, one in enumerate(people)]
    assert hash_of(other, []) == hash_of(people, [])


@given(st.permutations(["a", "b", "c", "d"]))
def test_the_order_of_dispatch_is_hashed(order: list[str]) -> None:
    """Two orders have one hash if and only if they are the same order."""
    same = order == ["a", "b", "c", "d"]
    assert (hash_of([], order) == hash_of([], ["a", "b", "c", "d"])) is same


@given(st.randoms(use_true_random=False))
@settings(max_examples=25)
def test_the_order_of_the_listing_is_not_hashed(shuffler: Any) -> None:
    """A platform that lists its rows in another order shows the same plan."""
    people = some()
    shuffled = list(people)
    shuffler.shuffle(shuffled)
    assert hash_of(shuffled, ["a"]) == hash_of(people, ["a"])


@pytest.mark.parametrize("at", [0, 1, 2])
def test_the_hash_belongs_to_one_job(at: int) -> None:
    """The same contacts in another workspace, on another platform or in another job are another plan."""
    other = tuple("other" if n == at else part for n, part in enumerate(KEY))
    assert plan_hash((other[0], other[1], other[2]), [], [], BASE) != plan_hash(KEY, [], [], BASE)


@given(st.lists(st.text(max_size=4), max_size=3), st.lists(st.text(max_size=4), max_size=3))
def test_parts_cannot_run_into_each_other(one: list[str], other: list[str]) -> None:
    """Different orders never spell the same hash by how their parts are joined."""
    assert (hash_of([], one) == hash_of([], other)) is (one == other)


def test_the_hash_is_the_same_in_every_later_version() -> None:
    """An approval given to an earlier version still fits: the canonical spelling does not drift."""
    line = ("c1", phone(1), "redial")
    assert canonical({"b": [1, "é"], "a": None}) == '{"a":null,"b":[1,"\\u00e9"]}'
    assert plan_hash(KEY, [line], ["c1"], BASE) == plan_hash(KEY, [line], ("c1",), policy())


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_has_no_json_is_never_hashed(value: float) -> None:
    """NaN and infinity, which readers spell differently, are refused."""
    with pytest.raises(ValueError, match="JSON"):
        canonical([value])


def test_strata_are_prefix_and_disposition() -> None:
    """The sample has members of each large group that may fail together."""
    people = [judged(n, Disposition.UNDELIVERED) for n in range(1, 61)]
    people += [judged(n, Disposition.TRANSIENT) for n in range(61, 81)]
    made = plan(people)
    kinds = {one.contact.id: one.disposition for one in people}
    assert {kinds[one] for one in made.order[: made.sample]} == {
        Disposition.UNDELIVERED,
        Disposition.TRANSIENT,
    }


def test_a_plan_is_meant_by_its_beginning_and_by_nothing_shorter() -> None:
    """The characters that people are shown name the plan; too few or others name none."""
    current = "ab" * 32
    assert meant("", current) == meant(current, current) == meant(current[:SHORTEST_HASH].upper(), current)
    assert meant("", current) == current
    for other in (current[: SHORTEST_HASH - 1], "cd" * 32, f"{current}ab", current[1:], " "):
        assert meant(other, current) == other
