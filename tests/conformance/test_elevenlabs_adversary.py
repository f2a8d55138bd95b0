"""The adapter and whole recoveries against a real server that keeps the published format and nothing else."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deployments.sandbox.client import Sandbox, WorldInfo
from models.enums import ContactStatus
from models.platform import Contact, Draft, InvalidResponseError, PlatformError
from tasks.context import Reporter
from tasks.platforms.elevenlabs.adapter import ElevenLabs
from tests.support import desk_for, recover

LONG_AGO = datetime.fromtimestamp(0, UTC)
SIDE = ("/live-count", "/agents/", "/phone-numbers", "/conversations", "/sip-messages")


def opened(world: WorldInfo) -> ElevenLabs:
    """Return an adapter on a world."""
    return ElevenLabs(world.url, world.key, first_pause=0.01)


def wave(platform: ElevenLabs, world: WorldInfo, marker: str, *phones: str) -> Draft:
    """Return a small wave."""
    data = {"dynamic_variables": {"name": "Ann", "system__time": "now"}, "source_info": None}
    rows = [
        Contact(f"c{n}", phone, ContactStatus.NOT_DIALED, "planned", payload=data)
        for n, phone in enumerate(phones)
    ]
    return Draft(marker, platform.get_job(world.job_id), tuple(rows), 1)


@pytest.mark.parametrize("word", ["oldest", "name", "shuffled", "newest"])
@pytest.mark.parametrize("ends", [None, "unsaid", "unsaid_cursor"])
def test_every_job_is_found_in_any_order_and_however_pages_end(
    sandbox: Sandbox, word: str, ends: str | None
) -> None:
    """A marker behind any number of pages is found, for nothing but the documented end is an end."""
    world = sandbox.world("dead-dispatcher", contacts=20)
    platform = opened(world)
    made = [platform.create_job(wave(platform, world, f"rb-r-{n}", "+61491570006")).id for n in range(5)]
    sandbox.fault(world.key, "list_order", word=word)
    sandbox.fault(world.key, "page_size", n=2)
    if ends:
        sandbox.fault(world.key, "page_ends", word=ends)
    assert {job.id for job in platform.list_jobs(LONG_AGO)} == {*made, world.job_id}


@pytest.mark.parametrize("ends", ["nowhere", "endless", "unknown"])
def test_a_listing_without_an_end_is_an_error_and_no_short_listing(sandbox: Sandbox, ends: str) -> None:
    """A cursor that leads nowhere, for ever or to a refusal never looks like the last page."""
    world = sandbox.world("dead-dispatcher", contacts=20)
    platform = opened(world)
    for n in range(5):
        platform.create_job(wave(platform, world, f"rb-r-{n}", "+61491570006"))
    sandbox.fault(world.key, "page_size", n=2)
    sandbox.fault(world.key, "page_ends", word=ends)
    with pytest.raises(PlatformError) as raised:
        platform.list_jobs(LONG_AGO)
    assert ends == "unknown" or isinstance(raised.value, InvalidResponseError)


def test_a_wave_comes_back_with_its_marker_in_rows_and_calls(sandbox: Sandbox) -> None:
    """Rows and calls of a wave show its marker, and the person's own variables without ours."""
    world = sandbox.world("dead-dispatcher", contacts=20, speed=100_000.0)
    sandbox.fault(world.key, "output_model")
    sandbox.fault(world.key, "new_ids")
    sandbox.fault(world.key, "numbers", word="plain")
    platform = opened(world)
    job = platform.create_job(wave(platform, world, "rb-r-1", "+61491570006", "+61491570156"))
    while not (job := platform.get_job(job.id)).status.is_over:
        pass
    rows = list(platform.list_contacts(job.id))
    assert [row.marker for row in rows] == ["rb-r-1", "rb-r-1"]
    assert all("ringback_wave" not in str(row.payload) for row in rows)
    assert {row.payload["dynamic_variables"]["name"] for row in rows} == {"Ann"}
    calls = list(platform.list_calls(job, job.created_at, frozenset()))
    assert [call.marker for call in calls] == ["rb-r-1", "rb-r-1"]


@pytest.mark.strikes("stop.over_already")
@pytest.mark.parametrize("code", [404, 409, 422])
def test_a_cancel_that_is_refused_since_the_job_is_over_is_a_stop(sandbox: Sandbox, code: int) -> None:
    """The sandbox refuses to cancel what is over: the adapter reads, and is content."""
    world = sandbox.world("finished")
    sandbox.fault(world.key, "cancel_over", n=code)
    opened(world).stop_job(world.job_id)


def test_two_thousand_foreign_conversations_stay_within_the_bound(sandbox: Sandbox) -> None:
    """One agent with 2,000 calls of others: the look answers, and whatever it left out is said."""
    world = sandbox.world("finished", contacts=6)
    sandbox.fault(world.key, "foreign_calls", n=2000)
    platform = opened(world)
    job = platform.get_job(world.job_id)
    known = frozenset(row.call_id for row in platform.list_contacts(job.id) if row.call_id)
    found = platform.list_calls(job, job.created_at, known)
    assert list(found) == []
    assert found.complete == (not platform.gaps())


class Heard(Reporter):
    """A reporter that remembers what was said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, message: str) -> None:
        """Remember."""
        self.said.append(message)

    def progress(self, what: str, done: int, total: int | None) -> None:
        """Show nothing."""


@pytest.mark.parametrize("on", SIDE)
def test_a_key_that_lacks_a_side_read_recovers_or_holds_and_calls_nobody_twice(
    sandbox: Sandbox, tmp_path: Path, on: str
) -> None:
    """No permission on a side read kills a recovery: it goes on with care, and reaches nobody twice."""
    world = sandbox.world("permit-leak", contacts=30)
    sandbox.fault(world.key, "no_permission", on=on)
    report = recover(world, tmp_path)
    assert report["state"] in {"recovered", "held"}, report
    told = sandbox.history(world.key)
    ours = Counter(dial["phone"] for dial in told["dials"] if dial["job_name"].startswith("rb-"))
    assert max(ours.values(), default=1) == 1
    again = {one["phone"] for one in told["truth"] if one["reached_before"]} & ours.keys()
    assert not again


def test_what_cannot_be_read_is_said_once(sandbox: Sandbox, tmp_path: Path) -> None:
    """The person who runs a recovery reads the gap, with the platform's own words, one time."""
    world = sandbox.world("permit-leak", contacts=30)
    sandbox.fault(world.key, "no_permission", on="/live-count")
    ctx = desk_for(world, tmp_path)
    ctx.reporter = heard = Heard()
    for _ in range(2):
        ctx.platform.get_capacity("agent")
        ctx.say_gaps()
    assert len(heard.said) == 1
    assert "missing_permissions" in heard.said[0]
