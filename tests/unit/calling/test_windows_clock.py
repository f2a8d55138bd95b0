"""Openings on the calendar: never while closed, never later than need be, on nights of clock changes too."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from models.calling.clock import HORIZON, DailyWindow, Window, closes, opens
from models.calling.holidays import Calendar
from models.calling.presets import AU, DE, FR, GB, Preset, Purpose
from models.calling.windows import ALL_DAY, CLOSED, DAY, Hours, Spans, read_spans
from models.estimate.open_time import open_clock
from tests.sure import sure

ZONES = [
    "Australia/Sydney", "Australia/Perth", "Australia/Lord_Howe", "Australia/Adelaide", "America/New_York",
    "America/St_Johns", "America/Phoenix", "Europe/London", "Europe/Paris", "Asia/Kathmandu", "Asia/Beirut",
    "Pacific/Chatham", "Pacific/Apia", "Africa/Casablanca", "America/Havana", "America/Santiago", "UTC",
]  # fmt: skip
MINUTE = timedelta(minutes=1)
BEGIN = datetime(2022, 1, 1, tzinfo=UTC)
YEARS = range(2022, 2030)

zones = st.sampled_from(ZONES)
anytime = st.integers(0, 8 * 365 * 86400).map(lambda s: BEGIN + timedelta(seconds=s))


def clock_changes() -> list[tuple[str, datetime]]:
    """Return the hour of every clock change of the zones, found by looking at every hour."""
    found = []
    for name in ZONES:
        zone = ZoneInfo(name)
        at = datetime(YEARS[0], 1, 1, tzinfo=UTC)
        while at.year in YEARS:
            after = at + timedelta(hours=6)
            if at.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
                found.append((name, at))
            at = after
    return found


CHANGES = clock_changes()


@st.composite
def spans(draw: st.DrawFn) -> Spans:
    """Draw the spans of one day, a full and a closed one among them."""
    edges = sorted(draw(st.lists(st.integers(0, DAY // 15), min_size=0, max_size=6, unique=True)))
    return tuple((a * 15, b * 15) for a, b in zip(edges[::2], edges[1::2], strict=False))


windows = st.builds(
    Window,
    st.builds(Hours, spans() | st.just(ALL_DAY), spans(), spans(), spans()),
    st.sampled_from([Calendar(), Calendar("AU"), Calendar("DE", regional=True)]),
)


def is_open(window: Window, zone: str, at: datetime) -> bool:
    """Say by the wall clock alone whether a window is open."""
    wall = at.astimezone(ZoneInfo(zone))
    hours = window.hours
    today = {5: hours.saturday, 6: hours.sunday}.get(wall.weekday(), hours.weekdays)
    holiday = window.calendar.has(wall.date())
    minute = wall.hour * 60 + wall.minute
    return any(a <= minute < b for a, b in today) and (
        not holiday or any(a <= minute < b for a, b in hours.holidays)
    )


def check(window: Window, names: list[str], at: datetime) -> None:
    """Hold one answer against every minute on the way to it, for two days."""
    gates = [DailyWindow(window, name) for name in names]
    found = opens(gates, at)
    step = at.replace(second=0, microsecond=0)
    end = min(found or at + HORIZON, at + timedelta(days=2))
    while step < end:
        late = max(step, at)
        assert not all(is_open(window, name, late) for name in names) or late == found
        step += MINUTE
    if found:
        assert found >= at
        assert all(is_open(window, name, found) for name in names)
        shut = closes(gates, found)
        assert shut > found
        inside = found
        while inside < min(shut, found + timedelta(days=1)):
            assert all(is_open(window, name, inside) for name in names)
            inside += 15 * MINUTE
        if shut < found + timedelta(days=7):
            assert not all(is_open(window, name, shut) for name in names)


@given(windows, st.lists(zones, min_size=1, max_size=3, unique=True), anytime)
@settings(max_examples=60, deadline=None)
def test_the_first_opening_is_open_and_the_first(window: Window, names: list[str], at: datetime) -> None:
    """From any instant, in any zones: what is found is open, and no minute before it was."""
    check(window, names, at)


@given(windows, st.sampled_from(CHANGES), st.integers(-12 * 60, 12 * 60), st.integers(0, 59))
@settings(max_examples=120, deadline=None)
def test_nights_of_clock_changes_are_no_exception(
    window: Window, change: tuple[str, datetime], minutes: int, seconds: int
) -> None:
    """Around every clock change the wall clock decides: hours that vanish and hours that come twice."""
    zone, about = change
    check(window, [zone], about + timedelta(minutes=minutes, seconds=seconds))


@given(windows, zones, anytime, st.floats(0, 6 * 3600))
@settings(max_examples=60, deadline=None)
def test_an_opening_lasts_as_long_as_it_has_to(window: Window, zone: str, at: datetime, need: float) -> None:
    """Nothing opens for a call that would run past closing time."""
    found = opens([DailyWindow(window, zone)], at, need)
    if found is None:
        reject()
    assert (sure(closes([DailyWindow(window, zone)], found)) - found).total_seconds() >= need


SYDNEY, PERTH, PARIS = "Australia/Sydney", "Australia/Perth", "Europe/Paris"
LONDON, BERLIN = "Europe/London", "Europe/Berlin"


def marketing(preset: Preset, *names: str) -> list[DailyWindow]:
    """Return the gates of a preset's marketing hours."""
    return [
        DailyWindow(Window(preset.rule(Purpose.MARKETING).hours, sure(preset.calendar)), name)
        for name in names
    ]


def wall(zone: str, year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """Return a moment on a zone's wall clock."""
    return datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("gates", "at", "opening"),
    [
        (marketing(AU, SYDNEY), wall(SYDNEY, 2026, 11, 25, 8, 59), wall(SYDNEY, 2026, 11, 25, 9)),
        (marketing(AU, SYDNEY), wall(SYDNEY, 2026, 11, 25, 19, 59), wall(SYDNEY, 2026, 11, 25, 19, 59)),
        (marketing(AU, SYDNEY), wall(SYDNEY, 2026, 11, 25, 20), wall(SYDNEY, 2026, 11, 26, 9)),
        # Saturday closes at five and Sunday stays closed.
        (marketing(AU, SYDNEY), wall(SYDNEY, 2026, 11, 28, 17), wall(SYDNEY, 2026, 11, 30, 9)),
        # Good Friday to Easter Monday; ANZAC Day falls on a Saturday.
        (marketing(AU, SYDNEY), wall(SYDNEY, 2026, 4, 2, 20), wall(SYDNEY, 2026, 4, 4, 9)),
        (marketing(AU, SYDNEY), wall(SYDNEY, 2026, 4, 4, 17), wall(SYDNEY, 2026, 4, 7, 9)),
        (marketing(AU, SYDNEY), wall(SYDNEY, 2026, 4, 24, 20), wall(SYDNEY, 2026, 4, 27, 9)),
        # The clock goes forward on the Sunday: Monday's nine is an hour earlier in UTC.
        (marketing(AU, SYDNEY), wall(SYDNEY, 2026, 10, 3, 17), datetime(2026, 10, 4, 22, tzinfo=UTC)),
        # Both coasts at once: from nine in Perth to eight in Sydney.
        (marketing(AU, SYDNEY, PERTH), wall(SYDNEY, 2026, 11, 25, 9), wall(PERTH, 2026, 11, 25, 9)),
        (marketing(AU, SYDNEY, PERTH), wall(SYDNEY, 2026, 11, 25, 20), wall(PERTH, 2026, 11, 26, 9)),
        # Lunch in France, and its Easter Monday.
        (marketing(FR, PARIS), wall(PARIS, 2026, 11, 25, 13), wall(PARIS, 2026, 11, 25, 14)),
        (marketing(FR, PARIS), wall(PARIS, 2026, 4, 3, 20), wall(PARIS, 2026, 4, 7, 10)),
        # Boxing Day 2026 is a Saturday, observed on Monday; a Bavarian holiday closes all of Germany.
        (marketing(GB, LONDON), wall(LONDON, 2026, 12, 24, 20), wall(LONDON, 2026, 12, 29, 9)),
        (marketing(DE, BERLIN), wall(BERLIN, 2026, 6, 3, 20), wall(BERLIN, 2026, 6, 5, 9)),
    ],
)  # fmt: skip
def test_openings_by_the_calendar(gates: list[DailyWindow], at: datetime, opening: datetime) -> None:
    """Weekends, holidays, clock changes, lunch and two coasts come out as on the wall."""
    assert opens(gates, at) == opening


def test_zones_that_are_never_open_together_have_no_opening() -> None:
    """Auckland and Honolulu share no working hour; nothing is found, and the search ends."""
    window = Window(Hours(read_spans("10:00-12:00")))
    gates = [DailyWindow(window, "Pacific/Auckland"), DailyWindow(window, "Europe/London")]
    assert opens(gates, wall("UTC", 2026, 1, 5, 0)) is None


def test_a_week_without_hours_has_no_opening() -> None:
    """A window that is closed all week is no endless search."""
    assert opens([DailyWindow(Window(Hours(CLOSED)), "UTC")], wall("UTC", 2026, 1, 5, 0)) is None


def test_without_gates_every_moment_is_open() -> None:
    """No window is no wait."""
    at = wall("UTC", 2026, 1, 5, 3)
    assert opens([], at) == at


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("09:00-20:00", ((540, 1200),)),
        (" 14:00 - 20:00,10:00-13:00 ", ((600, 780), (840, 1200))),
        ("Closed", ()),
        ("00:00-24:00", ALL_DAY),
    ],
)
def test_spans_are_read(text: str, read: Spans) -> None:
    """Spans are read as people write them."""
    assert read_spans(text) == read


@pytest.mark.parametrize(
    "text", ["", "9-17", "09:00-09:00", "20:00-09:00", "09:60-10:00", "08:00-25:00", "1:00-3:00,2:00-4:00"]
)
def test_what_is_no_span_is_refused(text: str) -> None:
    """A slip in the hours is one sentence, never a wider window."""
    with pytest.raises(ValueError, match=r"\w"):
        read_spans(text)


def test_a_holiday_opens_no_closed_day() -> None:
    """Hours on holidays narrow the day they fall on and never open a Sunday."""
    hours = Hours(((540, 1200),), holidays=((600, 720),))
    assert hours.on(date(2026, 11, 29), holiday=True) == CLOSED
    assert hours.on(date(2026, 11, 25), holiday=True) == ((600, 720),)


@given(st.lists(zones, min_size=1, max_size=3, unique=True), anytime, st.floats(0, 5 * 86400))
@settings(max_examples=40, deadline=None)
def test_the_clock_of_an_estimate_stands_still_at_night(names: list[str], at: datetime, ask: float) -> None:
    """The asked seconds pass in calling hours alone: counted minute by minute they come out the same."""
    groups = [marketing(AU, name) for name in names]
    end = open_clock(groups)(at, ask)
    passed, step = 0.0, at
    while step < end:
        after = min(step + 15 * MINUTE, end)
        passed += (after - step).total_seconds() * any(gate.is_open(step) for (gate,) in groups)
        step = after
    # Steps of a quarter of an hour count a stretch's ends up to that much too long or too short.
    stretches = 2 + 2 * (end - at).days * len(names)
    assert abs(passed - ask) <= 900 * stretches


def test_an_estimate_walks_over_the_weekend() -> None:
    """Two hours asked on Saturday at four in Sydney end on Monday at ten."""
    clock = open_clock([marketing(AU, SYDNEY)])
    assert clock(wall(SYDNEY, 2026, 11, 28, 16), 7200) == wall(SYDNEY, 2026, 11, 30, 10)
