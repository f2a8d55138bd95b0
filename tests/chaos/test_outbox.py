"""Killed on the way out, or with ticket systems down: recoveries end in time, each comment comes once."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from models.enums import State
from models.messages.milestones import TicketRef, carries
from tasks import fault_points
from tasks.context import RunContext
from tasks.fault_points import OUTBOX_POINTS
from tasks.ledger import outbox, recoveries
from tasks.ledger.leases import claim_job
from tasks.ledger.store import Ledger
from tasks.runtime.database import open_ledger
from tasks.runtime.keys import load_keys
from tasks.runtime.outbox import SettingsOffice, brief_push
from tasks.tickets.delivery import OutboxDeliverer, TicketConnection
from tests.acceptance.tickets.fake_zendesk import FakeZendesk
from tests.chaos.kills.child import ChildCommand
from tests.chaos.kills.crash_points import Crash, CrashPoints
from tests.chaos.kills.fork_server import ForkServer
from tests.chaos.stateful.story import KEY, Story
from tests.fakes.bench import SYSTEM, bench_for, settings_of
from tests.fakes.loopback import Trouble
from tests.integration.scenes import JOB, POLICY

LONG = 120.0
NAMES = ("opened", "ended")


class TicketStory(Story):
    """A story whose recoveries are asked for by a ticket, with a deliverer at the end of each."""

    def __init__(self, fake: FakeZendesk, home: Path) -> None:
        super().__init__("permit-leak", 1, home)
        self.ticket = TicketRef(SYSTEM, fake.ticket.id)
        self.office = SettingsOffice(settings_of(home, tickets={SYSTEM: fake.settings}), self.clock)

    @property
    def post(self) -> OutboxDeliverer:
        """Return a deliverer."""
        return OutboxDeliverer(self.ledger, self.office, KEY.secret, roll=lambda: 0.5)

    def context(self, seam: CrashPoints) -> RunContext:
        """Return a context of a run that a ticket has asked for."""

        def deliver() -> None:
            self.post.push()

        return replace(super().context(seam), ticket=self.ticket, deliver=deliver)

    def deliver_all(self) -> None:
        """Let time pass until everything is delivered."""
        for _ in range(20):
            self.post.push()
            self.clock.sleep(3600)
        assert outbox.undelivered(self.ledger) == []


def comments(fake: FakeZendesk, recovery_id: str) -> dict[str, int]:
    """Count the ticket's comments by milestone."""
    found = [one.text for one in fake.ticket.comments]
    return {name: sum(carries(t, f"ringback:{recovery_id}:{name}") for t in found) for name in NAMES}


@pytest.fixture
def fake() -> Iterator[FakeZendesk]:
    """Return a Zendesk with one ticket."""
    with FakeZendesk() as running:
        yield running


def test_a_ticket_system_that_is_down_delays_the_comment_and_nothing_else(
    fake: FakeZendesk, tmp_path: Path
) -> None:
    """The recovery ends at the same moment as one without a ticket; its comments come later, once each."""
    plain = Story("permit-leak", 1, tmp_path / "plain")
    plain.run()
    story = TicketStory(fake, tmp_path / "told")
    fake.trouble = [Trouble(503, times=10_000)]
    story.run()
    mine, theirs = story.recoveries[-1], plain.recoveries[-1]
    assert mine.state == theirs.state == "recovered"
    assert mine.ended_at == theirs.ended_at
    assert fake.ticket.comments == []
    assert [row.milestone for row in outbox.undelivered(story.ledger)] == list(NAMES)
    fake.trouble = []
    story.deliver_all()
    assert comments(fake, mine.id) == {"opened": 1, "ended": 1}
    assert fake.ticket.public == []


@contextmanager
def dying(point: str, nth: int) -> Iterator[list[str]]:
    """Let the process die at the nth passing of a point, once."""
    passed: list[str] = []

    def act(name: str) -> None:
        if name == point:
            passed.append(name)
            if len(passed) == nth:
                raise Crash

    fault_points.arm(act)
    try:
        yield passed
    finally:
        fault_points.arm(None)


@pytest.mark.parametrize(
    ("point", "nth"),
    [
        ("ledger.before_commit", 1),
        ("claim.after_commit", 1),
        ("end.before_commit", 1),
        ("end.after_commit", 1),
        *[(point, nth) for point in OUTBOX_POINTS for nth in (1, 2)],
    ],
)
def test_a_recovery_that_dies_around_its_messages_tells_each_once(
    fake: FakeZendesk, tmp_path: Path, point: str, nth: int
) -> None:
    """Dead at the claim, at the end or on a message's way out, and run again: one comment each."""
    story = TicketStory(fake, tmp_path)
    with dying(point, nth) as passed:
        story.run()
    assert len(passed) >= nth
    story.finish()
    story.deliver_all()
    (recovery,) = story.recoveries
    assert recovery.state == "recovered"
    assert comments(fake, recovery.id) == {"opened": 1, "ended": 1}


@pytest.fixture
def told_house(fake: FakeZendesk, tmp_path: Path) -> Iterator[tuple[Path, Ledger]]:
    """Return a folder whose ledger holds a held recovery with two messages to the fake's ticket."""
    settings = settings_of(tmp_path / "home")
    ledger = open_ledger(settings.ledger_url, load_keys(settings).signing)
    claim = claim_job(ledger, JOB, "r_1", POLICY, TicketRef(SYSTEM, fake.ticket.id)).claim
    assert claim
    with ledger.write(claim) as session:
        recovery = recoveries.find(session, "r_1")
        recovery.state = State.HELD.value
        session.add(recovery)
        outbox.tell(session, ledger, recovery, "Because.")
    lines = "".join(f'{name} = "{value}"\n' for name, value in fake.settings.items())
    (tmp_path / "ringback.toml").write_text(f"[tickets.{SYSTEM}]\n{lines}")
    yield tmp_path, ledger
    ledger.engine.dispose()


def push(nursery: ForkServer, folder: Path, fault: str = "") -> int | None:
    """Run `ringback outbox --once` as a process of its own."""
    environ = {"RINGBACK_HOME": str(folder / "home"), "RINGBACK_FAULT": fault}
    return nursery.run(ChildCommand(str(folder), "outbox", ("outbox", "--once", "--json"), environ), LONG)


@pytest.mark.parametrize("point", OUTBOX_POINTS)
def test_a_real_kill_on_the_way_out_posts_nothing_twice(
    nursery: ForkServer, fake: FakeZendesk, told_house: tuple[Path, Ledger], point: str
) -> None:
    """SIGKILL at each point of a delivery; the next process finds the marker or posts for the first time."""
    folder, ledger = told_house
    assert push(nursery, folder, point) == -signal.SIGKILL
    assert push(nursery, folder) == 0
    # What the dead process had taken is free when its lease has run out.
    with ledger.engine.begin() as connection:
        connection.execute(text("update outbox set leased_until = written_at where leased_until is not null"))
    assert push(nursery, folder) == 0
    assert outbox.undelivered(ledger) == []
    assert comments(fake, "r_1") == {"opened": 1, "ended": 1}


def test_a_silent_ticket_system_holds_nobody_up(fake: FakeZendesk, tmp_path: Path) -> None:
    """The push at the end of a recovery gives up waiting after its seconds, whatever the other side does."""
    bench = bench_for(fake, tmp_path)
    read, write = os.pipe()
    slow = replace(bench.post, roll=lambda: 0.5)

    class Stuck(SettingsOffice):
        def door(self, system: str) -> TicketConnection:
            os.read(read, 1)
            return super().door(system)

    settings = bench.settings
    file = open_ledger(settings.ledger_url, KEY)
    claim_job(file, JOB, "r_1", POLICY, TicketRef(SYSTEM, fake.ticket.id))
    stuck = replace(slow, ledger=file, office=Stuck(settings, file.clock))
    brief_push(stuck, seconds=0.05)
    assert [row.milestone for row in outbox.undelivered(file)] == ["opened"]
    os.write(write, b"x")
    file.engine.dispose()
