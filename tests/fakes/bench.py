"""A ledger with one recovery, its ticket and its package, and a deliverer between them and a fake system."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from sqlmodel import SQLModel

from models.enums import State
from models.messages.milestones import Milestone, TicketRef
from models.tables.ledger import PackageRow, Recovery
from models.tables.tickets import OutboxRow
from tasks.clock import VirtualClock
from tasks.ledger import outbox, recoveries
from tasks.ledger.database.engine import make_engine
from tasks.ledger.leases import claim_job
from tasks.ledger.store import Ledger
from tasks.notify.channels import notices_of
from tasks.runtime.links import Links
from tasks.runtime.outbox import SettingsOffice
from tasks.runtime.settings.settings import Settings
from tasks.tickets.delivery import OutboxDeliverer
from tests.fakes.tickets import FakeTickets
from tests.integration.scenes import JOB, KEY, POLICY, frozen
from tests.plain_settings import plain_settings

SECRET = b"a key of the workspace for tokens"
SYSTEM = "desk"


@dataclass
class Bench:
    """Everything between a change of state and the ticket that hears of it."""

    settings: Settings
    home: Path
    ticket: TicketRef | None = None
    transport: httpx.BaseTransport | None = None
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(datetime.now(UTC)))

    def __post_init__(self) -> None:
        """Open the ledger, claim the job, freeze a plan."""
        engine = make_engine("sqlite://")
        SQLModel.metadata.create_all(engine)
        self.ledger = Ledger(engine, self.clock, KEY, notices_of(self.settings.notify))
        claimed = claim_job(self.ledger, JOB, "r_1", POLICY, self.ticket)
        assert claimed.claim
        self.claim = claimed.claim
        frozen(self.ledger, self.claim)
        self.office = SettingsOffice(self.settings, self.clock, self.transport)
        self.post = OutboxDeliverer(
            self.ledger, self.office, SECRET, roll=lambda: 0.5, link=Links(self.settings, self.clock).package
        )

    @property
    def package(self) -> Path:
        """Return a package, made if it is not there."""
        path = self.home / "recovery-diag-job-1-20240101T000000Z.zip"
        path.write_bytes(b"PK a package")
        return path

    def come_to(self, state: State, why: str = "Because.", **fields: Any) -> None:
        """Bring the recovery to a state, with its messages, in one transaction."""
        with self.ledger.write(self.claim) as session:
            recovery = recoveries.find(session, "r_1")
            recovery.state = state.value
            for name, value in {"next_action": "Do this.", **fields}.items():
                setattr(recovery, name, value)
            session.add(recovery)
            outbox.tell(session, self.ledger, recovery, why)

    def held_with_package(self, why: str = "Because.", **fields: Any) -> None:
        """Hold the recovery, with a package."""
        found = hashlib.sha256(self.package.read_bytes()).hexdigest()
        row = PackageRow(
            recovery_id="r_1", at=self.clock.now(), path=str(self.package), sha256=found, size=12
        )
        with self.ledger.write(self.claim) as session:
            session.add(row)
        self.come_to(State.HELD, why, package=str(self.package), **fields)

    def push(self) -> dict[str, int]:
        """Deliver what is due."""
        return {state.value: count for state, count in self.post.push().items()}

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.sleep(seconds)

    def rows(self) -> list[OutboxRow]:
        """Return what is not delivered."""
        return outbox.undelivered(self.ledger)

    @property
    def recovery(self) -> Recovery:
        """Return the recovery."""
        return recoveries.get(self.ledger, "r_1")


def settings_of(home: Path, **tables: Any) -> Settings:
    """Return settings with tables of their own, read from nowhere else."""
    return plain_settings(home=home, **tables)


def bench_for(
    fake: FakeTickets, home: Path, *, transport: httpx.BaseTransport | None = None, **more: Any
) -> Bench:
    """Return a bench whose recovery is linked to the fake's ticket."""
    settings = settings_of(home, tickets={SYSTEM: {**fake.settings, **more}})
    return Bench(settings, home, TicketRef(SYSTEM, fake.ticket.id), transport)


def lost_answers(error: Callable[[], Exception]) -> httpx.MockTransport:
    """Return a transport on which every request ends in an error."""

    def fail(_: httpx.Request) -> httpx.Response:
        raise error()

    return httpx.MockTransport(fail)


__all__ = ["SYSTEM", "Bench", "Milestone", "bench_for", "lost_answers", "settings_of"]
