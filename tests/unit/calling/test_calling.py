"""When one contact may be called: never outside hours, never over a cap, and unknown means hold."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from models.calling import schedule
from models.calling.caps import Caps, Why, free_from
from models.calling.presets import GENERIC, PRESETS, Preset, Purpose
from models.calling.rule import Facts, Try, earliest, facts_of, gates_of, is_on, joint, rules_of
from models.calling.zones import country_of, known, zones_of
from models.disposition.strategy import judge_contacts
from models.enums import Action, ContactStatus, Disposition
from models.plan.plan import make_plan
from models.platform import Reason
from models.policy.policy import Policy
from tests.sure import sure
from tests.unit.look_example import (
    FLAGGED,
    LONG_AGO,
    NOW,
    OUTAGE,
    evidence,
    judge,
    look,
    policy,
    row,
)

SYDNEY, PERTH = "Australia/Sydney", "Australia/Perth"
AU_MOBILE, AU_LANDLINE, US, LONDON, SATELLITE = (
    "+61491570006", "+61255501234", "+12125550123", "+442079460000", "+870773111632",
)  # fmt: skip
UK = ("Europe/Guernsey", "Europe/Isle_of_Man", "Europe/London")
PLACES = st.sampled_from([
    SYDNEY, PERTH, "America/New_York", "America/Anchorage", "Europe/Paris", "Europe/London", "Europe/Berlin",
    "America/Toronto", "America/St_Johns", "Asia/Kolkata", "Pacific/Chatham", "Australia/Lord_Howe",
])  # fmt: skip
anytime = st.integers(0, 6 * 365 * 86400).map(
    lambda s: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=s)
)
presets = st.sampled_from(sorted(PRESETS))
purposes = st.sampled_from(list(Purpose))

MARKETING_WEEK = [
    # From the rules of each country: preset, weekday hours, Saturday, Sunday, attempts, days.
    ("au", "09:00-20:00", "09:00-17:00", None, 3, 7),
    ("us", "09:00-20:00", "09:00-20:00", None, 3, 7),
    ("gb", "09:00-20:00", "09:00-17:00", None, 3, 7),
    ("fr", "10:00-13:00 14:00-20:00", None, None, 4, 30),
    ("ca", "09:30-20:00", "10:30-17:00", "12:00-17:00", 3, 7),
    ("de", "09:00-20:00", "10:00-16:00", None, 3, 7),
    ("generic", "10:00-13:00 14:00-17:00", None, None, 3, 30),
]
HOME = {
    "au": SYDNEY, "us": "America/New_York", "gb": "Europe/London", "fr": "Europe/Paris",
    "ca": "America/Toronto", "de": "Europe/Berlin", "generic": "Asia/Kolkata",
}  # fmt: skip


def minutes(text: str | None) -> set[int]:
    """Return the open minutes of a day, written as in the table."""
    found: set[int] = set()
    for span in (text or "").split():
        start, end = (int(part[:2]) * 60 + int(part[3:]) for part in span.split("-"))
        found |= set(range(start, end))
    return found


@pytest.mark.parametrize(("preset", "weekday", "saturday", "sunday", "count", "days"), MARKETING_WEEK)
def test_the_marketing_week_of_each_country(
    preset: str, weekday: str, saturday: str | None, sunday: str | None, count: int, days: int
) -> None:
    """Every quarter of an hour of one ordinary week is open or closed as the country's rules have it."""
    rules = policy(calling_window=preset)
    facts = Facts(zones=(HOME[preset],), country="IN" if preset == "generic" else preset.upper())
    (gate,) = gates_of(facts, rules)
    for day, hours in (
        (11, weekday),
        (14, saturday),
        (15, sunday),
    ):
        for minute in range(0, 1440, 15):
            wall = datetime(2026, 3, day, minute // 60, minute % 60, tzinfo=ZoneInfo(HOME[preset]))
            assert gate.is_open(wall) is (minute in minutes(hours)), wall
    caps = rules_of(rules, preset.upper()).caps
    assert (caps.per_period, caps.period_days) == (count, days)


@pytest.mark.parametrize(
    ("preset", "purpose", "at", "open_then"),
    [
        ("au", "research", "2026-03-11 20:15", True),
        ("au", "research", "2026-03-15 16:59", True),
        ("au", "marketing", "2026-01-26 12:00", False),
        ("us", "debt", "2026-03-15 20:59", True),
        ("us", "debt", "2026-03-15 07:59", False),
        ("us", "marketing", "2026-11-26 12:00", False),
        ("gb", "marketing", "2026-12-28 12:00", False),
        ("fr", "marketing", "2026-07-14 12:00", False),
        ("fr", "transactional", "2026-03-11 13:30", False),
        ("ca", "marketing", "2026-07-01 12:00", False),
        ("de", "marketing", "2026-10-03 12:00", False),
        ("de", "marketing", "2026-06-04 12:00", False),
    ],
)
def test_purposes_and_holidays(preset: str, purpose: str, at: str, open_then: bool) -> None:
    """Another purpose has other hours, and holidays are closed where the rules close them."""
    facts = Facts(zones=(HOME[preset],), country=preset.upper())
    (gate,) = gates_of(facts, policy(calling_window=preset, purpose=purpose))
    assert gate.is_open(datetime.fromisoformat(at).replace(tzinfo=ZoneInfo(HOME[preset]))) is open_then


@pytest.mark.parametrize("preset", list(PRESETS.values()), ids=list(PRESETS))
def test_marketing_is_the_strictest_purpose_and_generic_the_strictest_preset(preset: Preset) -> None:
    """Who says nothing of the purpose, or is called in no known country, gets the narrowest hours."""
    base = preset.rule(Purpose.MARKETING)
    for purpose in Purpose:
        rule = preset.rule(purpose)
        assert base.hours.within(rule.hours)
        assert rule.source
    generic = GENERIC.rule(Purpose.MARKETING)
    assert generic.hours.within(base.hours)
    ours, theirs = generic.caps, base.caps
    assert sure(ours.per_day) <= sure(theirs.per_day)
    assert ours.gap_hours >= theirs.gap_hours
    assert ours.machine_hours >= theirs.machine_hours
    assert sure(ours.per_period) / ours.period_days <= sure(theirs.per_period) / theirs.period_days


@given(anytime, st.lists(anytime, max_size=8), st.none() | anytime, presets, purposes, PLACES)
@settings(max_examples=300, deadline=None)
def test_never_outside_a_window_and_never_over_a_cap(
    now: datetime, tried: list[datetime], machine: datetime | None, preset: str, purpose: Purpose, zone: str
) -> None:
    """For any zone, any instant and any past: the answer is open for a whole call and within every cap."""
    chosen = policy(calling_window=preset, purpose=purpose)
    tries = tuple(Try(min(at, now), "job") for at in tried)
    facts = Facts((zone,), preset.upper(), tries, machine and min(machine, now))
    moment = earliest(facts, now, chosen)
    assert moment.at is not None
    assert moment.at >= now
    assert (moment.why is Why.NOTHING) is (moment.at == now)
    caps = rules_of(chosen, preset.upper()).caps
    assert_within(caps, [one.at for one in tries], facts.machine, moment.at)
    call = timedelta(seconds=chosen.call_seconds)
    for second in (timedelta(), call / 2, call - timedelta(milliseconds=1)):
        assert all(gate.is_open(moment.at + second) for gate in gates_of(facts, chosen))


def assert_within(caps: Caps, tried: list[datetime], machine: datetime | None, at: datetime) -> None:
    """Count the attempts of every span that ends with a call at that moment."""
    day = [one for one in tried if at - one < timedelta(hours=24)]
    period = [one for one in tried if at - one < timedelta(days=caps.period_days)]
    assert caps.per_day is None or len(day) < caps.per_day
    assert caps.per_period is None or len(period) < caps.per_period
    assert all(at - one >= timedelta(hours=caps.gap_hours) for one in tried)
    assert machine is None or at - machine >= timedelta(hours=caps.machine_hours)


caps_drawn = st.builds(
    Caps,
    st.none() | st.integers(1, 4), st.none() | st.integers(1, 6), st.integers(1, 40),
    st.floats(0, 60), st.floats(0, 100),
)  # fmt: skip


@given(
    caps_drawn, anytime, st.lists(st.floats(0, 50 * 86400), max_size=10), st.none() | st.floats(0, 9 * 86400)
)
@settings(deadline=None)
def test_caps_hold_and_hold_no_longer_than_they_must(
    caps: Caps, now: datetime, ages: list[float], machine_age: float | None
) -> None:
    """The moment found keeps every cap and gap, and a second earlier one of them was broken."""
    tried = [now - timedelta(seconds=age) for age in ages]
    machine = None if machine_age is None else now - timedelta(seconds=machine_age)
    at, why = free_from(tried, machine, now, caps)
    assert_within(caps, tried, machine, at)
    if why is Why.NOTHING:
        assert at == now
        return
    assert at > now
    with pytest.raises(AssertionError):
        assert_within(caps, tried, machine, at - timedelta(seconds=1))


@given(anytime, presets, st.lists(PLACES, min_size=1, max_size=3, unique=True), st.floats(1, 3600))
@settings(max_examples=60, deadline=None)
def test_a_wave_is_sent_when_all_of_it_may_be_called(
    now: datetime, preset: str, zones: list[str], need: float
) -> None:
    """The joint moment of several contacts suits each of them."""
    chosen = policy(calling_window=preset)
    several = [Facts((zone,), preset.upper()) for zone in zones]
    at = joint(several, now, chosen, need=need)
    assume(at is not None)
    for facts in several:
        assert all(gate.is_open(sure(at)) for gate in gates_of(facts, chosen))


@pytest.mark.parametrize(
    ("payload", "number", "default", "zones"),
    [
        ({"timezone": PERTH}, AU_LANDLINE, None, (PERTH,)),
        ({"timezone": " australia/perth "}, AU_LANDLINE, None, (PERTH,)),
        ({"timezone": "US/Eastern"}, US, None, ("US/Eastern",)),
        ({"timezone": ""}, AU_LANDLINE, None, (SYDNEY,)),
        ({}, LONDON, None, ("Europe/London",)),
        ({}, US, None, ("America/New_York",)),
        (
            {},
            "+447700900001",
            None,
            ("Europe/Guernsey", "Europe/Isle_of_Man", "Europe/London"),
        ),
        ({}, SATELLITE, None, ()),
        ({}, SATELLITE, SYDNEY, (SYDNEY,)),
        ({"timezone": "Sydney time"}, AU_LANDLINE, SYDNEY, ()),
        ({"timezone": "../etc/passwd"}, AU_LANDLINE, SYDNEY, ()),
        ({"timezone": "localtime"}, AU_LANDLINE, SYDNEY, ()),
        ({"timezone": "Australia"}, AU_LANDLINE, SYDNEY, ()),
        ({"timezone": {"a": 1}}, AU_LANDLINE, SYDNEY, ()),
        ({"timezone": 10}, AU_LANDLINE, SYDNEY, ()),
    ],
)
def test_where_a_zone_comes_from(
    payload: dict[str, Any], number: str, default: str | None, zones: tuple[str, ...]
) -> None:
    """The own column, else the number, else the default; a column nobody understands is no knowledge."""
    found = zones_of(payload, "timezone", number, default)
    assert set(found.names) == set(zones)
    assert bool(found.why) is not bool(zones)


def test_a_number_without_a_place_has_all_its_zones() -> None:
    """An Australian mobile may ring in any of the country's zones, islands too: every one has to be open."""
    zones = zones_of({}, "timezone", AU_MOBILE, "Europe/London").names
    assert {SYDNEY, PERTH, "Australia/Adelaide"} <= set(zones)
    chosen = policy(calling_window="au")
    facts = facts_of({}, AU_MOBILE, (), chosen)
    in_sydney_alone = datetime(2026, 11, 25, 9, 30, tzinfo=ZoneInfo(SYDNEY))
    moment = earliest(facts, in_sydney_alone, chosen)
    assert moment.at == datetime(2026, 11, 25, 9, 0, tzinfo=ZoneInfo("Indian/Cocos"))


@pytest.mark.parametrize(
    ("number", "country"),
    [(AU_MOBILE, "AU"), (US, "US"), ("+14165550123", "CA"), (SATELLITE, ""), ("nonsense", "")],
)
def test_a_number_has_a_country_or_none(number: str, country: str) -> None:
    """Canada and the United States share a code and are told apart; satellites have no country."""
    assert country_of(number) == country


def test_auto_goes_by_the_country_of_each_number() -> None:
    """People of several countries are called by the rules of each; all others by the strictest."""
    chosen = policy(calling_window="AUTO")
    assert rules_of(chosen, "FR").caps.period_days == 30
    assert rules_of(chosen, "AU").window == rules_of(policy(calling_window="au"), "AU").window
    assert rules_of(chosen, "JP").caps == GENERIC.rule(Purpose.MARKETING).caps
    assert sure(rules_of(chosen, "JP").window).calendar.country == "JP"


def test_without_a_window_nothing_is_held() -> None:
    """The window is off by default, and so are all the caps that come with one: every hour is open."""
    assert not is_on(policy())
    assert earliest(Facts(tried=(Try(NOW, "j"),) * 9), NOW, policy()).at == NOW


def test_caps_work_without_a_window_too() -> None:
    """A policy may set a cap alone; then no zone is asked for."""
    chosen = policy(min_gap_hours=4)
    assert is_on(chosen)
    facts = facts_of({}, SATELLITE, [Try(NOW, "j")], chosen)
    assert (facts.zones, facts.odd) == ((), "")
    assert earliest(facts, NOW, chosen).at == NOW + timedelta(hours=4)


def test_what_binds_is_named() -> None:
    """A contact that waits for its gap and one that waits for the morning say so."""
    chosen = policy(calling_window="au")
    noon = datetime(2026, 11, 25, 12, tzinfo=ZoneInfo(SYDNEY))
    evening = noon + timedelta(hours=9)
    tried = Facts((SYDNEY,), "AU", (Try(noon - timedelta(hours=1), "j"),))
    assert earliest(tried, noon, chosen).why is Why.GAP
    assert earliest(Facts((SYDNEY,), "AU"), evening, chosen).why is Why.WINDOW
    twice = Facts((SYDNEY,), "AU", (Try(noon, "j"), Try(noon - timedelta(hours=5), "j")))
    assert earliest(twice, noon + timedelta(hours=5), chosen).why is Why.DAY
    machine = Facts((SYDNEY,), "AU", machine=noon - timedelta(hours=1))
    assert earliest(machine, noon, chosen).why is Why.MACHINE
    assert earliest(Facts(odd="nobody knows"), noon, chosen).message == "nobody knows"


def test_facts_survive_the_ledger() -> None:
    """What the plan knew is what the dispatch decides on."""
    facts = Facts((SYDNEY, PERTH), "AU", (Try(NOW, "j"),), NOW, "")
    assert Facts.from_json(facts.as_json()) == facts


def test_one_attempt_is_counted_once() -> None:
    """An attempt that the platform and our own ledger both tell of is one attempt."""
    facts = Facts(tried=(Try(NOW, "j"),))
    assert facts.also([Try(NOW, "j")]) == facts
    assert len(facts.also([Try(NOW, "k")]).tried) == 2


NOT_DIALED, NOT_REACHED = ContactStatus.NOT_DIALED, ContactStatus.NOT_REACHED


def test_an_unknown_zone_is_held_and_never_freed_by_a_run() -> None:
    """With hours on, a contact of no known zone waits for a person; with a default it is redialled."""
    contact = row(1, NOT_DIALED, number=SATELLITE)
    held = judge([contact], evidence(fixed=True), policy(calling_window="generic"))[0]
    assert (held.action, held.disposition) == (Action.HOLD, Disposition.UNDELIVERED)
    assert "default_timezone" in held.why
    free = judge([contact], chosen=policy(calling_window="generic", default_timezone="UTC"))[0]
    assert free.action is Action.REDIAL


def test_a_flagged_caller_is_not_retried_by_saying_that_it_is_repaired() -> None:
    """Blocked for its caller id, a contact is held whatever the run claims."""
    contact = row(1, NOT_REACHED, FLAGGED)
    assert judge([contact], evidence(fixed=True))[0].action is Action.HOLD


def test_the_sources_attempts_count_at_their_last_time() -> None:
    """The platform's own retries, of which no times are told, all count as late as they can be."""
    (one,) = judge([row(1, NOT_REACHED, OUTAGE)], chosen=policy(calling_window="gb"))
    assert sure(one.calling).tried == (Try(LONG_AGO, "job-1"),)
    (one,) = judge([row(1, NOT_REACHED, OUTAGE, updated_at=None)], chosen=policy(calling_window="gb"))
    assert sure(one.calling).tried[0].at == NOW


@pytest.mark.parametrize("hours_later", [9, 15])
def test_the_hash_of_a_plan_does_not_know_the_time_of_day(hours_later: int) -> None:
    """The same job planned at noon and at night is one plan, though it waits for other things."""
    chosen = policy(calling_window="gb")
    noon = look([row(1, NOT_DIALED), row(2, NOT_REACHED, OUTAGE)])
    noon = replace(noon, job=replace(noon.job, seen_at=NOW + timedelta(days=2)))
    later = replace(noon, job=replace(noon.job, seen_at=noon.job.seen_at + timedelta(hours=hours_later)))
    plans = [
        make_plan(("w", "p", "j"), judge_contacts(one, evidence(), chosen), chosen) for one in (noon, later)
    ]
    assert plans[0].hash == plans[1].hash
    whys = [
        [group.why for group in schedule.groups(plan.contacts, one.job.seen_at, chosen)]
        for plan, one in zip(plans, (noon, later), strict=True)
    ]
    assert whys[0] != whys[1]


def test_groups_say_how_many_wait_for_what() -> None:
    """Two coasts and one that was tried an hour ago are three groups with their moments."""
    chosen = policy(calling_window="au", default_region="AU")
    people = [
        row(1, NOT_DIALED, number="+61491570001", payload={"timezone": SYDNEY}),
        row(2, NOT_DIALED, number="+61491570002", payload={"timezone": PERTH}),
        row(3, NOT_DIALED, number="+61491570003", payload={"timezone": PERTH}),
        row(4, NOT_DIALED, number="+61491570004", payload={"timezone": "the moon"}),
    ]
    now = datetime(2026, 11, 25, 8, 0, tzinfo=ZoneInfo(SYDNEY))
    contacts = judge(people, chosen=chosen)
    found = [(group.why, group.contacts, group.first) for group in schedule.groups(contacts, now, chosen)]
    assert found == [
        (Why.WINDOW, 1, datetime(2026, 11, 25, 9, tzinfo=ZoneInfo(SYDNEY))),
        (Why.WINDOW, 2, datetime(2026, 11, 25, 9, tzinfo=ZoneInfo(PERTH))),
    ]
    assert schedule.kept_back(contacts) == {
        "its timezone is no IANA time zone, and the number does not tell what else it is": 1
    }


LOOSER = [
    ({"open_weekdays": "08:00-20:00"}, "open_weekdays"),
    ({"open_saturday": "09:00-17:01"}, "open_saturday"),
    ({"open_sunday": "10:00-11:00"}, "open_sunday"),
    ({"open_holidays": "10:00-11:00"}, "open_holidays"),
    ({"attempts_per_day": 3}, "attempts_per_day"),
    ({"attempts_per_period": 4}, "attempts_per_period"),
    ({"period_days": 6}, "period_days"),
    ({"min_gap_hours": 3.5}, "min_gap_hours"),
    ({"after_machine_hours": 0}, "after_machine_hours"),
    ({"max_attempts": 4}, "max_attempts"),
]


@pytest.mark.parametrize(("knobs", "key"), LOOSER)
def test_a_looser_value_needs_a_name_and_a_reason(knobs: dict[str, Any], key: str) -> None:
    """A preset is loosened only by somebody who stands for it, under one preset and under all."""
    for window in ("au", "auto"):
        with pytest.raises(ValidationError, match=rf"{key} is looser.*because\.{key}"):
            policy(calling_window=window, **knobs)
        chosen = policy(calling_window=window, **knobs, because={key: {"by": "Ida", "reason": "consent"}})
        assert chosen.because[key].by == "Ida"


STRICTER = {
    "open_weekdays": "10:00-12:00", "open_saturday": "closed", "attempts_per_day": 1,
    "attempts_per_period": 2, "period_days": 30, "min_gap_hours": 24, "after_machine_hours": 72,
    "max_attempts": 1,
}  # fmt: skip


@pytest.mark.parametrize("key", STRICTER)
def test_a_stricter_value_needs_none(key: str) -> None:
    """Whoever is more careful than the preset explains nothing."""
    assert getattr(policy(calling_window="au", **{key: STRICTER[key]}), key) == STRICTER[key]


@pytest.mark.parametrize(
    "knobs",
    [
        {"open_weekdays": "09:00-20:00"},
        {"calling_window": "au", "open_weekdays": "nine to five"},
        {"calling_window": "mars"},
        {"purpose": "fun"},
        {"default_timezone": "Sydney"},
        {"calling_window": "au", "because": {"no_such_key": {"by": "Ida", "reason": "x"}}},
        {
            "calling_window": "au",
            "open_sunday": "10:00-11:00",
            "because": {"open_sunday": {"by": "", "reason": "x"}},
        },
        {"calling_window": "au", "open_sunday": "10:00-11:00", "because": {"open_sunday": {"by": "Ida"}}},
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(knobs: dict[str, Any]) -> None:
    """Hours without a window, zones that are none and reasons without a name are said at once."""
    with pytest.raises(ValidationError):
        policy(**knobs)


def test_upper_case_presets_and_zones_are_taken() -> None:
    """AU and au are the same window."""
    assert policy(calling_window="AU", default_timezone="australia/sydney").calling_window == "au"
    assert known("australia/sydney") == SYDNEY


def test_a_policy_survives_the_ledger() -> None:
    """A policy with a window and a reason is the same after its way through JSON."""
    chosen = policy(
        calling_window="au", min_gap_hours=1, because={"min_gap_hours": {"by": "I", "reason": "r"}}
    )
    assert Policy.model_validate(chosen.model_dump(mode="json")) == chosen


@pytest.mark.parametrize(
    ("reason", "disposition"),
    [
        (Reason("sip", "607"), Disposition.DO_NOT_CONTACT),
        (Reason("sip", "603"), Disposition.DECLINED),
        (Reason("sip", "608"), Disposition.OPERATOR),
    ],
)
def test_who_said_no_is_told_from_a_blocked_caller(reason: Reason, disposition: Disposition) -> None:
    """607 and a decline are the person's word; 608 is the network's on the caller: nobody opts out by it."""
    assert judge([row(1, NOT_REACHED, reason)])[0].disposition is disposition
