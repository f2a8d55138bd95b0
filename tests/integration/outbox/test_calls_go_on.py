"""Between approval and end: a ticket hears once that the calls go on and when they end, and of a slip."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from models.enums import Phase, State, WaveState
from models.estimate.eta import Basis, Eta, Span
from models.messages.milestones import FOR_CUSTOMER, FOR_US, TicketRef
from models.tables.tickets import OutboxRow
from models.verdict.ending import StopWish
from tasks import fault_points
from tasks.context import RunContext
from tasks.fault_points import OUTBOX_POINTS
from tasks.ledger import outbox, plans, recoveries, tickets, waves
from tasks.ledger.leases import claim_job
from tasks.ledger.store import Claim, Ledger
from tasks.runtime.outbox import SettingsOffice
from tasks.tickets.delivery import OutboxDeliverer
from tests.acceptance.tickets.fake_zendesk import FakeZendesk
from tests.chaos.kills.crash_points import Crash
from tests.fakes.bench import SYSTEM, settings_of
from tests.integration.recovery.test_told import ASK, Told, approve
from tests.integration.scenes import JOB, KEY, POLICY, frozen
from tests.sure import sure

TICKET = TicketRef(SYSTEM, "4711")
STORY = ["opened", "waiting", "calling", "ended"]


class Asked(Told):
    """A stage whose recovery a ticket has asked for, with a deliverer beside it."""

    def __init__(self, home: Path, fake: FakeZendesk, **knobs: object) -> None:
        super().__init__(home, "dead-dispatcher", {"permits": 2, **knobs})
        office = SettingsOffice(settings_of(home, tickets={SYSTEM: fake.settings}), self.clock)
        self.post = OutboxDeliverer(self.ledger, office, KEY.secret, roll=lambda: 0.5)

    def process(self, **fields: object) -> RunContext:
        """Return a process for the ticket; whenever it looks for a wish, the deliverer has its turn."""
        return super().process(ticket=TICKET, stop_asked=self.beat, **fields)

    def beat(self) -> StopWish | None:
        """Deliver what is due."""
        self.post.push()
        return None

    def to_the_end(self) -> None:
        """Let the deliverer bring what a dead process had taken, once its lease has lapsed."""
        self.clock.sleep(3600)
        self.post.push()
        assert outbox.undelivered(self.ledger) == []


@pytest.fixture
def fake() -> Iterator[FakeZendesk]:
    """Return a Zendesk with one ticket."""
    with FakeZendesk() as running:
        yield running


def milestones(fake: FakeZendesk) -> list[str]:
    """Return the milestones that the ticket was told of, in their order."""
    return [one.text.split()[-1].rpartition(":")[2] for one in fake.ticket.comments]


def customers(fake: FakeZendesk) -> list[str]:
    """Return what of each comment may be sent on, as somebody reads it aloud."""
    texts = [one.text for one in fake.ticket.comments]
    return [text.partition(FOR_CUSTOMER)[2].partition(FOR_US)[0].strip() for text in texts]


def test_read_aloud_the_customers_sentences_tell_the_story(fake: FakeZendesk, tmp_path: Path) -> None:
    """From opening to end each comment says what comes next and by when, and the next one takes it up."""
    stage = Asked(tmp_path, fake, **ASK)
    waiting = approve(stage)
    stage.run()
    stage.to_the_end()
    assert milestones(fake) == STORY
    assert fake.ticket.public == []
    opened, asked, calling, ended = customers(fake)
    assert "We have begun to look at your batch" in opened
    assert "We name a time once the first calls have been made." in opened
    planned = recoveries.counts(stage.ledger, waiting.id)["planned"]
    assert f"We are ready to call {planned} people. A colleague checks that list first." in asked
    assert "Nobody is called before." in asked
    assert "The calls go on: we call the " in calling
    assert "We expect " in calling
    assert "the last call to end " in calling
    assert f"We have made {planned} new calls." in ended
    assert "The last call ended at " in ended


def test_the_engineer_reads_both_moments_with_their_band(fake: FakeZendesk, tmp_path: Path) -> None:
    """Ours to read: which moment the band counts from, all dispatched, all finished, in honest units."""
    Asked(tmp_path, fake).run()
    (calling,) = [one.text for one in fake.ticket.comments if "the calls go on" in one.text]
    (eta,) = [line for line in calling.splitlines() if line.startswith("ETA: ")]
    span = r"(up to |about )?[\d\N{EN DASH}]+ (min|h)"
    assert re.fullmatch(rf"ETA: As of \d\d:\d\d UTC: all dispatched in {span}, all finished in {span}\.", eta)


@pytest.mark.parametrize(
    ("point", "nth"), [("ledger.before_commit", 0), *[(one, 2) for one in OUTBOX_POINTS]]
)
def test_a_kill_around_the_comment_tells_it_once(
    fake: FakeZendesk, tmp_path: Path, point: str, nth: int
) -> None:
    """Dead as it is written or on its way out, and run again: the ticket reads the same comments."""
    stage, left = Asked(tmp_path, fake), [nth or _commits_until_told(tmp_path, fake)]

    def act(name: str) -> None:
        left[0] -= name == point
        if name == point and left[0] == 0:
            raise Crash

    fault_points.arm(act)
    try:
        with pytest.raises(Crash):
            stage.run()
    finally:
        fault_points.arm(None)
    stage.clock.sleep(150)  # longer than its lease, and too short for the end to slip
    stage.run()
    stage.to_the_end()
    assert left[0] <= 0
    assert milestones(fake) == ["opened", "calling", "ended"]


def _commits_until_told(home: Path, fake: FakeZendesk) -> int:
    """Return at which commit of a recovery its comment about the calls is written."""
    stage, count, found = Asked(home / "before", fake), [0], [0]

    def act(name: str) -> None:
        count[0] += name == "ledger.before_commit"

    def beat() -> StopWish | None:
        written = any(row.milestone == "calling" for row in outbox.undelivered(stage.ledger))
        found[0] = found[0] or (count[0] if written else 0)
        return None

    stage.beat = beat  # type: ignore[method-assign]
    fault_points.arm(act)
    try:
        stage.run()
    finally:
        fault_points.arm(None)
    assert found[0]
    return found[0]


def test_what_nobody_was_told_in_time_is_not_told_late(fake: FakeZendesk, tmp_path: Path) -> None:
    """Where nothing was delivered before the end, the ticket reads no time that has passed already."""
    stage = Asked(tmp_path, fake)
    stage.beat = lambda: None  # type: ignore[method-assign]
    stage.run()
    stage.to_the_end()
    assert milestones(fake) == ["opened", "ended"]


def relaunched(ledger: Ledger, ticket: TicketRef | None = TICKET) -> Claim:
    """Claim the job for a ticket, and bring one wave of the relaunch to the platform."""
    claim = sure(claim_job(ledger, JOB, "r_1", POLICY, ticket).claim)
    frozen(ledger, claim)
    people = plans.next_up(ledger, "r_1", 3)
    wave = waves.sending(ledger, claim, sure(waves.intend(ledger, claim, Phase.WATCH, people, 3)))
    waves.answered(ledger, claim, wave, WaveState.ACCEPTED, message="accepted", platform_job="job-2")
    return claim


def estimated(ledger: Ledger, claim: Claim, minutes: float) -> list[OutboxRow]:
    """Write an estimate whose last call ends so many minutes from now at the latest; return what was told."""
    now = ledger.clock.now()
    likely, latest = now + timedelta(minutes=0.8 * minutes), now + timedelta(minutes=minutes)
    span = Span(now + timedelta(minutes=minutes / 2), likely, latest)
    with ledger.write(claim) as session:
        recovery = recoveries.find(session, claim.recovery_id)
        recovery.eta = Eta(now, Basis.RATE, span, span).as_json()
        session.add(recovery)
        outbox.tell_pace(session, ledger, recovery)
    return [row for row in outbox.undelivered(ledger) if row.facts["milestone"] == "calling"]


def test_only_an_end_that_slips_by_half_of_the_wait_is_told_again(ledger: Ledger) -> None:
    """Told once, then silent until the end comes half the wait later; that comment says what was named."""
    claim = relaunched(ledger)
    (first,) = estimated(ledger, claim, 60)
    assert "we had named" not in first.facts["customer"]
    for minutes in (59, 20, 80, 89):
        assert len(estimated(ledger, claim, minutes)) == 1
    first, second = estimated(ledger, claim, 90)
    assert (first.milestone, second.milestone) == ("calling", "calling-2")
    assert "The calls take longer than we told you: we had named" in second.facts["customer"]
    for minutes in (100, 134):
        assert len(estimated(ledger, claim, minutes)) == 2
    assert len(estimated(ledger, claim, 135)) == 3


def test_a_ticket_that_joins_late_is_told_at_its_opening_alone(ledger: Ledger) -> None:
    """It hears the end that is expected as it joins, and no second comment for the same news."""
    claim = relaunched(ledger)
    estimated(ledger, claim, 60)
    tickets.link(ledger, claim, SYSTEM, "4712")
    estimated(ledger, claim, 61)
    mine = [row for row in outbox.undelivered(ledger) if row.target == "4712"]
    assert [row.milestone for row in mine] == ["opened"]
    assert "We expect " in mine[0].facts["customer"]


def test_a_recovery_without_a_ticket_or_a_relaunch_tells_nothing(ledger: Ledger) -> None:
    """Nobody who listens, or nobody called but the sample: no message."""
    claim = relaunched(ledger, None)
    assert estimated(ledger, claim, 60) == []
    assert recoveries.get(ledger, "r_1").state == State.RUNNING.value
