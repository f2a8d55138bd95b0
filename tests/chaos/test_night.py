"""A recovery that does not end before the evening: it sleeps over the night and goes on by itself."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from deployments.checker import check
from deployments.sandbox.history import history
from deployments.sandbox.people import same_phone
from models.words import State
from tasks.ledger import plans, recoveries, waves
from tests.chaos.story import KEY, Story

SYDNEY, PERTH = "Australia/Sydney", "Australia/Perth"
OPEN, SHUT = 9, 20
TUESDAY_EVENING = datetime(2026, 11, 24, 19, 30, tzinfo=ZoneInfo(SYDNEY))
HOURS = {"calling_window": "au", "min_gap_hours": 4, "headroom": 0}


def story(home: Path, start: datetime, **policy: object) -> Story:
    """Tell a stalled job of which every other person lives in Perth, three hours behind Sydney."""
    told = Story("dead-dispatcher", 1, home, start=start.astimezone(UTC), tell=print, **{**HOURS, **policy})
    for place, row in enumerate(told.scene.job.rows):
        row.data = {**(row.data or {}), "timezone": PERTH if place % 2 else SYDNEY}
    return told


def wall_times(told: Story) -> list[datetime]:
    """Return when our calls began, on the wall clock of the people called; hours are checked on the way."""
    zones = {same_phone(row.phone): row.data["timezone"] for row in told.scene.job.rows}
    found = []
    for dial in told.ours():
        wall = datetime.fromtimestamp(dial.at, UTC).astimezone(ZoneInfo(zones[dial.digits]))
        assert OPEN <= wall.hour < SHUT, f"called at {wall}"
        assert wall.weekday() < 5 or (wall.weekday() == 5 and wall.hour < 17), f"called on {wall}"
        found.append(wall)
    return sorted(found)


def holds(told: Story) -> None:
    """Check the promises against the platform's own history."""
    told.world.advance(told.now)
    assert check(told.ledger, history(told.scene), told.key, {KEY.id: KEY.secret}) == []


def test_a_recovery_survives_the_night(tmp_path: Path) -> None:
    """Begun at half past seven in Sydney, it calls Sydney until eight, Perth until eleven, the rest next day."""
    told = story(tmp_path, TUESDAY_EVENING)
    told.run()
    assert told.state is State.RECOVERED
    days = {(wall.tzinfo.key, wall.day) for wall in wall_times(told)}
    assert days == {(SYDNEY, 24), (PERTH, 24), (SYDNEY, 25), (PERTH, 25)}
    holds(told)
