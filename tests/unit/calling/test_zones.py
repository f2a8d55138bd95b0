"""In which zone a person is called: their own column wherever the platform keeps it, never a guess."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.calling.rule import earliest, facts_of, gates_of
from models.calling.zone_names import is_no_place, zones_of_country
from models.calling.zones import known, zones_of
from models.enums import Action, ContactStatus
from models.policy.policy import Policy
from tests.unit.look_example import judge, policy, row

NEW_YORKER, DENVER, PHOENIX, HONOLULU = "+12125550123", "+13035550123", "+14805550123", "+18085550123"
SYDNEY, AU_MOBILE, LONDON, BERLIN = "+61255501234", "+61491570006", "+442079460000", "+4930123456"
DELHI, BOGOTA, SATELLITE = "+911123456789", "+573001234567", "+870773111632"


def names(text: object, number: str) -> set[str]:
    """Return the zones of a contact whose variable holds a text."""
    return set(zones_of({"dynamic_variables": {"timezone": text}}, "timezone", number, None).names)


def is_open(preset: str, text: str, number: str, at: str, **knobs: str) -> bool | None:
    """Tell whether somebody may be called then; None where the contact is held."""
    chosen = policy(calling_window=preset, **knobs)
    facts = facts_of({"dynamic_variables": {"timezone": text}}, number, (), chosen)
    gates = gates_of(facts, chosen)
    moment = datetime.fromisoformat(at)
    return all(gate.is_open(moment) for gate in gates) if gates else None


@pytest.mark.parametrize(
    "payload",
    [
        {"dynamic_variables": {"timezone": "Pacific/Honolulu", "name": "Kim"}},
        {"dynamic_variables": {"Timezone": " pacific/honolulu "}},
        {"timezone": "Pacific/Honolulu"},
        {"timezone": None, "dynamic_variables": {"timezone": "Pacific/Honolulu"}},
        {"timezone": "Pacific/Honolulu", "dynamic_variables": {"timezone": "Pacific/Honolulu"}},
    ],
)
def test_a_new_yorker_in_honolulu_sleeps_on(payload: dict[str, object]) -> None:
    """The zone stands among the variables that the agent is given: 9 in New York is 4 there."""
    assert zones_of(payload, "timezone", NEW_YORKER, None).names == ("Pacific/Honolulu",)
    chosen = policy(calling_window="us")
    facts = facts_of(payload, NEW_YORKER, (), chosen)
    nine_in_new_york = datetime(2026, 3, 11, 9, 0, tzinfo=ZoneInfo("America/New_York"))
    moment = earliest(facts, nine_in_new_york, chosen)
    assert moment.at == datetime(2026, 3, 11, 9, 0, tzinfo=ZoneInfo("Pacific/Honolulu"))


def test_the_plan_reads_the_zone_among_the_variables() -> None:
    """A row as ElevenLabs shows it is planned by its own zone, and held where nobody knows what it means."""
    chosen = policy(calling_window="us")
    held, planned = judge(
        [
            row(n, ContactStatus.NOT_DIALED, number=number, payload={"dynamic_variables": {"timezone": zone}})
            for n, (number, zone) in enumerate([(NEW_YORKER, "MST"), ("+12125550124", "EST")], 1)
        ],
        chosen=chosen,
    )
    assert (held.action, planned.action) == (Action.HOLD, Action.REDIAL)
    assert "names no place" in held.why
    assert planned.calling is not None
    assert planned.calling.zones == ("America/New_York",)


@pytest.mark.parametrize(
    "payload",
    [
        {"timezone": "America/New_York", "dynamic_variables": {"timezone": "Pacific/Honolulu"}},
        {"dynamic_variables": {"timezone": "America/New_York", "Timezone": "Pacific/Honolulu"}},
        {"dynamic_variables": {"timezone": "{{timezone}}"}},
        {"dynamic_variables": {"timezone": ["Pacific/Honolulu"]}},
    ],
)
def test_two_zones_or_an_odd_one_hold(payload: dict[str, object]) -> None:
    """Where the column contradicts itself or was never filled, the number's own zone does not step in."""
    found = zones_of(payload, "timezone", NEW_YORKER, "America/New_York")
    assert found.names == ()
    assert found.why.startswith("its timezone ")


@pytest.mark.parametrize(
    ("zone", "number", "at", "open_then"),
    [
        ("EST", NEW_YORKER, "2026-07-16T00:30:00+00:00", False),
        ("EST", NEW_YORKER, "2026-07-15T23:30:00+00:00", True),
        ("EST5EDT", NEW_YORKER, "2026-07-16T00:30:00+00:00", False),
        ("ET", NEW_YORKER, "2026-07-16T00:30:00+00:00", False),
        ("MST", DENVER, "2026-07-16T02:30:00+00:00", False),
        ("MST", PHOENIX, "2026-07-16T02:30:00+00:00", True),
        ("HST", HONOLULU, "2026-07-16T05:30:00+00:00", True),
        ("HST", NEW_YORKER, "2026-07-15T18:30:00+00:00", None),
        ("EST", HONOLULU, "2026-07-15T20:30:00+00:00", None),
        ("UTC", NEW_YORKER, "2026-07-15T18:30:00+00:00", None),
        ("Eastern Time (US & Canada)", NEW_YORKER, "2026-07-15T18:30:00+00:00", True),
        ("(GMT-05:00) Eastern Time (US & Canada)", NEW_YORKER, "2026-07-16T00:30:00+00:00", False),
        ("Eastern Standard Time", NEW_YORKER, "2026-07-16T00:30:00+00:00", False),
        ("-05:00", NEW_YORKER, "2026-07-16T00:30:00+00:00", False),
    ],
)
def test_names_without_summer_time_go_by_the_number_s_own_clock(
    zone: str, number: str, at: str, open_then: bool | None
) -> None:
    """EST of a New Yorker is New York's clock in summer too; where the number says otherwise, hold."""
    assert is_open("us", zone, number, at) is open_then


@pytest.mark.parametrize(
    ("zone", "number", "at", "open_then"),
    [
        ("America/Bogota", BOGOTA, "2019-12-08T01:00:00+00:00", False),
        ("America/Bogota", BOGOTA, "2019-12-07T00:59:00+00:00", True),
        ("America/Bogota", BOGOTA, "2019-12-06T13:59:00+00:00", False),
        ("Asia/Kolkata", DELHI, "2019-12-06T14:30:00+00:00", False),
        ("UTC+05:30", DELHI, "2019-12-06T14:29:00+00:00", True),
        ("UTC+05:30", DELHI, "2019-12-06T14:30:00+00:00", False),
    ],
)
def test_a_window_closes_the_same_evening(zone: str, number: str, at: str, open_then: bool) -> None:
    """From 9 to 20 local is from 9 to 20 local, on whichever day that is in UTC."""
    because = {"by": "Ida", "reason": "asked"}
    chosen = policy(calling_window="generic", open_weekdays="09:00-20:00", because={"open_weekdays": because})
    facts = facts_of({"dynamic_variables": {"timezone": zone}}, number, (), chosen)
    (gate,) = gates_of(facts, chosen)
    assert gate.is_open(datetime.fromisoformat(at)) is open_then


@pytest.mark.parametrize(
    ("zone", "number", "zones"),
    [
        ("GMT", LONDON, {"Europe/London"}),
        ("BST", LONDON, {"Europe/London"}),
        ("Etc/GMT", LONDON, {"Europe/London"}),
        ("CET", BERLIN, {"Europe/Berlin"}),
        ("CET", LONDON, set()),
        ("AEST", AU_MOBILE, {"Australia/Sydney", "Australia/Brisbane"}),
        ("EST", SYDNEY, set()),
        ("Eastern Standard Time", SYDNEY, set()),
        ("AUS Eastern Standard Time", SYDNEY, {"Australia/Sydney"}),
        ("aus eastern standard time", AU_MOBILE, {"Australia/Sydney"}),
        ("AUS Eastern Standard Time", NEW_YORKER, set()),
        ("W. Europe Standard Time", BERLIN, {"Europe/Berlin"}),
        ("W. Europe Standard Time", "+43123456789", {"Europe/Berlin"}),
        ("W. Europe Standard Time", LONDON, set()),
        ("Sydney", SYDNEY, {"Australia/Sydney"}),
        ("Sydney", LONDON, set()),
        ("UTC+12", "+6491234567", {"Pacific/Auckland"}),
        ("GMT+1", BERLIN, {"Europe/Berlin", "Europe/Busingen"}),
        ("Etc/GMT-1", BERLIN, {"Europe/Berlin", "Europe/Busingen"}),
        ("Etc/GMT+1", BERLIN, set()),
        ("+05:30", DELHI, {"Asia/Kolkata"}),
        ("UTC\u221205:00", DELHI, set()),
        ("+10:00", SATELLITE, set()),
        ("+99:00", AU_MOBILE, set()),
        ("right/Europe/London", LONDON, set()),
        ("GB", LONDON, {"GB"}),
    ],
)
def test_a_name_that_is_no_place_needs_the_number_to_bear_it_out(
    zone: str, number: str, zones: set[str]
) -> None:
    """Mapped where the number leaves no doubt, with all that it may mean; held where it does."""
    assert names(zone, number) == zones


def test_an_offset_is_every_zone_that_ever_has_it() -> None:
    """+10:00 is Sydney in winter and Brisbane all year: nobody is called after closing in either."""
    assert {"Australia/Sydney", "Australia/Brisbane"} <= names("+10:00", AU_MOBILE)
    assert is_open("au", "+10:00", AU_MOBILE, "2026-01-14T09:30:00+00:00") is False  # 20:30 in Sydney
    assert is_open("au", "+10:00", AU_MOBILE, "2026-01-14T08:30:00+00:00") is True
    assert is_open("au", "+10:00", AU_MOBILE, "2026-01-13T22:30:00+00:00") is False  # 08:30 in Brisbane


@given(
    st.sampled_from(["EST", "+10:00", "Eastern Standard Time", "GMT", "UTC", "Sydney", "UTC-3", "CET"]),
    st.sampled_from([NEW_YORKER, HONOLULU, SYDNEY, AU_MOBILE, LONDON, BERLIN, BOGOTA, SATELLITE]),
    st.integers(0, 365 * 24),
)
def test_a_vague_name_never_opens_what_a_place_would_close(name: str, number: str, hour: int) -> None:
    """Whatever a vague name is resolved to, it is places, and every one of them has to be open."""
    found = names(name, number)
    assert not any(is_no_place(zone) for zone in found)
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hour)
    if is_open("auto", name, number, moment.isoformat()):
        assert all(is_open("auto", zone, number, moment.isoformat()) for zone in found)


@pytest.mark.parametrize("name", ["EST", "MST", "HST", "GMT", "EST5EDT", "Etc/GMT+5", "CET"])
def test_a_default_zone_is_a_place(name: str) -> None:
    """A policy whose default says nothing of summer time is refused, with an example."""
    assert known(name)
    with pytest.raises(ValidationError, match="summer time"):
        Policy.model_validate({"default_timezone": name})


def test_every_country_has_its_zones() -> None:
    """The zone database lists the zones of a country, and none for what is no country."""
    assert "Asia/Kolkata" in zones_of_country("IN")
    assert zones_of_country("") == zones_of_country("ZZ") == ()
