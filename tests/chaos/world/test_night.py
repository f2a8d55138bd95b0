"""A recovery that does not end before the evening: it sleeps over the night and goes on by itself."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from deployments.sandbox.engine.faults import make_fault
from deployments.sandbox.engine.history import history
from deployments.sandbox.engine.pace import Pace
from deployments.sandbox.engine.people import same_phone
from models.enums import State
from models.tables.ledger import Planned, Recovery
from tasks.clock import VirtualClock
from tasks.finish.report import report_of
from tasks.ledger import plans, recoveries, waves
from tasks.ledger.audit import entries
from tasks.sweep.sweep import orphans
from tests.chaos.kills.crash_points import CrashPoints
from tests.chaos.stateful.story import KEY, Story
from tests.invariants import check
from tests.sure import sure

SYDNEY, PERTH = "Australia/Sydney", "Australia/Perth"
OPEN, SHUT, SATURDAY_SHUT = 9, 20, 17
TUESDAY_EVENING = datetime(2026, 11, 24, 19, 30, tzinfo=ZoneInfo(SYDNEY))
MIDNIGHT = datetime(2026, 11, 25, 0, 0, tzinfo=ZoneInfo(SYDNEY))
FIRST_WITH_OTHERS = 6
"""The submission that is the first one with other waves in the air, in the story where it matters."""
LEASE = 1800.0
"""Seconds; a night is slept in naps, and each renews the lease."""
MORNING = datetime(2026, 11, 25, 9, 0, tzinfo=ZoneInfo(SYDNEY))


class AlarmClock(VirtualClock):
    """A virtual clock on which things happen at set times, to whoever sleeps then."""

    def __init__(self, start: datetime) -> None:
        super().__init__(start.astimezone(UTC))
        self.alarms: list[tuple[datetime, Callable[[], None]]] = []

    def sleep(self, seconds: float) -> None:
        """Move on, and let happen on the way what is due."""
        end = self.now() + timedelta(seconds=max(0.0, seconds))
        while due := [one for one in self.alarms if one[0] <= end]:
            first = min(due, key=lambda one: one[0])
            self.alarms.remove(first)
            super().sleep((first[0] - self.now()).total_seconds())
            first[1]()
        super().sleep((end - self.now()).total_seconds())


def at(told: Story, moment: datetime, then: Callable[[], None]) -> None:
    """Let something happen at a set time, to whoever sleeps then."""
    assert isinstance(told.clock, AlarmClock)
    told.clock.alarms.append((moment, then))


def story(home: Path, start: datetime, **policy: Any) -> Story:
    """Tell a stalled job of which every other person lives in Perth, three hours behind Sydney."""
    hours: dict[str, Any] = {"calling_window": "au", "headroom": 0, "lease_seconds": LEASE}
    told = Story("dead-dispatcher", 1, home, clock=AlarmClock(start), tell=print, **{**hours, **policy})
    for place, row in enumerate(told.scene.job.rows):
        row.data = {**(row.data or {}), "timezone": PERTH if place % 2 else SYDNEY}
    return told


GAP, DAY, PER_DAY = 4 * 3600, 24 * 3600, 2
"""Of the Australian preset, in seconds and attempts."""


def called(told: Story) -> Counter[tuple[str, int]]:
    """Count our calls by zone and local day, and hold each against the wall clock and those before it."""
    zones = {same_phone(row.phone): (row.data or {})["timezone"] for row in told.scene.job.rows}
    found: Counter[tuple[str, int]] = Counter()
    for dial in told.ours():
        zone = zones[dial.digits]
        wall = datetime.fromtimestamp(dial.at, UTC).astimezone(ZoneInfo(zone))
        shut = {5: SATURDAY_SHUT, 6: 0}.get(wall.weekday(), SHUT)
        assert OPEN <= wall.hour < shut, f"called at {wall}"
        before = [call.started_at for call in told.calls_to(dial.digits) if call.started_at < dial.at]
        assert all(dial.at - earlier >= GAP for earlier in before), "too soon after the last attempt"
        assert sum(dial.at - earlier < DAY for earlier in before) < PER_DAY, "too many in a day"
        found[zone, wall.day] += 1
    return found


def twin(told: Story) -> None:
    """Let a person start another job for the people who still wait, as jobs are started by accident."""
    order = told.scene.job.order
    waiting = {same_phone(row.phone or "") for row in rows(told) if row.state == "planned"}
    again = tuple(one for one in order.rows if same_phone(one[1]) in waiting)
    told.world.advance(told.now)
    told.world.submit(replace(order, name="Spring renewals again", rows=again, scheduled_at=None))


def holds(told: Story) -> None:
    """Check every other promise against the platform's own history."""
    told.world.advance(told.now)
    assert check(told.ledger, history(told.scene), told.key, {KEY.id: KEY.secret}) == ()


def newest(told: Story) -> Recovery:
    """Return the recovery that runs or ran last."""
    return told.recoveries[-1]


def test_a_recovery_survives_the_night(tmp_path: Path) -> None:
    """Begun at half past seven in Sydney, it calls both coasts, then Perth, and Sydney's rest next day."""
    told = story(tmp_path, TUESDAY_EVENING)
    asleep: list[dict[str, object]] = []
    at(told, MIDNIGHT, lambda: asleep.append(report_of(told.ledger, newest(told).id)))
    told.run()
    assert told.state is State.RECOVERED
    counted = called(told)
    assert set(counted) == {(SYDNEY, 24), (PERTH, 24), (SYDNEY, 25)}
    assert sum(counted.values()) == sum(row.position is not None for row in rows(told))
    (seen,) = asleep
    assert (seen["state"], seen["waits_until"]) == ("running", MORNING.astimezone(UTC).isoformat())
    assert "2026-11-24 22:00 UTC" in str(seen["next_action"])
    assert newest(told).waits_until is None
    kinds = Counter(one.kind for one in entries(told.ledger, newest(told).id))
    assert kinds["waits_for_hours"] == kinds["hours_open"] >= 1
    holds(told)


def rows(told: Story) -> list[Planned]:
    """Return the newest plan."""
    return plans.contacts(told.ledger, newest(told).id)


def test_killed_in_the_night_it_waits_on_when_resumed(tmp_path: Path) -> None:
    """A process that dies asleep loses nothing: the next one sleeps on, and nobody is called at night."""
    told = story(tmp_path, TUESDAY_EVENING)
    at(told, MIDNIGHT, told.die)
    told.run()
    assert newest(told).state == State.RUNNING
    before = called(told)
    told.clock.sleep(LEASE + 1)
    told.run()
    assert told.state is State.RECOVERED
    assert called(told) - before == Counter({(SYDNEY, 25): sum(called(told).values()) - before.total()})
    assert len(told.recoveries) == 1
    holds(told)


def test_the_sweep_leaves_a_sleeping_recovery_till_the_morning(tmp_path: Path) -> None:
    """A recovery that died asleep is continued by the first sweep after the opening, not before."""
    told = story(tmp_path, TUESDAY_EVENING)
    at(told, MIDNIGHT, told.die)
    told.run()
    told.clock.sleep(LEASE + 1)
    ctx = told.context(CrashPoints())
    assert orphans(ctx) == []
    told.clock.sleep((MORNING - told.clock.now()).total_seconds())
    assert orphans(ctx) == [newest(told).id]


def test_a_wave_written_down_before_the_evening_is_not_sent_at_night(tmp_path: Path) -> None:
    """Killed between writing a wave down and sending it, a recovery resumed at night sends it next day."""
    told = story(tmp_path, TUESDAY_EVENING)
    told.run(1, told.die, where="before submitting a wave")
    told.clock.sleep((MIDNIGHT - told.clock.now()).total_seconds())
    told.run()
    assert told.state is State.RECOVERED
    assert {day for _, day in called(told)} == {25}
    holds(told)


def test_cancelled_asleep_it_ends_at_once(tmp_path: Path) -> None:
    """A person who cancels at midnight does not wait for the morning, and nobody is called any more."""
    told = story(tmp_path, TUESDAY_EVENING)
    at(told, MIDNIGHT, told.ask_cancel)
    told.run()
    assert told.state is State.CANCELLED
    assert told.clock.now() - MIDNIGHT < timedelta(minutes=5)
    assert {day for _, day in called(told)} == {24}
    holds(told)


def test_who_opts_out_at_night_is_not_called_in_the_morning(tmp_path: Path) -> None:
    """The opt-out file is read again before the first wave of the day."""
    told = story(tmp_path, TUESDAY_EVENING)
    path = told.opted_out = tmp_path / "optouts.csv"
    path.write_text("phone,why\n", encoding="utf-8")
    gone: list[str] = []

    def opt_out() -> None:
        gone.extend(row.phone or "" for row in rows(told) if row.state == "planned")
        path.write_text("\n".join(["phone", *gone]), encoding="utf-8")

    at(told, MIDNIGHT, opt_out)
    told.run()
    assert gone
    assert not {same_phone(phone) for phone in gone} & {dial.digits for dial in told.ours()}
    holds(told)


def test_a_list_that_cannot_be_read_in_the_morning_holds(tmp_path: Path) -> None:
    """A missing opt-out file is no empty one: the recovery holds, and goes on once it is back."""
    told = story(tmp_path, TUESDAY_EVENING)
    told.opted_out = tmp_path / "optouts.txt"
    told.opted_out.write_text("+61491570006\n", encoding="utf-8")
    at(told, MIDNIGHT, told.opted_out.unlink)
    told.run()
    assert (told.state, newest(told).resumable) == (State.HELD, True)
    assert {day for _, day in called(told)} == {24}
    told.opted_out.write_text("+61491570006\n", encoding="utf-8")
    told.run()
    assert told.state is State.RECOVERED
    holds(told)


def test_whom_another_job_takes_up_at_night_is_left_to_it(tmp_path: Path) -> None:
    """A job begun by somebody after the plan keeps its people: the recovery does not call them as well."""
    told = story(tmp_path, TUESDAY_EVENING)
    at(told, MIDNIGHT, lambda: twin(told))
    told.run()
    assert told.state is State.RECOVERED
    assert {day for _, day in called(told)} == {24}
    whys = Counter(row.outcome_why for row in rows(told) if row.state == "skipped")
    assert len(whys) == 1
    assert "begun after the plan" in next(iter(whys))
    told.world.advance(told.now)
    dials = Counter(same_phone(call.row.phone) for call in told.world.calls.values())
    assert not [dial for dial in told.ours() if dials[dial.digits] > 2]


def test_a_weekend_with_a_clock_change_is_waited_for(tmp_path: Path) -> None:
    """From Saturday over the night that Sydney's clock goes forward to Monday at nine by the wall."""
    told = story(tmp_path, datetime(2026, 10, 3, 16, 30, tzinfo=ZoneInfo(SYDNEY)))
    told.run()
    assert told.state is State.RECOVERED
    assert {day for _, day in called(told)} == {3, 5}
    first = min(
        dial.at for dial in told.ours() if dial.at > (SUNDAY := datetime(2026, 10, 4, tzinfo=UTC)).timestamp()
    )
    assert datetime.fromtimestamp(first, UTC) - SUNDAY < timedelta(hours=22, minutes=5)
    holds(told)


def test_what_a_slow_platform_has_not_dialled_by_closing_comes_back(tmp_path: Path) -> None:
    """A wave that is not dialled in time is taken back; its people are named, for the next recovery."""
    told = story(tmp_path, TUESDAY_EVENING + timedelta(minutes=20), call_seconds=60)
    told.world.dispatcher.pace = Pace(interval_seconds=250)
    told.run()
    assert told.state is State.RECOVERED
    sent = waves.of(told.ledger, newest(told).id)
    assert [wave.n for wave in sent if wave.withdrawn_at]
    called(told)
    withdrawn = recoveries.counts(told.ledger, newest(told).id)["withdrawn"]
    assert withdrawn > 0
    assert f"{withdrawn} contacts were taken back at closing time" in newest(told).next_action
    holds(told)
    told.world.dispatcher.pace = Pace()
    told.clock.sleep(3600)
    back = {row.contact_id for row in rows(told) if row.outcome == "undelivered"}
    told.run()
    assert back <= {row.contact_id for row in rows(told) if row.position is not None}
    called(told)
    holds(told)


def test_what_is_in_the_air_at_closing_is_watched_before_the_night(tmp_path: Path) -> None:
    """A wave refused until closing time sleeps over the night; the others are watched to their end first."""
    told = story(tmp_path, TUESDAY_EVENING, watch_first=0, wave_max=3, permits=10, permit_wait_seconds=86_400)
    for row in told.scene.job.rows:
        row.data = {"timezone": SYDNEY}
    at(told, MIDNIGHT, told.world.faults.all.clear)

    def refuse() -> None:
        told.world.faults.add(make_fault("answer_429", count=10_000, on="POST /batch-calling/submit"))

    told.run(FIRST_WITH_OTHERS, refuse, where="before submitting a wave")
    assert told.state is State.RECOVERED
    sent = waves.of(told.ledger, newest(told).id)
    late = [wave for wave in sent if sure(wave.answered_at) > MIDNIGHT]
    assert late[0].intent_at < MIDNIGHT - timedelta(hours=4)
    assert all(sure(wave.moved_at) < MIDNIGHT for wave in sent if wave not in late)
    assert set(called(told)) == {(SYDNEY, 24), (SYDNEY, 25)}
    holds(told)


def test_contacts_of_no_known_zone_are_kept_back_and_named(tmp_path: Path) -> None:
    """With nobody's zone known nobody is called, and the recovery holds for a person."""
    told = story(tmp_path, TUESDAY_EVENING)
    for row in told.scene.job.rows:
        row.data = {"timezone": "the moon"}
    told.run()
    assert told.state is State.HELD
    assert told.ours() == []
    assert "a person decides about 24 contacts" in newest(told).next_action
